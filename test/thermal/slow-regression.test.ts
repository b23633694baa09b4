import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { SlowRegression } from '../../src/thermal/slow-regression.ts';

const flat = { value: 0, sigma: 100, walkPerRootHour: 0 };

describe('slow regression', () => {
  it('finds the least-squares line: y = 1, 3, 5, 5 at 0, 1, 2, 3 is 1.4 + 1.4 · x', () => {
    // mean x 1.5, mean y 3.5, Σ(x−x̄)(y−ȳ) = 7, Σ(x−x̄)² = 5
    const line = new SlowRegression([flat, flat]);
    [1, 3, 5, 5].forEach((y, x) => {
      const slopes = Float64Array.of(1, x);
      line.observe(slopes, y - line.values[0]! - line.values[1]! * x, 0.01);
    });
    assert.ok(Math.abs(line.values[0]! - 1.4) < 1e-4 && Math.abs(line.values[1]! - 1.4) < 1e-4, line.values.join(' '));
  });

  it('weighs the prior and the observation by their variances', () => {
    const one = new SlowRegression([{ value: 10, sigma: 2, walkPerRootHour: 0 }]);
    one.observe(Float64Array.of(1), 5, 1); // seen 15 ± 1, believed 10 ± 2: 10 + 5 · 4 / (4 + 1)
    assert.ok(Math.abs(one.values[0]! - 14) < 1e-12);
    assert.ok(Math.abs(one.variance(Float64Array.of(1)) - 4 / 5) < 1e-12);
  });

  it('knows less as time goes by, never less than at the start, and nothing after a restart', () => {
    const one = new SlowRegression([{ value: 0, sigma: 1, walkPerRootHour: 0.1 }]);
    const slopes = Float64Array.of(1);
    for (let i = 0; i < 1000; i++) one.observe(slopes, 3 - one.values[0]!, 0.1);
    const known = one.variance(slopes);
    one.age(3600);
    assert.ok(Math.abs(one.variance(slopes) - known - 0.01) < 1e-12);
    one.age(1e9);
    assert.equal(one.variance(slopes), 1);
    one.restart();
    assert.equal(one.values[0], 0);
  });

  it('opens one parameter and keeps the others', () => {
    const random = seededRandom(1);
    const two = new SlowRegression([flat, flat]);
    for (let i = 0; i < 200; i++) {
      const slopes = Float64Array.of(1, random.next());
      two.observe(slopes, 2 + 3 * slopes[1]! - two.values[0]! - two.values[1]! * slopes[1]!, 0.1);
    }
    two.open(1);
    assert.ok(two.variance(Float64Array.of(1, 0)) < 0.01);
    assert.equal(two.variance(Float64Array.of(0, 1)), 100 ** 2);
    assert.ok(Math.abs(two.values[1]! - 3) < 0.05);
  });
});
