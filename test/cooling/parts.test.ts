// Tables, feed-forward and PI on their own.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { stepPowerMeans } from '../../src/cooling/feed-forward.ts';
import { stepPi } from '../../src/cooling/pi.ts';
import { nextStep, tableRatio } from '../../src/cooling/table.ts';
import { good, none } from '../../src/core/reading.ts';

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

describe('a table of 30 °C → 0.3, 40 °C → 0.6 with 2 K of hysteresis', () => {
  const table = {
    sensor: 'board',
    hysteresisK: 2,
    steps: [
      { atC: 30, ratio: 0.3 },
      { atC: 40, ratio: 0.6 },
    ],
  };

  it('goes up at a step and down 2 K under it', () => {
    let step = -1;
    const ratios = [29.9, 30, 39.9, 40, 38.1, 38, 37.9, 28, 27.9].map((temperatureC) => {
      step = nextStep(table, step, temperatureC);
      return tableRatio(table, step);
    });
    assert.deepEqual(ratios, [0, 0.3, 0.3, 0.6, 0.6, 0.6, 0.3, 0.3, 0]);
  });

  it('keeps its step while the temperature is not known', () => {
    assert.equal(nextStep(table, 1, null), 1);
  });
});

describe('feed-forward', () => {
  it('counts watts over the running mean, and nothing under it', () => {
    const first = stepPowerMeans({}, ['p'], new Map([['p', good(100, 0)]]), 1);
    assert.equal(first.excessW, 0);
    const up = stepPowerMeans(first.means, ['p'], new Map([['p', good(180, 0)]]), 1);
    near(up.excessW, 80);
    near(up.means['p'] ?? 0, 100 + 80 * (1 - Math.exp(-1 / 80)));
    assert.equal(stepPowerMeans(first.means, ['p'], new Map([['p', good(20, 0)]]), 1).excessW, 0);
  });

  it('forgets the mean of a sled that goes, and keeps it over a missed reading', () => {
    const means = { p: 100 };
    assert.deepEqual(stepPowerMeans(means, ['p'], new Map([['p', none('absent', 0)]]), 1).means, {});
    assert.deepEqual(stepPowerMeans(means, ['p'], new Map([['p', none('timeout', 0)]]), 1).means, means);
  });
});

describe('PI of 0.02 per K and 0.001 per K·s on a target of 8 K', () => {
  const gains = { proportionalPerK: 0.02, integralPerKS: 0.001, targetMarginK: 8 };
  const input = { dtS: 1, minRatio: 0.2, plannedRatio: 0 };

  it('adds both parts: 5 K short at an integral of 0.4 gives 0.4 + 0.005 + 0.1', () => {
    const step = stepPi(gains, 0.4, { ...input, marginK: 3 });
    near(step.integral, 0.405);
    near(step.output, 0.505);
  });

  it('does not wind up while the output is at 1', () => {
    let integral = 0.5;
    for (let second = 0; second < 3600; second++)
      integral = stepPi(gains, integral, { ...input, marginK: -12 }).integral;
    near(integral, 0.6); // 1 − 0.02/K · 20 K: where the output reaches 1
  });

  it('does not wind down while the output is at the minimum', () => {
    let integral = 0.9;
    for (let second = 0; second < 3600; second++)
      integral = stepPi(gains, integral, { ...input, marginK: 18 }).integral;
    near(integral, 0.4); // 0.2 + 0.02/K · 10 K
  });

  it('settles the faster the more comfortable: from 0.8, 6 K over the target, by 0.6/120 and 0.006 a second', () => {
    near(stepPi(gains, 0.8, { ...input, marginK: 14 }).integral, 0.8 - 0.6 / 120 - 0.006);
    near(stepPi(gains, 0.8, { ...input, marginK: 14, plannedRatio: 0.8 }).integral, 0.8);
  });

  it('takes a gap in time as ten seconds at most', () => {
    near(stepPi(gains, 0.4, { ...input, marginK: 7, dtS: 3600 }).integral, 0.41);
  });

  it('asks for the minimum and keeps its integral when there is nothing to cool', () => {
    assert.deepEqual(stepPi(gains, 0.4, { ...input, marginK: null }), { integral: 0.4, output: 0.2 });
  });
});
