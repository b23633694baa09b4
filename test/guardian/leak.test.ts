// A leak line cuts its slot's power by itself, and only an operator gives it again. Slot 1 and 2 of the fake chassis have
// leak lines 41 and 42, active low; a chassis detector on line 45 cuts both. Power lines 11 and 12: 1 = on.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { none } from '../../src/core/reading.ts';
import { fakeBoard } from './fake-chassis.ts';
import { Rig } from './rig.ts';

const WET = 0;
const DRY = 1;

function leakBoard() {
  const board = fakeBoard({
    leaks: [{ id: 'sump', line: { bus: 'gpio', line: 45, activeLow: true }, cuts: 'all' }],
  });
  const slots = board.slots.map((slot) => ({
    ...slot,
    leak: { bus: 'gpio', line: 40 + slot.number, activeLow: true },
  }));
  return { ...board, slots };
}

const started = () => Rig.settled(leakBoard());
const leakLine = (rig: Rig, slot: number) => rig.chassis.line('gpio', 40 + slot);
const powerLine = (rig: Rig, slot: number) => rig.chassis.line('gpio', 10 + slot);
const slotFrame = (rig: Rig, slot: number) => rig.frame.slots.find((entry) => entry.slot === slot);
const leakEvents = (rig: Rig) => rig.events.filter(({ code }) => code.startsWith('leak'));
const leakCodes = (rig: Rig) => leakEvents(rig).map(({ code }) => code);
const power = (rig: Rig, slot: number, action: 'power-on' | 'power-off') =>
  rig.guardian.slotCommand({ type: 'slot', id: 1, slot, action });

/** Until the returned function is called. */
function unreadable(line: ReturnType<typeof leakLine>): () => void {
  line.read = () => Promise.resolve(none('fault', 0, 'the expander does not answer'));
  return () => void Reflect.deleteProperty(line, 'read');
}

describe('a leak line', () => {
  it('whose edge is heard has the power cut 0.11 s later, between two ticks, and the other slot keeps its own', async () => {
    const rig = await started();
    await rig.clock.advanceAsync(300);
    leakLine(rig, 1).edge(WET);
    await rig.clock.advanceAsync(99);
    assert.deepEqual(powerLine(rig, 1).written, []);
    await rig.clock.advanceAsync(12);
    assert.deepEqual(powerLine(rig, 1).written, [0]);
    assert.deepEqual(powerLine(rig, 2).written, []);
    const [leak] = leakEvents(rig);
    assert.deepEqual([leak?.code, leak?.severity, leak?.source], ['leak', 'critical', 'slot/1']);
    assert.match(leak?.text ?? '', /slot 1 .*line 41 of gpio.*power of slot 1 is cut at once/);
    await rig.seconds(1);
    assert.equal(slotFrame(rig, 1)?.leak, 'cut');
    assert.equal(slotFrame(rig, 1)?.power, 'off');
    assert.equal(slotFrame(rig, 2)?.leak, undefined);
    assert.deepEqual(leakCodes(rig), ['leak', 'leak-power-cut']);
  });

  it('that tells no edges is seen by the tick, and confirmed 0.11 s after it', async () => {
    const rig = await started();
    leakLine(rig, 2).level = WET;
    await rig.seconds(1);
    assert.deepEqual(powerLine(rig, 2).written, []);
    await rig.clock.advanceAsync(111);
    assert.deepEqual(powerLine(rig, 2).written, [0]);
  });

  it('that is active for 60 ms, however often, is no leak', async () => {
    const rig = await started();
    for (let glitch = 0; glitch < 20; glitch++) {
      leakLine(rig, 1).edge(WET);
      await rig.clock.advanceAsync(60);
      leakLine(rig, 1).edge(DRY);
      await rig.clock.advanceAsync(70);
    }
    assert.deepEqual(leakEvents(rig), []);
    assert.deepEqual(powerLine(rig, 1).written, []);
  });

  it('that an edge says is dry no longer speaks against power, though the tick has not read it again', async () => {
    const rig = await started();
    leakLine(rig, 1).edge(WET);
    await rig.seconds(3);
    leakLine(rig, 1).edge(DRY);
    await rig.clock.advanceAsync(1);
    assert.deepEqual(leakCodes(rig), ['leak', 'leak-power-cut', 'leak-over']);
    const given = power(rig, 1, 'power-on');
    await rig.seconds(1);
    assert.equal(await given, null);
    assert.equal(powerLine(rig, 1).written.at(-1), 1);
  });

  it('that cannot be read is no leak, but is said once, as is that it can be read again', async () => {
    const rig = await started();
    const line = leakLine(rig, 1);
    const read = unreadable(line);
    await rig.seconds(20);
    read();
    await rig.seconds(5);
    assert.deepEqual(leakCodes(rig), ['leak-unreadable', 'leak-readable']);
    assert.deepEqual(
      leakEvents(rig).map(({ severity }) => severity),
      ['warning', 'info'],
    );
    assert.deepEqual(powerLine(rig, 1).written, []);
  });

  it('that was active once and then no longer answers has not been seen twice', async () => {
    const rig = await started();
    const line = leakLine(rig, 1);
    line.level = WET;
    await rig.seconds(1);
    line.read = () => new Promise(() => {});
    await rig.seconds(30);
    assert.deepEqual(powerLine(rig, 1).written, []);
    assert.deepEqual(leakCodes(rig), ['leak-unreadable']);
  });

  it('cuts after the guardian was started with the leak there already', async () => {
    const rig = new Rig(leakBoard());
    leakLine(rig, 1).level = WET;
    rig.guardian.start();
    await rig.seconds(2);
    assert.equal(powerLine(rig, 1).level, 0);
  });

  it('means nothing any more once the guardian has ended', async () => {
    const rig = await started();
    await rig.guardian.stop();
    leakLine(rig, 1).edge(WET);
    await rig.seconds(5);
    assert.deepEqual(powerLine(rig, 1).written, []);
  });
});

