import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { MoverCheck } from '../../src/thermal/mover-check.ts';

/** A fan that turns at 0.97 · ratio^1.08, as one that is not quite in proportion does, with 0.5 % of noise. */
function watched(hours: number) {
  const random = seededRandom(3);
  const check = new MoverCheck();
  let ratio = 0.5;
  const run = (seconds: number, health = 1) => {
    for (let s = 0; s < seconds; s += 5) {
      if (random.next() < 0.02) ratio = 0.25 + 0.6 * random.next();
      check.step(ratio, 0.97 * ratio ** 1.08 * health * (1 + 0.005 * random.gaussian()), 5);
      if (check.isWeak) return s + 5;
    }
    return null;
  };
  assert.equal(run(hours * 3600), null);
  return { check, run };
}

describe('an air mover by its tachometers', () => {
  it('is well for a day of changing commands, whatever its curve', () => {
    watched(24);
  });

  it('is weak within a minute at 85 % and 60 % of its usual speed, with the figure', () => {
    for (const health of [0.85, 0.6]) {
      const { check, run } = watched(2);
      const seconds = run(300, health);
      assert.ok(seconds !== null && seconds <= 60, `${health}: ${seconds} s`);
      assert.ok(Math.abs(check.part - health) < 0.04, `${check.part}`);
    }
  });

  it('is well again when it turns as it did', () => {
    const { check, run } = watched(2);
    assert.notEqual(run(300, 0.7), null);
    for (let s = 0; s < 120; s += 5) check.step(0.5, 0.97 * 0.5 ** 1.08, 5);
    assert.ok(!check.isWeak);
  });

  it('cannot be judged without a reading, or while it follows a new command', () => {
    const { check } = watched(2);
    for (let s = 0; s < 600; s += 5) check.step(0.5, null, 5);
    assert.ok(!check.isWeak);
    for (let s = 0; s < 600; s += 5) check.step(s % 10 === 0 ? 0.3 : 0.8, 0.5, 5);
    assert.ok(!check.isWeak);
  });
});
