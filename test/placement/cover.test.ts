import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { Cover } from '../../src/placement/cover.ts';

interface Item {
  readonly weight: number;
  readonly cost: number;
}

/** Of all subsets that weigh enough the cheapest; Infinity when there is none. */
function cheapestOfAll(items: readonly Item[], need: number): number {
  let least = Infinity;
  for (let subset = 0; subset < 2 ** items.length; subset++) {
    const taken = items.filter((_, i) => (subset >>> i) & 1);
    if (sumOf(taken, 'weight') >= need) least = Math.min(least, sumOf(taken, 'cost'));
  }
  return least;
}

function sumOf(items: readonly Item[], what: keyof Item): number {
  return items.reduce((sum, item) => sum + item[what], 0);
}

describe('the cheapest way to take so much out of a slot', () => {
  it('is the least of all subsets, or when that takes too long a fraction that is not above it', () => {
    const random = seededRandom(1);
    const cover = new Cover(10);
    let exact = 0;
    for (let round = 0; round < 400; round++) {
      const items = Array.from({ length: 1 + random.int(10) }, () => ({
        weight: 1 + random.int(30),
        cost: random.int(1000),
      }));
      const need = 1 + random.int(Math.ceil(1.1 * sumOf(items, 'weight')));
      cover.clear();
      items.forEach(({ weight, cost }, i) => cover.add(i, weight, cost));
      const found = cover.solve(need);
      const least = cheapestOfAll(items, need);
      assert.ok(found <= least + 1e-9, `round ${round}: ${found} over ${least}`);
      if (least === Infinity) {
        assert.equal(found, Infinity);
        continue;
      }
      if (Math.abs(found - least) > 1e-9) continue;
      exact++;
      const taken: Item[] = [];
      cover.forEachTaken((i) => taken.push(items[i]!));
      assert.ok(sumOf(taken, 'weight') >= need && Math.abs(sumOf(taken, 'cost') - least) < 1e-9, `round ${round}`);
    }
    assert.ok(exact >= 300, `${exact} exact`);
  });

  it('takes the second item alone where the first one, which is cheaper by weight, is not enough', () => {
    const cover = new Cover(2);
    cover.add(7, 4, 40);
    cover.add(9, 6, 66);
    // 5 out of 4 + 6: the first with a sixth of the second would cost 51, whole ones 66 or 106
    assert.equal(cover.solve(5), 66);
    const taken: number[] = [];
    cover.forEachTaken((key) => taken.push(key));
    assert.deepEqual(taken, [9]);
  });
});
