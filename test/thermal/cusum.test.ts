import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALM, levelOf, stepCusum } from '../../src/thermal/cusum.ts';

const LIMITS = { allowedSigmas: 2, alarmSigmaS: 100 };

describe('the cumulative sum', () => {
  it('adds what is over the allowance, times seconds: 5 σ alarms after 100 / (5 − 2) s', () => {
    let sum = CALM;
    let seconds = 0;
    while (levelOf(sum, LIMITS) < 1) {
      sum = stepCusum(sum, 5, 1, LIMITS);
      seconds++;
    }
    assert.equal(seconds, 34); // 33.3 s
    assert.equal(sum.fell, 0);
  });

  it('never adds up what stays within the allowance, and looks both ways', () => {
    let sum = CALM;
    for (let s = 0; s < 1e5; s++) sum = stepCusum(sum, s % 2 === 0 ? 2 : -2, 1, LIMITS);
    assert.deepEqual(sum, CALM);
    assert.deepEqual(stepCusum(CALM, -3, 10, LIMITS), { rose: 0, fell: 10 });
  });

  it('is not raised by one wild reading, and comes down again', () => {
    const wild = stepCusum(CALM, 1e6, 1, LIMITS);
    assert.ok(levelOf(wild, LIMITS) < 0.15);
    assert.deepEqual(stepCusum(wild, 0, 10, LIMITS), CALM);
  });
});
