import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { ErrorBand } from '../../src/thermal/error-band.ts';

/** Predictions of 60 °C each minute, and what comes ten minutes later; the share within the band from `fromS` on. */
function coverage(hours: number, fromS: number, errorAt: (atS: number) => number) {
  const band = new ErrorBand(600, 5);
  let inside = 0;
  let count = 0;
  const open: { readonly dueS: number; readonly lowK: number; readonly highK: number }[] = [];
  for (let atS = 60; atS <= hours * 3600; atS += 60) {
    const errorK = errorAt(atS);
    const due = open[0]?.dueS === atS ? open.shift() : undefined;
    if (due !== undefined && atS >= fromS) {
      count += 1;
      if (errorK >= due.lowK && errorK <= due.highK) inside += 1;
    }
    band.take(atS, 60, 60 + errorK);
    open.push({ dueS: atS + 600, ...band.band() });
  }
  return { share: inside / count, ...band.band() };
}

describe('the band of published predictions', () => {
  it('is the given one while there is no experience', () => {
    assert.deepEqual(new ErrorBand(600, 5).band(), { lowK: -5, highK: 5 });
  });

  it('comes to hold nine in ten of errors that stay alike for ten minutes', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = seededRandom(seed);
      let errorK = 0;
      // remembers with a time constant of five minutes: overlapping windows err alike
      const keep = Math.exp(-60 / 300);
      const next = () => (errorK = keep * errorK + Math.sqrt(1 - keep * keep) * random.gaussian());
      const { share, lowK, highK } = coverage(48, 6 * 3600, next);
      assert.ok(share > 0.85 && share < 0.97, `seed ${seed}: ${share}`);
      // 5 % and 95 % of a normal of 1 K: ±1.645 K, from six hours' sample
      assert.ok(lowK < -1.1 && lowK > -3 && highK > 1.1 && highK < 3, `${lowK} to ${highK}`);
    }
  });

  it('is as lopsided as the errors are', () => {
    const random = seededRandom(3);
    const { lowK, highK } = coverage(12, 0, () => (random.next() < 0.2 ? 8 : 0.2 * random.gaussian()));
    assert.ok(lowK > -1 && highK > 7, `${lowK} to ${highK}`);
  });

  it('narrows only as experience comes', () => {
    const band = new ErrorBand(600, 5);
    const widths: number[] = [];
    for (let atS = 60; atS <= 7200; atS += 60) {
      band.take(atS, 60, 60);
      widths.push(band.band().highK);
    }
    assert.deepEqual(
      widths,
      widths.toSorted((a, b) => b - a),
    );
    assert.equal(widths[9], 5); // the first has not come true yet
    assert.equal(widths.at(-1), 0);
  });

  it('learns nothing from what could not be read, nor from predictions that came due in a gap', () => {
    const band = new ErrorBand(600, 5);
    for (let atS = 60; atS <= 1200; atS += 60) band.take(atS, 60, null);
    band.take(5000, 60, 90);
    assert.deepEqual(band.band(), { lowK: -5, highK: 5 });
  });
});
