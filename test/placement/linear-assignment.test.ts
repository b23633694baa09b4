import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as holds, double, integer, property } from 'fast-check';
import { LinearAssignment } from '../../src/placement/linear-assignment.ts';
import { permutations } from './permutations.ts';

const entry = double({ min: -50, max: 50, noNaN: true });
const matrices = integer({ min: 1, max: 6 }).chain((size) =>
  array(array(entry, { minLength: size * size, maxLength: size * size }), { minLength: 1, maxLength: 4 }),
);

function cheapest(cost: readonly number[], size: number): number {
  let least = Infinity;
  for (const order of permutations(size)) {
    least = Math.min(
      least,
      order.reduce((sum, column, row) => sum + cost[row * size + column]!, 0),
    );
  }
  return least;
}

describe('the linear assignment problem', () => {
  it('comes to what trying all orders does, one matrix after another', () => {
    holds(
      property(matrices, (costs) => {
        const size = Math.sqrt(costs[0]!.length);
        const matching = new LinearAssignment(size);
        for (const cost of costs) {
          const bound = matching.solve(Float64Array.from(cost));
          const least = cheapest(cost, size);
          assert.ok(Math.abs(bound - least) < 1e-9 * 300, `${bound} against ${least}`);
          const own = [...matching.columnOf].reduce((sum, column, row) => sum + cost[row * size + column]!, 0);
          assert.ok(Math.abs(own - least) < 1e-9 * 300);
          assert.equal(new Set(matching.columnOf).size, size);
          matching.columnOf.forEach((column, row) => assert.equal(matching.rowOf[column], row));
        }
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it('has many equal costs and still ends', () => {
    const size = 41;
    const cost = new Float64Array(size * size).map((_, at) => (Math.floor(at / size) + (at % size)) % 3);
    // 14, 14, 13 rows and columns of residues 0, 1, 2; free are 0–0, 1–2 and 2–1: a row and a column of residue 1 are left
    // over, and whatever way they are paired, the costs add up to 2 modulo 3
    assert.equal(new LinearAssignment(size).solve(cost), 2);
  });

  it('needs no search where costs are products: the heaviest row takes the column of the least slope', () => {
    const weight = Float64Array.of(5, 1, 4, 2);
    const slope = Float64Array.of(0.3, 0.1, 0.4, 0.2);
    const cost = new Float64Array(16).map((_, at) => weight[at >> 2]! * slope[at % 4]!);
    const matching = new LinearAssignment(4);
    matching.expectProducts(weight, slope);
    // by the rearrangement inequality: 5 · 0.1 + 4 · 0.2 + 2 · 0.3 + 1 · 0.4
    assert.ok(Math.abs(matching.boundBy(cost) - 2.3) < 1e-12);
    assert.ok(Math.abs(matching.solve(cost) - 2.3) < 1e-12);
    assert.deepEqual([...matching.columnOf], [1, 2, 3, 0]);
  });
});
