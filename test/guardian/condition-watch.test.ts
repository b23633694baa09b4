import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { ChipCondition, ConditionsAnswer } from '../../src/chips/chip.ts';
import { ConditionWatch, type WatchedChip } from '../../src/guardian/condition-watch.ts';
import type { LogEntry } from '../../src/sensing/event-log.ts';
import type { Expected } from '../../src/sensing/polled-device.ts';

/** Chips that say what a test wants, asked by a guardian that ticks once a second from 0 on. */
class Bench {
  readonly events: LogEntry[] = [];
  /** What each chip says now; `hung` never answers, `late` when the test says so. */
  readonly says = new Map<string, readonly ChipCondition[] | 'failed' | 'hung' | 'late'>();
  #late: ((answer: ConditionsAnswer) => void)[] = [];
  readonly asked: { id: string; atS: number }[] = [];
  readonly expected = new Map<string, Expected>();
  readonly #watch: ConditionWatch;
  #nowS = 0;

  constructor(chips: Readonly<Record<string, number | null>>) {
    const watched = Object.entries(chips).map(([id, slot]) => ({ id, slot, readConditions: () => this.#answer(id) }));
    this.#watch = new ConditionWatch(watched, 0, (entry) => this.events.push(entry));
  }

  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) {
      this.#nowS++;
      this.#watch.ask(this.#nowS * 1000, (chip: WatchedChip) => this.expected.get(chip.id) ?? 'present');
      await new Promise(setImmediate);
    }
  }

  /** To every question asked while chips were `late`. */
  answerLate(conditions: readonly ChipCondition[]): void {
    for (const answer of this.#late) answer({ kind: 'ok', conditions });
    this.#late = [];
  }

  get codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  #answer(id: string): Promise<ConditionsAnswer> {
    this.asked.push({ id, atS: this.#nowS });
    const says = this.says.get(id) ?? [];
    if (says === 'hung') return new Promise(() => {});
    if (says === 'late') return new Promise((resolve) => void this.#late.push(resolve));
    if (says === 'failed') return Promise.resolve({ kind: 'failed', reason: 'fault', detail: 'nack' });
    return Promise.resolve({ kind: 'ok', conditions: says });
  }
}

const condition = (name: string, page = 0): ChipCondition => ({ page, name });

describe('what chips say is wrong', () => {
  it('is one event when it appears and one when it is over, with the slot and how bad it is', async () => {
    const bench = new Bench({ hsc: 3 });
    await bench.seconds(20);
    bench.says.set('hsc', [condition('vin-under-voltage-fault'), condition('iout-over-current-warning', 1)]);
    await bench.seconds(70);
    assert.deepEqual(bench.events, [
      {
        severity: 'critical',
        source: 'device/hsc',
        code: 'vin-under-voltage-fault',
        text: 'hsc: vin-under-voltage-fault',
        data: { device: 'hsc', page: 0, condition: 'vin-under-voltage-fault', slot: 3 },
      },
      {
        severity: 'warning',
        source: 'device/hsc',
        code: 'iout-over-current-warning',
        text: 'hsc, page 1: iout-over-current-warning',
        data: { device: 'hsc', page: 1, condition: 'iout-over-current-warning', slot: 3 },
      },
    ]);
    bench.says.set('hsc', [condition('iout-over-current-warning', 1)]);
    await bench.seconds(20);
    const [over, ...more] = bench.events.slice(2);
    assert.equal(more.length, 0);
    assert.equal(over?.code, 'vin-under-voltage-fault-over');
    assert.equal(over.severity, 'info');
  });

  it('is told within two periods', async () => {
    const bench = new Bench({ hsc: null });
    await bench.seconds(20);
    bench.says.set('hsc', [condition('over-temperature-fault')]);
    await bench.seconds(10);
    assert.deepEqual(bench.codes, ['over-temperature-fault']);
    assert.deepEqual(bench.events[0]?.data, { device: 'hsc', page: 0, condition: 'over-temperature-fault' });
  });

  it('is nothing while it flaps from answer to answer, or is about our own questions', async () => {
    const bench = new Bench({ hsc: null });
    for (let round = 0; round < 40; round++) {
      const flapping = round % 2 === 0 ? [condition('power-not-good')] : [];
      bench.says.set('hsc', [...flapping, condition('busy'), condition('invalid-command'), condition('invalid-data')]);
      await bench.seconds(5);
    }
    assert.deepEqual(bench.codes, []);
  });

  it('is at most one event a minute when it comes and goes slowly', async () => {
    const bench = new Bench({ hsc: null });
    for (let round = 0; round < 60; round++) {
      bench.says.set('hsc', round % 2 === 0 ? [condition('off')] : []);
      await bench.seconds(10);
    }
    assert.ok(bench.events.length >= 2 && bench.events.length <= 10, `${bench.events.length} events in 600 s`);
    for (const [index, { code }] of bench.events.entries()) assert.equal(code, index % 2 === 0 ? 'off' : 'off-over');
  });

  it('is asked every 5 s of each chip, spread over the ticks', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `chip${index}`);
    const bench = new Bench(Object.fromEntries(ids.map((id) => [id, null])));
    await bench.seconds(4);
    assert.equal(bench.asked.length, 0); // first the sweep must have found them
    await bench.seconds(100);
    const perTick = new Map<number, number>();
    for (const { atS } of bench.asked) perTick.set(atS, (perTick.get(atS) ?? 0) + 1);
    assert.ok(Math.max(...perTick.values()) <= 2, 'ten chips in five ticks');
    for (const id of ids) {
      const times = bench.asked.filter((one) => one.id === id).map(({ atS }) => atS);
      for (const [index, atS] of times.slice(1).entries()) assert.equal(atS - (times[index] ?? 0), 5);
      assert.ok(times.length >= 19);
    }
  });

  it('is not asked of an empty or dark slot, and the next sled starts anew', async () => {
    const bench = new Bench({ hsc: 1 });
    bench.says.set('hsc', [condition('vout-over-voltage-fault')]);
    await bench.seconds(20);
    assert.deepEqual(bench.codes, ['vout-over-voltage-fault']);
    for (const state of ['absent', 'off'] as const) {
      bench.expected.set('hsc', state);
      const before = bench.asked.length;
      await bench.seconds(60);
      assert.equal(bench.asked.length, before);
    }
    bench.says.set('hsc', []);
    bench.expected.set('hsc', 'present');
    await bench.seconds(60);
    assert.deepEqual(bench.codes, ['vout-over-voltage-fault']);
  });

  it('is not over because one answer lacks it', async () => {
    const bench = new Bench({ hsc: null });
    bench.says.set('hsc', [condition('off')]);
    await bench.seconds(100);
    bench.says.set('hsc', []);
    await bench.seconds(5); // one answer
    bench.says.set('hsc', [condition('off')]);
    await bench.seconds(100);
    assert.deepEqual(bench.codes, ['off']);
  });

  it('does not count when the answer comes after the sled was pulled', async () => {
    const bench = new Bench({ hsc: 1 });
    bench.says.set('hsc', 'late');
    await bench.seconds(10);
    bench.expected.set('hsc', 'absent');
    await bench.seconds(5);
    bench.says.set('hsc', [condition('off')]); // of the next sled
    bench.answerLate([condition('failed')]);
    bench.expected.set('hsc', 'present');
    await bench.seconds(60);
    assert.deepEqual(bench.codes, ['off']);
  });

  it('does not count twice when a late answer comes beside a new one', async () => {
    const bench = new Bench({ hsc: null });
    bench.says.set('hsc', 'late');
    await bench.seconds(24); // asked at 5 s and, given up, at 20 s
    bench.says.set('hsc', []);
    bench.answerLate([condition('off')]); // both: only the newer one counts, and one is not enough
    await bench.seconds(60);
    assert.deepEqual(bench.codes, []);
  });

  it('stays as it was while the chip cannot be read', async () => {
    const bench = new Bench({ hsc: null });
    bench.says.set('hsc', [condition('off')]);
    await bench.seconds(20);
    bench.says.set('hsc', 'failed');
    await bench.seconds(120);
    bench.says.set('hsc', [condition('off')]);
    await bench.seconds(20);
    assert.deepEqual(bench.codes, ['off']);
  });

  it('of a chip that hangs is asked every 15 s, and the others are not kept waiting', async () => {
    const bench = new Bench({ stuck: null, well: null });
    bench.says.set('stuck', 'hung');
    bench.says.set('well', [condition('fan1-fault')]);
    await bench.seconds(66); // first at 5 s: 5, 20, 35, 50, 65
    assert.equal(bench.asked.filter(({ id }) => id === 'stuck').length, 5);
    assert.deepEqual(bench.codes, ['fan1-fault']);
    bench.says.set('stuck', [condition('off')]);
    await bench.seconds(25);
    assert.deepEqual(bench.codes, ['fan1-fault', 'off']);
  });
});
