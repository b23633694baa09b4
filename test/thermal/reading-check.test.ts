import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { isNoisy, isStuck, startTrack, track, type ReadingTrack } from '../../src/thermal/reading-check.ts';

const JUMP_K = 1.5;
const LEAST_JITTER = 6 * 0.6 ** 2;

/** So many seconds of a sensor at 50 °C with 0.12 K of noise, read in steps. */
function watch(from: ReadingTrack, seconds: number, stepK: number, shown: (noise: number, s: number) => number) {
  const random = seededRandom(seconds);
  let seen = from;
  for (let s = 0; s < seconds; s++) {
    const value = Math.round(shown(0.12 * random.gaussian(), s) / stepK) * stepK;
    seen = track(seen, value, 1, JUMP_K, false);
  }
  return seen;
}

const fresh = startTrack(50);

describe('a sensor on its own', () => {
  it('is stuck when its last digit, which always moved, has not for 45 s', () => {
    const usual = watch(fresh, 3600, 0.0625, (noise) => 50 + noise);
    const held = watch(usual, 44, 0.0625, () => 50);
    assert.ok(!isStuck(held, 0));
    assert.ok(
      isStuck(
        watch(held, 20, 0.0625, () => 50),
        0,
      ),
    );
  });

  it('may rest for hours when it is read in steps of half a degree and more', () => {
    for (const stepK of [0.5, 1]) {
      const usual = watch(fresh, 3600, stepK, (noise, s) => 50.2 + 0.8 * Math.sin(s / 200) + noise);
      assert.ok(
        !isStuck(
          watch(usual, 7200, stepK, () => 50),
          0,
        ),
        `${stepK} K`,
      );
    }
  });

  it('is stuck, fine or coarse, when it rests while it should have moved by more than its steps', () => {
    const coarse = watch(fresh, 3600, 0.5, (noise, s) => 50.2 + 0.8 * Math.sin(s / 200) + noise);
    const held = watch(coarse, 60, 0.5, () => 50);
    assert.ok(!isStuck(held, 0.7));
    assert.ok(isStuck(held, 2));
  });

  it('is noisy at 2 K of noise within 10 s, and not at 0.3 K', () => {
    const usual = watch(fresh, 3600, 0.0625, (noise) => 50 + noise);
    assert.ok(!isNoisy(usual, LEAST_JITTER, false));
    assert.ok(
      !isNoisy(
        watch(usual, 60, 0.0625, (noise) => 50 + 2.5 * noise),
        LEAST_JITTER,
        false,
      ),
    );
    assert.ok(
      isNoisy(
        watch(usual, 10, 0.0625, (noise) => 50 + 16 * noise),
        LEAST_JITTER,
        false,
      ),
    );
  });

  it('is not noisy because a slot warms fast', () => {
    const usual = watch(fresh, 3600, 0.0625, (noise) => 50 + noise);
    const warmed = watch(usual, 120, 0.0625, (noise, s) => 50 + 30 * (1 - Math.exp(-s / 60)) + noise);
    assert.ok(!isNoisy(warmed, LEAST_JITTER, false));
    assert.equal(warmed.jump, 0);
  });

  it('remembers a jump that nothing warm can make, with its size', () => {
    const usual = watch(fresh, 3600, 0.0625, (noise) => 50 + noise);
    const after = watch(usual, 100, 0.0625, (noise) => 54 + noise);
    assert.ok(Math.abs(after.jump - 4) < 0.6, `${after.jump}`);
    assert.equal(after.jumpAgoS, 99);
    assert.ok(!isNoisy(after, LEAST_JITTER, false));
  });
});
