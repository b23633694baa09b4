// Drift detection against the simulated plant's own physics: how soon a blocked slot is found, and under which name each
// fault goes. The detector starts from what the board file says, which none of these plants is.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { causeKey } from '../../src/thermal/drift-cause.ts';
import { DRIFT_LIMITS } from '../../src/thermal/drift.ts';
import { DRILL_FAULTS } from './drift-causes.ts';
import { DRILL_PLANTS, Drill, type DrillPlant } from './drift-drill.ts';

const LEARN_S = 5400;
const FOUND_WITHIN_S = 180;
const OVER_WITHIN_S = 400;

/** Blocks each of the slots to 70 % in turn. @returns seconds until its blockage was named */
function secondsToFind(drill: Drill, slots: readonly number[]): (number | null)[] {
  drill.run(LEARN_S);
  assert.deepEqual(drill.log, [], 'nothing is wrong yet');
  return slots.map((index) => {
    const { number } = drill.board.slots[index]!;
    drill.block(number, 0.7);
    const [found] = drill.run(600, ({ kind }) => kind === 'found');
    drill.run(120);
    const open = drill.detector.findings()[0]?.magnitude ?? 1;
    drill.block(number, 1);
    const rest = drill.run(OVER_WITHIN_S);
    if (found === undefined) return null;
    assert.equal(causeKey(found.change.finding.cause), `slot-blocked ${index}`);
    assert.ok(Math.abs(open - 0.7) < 0.11, `slot ${number}: found ${open} open, 0.7 is true`);
    assert.deepEqual(
      rest.map(({ change }) => change.kind),
      ['gone'],
      `slot ${number}: said once that it is over`,
    );
    return found.afterS;
  });
}

describe('a loss of 30 % of a slot’s air', () => {
  for (const [plant, meanLoadW] of [
    ['standard', 105],
    ['dense', 25],
    ['dusty', 105],
    ['other', 190],
    ['yosemite-v4', 60],
  ] as const) {
    it(`is found within three minutes, named, measured and said to be over: ${plant}, ${meanLoadW} W above idle`, () => {
      const drill = new Drill(plant, { seed: 5, meanLoadW });
      for (const seconds of secondsToFind(drill, [1, 4, 7])) {
        assert.ok(seconds !== null && seconds <= FOUND_WITHIN_S, `${seconds} s`);
      }
    });
  }

  it('is found without inlet sensors from some 75 W on, where air makes 6 K of difference', () => {
    const drill = new Drill('bletchley', { seed: 5 });
    for (const seconds of secondsToFind(drill, [0, 2, 5])) {
      assert.ok(seconds !== null && seconds <= FOUND_WITHIN_S, `${seconds} s`);
    }
  });

  it('is found too late with limits twice as wide', () => {
    const limits = { allowedSigmas: 2 * DRIFT_LIMITS.allowedSigmas, alarmSigmaS: 2 * DRIFT_LIMITS.alarmSigmaS };
    const seconds = secondsToFind(new Drill('bletchley', { seed: 5, limits }), [0, 2, 5]);
    assert.ok(
      seconds.some((one) => one === null || one > FOUND_WITHIN_S),
      seconds.join(' '),
    );
  });
});

/** What was said of each fault; `''` = nothing within three minutes. */
function confusion(plant: DrillPlant): { readonly fault: string; readonly wanted: string; readonly said: string }[] {
  const drill = new Drill(plant, { seed: 5 });
  drill.run(LEARN_S);
  assert.deepEqual(drill.log, [], 'nothing is wrong yet');
  return DRILL_FAULTS.map(({ name, cause, begin, end }) => {
    begin(drill);
    const found = drill.run(FOUND_WITHIN_S, ({ kind }) => kind === 'found');
    const later = drill.run(240);
    end(drill);
    const rest = drill.run(600);
    const names = [...found, ...later].map(({ change }) => causeKey(change.finding.cause));
    assert.deepEqual(
      rest.map(({ change }) => change.kind),
      ['gone'],
      `${name}: said once that it is over`,
    );
    assert.deepEqual(drill.detector.findings(), []);
    return { fault: name, wanted: causeKey(cause(drill.board)), said: names.join(', ') };
  });
}

describe('the cause of a drift', () => {
  for (const plant of DRILL_PLANTS) {
    it(`is named right, and nothing else is, for every kind of fault: ${plant}`, () => {
      for (const { fault, wanted, said } of confusion(plant)) assert.equal(said, wanted, fault);
    });
  }
});
