import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { modbusLine } from '../../src/buses/modbus.ts';
import type { ModbusAnswer } from '../../src/core/ports.ts';
import { FakeLine } from './fake-wire.ts';

const EVEN = { parity: 'even', timeoutMs: 300 } as const;

function rig(baud: number | null = 19_200) {
  const clock = new VirtualClock();
  const wire = new FakeLine(clock);
  const line = modbusLine('rack', wire.open, { clock, baud });
  const read = async (unit: number, waitMs = 1000): Promise<ModbusAnswer | null> => {
    let answer: ModbusAnswer | null = null;
    void line.readHolding(unit, 0, 1).then((one) => (answer = one));
    await clock.advanceAsync(waitMs);
    return answer;
  };
  const said = async (unit: number) => {
    const answer = await read(unit);
    return answer?.kind === 'error' ? answer.error : answer?.kind;
  };
  return { clock, wire, line, read, said };
}

describe('a Modbus line', () => {
  it('is opened when it is first needed, and asks one after another', async () => {
    const { clock, wire, line } = rig();
    wire.unit(1).registers.set(7, 42);
    assert.deepEqual(wire.log, []);
    const answers = Promise.all([line.readHolding(1, 7, 1), line.readHolding(1, 8, 1), line.readHolding(1, 7, 2)]);
    await clock.advanceAsync(200);
    assert.deepEqual(await answers, [
      { kind: 'ok', registers: [42] },
      { kind: 'ok', registers: [0] },
      { kind: 'ok', registers: [42, 0] },
    ]);
    assert.equal(wire.most, 1);
    assert.deepEqual(wire.log, ['open 19200 even', 'read 1 @19200', 'read 1 @19200', 'read 1 @19200']);
  });

  it('keeps frames 3.5 characters of 11 bits apart: 2 ms at 19,200 baud, 16 ms at 2,400', async () => {
    for (const [baud, gapMs] of [
      [19_200, 38_500 / 19_200],
      [2400, 38_500 / 2400],
      [115_200, 1.75],
    ] as const) {
      const { clock, wire, line } = rig(baud);
      wire.unit(1);
      let doneMs = 0;
      void Promise.all([line.readHolding(1, 0, 1), line.readHolding(1, 0, 1)]).then(() => (doneMs = clock.nowMs()));
      await clock.advanceAsync(200);
      assert.ok(Math.abs(doneMs - (2 * wire.answerMs + gapMs)) < 1e-6, `${baud}: ${doneMs}`);
    }
  });

  it('sends writes before reads that wait', async () => {
    const { clock, wire, line } = rig();
    wire.unit(1);
    for (const unit of [1, 1]) void line.readHolding(unit, 0, 1);
    void line.writeHolding(1, 5, [9]);
    await clock.advanceAsync(200);
    assert.deepEqual(wire.log.slice(1), ['read 1 @19200', 'write 1 @19200', 'read 1 @19200']);
  });

  it('says which unit on which line failed, and how', async () => {
    const { wire, read } = rig();
    wire.unit(0x0c, { mode: 'refuses' });
    assert.deepEqual(await read(0x0c), {
      kind: 'error',
      error: 'exception',
      code: 2,
      detail: 'unit 0x0c on rack: no such register',
    });
  });

  it('refuses what is too much: 64 requests wait at the most', async () => {
    const { clock, wire, line } = rig();
    wire.unit(1);
    const answers = Array.from({ length: 70 }, () => line.readHolding(1, 0, 1));
    const last = await answers.at(-1);
    assert.ok(last?.kind === 'error' && last.error === 'io' && last.detail.includes('64 requests are waiting'));
    await clock.advanceAsync(5000);
    const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'ok').length, 65); // one was on the wire
  });

  it('opens a serial line anew after silence, and gives that unit time to finish: a late answer is nobody’s', async () => {
    const { clock, wire, line } = rig();
    wire.unit(1, { mode: 'silent' });
    wire.unit(2);
    line.describe(1, { ...EVEN, bauds: [] });
    void line.readHolding(1, 0, 1);
    void line.readHolding(1, 0, 1);
    void line.readHolding(2, 0, 1);
    await clock.advanceAsync(599);
    assert.deepEqual(wire.log, ['open 19200 even', 'read 1 @19200', 'close', 'open 19200 even', 'read 2 @19200']);
    await clock.advanceAsync(10);
    assert.equal(wire.log.at(-1), 'read 1 @19200');
  });

  it('is not held up for another unit while one is given time', async () => {
    const { clock, wire, line, said } = rig();
    wire.unit(1, { mode: 'silent' });
    wire.unit(2);
    assert.equal(await said(1), 'timeout');
    void line.readHolding(1, 0, 1);
    await clock.advanceAsync(300);
    void line.readHolding(1, 0, 1); // waits for its time
    await clock.advanceAsync(50);
    let answered = false;
    void line.readHolding(2, 0, 1).then(() => (answered = true));
    await clock.advanceAsync(50);
    assert.ok(answered);
  });

  it('is opened again after a while when the port is gone: 100 ms, 200 ms … 5 s', async () => {
    const { clock, wire, line, said } = rig();
    wire.unit(1);
    assert.equal(await said(1), 'ok');
    wire.plugged = false;
    wire.log.length = 0;
    for (let asked = 0; asked < 600; asked++) {
      const answer = line.readHolding(1, 0, 1);
      await clock.advanceAsync(50);
      assert.equal((await answer).kind, 'error');
    }
    // 30 s: at 0, 100, 300, 700, 1500, 3100, 6300, then every 5 s, each with up to 50 ms more until somebody asks
    const opens = wire.log.filter((entry) => entry.startsWith('open')).length;
    assert.ok(opens >= 10 && opens <= 12, `${opens}`);
    wire.plugged = true;
    await clock.advanceAsync(5000);
    assert.equal(await said(1), 'ok');
  });

  it('answers everything when it is closed, and nothing afterwards', async () => {
    const { clock, wire, line, said } = rig();
    wire.unit(1);
    const waiting = [line.readHolding(1, 0, 1), line.readHolding(1, 0, 1)];
    line.close();
    await clock.advanceAsync(1000);
    assert.equal((await Promise.all(waiting)).at(-1)?.kind, 'error');
    assert.equal(await said(1), 'io');
  });

  it('over TCP is made anew after three requests in a row without an answer: it may be half open', async () => {
    const { wire, said } = rig(null);
    wire.unit(1, { mode: 'silent' });
    for (const _ of [1, 2, 3]) assert.equal(await said(1), 'timeout');
    assert.equal(wire.log.filter((entry) => entry === 'close').length, 1);
    wire.unit(1);
    assert.equal(await said(1), 'ok');
  });
});

