// What a workload usually draws: a mean that a burst hardly moves, and that does not start at zero.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsualPower } from '../../src/controller/usual-power.ts';

function after(courseW: readonly (readonly [seconds: number, powerW: number])[]): number {
  const usual = new UsualPower(120);
  let atS = 0;
  for (const [seconds, powerW] of courseW) for (let i = 0; i < seconds; i++) usual.take(atS++, [['web', powerW]]);
  return usual.powerW('web');
}

describe('the usual power of a workload', () => {
  it('is what it draws while that does not change, from the first second', () => {
    assert.equal(after([[1, 40]]), 40);
    assert.equal(after([[500, 40]]), 40);
  });

  it('follows the plain mean while the workload is young', () => {
    // 10 s at 30 W and 10 s at 50 W; the first reading covers no time
    assert.ok(
      Math.abs(
        after([
          [11, 30],
          [10, 50],
        ]) - 40,
      ) < 1e-9,
    );
  });

  it('goes 1 − e^-1 of the way in one memory', () => {
    // (1 − 1/120)^120 = 0.3664 is left of the step of 60 W
    assert.ok(
      Math.abs(
        after([
          [600, 40],
          [120, 100],
        ]) -
          (100 - 60 * 0.3664),
      ) < 0.01,
    );
  });

  it('is 0 for one that was never seen', () => {
    assert.equal(new UsualPower(120).powerW('web'), 0);
  });
});
