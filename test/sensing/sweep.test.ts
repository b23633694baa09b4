import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { ChannelReader, ChipResult } from '../../src/chips/chip.ts';
import { good, none, type Reading } from '../../src/core/reading.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { within } from '../../src/sensing/deadline.ts';
import { EventLog } from '../../src/sensing/event-log.ts';
import { PolledDevice, type Expected } from '../../src/sensing/polled-device.ts';
import { Sweep, type SweepReport } from '../../src/sensing/sweep.ts';

type Mode = 'well' | 'nack' | 'timeout' | 'hung';

/** A chip with one temperature, and a record of what was asked of it. */
class FakeChip implements ChannelReader {
  readonly name = 'fake';
  readonly address = 0x48;
  readonly busId: string;
  readonly channels = [{ channel: 'temp1', unit: 'C' }] as const;
  mode: Mode = 'well';
  asked: string[] = [];
  #release: (() => void)[] = [];

  constructor(busId: string) {
    this.busId = busId;
  }

  configure(): Promise<ChipResult> {
    this.asked.push('configure');
    return Promise.resolve({ kind: 'ok' });
  }

  read(): Promise<Reading> {
    throw new Error('the sweep reads whole chips');
  }

  async readAll(nowMs: number): Promise<ReadonlyMap<string, Reading>> {
    this.asked.push('read');
    if (this.mode === 'hung') await new Promise<void>((resolve) => this.#release.push(resolve));
    if (this.mode === 'nack') return new Map([['temp1', none('fault', nowMs, 'nack')]]);
    if (this.mode === 'timeout') return new Map([['temp1', none('timeout', nowMs, 'clock held low')]]);
    return new Map([['temp1', good(40, nowMs)]]);
  }

  /** Lets everything that hangs come through. */
  unhang(): void {
    this.mode = 'well';
    for (const release of this.#release.splice(0)) release();
  }
}

class Swept {
  readonly clock = new VirtualClock();
  readonly chips: Record<string, FakeChip>;
  readonly sweep: Sweep;
  readonly codes: string[] = [];
  expected: Record<string, Expected> = {};
  lastMs = 0;

  constructor(places: Readonly<Record<string, string>>) {
    this.chips = Object.fromEntries(Object.entries(places).map(([id, bus]) => [id, new FakeChip(bus)]));
    this.sweep = new Sweep(Object.entries(this.chips).map(([id, chip]) => new PolledDevice(id, 1, chip)));
  }

  chip(id: string): FakeChip {
    const chip = this.chips[id];
    assert.ok(chip);
    return chip;
  }

  /** One sweep with a deadline of 400 ms, then the rest of its second; what each device's channel was, in short. */
  async second(): Promise<Record<string, string>> {
    const startMs = this.clock.nowMs();
    const expected = (device: PolledDevice) => this.expected[device.id] ?? 'present';
    const asked = within(this.clock, 400, this.sweep.ask(startMs, expected)).then(() => this.clock.nowMs());
    await this.clock.advanceAsync(500);
    this.lastMs = (await asked) - startMs;
    const report = this.sweep.report(this.clock.nowMs(), expected);
    await this.clock.advanceAsync(500);
    for (const { code } of report.events) this.codes.push(code);
    return summary(report);
  }
}

function summary(report: SweepReport): Record<string, string> {
  return Object.fromEntries(
    [...report.readings].map(([id, channels]) => {
      const reading = channels.get('temp1');
      return [id, reading?.kind === 'value' ? 'value' : (reading?.reason ?? 'nothing')];
    }),
  );
}

describe('a sweep', () => {
  it('configures a chip once and reads it every time', async () => {
    const swept = new Swept({ a: 'bus1' });
    for (let n = 0; n < 3; n++) assert.deepEqual(await swept.second(), { a: 'value' });
    // the first value counts when three reads agree
    assert.deepEqual(swept.chip('a').asked, ['configure', 'read', 'read', 'read', 'read', 'read']);
  });

  it('issues all of a bus before the first answer', async () => {
    const swept = new Swept({ a: 'bus1', b: 'bus1', c: 'bus2' });
    await swept.second();
    for (const id of ['a', 'b', 'c']) swept.chip(id).mode = 'hung';
    void swept.second();
    assert.deepEqual(
      ['a', 'b', 'c'].map((id) => swept.chip(id).asked.length),
      [5, 5, 5],
    );
  });

  it('does not touch what is absent or off, and configures it when it is back', async () => {
    const swept = new Swept({ a: 'bus1' });
    await swept.second();
    for (const gone of ['absent', 'off'] as const) {
      swept.expected = { a: gone };
      assert.deepEqual(await swept.second(), { a: gone });
    }
    assert.equal(swept.chip('a').asked.length, 4);
    swept.expected = {};
    assert.deepEqual(await swept.second(), { a: 'value' });
    assert.deepEqual(swept.chip('a').asked.slice(4), ['configure', 'read', 'read', 'read']);
  });

  it('gives no value of a chip whose sled went between the question and the report', async () => {
    const swept = new Swept({ a: 'bus1' });
    await swept.second();
    const startMs = swept.clock.nowMs();
    await swept.sweep.ask(startMs, () => 'present');
    const report = swept.sweep.report(startMs, () => 'absent');
    assert.deepEqual(summary(report), { a: 'absent' });
    assert.deepEqual(await swept.second(), { a: 'value' }); // and what it said then is forgotten
    assert.deepEqual(swept.chip('a').asked.slice(-4), ['configure', 'read', 'read', 'read']);
  });

  it('asks a chip that fails less and less often, and at once reads it every time when it is well', async () => {
    const swept = new Swept({ a: 'bus1', b: 'bus1' });
    swept.chip('a').mode = 'nack';
    const seen = [];
    for (let n = 0; n < 20; n++) {
      const before = swept.chip('a').asked.length;
      assert.equal((await swept.second())['a'], 'fault');
      seen.push(swept.chip('a').asked.length > before ? 1 : 0);
    }
    // three tries, then pauses of 1, 2, 4, 5, 5 s
    assert.deepEqual(seen, [1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    swept.chip('a').mode = 'well';
    assert.equal((await swept.second())['a'], 'value');
    assert.equal((await swept.second())['a'], 'value');
    assert.deepEqual(swept.codes, []);
  });
});

describe('a bus that hangs', () => {
  it('costs one deadline, then nothing; the other bus is read all the while', async () => {
    const swept = new Swept({ a: 'bus1', b: 'bus1', c: 'bus2' });
    await swept.second();
    swept.chip('a').mode = 'hung';
    swept.chip('b').mode = 'hung';
    const lengths = [];
    for (let n = 0; n < 12; n++) {
      assert.deepEqual(await swept.second(), { a: 'timeout', b: 'timeout', c: 'value' });
      lengths.push(swept.lastMs);
    }
    assert.deepEqual(lengths, [400, ...Array.from({ length: 11 }, () => 0)]);
    assert.deepEqual(swept.codes, ['bus-silent', 'bus-dead']);
  });

  it('is tried with one chip at a time, and read in full when that one answers', async () => {
    const swept = new Swept({ a: 'bus1', b: 'bus1' });
    for (const id of ['a', 'b']) swept.chip(id).mode = 'hung';
    await swept.second();
    const before = ['a', 'b'].map((id) => swept.chip(id).asked.length);
    for (let n = 0; n < 14; n++) await swept.second();
    const after = ['a', 'b'].map((id) => swept.chip(id).asked.filter((what) => what === 'read').length);
    assert.deepEqual(before, [2, 2]);
    assert.deepEqual(after, [3, 2]); // once in the first sweep; then a, b, a at 2, 4 and 8 s
    for (const id of ['a', 'b']) swept.chip(id).unhang();
    for (let n = 0; n < 9; n++) await swept.second();
    assert.deepEqual(await swept.second(), { a: 'value', b: 'value' });
    assert.deepEqual(swept.codes, ['bus-silent', 'bus-dead', 'bus-back']);
  });

  it('whose transfers all time out is silent too, and one on which a chip answers is not', async () => {
    const swept = new Swept({ a: 'bus1', b: 'bus1', c: 'bus2', d: 'bus2' });
    for (const id of ['a', 'b', 'c']) swept.chip(id).mode = 'timeout';
    assert.deepEqual(await swept.second(), { a: 'timeout', b: 'timeout', c: 'timeout', d: 'value' });
    assert.deepEqual(swept.codes, ['bus-silent']);
  });

  it('that only comes late is still read: the answer counts in the next sweep, with the time it was asked', async () => {
    const swept = new Swept({ a: 'bus1', b: 'bus1' });
    await swept.second();
    swept.chip('a').mode = 'hung';
    assert.deepEqual(await swept.second(), { a: 'timeout', b: 'value' });
    swept.chip('a').unhang();
    assert.deepEqual(await swept.second(), { a: 'value', b: 'value' });
  });
});

describe('the event log', () => {
  it('numbers records, dates them, and forgets the oldest', () => {
    const log = new EventLog(new VirtualClock(1000), 3);
    const entry = { severity: 'info', source: 'test', code: 'tick', text: '', data: {} } as const;
    for (let n = 0; n < 5; n++) log.append(entry);
    assert.deepEqual(
      log.since(0).map(({ id }) => id),
      [3, 4, 5],
    );
    assert.deepEqual(
      log.since(4).map(({ id, at }) => [id, at]),
      [[5, '1970-01-01T00:00:01.000Z']],
    );
  });
});
