import { afterEach, describe, it, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { BusRequest, BusResponse } from '../../src/core/bus-wire.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { openSimBus, type SimBuses, type SimBusOptions } from '../../src/buses/sim-bus.ts';
import { TestBusServer } from './test-bus-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Answers a transfer with its address and, once for each byte to read, what was written first. */
function echo(request: BusRequest): BusResponse {
  if (request.op === 't') return { id: request.id, d: request.w.slice(0, 2).repeat(request.n) };
  return { id: request.id, level: request.op === 's' ? request.level : 1 };
}

const open: { readonly sim: SimBuses; readonly server: TestBusServer }[] = [];

async function connected(t: TestContext, options: SimBusOptions = {}, answer: TestBusServer['answer'] = echo) {
  const server = new TestBusServer(join(temporaryFolder(t), 'bus'), answer);
  await server.start();
  const sim = await openSimBus(server.path, options);
  open.push({ sim, server });
  return { sim, server };
}

afterEach(async () => {
  for (const { sim, server } of open.splice(0)) {
    sim.close();
    await server.stop();
  }
});

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Until something is so; the runner's own time limit ends what never comes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

const bytes = (...values: number[]) => Uint8Array.of(...values);

describe('the simulator’s buses', () => {
  it('carry a transfer: hex on the wire, bytes at both ends', async (t) => {
    const { sim, server } = await connected(t);
    const answer = await sim.bus('chassis').transfer(0x2f, bytes(0xa5, 0x01), 3);
    assert.deepEqual(answer, { kind: 'ok', data: bytes(0xa5, 0xa5, 0xa5) });
    assert.deepEqual(server.requests, [{ id: 1, op: 't', bus: 'chassis', a: 0x2f, w: 'a501', n: 3 }]);
  });

  it('hand on the bus’s own failure', async (t) => {
    const { sim } = await connected(t, {}, ({ id }) => ({ id, e: 'nack', detail: 'nobody at 0x48' }));
    const answer = await sim.bus('sled1').transfer(0x48, bytes(0), 2);
    assert.deepEqual(answer, { kind: 'error', error: 'nack', detail: 'nobody at 0x48' });
  });

  it('send a whole sweep as one piece, and give each transfer its own answer', async (t) => {
    const { sim, server } = await connected(t);
    const sweep = Array.from({ length: 100 }, (_, i) => sim.bus(`sled${i % 8}`).transfer(0x48, bytes(i), 2));
    const answers = await Promise.all(sweep);
    answers.forEach((answer, i) => assert.deepEqual(answer, { kind: 'ok', data: bytes(i, i) }));
    assert.equal(server.chunks, 1);
    assert.deepEqual(
      server.requests.map((request) => (request.op === 't' ? request.w : '')),
      Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(2, '0')),
    );
  });

  it('do not wait for one slow bus: answers are matched by number, not by order', async (t) => {
    const held: BusRequest[] = [];
    const { sim, server } = await connected(t, {}, (request) => {
      if (request.op === 't' && request.bus === 'slow') {
        held.push(request);
        return 'silent';
      }
      return echo(request);
    });
    let slowDone = false;
    const slow = sim
      .bus('slow')
      .transfer(0x10, bytes(1), 1)
      .then((answer) => ((slowDone = true), answer));
    assert.equal((await sim.bus('fast').transfer(0x10, bytes(2), 1)).kind, 'ok');
    assert.equal(slowDone, false);
    server.answer = () => ({ id: held[0]?.id ?? 0, d: '01' }); // the next request lets the held answer out
    void sim.bus('fast').transfer(0x10, bytes(3), 1);
    assert.deepEqual(await slow, { kind: 'ok', data: bytes(1) });
  });

  it('answer timeout after a second without an answer; a late one is nobody’s', async (t) => {
    const clock = new VirtualClock();
    const { sim, server } = await connected(t, { clock }, () => 'silent');
    const first = sim.bus('chassis').transfer(0x20, bytes(0), 1);
    clock.advance(600);
    const second = sim.bus('chassis').transfer(0x20, bytes(1), 1);
    await until(() => server.requests.length === 2);
    clock.advance(400); // the first is 1000 ms old, the second 400 ms
    assert.deepEqual(await first, {
      kind: 'error',
      error: 'timeout',
      detail: 'chassis: the bus server did not answer in time',
    });
    server.answer = () => ({ raw: '{"id":1,"d":"ff"}\n{"id":2,"d":"22"}\n{"id":3,"d":"33"}' });
    const third = sim.bus('chassis').transfer(0x20, bytes(2), 1);
    assert.deepEqual(await second, { kind: 'ok', data: bytes(0x22) });
    assert.deepEqual(await third, { kind: 'ok', data: bytes(0x33) });
    assert.deepEqual(
      clock.pendingNames().filter((name) => name !== 'bus server answer'),
      [],
    );
  });

  it('answer io for all that is open when the connection is lost, and for what comes after', async (t) => {
    const clock = new VirtualClock();
    const { sim, server } = await connected(t, { clock }, (request) => (request.id === 3 ? 'hang-up' : 'silent'));
    const open = [1, 2, 3].map((i) => sim.bus('chassis').transfer(0x20, bytes(i), 1));
    for (const answer of await Promise.all(open)) assert.equal(answer.kind === 'error' && answer.error, 'io');
    const after = await sim.bus('chassis').transfer(0x20, bytes(4), 1);
    assert.deepEqual(after, {
      kind: 'error',
      error: 'io',
      detail: `bus server ${server.path}: the connection was lost`,
    });
  });

  it('connect again with growing waits, and then work', async (t) => {
    const clock = new VirtualClock();
    const { sim, server } = await connected(t, { clock });
    await server.stop();
    await until(() => clock.pendingNames().includes('bus server reconnect'));
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      const beforeMs = clock.nowMs();
      while (clock.pendingNames().includes('bus server reconnect')) clock.advance(10);
      waits.push(clock.nowMs() - beforeMs);
      await until(() => clock.pendingNames().includes('bus server reconnect'));
    }
    assert.deepEqual(waits, [50, 100, 200]);
    await server.start();
    clock.advance(400);
    let answer = await sim.bus('chassis').transfer(0x20, bytes(7), 1);
    while (answer.kind === 'error') {
      await turn();
      answer = await sim.bus('chassis').transfer(0x20, bytes(7), 1);
    }
    assert.deepEqual(answer.data, bytes(7));
  });

  it('drop a server that sends what is no answer', async (t) => {
    const { sim } = await connected(t, { clock: new VirtualClock() }, () => ({ raw: 'hello' }));
    const answer = await sim.bus('chassis').transfer(0x20, bytes(0), 1);
    assert.match(
      answer.kind === 'error' ? `${answer.error} ${answer.detail}` : '',
      /^io .*it sent what is not an answer/,
    );
  });

  it('refuse a transfer that is too long for the wire', async (t) => {
    const { sim, server } = await connected(t);
    const answer = await sim.bus('chassis').transfer(0x50, new Uint8Array(257), 0);
    assert.equal(answer.kind === 'error' && answer.error, 'io');
    assert.equal(server.requests.length, 0);
  });

  it('that nobody serves are told with the path and what to do', async (t) => {
    const clock = new VirtualClock();
    const path = join(temporaryFolder(t), 'nobody');
    const opening = openSimBus(path, { clock, openDeadlineMs: 5000 });
    const refused = assert.rejects(opening, (error) => {
      assert.ok(error instanceof ColdslotError);
      assert.deepEqual([error.code, error.subject], ['io', path]);
      assert.match(error.message, /no bus server answers: .*ENOENT/);
      return true;
    });
    await until(() => clock.pendingNames().includes('bus server reconnect'));
    clock.advance(5000);
    await refused;
    await until(() => clock.pendingNames().length === 0);
  });

  it('wait for a server that comes a little later', async (t) => {
    const clock = new VirtualClock();
    const server = new TestBusServer(join(temporaryFolder(t), 'bus'), echo);
    const opening = openSimBus(server.path, { clock });
    await until(() => clock.pendingNames().includes('bus server reconnect'));
    await server.start();
    clock.advance(50);
    const sim = await opening;
    open.push({ sim, server });
    assert.equal((await sim.bus('i2c0').transfer(0x48, Uint8Array.of(1), 1)).kind, 'ok');
  });
});

