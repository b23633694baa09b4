// The bus server: wire time with a clock in hand, order, faults, lines, and clients that misbehave.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { BusResponse } from '../../src/core/bus-wire.ts';
import { realClock } from '../../src/core/clock.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { BusServer } from '../../hwsim/bus-server.ts';
import { transferBits } from '../../hwsim/bus/topology.ts';
import { expectTransfer } from '../../hwsim/faults/bus-expectation.ts';
import type { Chassis } from '../../hwsim/chassis.ts';
import { sampleChassis } from './sample-chassis.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

describe('the time on the wire', () => {
  it('is 48 bits for a word read: start, 9 + 9, repeated start, 9 + 18, stop', () => {
    assert.equal(transferBits(1, 2), 48);
  });

  it('is 20 bits for the write of a switch', () => {
    assert.equal(transferBits(1, 0), 20);
  });

  it('serves pipelined transfers back to back and in order', async () => {
    const clock = new VirtualClock(1000);
    const { chassis } = sampleChassis();
    const bus = new BusServer(chassis, clock, () => {}, 0).simBus('aux');
    const done: [number, number][] = [];
    for (let i = 0; i < 10; i++) {
      void bus.transfer(0x48, Uint8Array.of(0), 2).then(() => done.push([i, clock.nowMs()]));
    }
    await clock.advanceAsync(10);
    // 48 bits at 100 kHz are 0.48 ms
    assert.deepEqual(
      done.map(([i]) => i),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    done.forEach(([i, atMs]) => near(atMs, 1000 + 0.48 * (i + 1)));
    near(chassis.topology.wireTimeS('aux'), 0.0048);
  });

  it('runs two buses side by side', async () => {
    const clock = new VirtualClock();
    const { chassis } = sampleChassis();
    const server = new BusServer(chassis, clock, () => {}, 0);
    const atMs: number[] = [];
    void server
      .simBus('aux')
      .transfer(0x48, Uint8Array.of(0), 2)
      .then(() => atMs.push(clock.nowMs()));
    void server
      .simBus('main')
      .transfer(0x70, Uint8Array.of(0), 0)
      .then(() => atMs.push(clock.nowMs()));
    await clock.advanceAsync(1);
    near(atMs[0] ?? 0, 20 / 400); // ms at 400 kHz
    near(atMs[1] ?? 0, 0.48);
  });

  it('counts the switch only when the channel changes', async () => {
    const clock = new VirtualClock();
    const { chassis } = sampleChassis();
    const server = new BusServer(chassis, clock, () => {}, 0);
    const read = () => void server.simBus('slot1').transfer(0x4f, Uint8Array.of(0xff), 1);
    read();
    await clock.advanceAsync(5);
    near(server.wireTimeS('slot1'), (20 + 39) / 400_000);
    read();
    await clock.advanceAsync(5);
    near(server.wireTimeS('main'), (20 + 39 + 39) / 400_000); // a channel is its bus
  });

  it('gives up a hung bus after 25 ms, and only that one', async () => {
    const clock = new VirtualClock();
    const { chassis } = sampleChassis();
    const server = new BusServer(chassis, clock, () => {}, 0);
    chassis.faults.hangBus('main');
    const hung = server.simBus('slot2').transfer(0x4f, Uint8Array.of(0), 1);
    const fine = server.simBus('aux').transfer(0x48, Uint8Array.of(0), 2);
    await clock.advanceAsync(24.9);
    assert.equal((await fine).kind, 'ok');
    assert.equal(clock.pendingNames().length, 1);
    await clock.advanceAsync(0.2);
    const answer = await hung;
    assert.deepEqual(answer, { kind: 'error', error: 'timeout', detail: 'bus main is held low' });
    chassis.faults.heal('main');
    const healed = server.simBus('slot2').transfer(0x4f, Uint8Array.of(0xff), 1);
    await clock.advanceAsync(1);
    assert.deepEqual(await healed, { kind: 'ok', data: Uint8Array.of(0x21) });
  });

  it('ends an unanswered address after 11 bits', async () => {
    const clock = new VirtualClock();
    const { chassis } = sampleChassis();
    const server = new BusServer(chassis, clock, () => {}, 0);
    const answer = server.simBus('aux').transfer(0x11, Uint8Array.of(0), 2);
    await clock.advanceAsync(0.12);
    const reply = await answer;
    assert.ok(reply.kind === 'error' && reply.error === 'nack');
    near(server.wireTimeS('aux'), 11 / 100_000);
  });
});

describe('expectTransfer', () => {
  it('finds the transaction that is looked for, and says so when none comes', async () => {
    const clock = new VirtualClock();
    const { chassis } = sampleChassis();
    const seen = expectTransfer(
      chassis.topology,
      clock,
      'a read of the ambient sensor',
      100,
      (r) => r.address === 0x48,
    );
    await chassis.bus('aux').transfer(0x20, Uint8Array.of(0), 1);
    await chassis.bus('aux').transfer(0x48, Uint8Array.of(0), 2);
    assert.equal((await seen).bus, 'aux');
    const missing = expectTransfer(chassis.topology, clock, 'a write to nowhere', 100, () => false);
    clock.advance(101);
    await assert.rejects(missing, /not seen within 100 ms/);
  });
});

describe('the bus server’s socket', () => {
  let directory = '';
  let path = '';
  let server: BusServer;
  let chassis: Chassis;
  let logged: string[] = [];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'hwsim-'));
    path = join(directory, 'bus.sock');
    logged = [];
    chassis = sampleChassis([1]).chassis;
    server = new BusServer(chassis, realClock(), (text) => logged.push(text));
    await server.listen(path);
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
    assert.equal(existsSync(path), false);
    rmSync(directory, { recursive: true });
  });

  function client() {
    const socket = connect(path);
    sockets.push(socket);
    let text = '';
    const waiting: { count: number; resolve: (lines: BusResponse[]) => void }[] = [];
    const lines = () => text.split('\n').slice(0, -1);
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => {
      text += chunk;
      for (const entry of waiting)
        if (lines().length >= entry.count) entry.resolve(lines().map((line) => JSON.parse(line)));
    });
    const closed = new Promise<void>((resolve) => void socket.on('close', () => resolve()));
    const answers = (count: number) =>
      new Promise<BusResponse[]>((resolve) => {
        if (lines().length >= count) resolve(lines().map((line) => JSON.parse(line)));
        else waiting.push({ count, resolve });
      });
    const ask = (...requests: object[]) =>
      socket.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
    return { socket, ask, answers, closed };
  }

  it('answers pipelined transfers in order, with data or the reason there is none', async () => {
    const { ask, answers } = client();
    ask(
      { id: 1, op: 't', bus: 'slot1', a: 0x4f, w: 'fe', n: 1 },
      { id: 2, op: 't', bus: 'slot2', a: 0x4f, w: 'fe', n: 1 }, // no sled there
      { id: 3, op: 't', bus: 'slot1', a: 0x4f, w: 'ff', n: 1 },
    );
    const [first, second, third] = await answers(3);
    assert.deepEqual(first, { id: 1, d: '55' });
    assert.deepEqual(second, { id: 2, e: 'nack', detail: 'nothing acknowledges 0x4f on bus slot2' });
    assert.deepEqual(third, { id: 3, d: '21' });
  });

  it('reads and sets lines, and tells of their edges', async () => {
    const { ask, answers } = client();
    ask({ id: 1, op: 'r', line: 'gpio0:1' }, { id: 2, op: 'r', line: 'gpio0:2' }, { id: 3, op: 'w', line: 'gpio0:2' });
    await answers(3);
    chassis.bay(2).push();
    assert.deepEqual(await answers(4), [
      { id: 1, level: 0 }, // active low: a sled is there
      { id: 2, level: 1 },
      { id: 3, level: 1 },
      { line: 'gpio0:2', level: 0 },
    ]);
    ask({ id: 4, op: 's', line: 'gpio0:40', level: 0 });
    assert.deepEqual((await answers(5)).at(-1), { id: 4, level: 0 });
    assert.equal(chassis.lines.gpio('gpio0:40')?.level, 0);
  });

  it('tells of a sled’s alert line to who watches it', async () => {
    const { ask, answers } = client();
    ask({ id: 1, op: 'w', line: 'gpio0:21' });
    assert.deepEqual(await answers(1), [{ id: 1, level: 1 }]);
    chassis.plant.setAmbient(95);
    chassis.advance(900);
    assert.ok((chassis.truth().slots.get(1)?.cpuC ?? 0) > 80); // the sample chassis's critical limit
    assert.deepEqual((await answers(2))[1], { line: 'gpio0:21', level: 0 });
  });

  for (const [what, request] of [
    ['malformed JSON', 'not json\n'],
    ['an unknown bus', `${JSON.stringify({ id: 1, op: 't', bus: 'nowhere', a: 1, w: '', n: 0 })}\n`],
    ['an unknown line', `${JSON.stringify({ id: 1, op: 'r', line: 'aux:1' })}\n`],
    ['bytes that are not hex', `${JSON.stringify({ id: 1, op: 't', bus: 'aux', a: 1, w: 'zz', n: 0 })}\n`],
    ['a transfer over 256 bytes', `${JSON.stringify({ id: 1, op: 't', bus: 'aux', a: 1, w: '', n: 257 })}\n`],
    ['an oversized line', 'x'.repeat(5000)],
  ] as const) {
    it(`closes a client that sends ${what}, and serves the others`, async () => {
      const bad = client();
      const good = client();
      bad.socket.write(request);
      await bad.closed;
      assert.match(logged.join('\n'), /closed a client/);
      good.ask({ id: 9, op: 't', bus: 'aux', a: 0x20, w: '00', n: 1 });
      assert.equal((await good.answers(1)).length, 1);
    });
  }

  it('is not put in place of a file, nor where there is no folder', async () => {
    const other = new BusServer(chassis, realClock(), () => {});
    const file = join(directory, 'notes.txt');
    writeFileSync(file, 'mine');
    assert.throws(() => void other.listen(file), /is there and is no socket/);
    assert.equal(existsSync(file), true);
    await assert.rejects(other.listen(join(directory, 'nowhere', 'bus.sock')), /cannot listen/);
  });

  it('finishes what a client asked for even when it has gone', async () => {
    const gone = client();
    gone.ask({ id: 1, op: 't', bus: 'aux', a: 0x2f, w: '40ff80', n: 0 });
    gone.socket.end();
    await gone.closed;
    const { ask, answers } = client();
    ask({ id: 2, op: 't', bus: 'aux', a: 0x2f, w: '40', n: 2 });
    assert.deepEqual(await answers(1), [{ id: 2, d: 'ff80' }]);
  });
});
