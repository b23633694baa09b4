// What a workload usually draws: a long mean while it only fluctuates, a short one when it has changed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
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

  it('goes back a quarter of an hour under a load that only fluctuates', () => {
    const random = seededRandom(5);
    const usual = new UsualPower(90);
    const seenW: number[] = [];
    for (let atS = 0; atS < 3600; atS += 5) {
      const powerW = 40 * (1 + 0.15 * random.gaussian());
      for (let s = 0; s < 5; s++) usual.take(atS + s, [['web', powerW]]);
      if (atS >= 1200) seenW.push(usual.powerW('web'));
    }
    // of 180 readings in a quarter of an hour: 40 · 0.15 / √180 = 0.45 W, in 90 s it would be 1.4 W
    const errorW = Math.sqrt(seenW.reduce((sum, powerW) => sum + (powerW - 40) ** 2, 0) / seenW.length);
    assert.ok(errorW < 0.8, `off by ${errorW.toFixed(2)} W`);
  });

  it('leaves the past behind when the load is another, fluctuating or not', () => {
    for (const fluctuation of [0, 0.1]) {
      const random = seededRandom(6);
      const usual = new UsualPower(90);
      for (let atS = 0; atS < 1500; atS++) {
        usual.take(atS, [['web', (atS < 1200 ? 40 : 100) * (1 + fluctuation * random.gaussian())]]);
      }
      // 300 s after: a mean of a quarter of an hour would still be at 58 W
      assert.ok(usual.powerW('web') > 90, `${usual.powerW('web').toFixed(1)} W`);
    }
  });

  it('is 0 for one that was never seen', () => {
    assert.equal(new UsualPower(120).powerW('web'), 0);
  });
});
