import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diagonalOf, fade, open, takeIn, varianceOf } from '../../src/thermal/covariance.ts';

const close = (actual: ArrayLike<number>, expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(Math.abs(actual[i]! - value) < 1e-12, `${Array.from(actual).join(' ')}, expected ${expected.join(' ')}`),
  );
};

describe('a filter’s covariance', () => {
  it('begins with the squares of what is given on its diagonal', () => {
    close(diagonalOf([2, 3]), [4, 0, 0, 9]);
  });

  it('tells the variance of a weighted sum', () => {
    // [1 2] · [[4 1][1 9]] · [1 2]' = 4 + 2·1·2 + 4·9 = 44
    assert.equal(varianceOf(Float64Array.of(4, 1, 1, 9), Float64Array.of(1, 2)), 44);
  });

  it('takes an observation in as the Kalman equations say', () => {
    const state = Float64Array.of(1, 2);
    const covariance = diagonalOf([2, 1]);
    // row [1 1]: expected 3, seen 6; S = 4 + 1 + 5 = 10; gain = [0.4 0.1]
    const sigmas = takeIn(state, covariance, Float64Array.of(1, 1), 3, 5);
    close(state, [1 + 0.4 * 3, 2 + 0.1 * 3]);
    close(covariance, [4 - 0.4 * 4, -0.4 * 1, -0.4 * 1, 1 - 0.1 * 1]);
    assert.ok(Math.abs(sigmas - 3 / Math.sqrt(10)) < 1e-12);
  });

  it('fades one of the state with all that hangs on it', () => {
    const state = Float64Array.of(4, 1);
    const covariance = Float64Array.of(4, 2, 2, 9);
    fade(state, covariance, 0, 0.5);
    close(state, [2, 1]);
    close(covariance, [1, 1, 1, 9]);
  });

  it('opens one of the state: nothing tells of it any more', () => {
    const covariance = Float64Array.of(4, 2, 2, 9);
    open(covariance, 2, 0, 3);
    close(covariance, [9, 0, 0, 9]);
  });
});
