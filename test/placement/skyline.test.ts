import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, integer, property } from 'fast-check';
import { seededRandom } from '../../src/core/random.ts';
import { Skyline } from '../../src/placement/skyline.ts';

/** Gaussian elimination with pivoting: another method than the one under test. */
function eliminate(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? k + i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const share = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j]! -= share * rows[k]![j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

describe('a sparse symmetric system', () => {
  it('is solved as by elimination with pivoting, whatever couples what', () => {
    check(
      property(integer({ min: 1, max: 40 }), integer({ min: 0, max: 60 }), integer(), (size, count, seed) => {
        const random = seededRandom(seed);
        const cliques = Array.from({ length: count }, () => [
          ...new Set(Array.from({ length: 1 + random.int(Math.min(size, 6)) }, () => random.int(size))),
        ]);
        const skyline = new Skyline(size, cliques);
        const full = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
        skyline.clear();
        for (let v = 0; v < size; v++) {
          skyline.add(v, v, 0.5);
          full[v]![v] = 0.5;
        }
        for (const clique of cliques) {
          const row = skyline.arranged(clique);
          const values = Float64Array.from(row, () => random.gaussian());
          skyline.addOuter(skyline.placesOf(Int32Array.from(row)), values, 0, row.length, 2);
          row.forEach((i, a) => row.forEach((j, b) => (full[i]![j]! += 2 * values[a]! * values[b]!)));
        }
        const right = Float64Array.from({ length: size }, () => random.gaussian());
        const expected = eliminate(full, [...right]);
        assert.equal(skyline.factor('stop'), true);
        skyline.solve(right);
        expected.forEach((value, v) => assert.ok(Math.abs(value - right[v]!) < 1e-6 * Math.max(1, Math.abs(value))));
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('that is not positive definite is refused, or its variable does not move', () => {
    const make = () => {
      const skyline = new Skyline(2, [[0], [1]]);
      skyline.add(0, 0, 4);
      skyline.add(1, 1, -1);
      return skyline;
    };
    assert.equal(make().factor('stop'), false);
    const skyline = make();
    assert.equal(skyline.factor('skip'), true);
    const right = Float64Array.of(8, 3);
    skyline.solve(right);
    assert.equal(right[0], 2);
    assert.ok(Math.abs(right[1]!) < 1e-100);
  });

  it('of a chain takes work in proportion to its length, in any numbering', () => {
    const workOf = (size: number) => {
      const random = seededRandom(1);
      const names = Array.from({ length: size }, (_, v) => v);
      for (let i = size - 1; i > 0; i--) {
        const j = random.int(i + 1);
        [names[i], names[j]] = [names[j]!, names[i]!];
      }
      return new Skyline(
        size,
        Array.from({ length: size - 1 }, (_, i) => [names[i]!, names[i + 1]!]),
      ).work;
    };
    assert.ok(workOf(2000) < 2.5 * workOf(1000), `${workOf(1000)} and ${workOf(2000)} multiplications`);
    assert.ok(workOf(1000) < 10_000, 'three entries in a row');
  });
});
