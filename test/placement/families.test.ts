import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { readPlanInstance } from '../../src/placement/instance-file.ts';
import { brokenRules, leastOvershoot, slotPowers } from './evaluator.ts';
import { FAMILY_NAMES, familyInstance } from './families.ts';
import { generateInstance } from './generate.ts';

const SIZES = [
  { slots: 6, workloads: 36 },
  { slots: 12, workloads: 96 },
];
const SEEDS = [1, 2, 3];

function* chassis() {
  for (const family of FAMILY_NAMES) {
    for (const size of SIZES)
      for (const seed of SEEDS) yield { family, size, seed, ...{ made: familyInstance(family, size, seed) } };
  }
}

describe('a family of chassis', () => {
  it('is valid by the format, and its start keeps every hard rule', () => {
    for (const { family, size, seed, made } of chassis()) {
      assert.deepEqual(readPlanInstance(JSON.stringify(made)), made);
      assert.equal(made.slots.length, size.slots);
      assert.equal(made.workloads.length, size.workloads);
      const start = Object.fromEntries(made.workloads.map((workload) => [workload.id, workload.slot]));
      assert.deepEqual(brokenRules(made, start), [], `${family} ${size.slots} seed ${seed}`);
    }
  });

  it('is the same for the same seed, another for another', () => {
    const seen = new Set<string>();
    for (const { family, size, seed, made } of chassis()) {
      assert.deepEqual(familyInstance(family, size, seed), made);
      seen.add(JSON.stringify(made));
    }
    assert.equal(seen.size, FAMILY_NAMES.length * SIZES.length * SEEDS.length);
  });

  it('has what it is named for', () => {
    const of = (family: (typeof FAMILY_NAMES)[number]) => familyInstance(family, { slots: 12, workloads: 96 }, 3);
    const preheats = (family: (typeof FAMILY_NAMES)[number]) => {
      const { recirculation } = of(family);
      assert.equal(recirculation.kind, 'airflow');
      return recirculation.kind === 'airflow' ? recirculation.preheat.map((row) => Math.max(...row)) : [];
    };
    // rows of 6 and 6; rows of 4, 4 and 4; a single row with nothing but mixing
    assert.equal(preheats('rows').filter((most) => most >= 0.3).length, 6);
    assert.equal(preheats('deep').filter((most) => most >= 0.3).length, 8);
    assert.ok(Math.max(...preheats('mixing')) <= 0.05);
    assert.equal(of('few-movers').airMovers.length, 1);
    assert.equal(of('many-movers').airMovers.length, 12);
    const tight = of('tight');
    const asked = tight.workloads.reduce((sum, { demand }) => sum + demand['cpu']!, 0);
    const there = tight.slots.reduce((sum, { capacity }) => sum + capacity['cpu']!, 0);
    assert.ok(asked / there > 0.75 && asked / there < 1, `${asked} of ${there} cores`);
    assert.equal(of('rules').rules.length, 16);
    assert.ok(of('rules').workloads.some(({ pinned }) => pinned));
    assert.ok(of('dear-moves').workloads.every(({ moveCostJ }) => moveCostJ >= 2000));
    assert.equal(of('few-moves').maxMoves, 32);
    const hot = of('hot');
    const start = Object.fromEntries(hot.workloads.map((workload) => [workload.id, workload.slot]));
    assert.ok(leastOvershoot(hot, slotPowers(hot, start)) > 1);
    const powers = of('skewed')
      .workloads.map(({ powerW }) => powerW)
      .toSorted((a, b) => a - b);
    const mean = powers.reduce((sum, powerW) => sum + powerW, 0) / powers.length;
    assert.ok(powers.at(-1)! > 2.5 * mean && powers[48]! < 0.85 * mean, `median ${powers[48]}, mean ${mean}`);
  });
});

describe('the generator', () => {
  it('still makes the chassis that figures were measured on', () => {
    const made = [1, 2, 3].map((seed) => generateInstance({ seed, slots: 8, workloads: 48 }));
    const digest = createHash('sha256').update(JSON.stringify(made)).digest('hex');
    assert.equal(digest, '9215f2cbf15dbec87b0f16c7e4d71733bc6b04559eda688bab2d08d9401e71e0');
  });
});
