import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { encodeMbap, MbapSplitter, type MbapFrame } from '../../../hwsim/modbus/mbap.ts';
import { ModbusBus, type ModbusFaults, type ModbusUnit } from '../../../hwsim/modbus/modbus-bus.ts';
import { ModbusTcpServer } from '../../../hwsim/modbus/tcp-server.ts';
import { realClock } from '../../../src/core/clock.ts';
import { seededRandom } from '../../../src/core/random.ts';

const READ = Uint8Array.of(3, 0, 0, 0, 1);

describe('a Modbus bus on TCP', () => {
  const servers: ModbusTcpServer[] = [];
  const sockets: Socket[] = [];
  const log: string[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) await server.close();
    log.length = 0;
  });

  /** Unit n holds n in its one register. */
  async function serve(units: readonly number[], faults: Partial<ModbusFaults> = {}, port = 0): Promise<number> {
    const unitOf = (unit: number): [number, ModbusUnit] => [
      unit,
      {
        id: `device${unit}`,
        registers: { read: (address, count) => (address === 0 && count === 1 ? [unit] : null), write: () => 2 },
      },
    ];
    const bus = new ModbusBus({
      id: 'shelf',
      baud: null,
      units: new Map(units.map(unitOf)),
      faults: { isHung: () => false, isSilent: () => false, noiseOf: () => 0, ...faults },
      random: seededRandom(1),
      clock: realClock(),
    });
    const server = new ModbusTcpServer(bus, (text) => void log.push(text));
    servers.push(server);
    return server.listen('127.0.0.1', port);
  }

  class Client {
    readonly socket: Socket;
    readonly #splitter = new MbapSplitter();
    readonly frames: MbapFrame[] = [];

    constructor(port: number) {
      this.socket = connect(port, '127.0.0.1');
      sockets.push(this.socket);
      this.socket.on('error', () => {});
      this.socket.on('data', (chunk: Buffer) => void this.frames.push(...this.#splitter.push(chunk)));
    }

    ask(transaction: number, unit: number, pdu: Uint8Array = READ): void {
      this.socket.write(encodeMbap({ transaction, unit, pdu }));
    }

    async answers(count: number): Promise<MbapFrame[]> {
      while (this.frames.length < count) await once(this.socket, 'data');
      return this.frames;
    }
  }

  it('answers several clients, each its own transactions in their order', async () => {
    const port = await serve([1, 2]);
    const clients = [new Client(port), new Client(port), new Client(port)];
    for (let i = 0; i < 40; i++) clients.forEach((client, c) => client.ask(1000 * c + i, 1 + (i % 2)));
    for (const [c, client] of clients.entries()) {
      const frames = await client.answers(40);
      frames.forEach((frame, i) => {
        const unit = 1 + (i % 2);
        assert.deepEqual(frame, { transaction: 1000 * c + i, unit, pdu: Uint8Array.of(3, 2, 0, unit) });
      });
    }
  });

  it('says 0x0B for an address of nobody, as a gateway does', async () => {
    const client = new Client(await serve([1, 2]));
    client.ask(7, 3);
    assert.deepEqual(await client.answers(1), [{ transaction: 7, unit: 3, pdu: Uint8Array.of(0x83, 0x0b) }]);
  });

  it('takes 0 and 255 for the device when there is one only (Messaging on TCP/IP V1.0b, 4.4.2.1)', async () => {
    const single = new Client(await serve([5]));
    single.ask(1, 0);
    single.ask(2, 255);
    assert.deepEqual(
      (await single.answers(2)).map(({ pdu }) => [...pdu]),
      [
        [3, 2, 0, 5],
        [3, 2, 0, 5],
      ],
    );
    const several = new Client(await serve([5, 6]));
    several.ask(1, 0);
    assert.deepEqual(
      (await several.answers(1)).map(({ pdu }) => [...pdu]),
      [[0x83, 0x0b]],
    );
  });

  it('says nothing for a device that is gone, and goes on with the others', async () => {
    const client = new Client(await serve([1, 2], { isSilent: (device) => device === 'device1' }));
    client.ask(1, 1);
    client.ask(2, 2);
    assert.deepEqual(
      (await client.answers(1)).map(({ transaction }) => transaction),
      [2],
    );
  });

  it('says 0x0B where an answer was damaged on the line behind it', async () => {
    const client = new Client(await serve([1], { noiseOf: () => 1 }));
    client.ask(1, 1);
    assert.deepEqual(
      (await client.answers(1)).map(({ pdu }) => [...pdu]),
      [[0x83, 0x0b]],
    );
  });

  it('closes who does not speak Modbus, and others do not notice', async () => {
    const port = await serve([1]);
    const other = new Client(port);
    other.ask(1, 1);
    await other.answers(1);
    const stranger = new Client(port);
    const closed = once(stranger.socket, 'close');
    stranger.socket.write('GET / HTTP/1.1\r\n\r\n');
    await closed;
    assert.match(log.join(), /closed a client of shelf: protocol \d+ is not Modbus/);
    other.ask(2, 1);
    assert.equal((await other.answers(2)).length, 2);
  });

  it('lets half a request wait, and one whose client is gone go', async () => {
    const port = await serve([1]);
    const half = new Client(port);
    half.socket.write(encodeMbap({ transaction: 1, unit: 1, pdu: READ }).subarray(0, 9));
    const hasty = new Client(port);
    hasty.ask(1, 1);
    hasty.socket.end();
    hasty.socket.destroy();
    const other = new Client(port);
    other.ask(2, 1);
    await other.answers(1);
    half.socket.write(encodeMbap({ transaction: 1, unit: 1, pdu: READ }).subarray(9));
    assert.deepEqual(
      (await half.answers(1)).map(({ transaction }) => transaction),
      [1],
    );
  });

  it('closes the client that was quiet for longest when there are too many', async () => {
    const port = await serve([1]);
    const clients = [new Client(port)];
    const first = clients[0]!;
    first.ask(1, 1);
    await first.answers(1);
    const closed = once(first.socket, 'close');
    for (let i = 0; i < 32; i++) {
      const client = new Client(port);
      client.ask(1, 1);
      await client.answers(1);
    }
    await closed;
  });

  it('takes the next port when one is taken', async () => {
    const taken = await serve([1]);
    const port = await serve([2], {}, taken);
    assert.ok(port > taken, `${port} after ${taken}`);
    const client = new Client(port);
    client.ask(1, 2);
    assert.deepEqual((await client.answers(1))[0]?.pdu, Uint8Array.of(3, 2, 0, 2));
  });

  it('answers others whatever bytes a client sends', async () => {
    const port = await serve([1]);
    const other = new Client(port);
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 5 }), async (chunks) => {
        const garbage = new Client(port);
        for (const chunk of chunks) garbage.socket.write(chunk);
        other.ask(++asked, 1);
        const frames = await other.answers(asked);
        assert.deepEqual(frames.at(-1), { transaction: asked, unit: 1, pdu: Uint8Array.of(3, 2, 0, 1) });
        garbage.socket.destroy();
      }),
      { numRuns: 60 },
    );
  });
});