describe('a slot that a leak has cut', () => {
  it('is not given power while the line is active or unreadable, then once more by an operator', async () => {
    const rig = await started();
    leakLine(rig, 1).edge(WET);
    await rig.seconds(2);
    assert.match((await power(rig, 1, 'power-on')) ?? '', /still says that there is a leak \(line 41 of gpio\)/);
    const line = leakLine(rig, 1);
    line.edge(DRY);
    const read = unreadable(line);
    await rig.seconds(2);
    assert.match((await power(rig, 1, 'power-on')) ?? '', /cannot be read/);
    read();
    await rig.seconds(60);
    assert.equal(slotFrame(rig, 1)?.leak, 'cut'); // dry by itself gives nothing back
    assert.equal(await power(rig, 1, 'power-on'), null);
    await rig.seconds(60);
    assert.equal(powerLine(rig, 1).level, 1);
    assert.equal(slotFrame(rig, 1)?.leak, undefined);
    assert.equal(leakCodes(rig).at(-1), 'leak-cleared');
  });

  it('is cut again when something else gives it power', async () => {
    const rig = await started();
    leakLine(rig, 1).edge(WET);
    await rig.seconds(2);
    powerLine(rig, 1).level = 1;
    await rig.seconds(2);
    assert.equal(powerLine(rig, 1).level, 0);
    assert.ok(leakCodes(rig).includes('leak-power-back'));
  });

  it('whose enable line fails is tried with every tick, said once, and cut as soon as the line works', async () => {
    const rig = await started();
    const line = powerLine(rig, 1);
    let tries = 0;
    Object.assign(line, {
      write: () => {
        tries++;
        return Promise.resolve({ error: 'EIO' });
      },
    });
    leakLine(rig, 1).edge(WET);
    await rig.seconds(10);
    assert.ok(tries >= 10, `${tries} tries`);
    assert.equal(slotFrame(rig, 1)?.leak, 'cutting');
    assert.equal(leakCodes(rig).filter((code) => code === 'leak-cut-failed').length, 1);
    Reflect.deleteProperty(line, 'write'); // the class's own again
    await rig.seconds(2);
    assert.equal(line.level, 0);
    assert.equal(slotFrame(rig, 1)?.leak, 'cut');
  });

  it('whose enable line does not answer at all is tried again after 2 s', async () => {
    const rig = await started();
    const line = powerLine(rig, 1);
    let tries = 0;
    line.write = () => {
      tries++;
      return new Promise(() => {});
    };
    leakLine(rig, 1).edge(WET);
    await rig.seconds(11);
    assert.ok(tries >= 4 && tries <= 7, `${tries} tries`);
    assert.ok(leakEvents(rig).some(({ text }) => text.includes('not answered')));
  });

  it('that keeps its power although the enable line was written is said to', async () => {
    const rig = await started();
    const line = powerLine(rig, 1);
    line.onWrite = () => (line.level = 1); // a welded switch
    leakLine(rig, 1).edge(WET);
    await rig.seconds(10);
    assert.equal(leakCodes(rig).filter((code) => code === 'leak-power-still-on').length, 1);
    assert.equal(slotFrame(rig, 1)?.leak, 'cutting');
    assert.ok(line.written.length >= 9);
  });
});

describe('a chassis leak detector', () => {
  it('cuts all its slots', async () => {
    const rig = await started();
    rig.chassis.line('gpio', 45).edge(WET);
    await rig.seconds(2);
    assert.deepEqual([powerLine(rig, 1).level, powerLine(rig, 2).level], [0, 0]);
    const [leak] = leakEvents(rig);
    assert.equal(leak?.source, 'leak/sump');
    assert.deepEqual(leak?.data, { detector: 'sump', slots: [1, 2] });
    assert.match((await power(rig, 2, 'power-on')) ?? '', /detector of sump still says/);
  });
});
