import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  KEPT_MARGIN_K,
  KNOWN_K,
  LEAST_MARGIN_K,
  startExcitation,
  stepExcitation,
  type Excitation,
  type ExcitationInput,
} from '../../src/thermal/excitation.ts';

const SAFE: Omit<ExcitationInput, 'nowS'> = {
  leastMarginK: 9,
  isMoving: false,
  movers: [
    { id: 'fan0', ratio: 0.4, isFree: true, doubtK: 0.5 },
    { id: 'fan1', ratio: 0.5, isFree: true, doubtK: 0.8 },
  ],
};

/** Runs second by second; what was begun and when, and what is on at the end. */
function run(seconds: number, inputAt: (atS: number) => Partial<ExcitationInput> = () => ({})) {
  let state: Excitation = startExcitation(0);
  const begun: { readonly atS: number; readonly mover: string; readonly ratio: number }[] = [];
  const broken: number[] = [];
  for (let atS = 1; atS <= seconds; atS++) {
    const step = stepExcitation(state, { ...SAFE, ...inputAt(atS), nowS: atS });
    state = step.state;
    if (step.news === 'begun' && state.kind === 'stepping') begun.push({ atS, mover: state.mover, ratio: state.ratio });
    if (step.news === 'broken-off') broken.push(atS);
  }
  return { begun, broken, state };
}

describe('a deliberate step of an air mover', () => {
  it('is made by 8 % upwards, with the mover that is known least, after ten minutes', () => {
    const { begun } = run(700);
    assert.deepEqual(begun, [{ atS: 600, mover: 'fan1', ratio: 0.54 }]); // 0.5 · 1.08
  });

  it('is never made while a margin is thin or unknown, a Move is under way, or no mover is free', () => {
    const movers = SAFE.movers.map((mover) => ({ ...mover, isFree: false }));
    for (const unsafe of [
      { leastMarginK: LEAST_MARGIN_K - 0.1 },
      { leastMarginK: -5 },
      { leastMarginK: null },
      { isMoving: true },
      { movers },
    ]) {
      assert.deepEqual(run(7200, () => unsafe).begun, [], JSON.stringify(unsafe));
    }
  });

  it('is not made when all movers are known well enough, or have no room upwards', () => {
    const known = SAFE.movers.map((mover) => ({ ...mover, doubtK: KNOWN_K }));
    const fast = SAFE.movers.map((mover) => ({ ...mover, ratio: 0.85 })); // 0.85 · 1.08 = 0.918
    assert.deepEqual(run(7200, () => ({ movers: known })).begun, []);
    assert.deepEqual(run(7200, () => ({ movers: fast })).begun, []);
  });

  it('is broken off at once when a margin gets short, a Move begins, or its mover is wanted otherwise', () => {
    const taken = SAFE.movers.map((mover) => ({ ...mover, isFree: mover.id !== 'fan1' }));
    for (const trouble of [
      { leastMarginK: KEPT_MARGIN_K - 0.1 },
      { leastMarginK: null },
      { isMoving: true },
      { movers: taken },
    ]) {
      const { broken, state } = run(641, (atS) => (atS > 640 ? trouble : {}));
      assert.deepEqual(broken, [641], JSON.stringify(trouble));
      assert.equal(state.kind, 'resting');
    }
  });

  it('comes at most every ten minutes, and more and more seldom when it teaches nothing', () => {
    const { begun } = run(5 * 3600);
    const gaps = begun.slice(1).map(({ atS }, i) => atS - begun[i]!.atS);
    // 180 s of a step, then 1200, 2400, 4800 s of rest
    assert.deepEqual(gaps, [1380, 2580, 4980]);
    const learning = run(5 * 3600, (atS) => ({
      movers: SAFE.movers.map((mover) => ({ ...mover, doubtK: mover.doubtK * (1 - atS / 8000) })),
    }));
    // a second passes between the end of the step and the next look
    assert.ok(learning.begun.slice(1).every(({ atS }, i) => atS - learning.begun[i]!.atS >= 780));
    assert.ok(learning.begun.length > begun.length);
  });

  it('goes upwards only, whatever comes', () => {
    const mover = fc.record({
      id: fc.constantFrom('fan0', 'fan1', 'fan2'),
      ratio: fc.double({ min: 0, max: 1, noNaN: true }),
      isFree: fc.boolean(),
      doubtK: fc.double({ min: 0, max: 5, noNaN: true }),
    });
    const input = fc.record({
      leastMarginK: fc.option(fc.double({ min: -20, max: 40, noNaN: true })),
      isMoving: fc.boolean(),
      movers: fc.uniqueArray(mover, { selector: ({ id }) => id, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (course) => {
        let state: Excitation = startExcitation(0);
        course.forEach((part, i) => {
          const step = stepExcitation(state, { ...part, nowS: i * 60 });
          if (step.news === 'begun') {
            assert.ok(step.state.kind === 'stepping');
            const { mover: id, ratio } = step.state;
            assert.ok(ratio >= part.movers.find((entry) => entry.id === id)!.ratio && ratio <= 1);
            assert.ok(part.leastMarginK !== null && part.leastMarginK >= LEAST_MARGIN_K && !part.isMoving);
          }
          state = step.state;
        });
      }),
    );
  });
});