describe('the search for a baud rate', () => {
  const bauds = [19_200, 115_200, 57_600];

  it('finds a device that speaks another one, and stays with it', async () => {
    const { wire, line, said } = rig(9600);
    wire.unit(5, { baud: 57_600 });
    line.describe(5, { ...EVEN, bauds });
    assert.equal(line.baudOf(5), 9600);
    const heard: unknown[] = [];
    for (let asked = 0; asked < 7; asked++) heard.push(await said(5));
    // three at the line's own, then the others in turn
    assert.deepEqual(heard, ['timeout', 'timeout', 'timeout', 'timeout', 'timeout', 'ok', 'ok']);
    const sent = wire.log.filter((entry) => entry.startsWith('read'));
    assert.deepEqual(
      sent.map((entry) => entry.split('@')[1]),
      ['9600', '9600', '9600', '19200', '115200', '57600', '57600'],
    );
    assert.equal(line.baudOf(5), 57_600);
  });

  it('switches the line between devices of different rates and parities', async () => {
    const { wire, line, said } = rig(19_200);
    wire.unit(1, { baud: 19_200 });
    wire.unit(2, { baud: 19_200 });
    line.describe(1, { ...EVEN, bauds: [] });
    line.describe(2, { parity: 'none', timeoutMs: 300, bauds: [] });
    for (const unit of [1, 2, 2, 1]) assert.equal(await said(unit), 'ok');
    assert.deepEqual(
      wire.log.filter((entry) => entry.startsWith('open')),
      ['open 19200 even', 'open 19200 none', 'open 19200 even'],
    );
  });

  it('disturbs others who answer no more often than once a minute', async () => {
    const { clock, wire, line, said } = rig(19_200);
    wire.unit(1);
    wire.unit(5, { mode: 'silent' });
    line.describe(5, { ...EVEN, bauds });
    for (let second = 0; second < 300; second++) {
      await said(1);
      await said(5);
    }
    assert.ok(clock.nowMs() >= 600_000);
    const elsewhere = wire.log.filter((entry) => entry.startsWith('read') && !entry.endsWith('@19200'));
    assert.ok(elsewhere.length >= 5 && elsewhere.length <= 11, `${elsewhere.length} in ${clock.nowMs() / 1000} s`);
  });

  it('begins again when a device that was heard falls silent for good: it may have been replaced', async () => {
    const { wire, line, said } = rig(19_200);
    const unit = wire.unit(5, { baud: 19_200 });
    line.describe(5, { ...EVEN, bauds });
    assert.equal(await said(5), 'ok');
    unit.baud = 115_200;
    const heard: unknown[] = [];
    for (let asked = 0; asked < 4; asked++) heard.push(await said(5));
    assert.deepEqual(heard, ['timeout', 'timeout', 'timeout', 'ok']);
  });

  it('is not made for a device that answers with an exception, nor over TCP', async () => {
    const { wire, line, said } = rig(19_200);
    wire.unit(5, { mode: 'refuses' });
    line.describe(5, { ...EVEN, bauds });
    for (let asked = 0; asked < 10; asked++) assert.equal(await said(5), 'exception');
    assert.ok(wire.log.every((entry) => !entry.includes('115200')));
    assert.equal(rig(null).line.baudOf(5), null);
  });
});
