import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitLine, secondsUntil, steadyFromSlope, temperatureIn } from '../../src/thermal/predict.ts';

const heading = { temperatureC: 60, steadyC: 100, timeConstantS: 80 };

describe('prediction by first-order lag', () => {
  it('covers 63.2 % of the way in one time constant', () => {
    assert.ok(Math.abs(temperatureIn(heading, 80) - (60 + 40 * 0.632120559)) < 1e-6);
    assert.equal(temperatureIn(heading, 0), 60);
  });

  it('sees a limit coming: half the way takes τ · ln 2', () => {
    assert.ok(Math.abs(secondsUntil(heading, 80)! - 80 * Math.LN2) < 1e-9);
    assert.ok(Math.abs(temperatureIn(heading, secondsUntil(heading, 85)!) - 85) < 1e-9);
  });

  it('says 0 when the limit is crossed already and null when it never will be', () => {
    assert.equal(secondsUntil({ ...heading, temperatureC: 86 }, 85), 0);
    assert.equal(secondsUntil({ ...heading, steadyC: 85 }, 85), null);
    assert.equal(secondsUntil({ ...heading, steadyC: 50 }, 85), null);
  });

  it('finds the steady state from a slope: 0.5 K/s at 60 °C with 80 s leads to 100 °C', () => {
    assert.equal(steadyFromSlope(60, 0.5, 80), 100);
  });

  it('fits a line by least squares, and none through too little', () => {
    // mean time 1.5, mean 3.5; Σ(t−t̄)(v−v̄) = 7, Σ(t−t̄)² = 5
    assert.deepEqual(fitLine([0, 1, 2, 3], [1, 3, 5, 5]), { mean: 3.5, slopePerS: 1.4 });
    assert.equal(fitLine([1, 2], [1, 2]), null);
    assert.equal(fitLine([1, 1, 1], [1, 2, 3]), null);
  });
});
