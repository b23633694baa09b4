// Which rules conflict: no more of them are named than are needed, counted against trying all sets of them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance, PlanRule } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import { findConflicts } from '../../src/placement/conflicts.ts';
import { constraintsOf, withOnly } from '../../src/placement/constraints.ts';
import { isPlainlyImpossible } from '../../src/placement/impossible.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { smallestConflict, smallestHittingSet, type Verdict } from '../../src/placement/smallest-conflict.ts';
import { someKeepsAllRules } from './evaluator.ts';
import { generateInstance } from './generate.ts';
import { plainInstance, STOPPED } from './instances.ts';

const never = () => false;

/** All subsets of 0..count−1 by size; the size of the smallest that is impossible. */
function fewest(count: number, isImpossible: (chosen: ReadonlySet<number>) => boolean): number {
  const sets = Array.from({ length: 2 ** count }, (_, bits) => {
    return new Set(Array.from({ length: count }, (_, i) => i).filter((i) => bits & (1 << i)));
  });
  return Math.min(...sets.filter(isImpossible).map((set) => set.size));
}

describe('the smallest conflict', () => {
  it('has as few members as trying all sets finds, and each of them is needed', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const count = 3 + random.int(7);
      const conflicts = Array.from({ length: 1 + random.int(5) }, () => {
        return Array.from({ length: 1 + random.int(count) }, () => random.int(count));
      });
      const isImpossible = (chosen: ReadonlySet<number>) => conflicts.some((set) => set.every((i) => chosen.has(i)));
      const found = smallestConflict(count, (set) => (isImpossible(set) ? 'impossible' : 'possible'), never);
      assert.ok(isImpossible(new Set(found.members)), `seed ${seed}`);
      assert.equal(found.members.length, fewest(count, isImpossible), `seed ${seed}`);
      assert.deepEqual([found.isMinimal, found.isSmallest], [true, true]);
    }
  });

  it('finds the two of a thousand in a few dozen questions, and says that no fewer was not shown', () => {
    let asked = 0;
    const oracle = (chosen: ReadonlySet<number>): Verdict => {
      asked++;
      return chosen.has(137) && chosen.has(802) ? 'impossible' : 'possible';
    };
    const found = smallestConflict(1000, oracle, never);
    assert.deepEqual(found, { members: [137, 802], isMinimal: true, isSmallest: false });
    assert.ok(asked < 60, `${asked} questions`);
  });

  it('says when it could not be proven: time is over, or the oracle does not know', () => {
    const oracle = (chosen: ReadonlySet<number>): Verdict => (chosen.has(1) ? 'impossible' : 'possible');
    const late = smallestConflict(3, oracle, () => true);
    assert.deepEqual(late, { members: [0, 1, 2], isMinimal: false, isSmallest: false });
    const unsure = smallestConflict(2, (chosen) => (chosen.size === 2 ? 'impossible' : 'unknown'), never);
    assert.deepEqual(unsure, { members: [0, 1], isMinimal: false, isSmallest: false });
  });

  it('chooses as few elements as meet all sets', () => {
    assert.deepEqual(smallestHittingSet([]), []);
    assert.deepEqual(
      smallestHittingSet([
        [1, 2],
        [2, 3],
        [3, 4],
        [2, 4],
      ]).length,
      2,
    );
    assert.deepEqual(smallestHittingSet([[5], [1, 5], [2, 7]]), [2, 5]);
  });
});

const conflictsOf = (instance: PlanInstance) => {
  const plan = makePlan(instance, STOPPED);
  assert.equal(plan.status, 'infeasible');
  return plan.conflicts!;
};

const three = [
  ['w1', 1, 20, 40],
  ['w2', 1, 20, 40],
  ['w3', 2, 20, 40],
] as const;
const together: PlanRule = { kind: 'together', workloads: ['w1', 'w2', 'w3'] };