describe('the simulator’s lines', () => {
  it('are read with the time of the reader', async (t) => {
    const { sim } = await connected(t, { nowMs: () => 4321 });
    assert.deepEqual(await sim.line('gpio0:58').read(), { kind: 'value', value: 1, atMs: 4321 });
  });

  it('are set', async (t) => {
    const { sim, server } = await connected(t);
    assert.equal(await sim.line('gpio0:3').write(0), 'ok');
    assert.deepEqual(server.requests, [{ id: 1, op: 's', line: 'gpio0:3', level: 0 }]);
  });

  it('that do not exist read as a fault, and writing says why', async (t) => {
    const { sim } = await connected(t, { nowMs: () => 1 }, ({ id }) => ({ id, e: 'io', detail: 'no line gpio9:1' }));
    assert.deepEqual(await sim.line('gpio9:1').read(), {
      kind: 'none',
      reason: 'fault',
      detail: 'gpio9:1: no line gpio9:1',
      atMs: 1,
    });
    assert.deepEqual(await sim.line('gpio9:1').write(1), { error: 'gpio9:1: no line gpio9:1' });
  });

  it('tell each edge to all who listen, and nobody else', async (t) => {
    const { sim, server } = await connected(t);
    const seen: string[] = [];
    const stop = sim.line('gpio0:58').watch((level) => seen.push(`a${level}`));
    sim.line('gpio0:58').watch((level) => seen.push(`b${level}`));
    await until(() => server.requests.length === 1); // one request for both
    server.edge('gpio0:58', 0);
    await until(() => seen.length === 2);
    stop();
    server.edge('gpio0:59', 0);
    server.edge('gpio0:58', 1);
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ['a0', 'b0', 'b1']);
  });

  it('are watched again after the connection was lost; a change in between is told', async (t) => {
    const clock = new VirtualClock();
    const { sim, server } = await connected(t, { clock });
    const seen: number[] = [];
    sim.line('gpio0:58').watch((level) => seen.push(level));
    await until(() => server.requests.length === 1);
    await sim.line('gpio0:58').read(); // the answer to the watch came before this one's: level 1
    await server.stop();
    await until(() => clock.pendingNames().includes('bus server reconnect'));
    server.answer = ({ id }) => ({ id, level: 0 });
    await server.start();
    clock.advance(50);
    await until(() => seen.length > 0);
    assert.deepEqual(seen, [0]);
  });
});

describe('a hwmon fan controller in the simulator', () => {
  it('is set and read through the registers of the wire’s form', async (t) => {
    const { sim, server } = await connected(t, { nowMs: () => 9 }, (request) =>
      // fan3 is at 0x20 + 2 · 3; 7920 rpm is 0x1ef0
      request.op === 't' && request.w === '26'
        ? { id: request.id, d: '1ef0' }
        : { id: request.id, d: request.op === 't' && request.n === 1 ? '66' : '' },
    );
    const fans = sim.hwmon('fan-tach', 'hwmon', 0x18);
    assert.equal(await fans.setPwm(2, 0.4), 'ok'); // pwm2 at 0x02; 0.4 · 255 = 102 = 0x66
    assert.deepEqual(server.requests[0], { id: 1, op: 't', bus: 'hwmon', a: 0x18, w: '0266', n: 0 });
    assert.deepEqual(await fans.pwmRatio(2), { kind: 'value', value: 0.4, atMs: 9 });
    assert.deepEqual(await fans.fanRpm(3), { kind: 'value', value: 7920, atMs: 9 });
  });
});
