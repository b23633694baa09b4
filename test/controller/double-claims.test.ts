import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { DoubleClaims } from '../../src/controller/double-claims.ts';

describe('a workload that two agents say they run', () => {
  it('is told once, when they have said so for five seconds, and once when it is over', () => {
    const claims = new DoubleClaims();
    const quiet = { begun: [], ended: [] };
    assert.deepEqual(claims.update(['web'], 0), quiet);
    assert.deepEqual(claims.update(['web'], 4999), quiet);
    assert.deepEqual(claims.update(['web'], 5000), { begun: ['web'], ended: [] });
    assert.deepEqual(claims.update(['web'], 20_000), quiet);
    assert.deepEqual(claims.update([], 21_000), { begun: [], ended: ['web'] });
    assert.deepEqual(claims.update([], 22_000), quiet);
  });

  it('is not told for the moment in which the records of a Move’s two ends overlap', () => {
    const claims = new DoubleClaims();
    claims.update(['web'], 0);
    claims.update([], 900);
    assert.deepEqual(claims.update(['web'], 6000), { begun: [], ended: [] });
    assert.deepEqual(claims.update([], 6500), { begun: [], ended: [] });
  });
});