describe('the sentences of a conflict', () => {
  it('name what must be together and that no slot has the room, with the figures', () => {
    const instance = plainInstance([96, 96, 64], three, { rules: [together] });
    assert.deepEqual(conflictsOf(instance), [
      'rules[0]: w1, w2 and w3 must be together (120 cpu)',
      'capacity: w1, w2 and w3 need 120 cpu, and no slot has more than 96 cpu',
    ]);
  });

  it('show the unit at the end of a resource’s name', () => {
    const plain = plainInstance([0, 0], [['w1', 1, 20, 0]]);
    const workloads = plain.workloads.map((workload) => ({ ...workload, demand: { memoryGiB: 120 } }));
    const slots = plain.slots.map((slot) => ({ ...slot, capacity: { memoryGiB: 96 } }));
    assert.deepEqual(conflictsOf({ ...plain, workloads, slots }), [
      'capacity: w1 needs 120 GiB of memory, and no slot has more than 96 GiB of memory',
    ]);
  });

  it('name only the slots whose capacity or cap matters', () => {
    const pin = { pinned: true };
    const instance = plainInstance([64, 96, 96], three, { workloads: { w1: pin, w2: pin } });
    assert.deepEqual(conflictsOf(instance), [
      'capacity: w1 and w2 need 80 cpu, and slot 1 has 64 cpu',
      'pinned: w1 must stay in slot 1',
      'pinned: w2 must stay in slot 1',
    ]);
    const capped = plainInstance([96, 96], [['hot', 1, 90, 1]], {
      workloads: { hot: pin },
      slots: { 1: { powerCapW: 100 }, 2: { powerCapW: 400 } },
    });
    assert.deepEqual(conflictsOf(capped), [
      'powerCapW: hot needs 90 W, and slot 1 has 60 W to spare',
      'pinned: hot must stay in slot 1',
    ]);
  });

  it('tell work that does not fit side by side from too much work', () => {
    const fives = (['a', 'b', 'c'] as const).map((id, i) => [id, Math.min(2, i + 1), 20, 5] as const);
    assert.deepEqual(conflictsOf(plainInstance([8, 8], fives)), [
      'capacity: a, b and c need 15 cpu, and all slots together have 16 cpu, at most 8 cpu each',
    ]);
  });

  it('say how many there are to keep apart', () => {
    const rules: PlanRule[] = [{ kind: 'apart', workloads: ['w1', 'w2', 'w3'] }];
    assert.deepEqual(conflictsOf(plainInstance([200, 200], three, { rules })), [
      'rules[0]: w1, w2 and w3 must be apart: 3 workloads, 2 slots',
    ]);
  });

  it('prefer the smaller of two conflicts', () => {
    const pin = { pinned: true };
    const rules: PlanRule[] = [together, { kind: 'apart', workloads: ['w1', 'w2'] }];
    const instance = plainInstance([50, 200], three, { rules, workloads: { w1: pin, w2: pin } });
    // pins and capacity conflict as well, but these are two
    assert.deepEqual(conflictsOf(instance), [
      'rules[0]: w1, w2 and w3 must be together',
      'rules[1]: w1 and w2 must be apart',
    ]);
  });

  it('end with a doubt when time is over', () => {
    const instance = plainInstance([96, 96, 64], three, { rules: [together] });
    assert.equal(findConflicts(instance, () => true).at(-1), 'not proven smallest: some of these may be to spare');
  });
});

/** 2–3 slots, 3–5 workloads, rules, pins and little room; about half of them impossible. */
function contradictory(seed: number): PlanInstance {
  const random = seededRandom(seed);
  const base = generateInstance({ seed, slots: 2 + random.int(2), workloads: 3 + random.int(3), pinnedShare: 0.2 });
  const ids = base.workloads.map(({ id }) => id);
  const some = (from: readonly string[]) => from.filter(() => random.next() < 0.5);
  const rules = Array.from({ length: 2 + random.int(3) }, (): PlanRule => {
    const [first, second] = [random.int(ids.length), random.int(ids.length - 1)];
    const pair = [ids[first]!, ids.filter((_, i) => i !== first)[second]!];
    return { kind: random.next() < 0.5 ? 'apart' : 'together', workloads: pair };
  });
  return {
    ...base,
    rules,
    maxMoves: random.next() < 0.3 ? random.int(3) : null,
    slots: base.slots.map((slot) => ({
      ...slot,
      powerCapW: 250,
      capacity: { cpu: 20 + random.int(40), memoryGiB: 200 },
    })),
    workloads: base.workloads.map((workload) => {
      const places = some(base.slots.map(({ id }) => id));
      return random.next() < 0.3 && places.length > 0 ? { ...workload, allowedSlots: places } : workload;
    }),
  };
}

describe('the conflict of a small chassis', () => {
  it('is one of the smallest, counted by trying every set of constraints with every placement', () => {
    let impossible = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const instance = contradictory(seed);
      const plan = makePlan(instance, { ...STOPPED, maxSteps: 50 });
      const isStuck = plan.conflicts?.[0]?.startsWith('the start breaks rules, and no order of live moves') === true;
      assert.equal(
        plan.status === 'infeasible',
        isStuck || !someKeepsAllRules(instance),
        `seed ${seed}: ${plan.conflicts?.join()}`,
      );
      if (isStuck) continue;
      const all = constraintsOf(instance);
      if (plan.status !== 'infeasible' || all.length > 9) continue;
      impossible++;
      const isImpossible = (chosen: ReadonlySet<number>) =>
        !someKeepsAllRules(
          withOnly(
            instance,
            all.filter((_, i) => chosen.has(i)),
          ),
        );
      assert.equal(plan.conflicts!.length, fewest(all.length, isImpossible), `seed ${seed}: ${plan.conflicts?.join()}`);
    }
    assert.ok(impossible > 40, `${impossible} impossible ones`);
  });

  it('is never seen by the quick proofs where a placement exists', () => {
    let seen = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const instance = contradictory(seed);
      if (!isPlainlyImpossible(buildProblem(instance))) continue;
      seen++;
      assert.equal(someKeepsAllRules(instance), false, `seed ${seed}`);
    }
    assert.ok(seen > 80, `${seen} seen`);
  });
});
