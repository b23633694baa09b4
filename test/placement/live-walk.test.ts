// Walks over live states: what they may do, and how they are made shorter. Slots with `cpu` only.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance } from '../../src/core/plan.ts';
import { LiveWalk, shortened, stepsOf } from '../../src/placement/live-walk.ts';
import type { Hop } from '../../src/placement/live-walk.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { plainInstance } from './instances.ts';

const never = () => false;

/** `a` and `b` fill slots 0 and 1; slot 2 has room for one of them. */
function full(change: Partial<PlanInstance> = {}) {
  const work = [
    ['a', 1, 60, 4],
    ['b', 2, 50, 4],
  ] as const;
  return buildProblem({ ...plainInstance([4, 4, 4], work), ...change });
}

const hop = (unit: number, to: number): Hop => ({ unit, to });

describe('a walk over live states', () => {
  it('goes only where there is room beside all that is there', () => {
    const walk = new LiveWalk(full(), []);
    assert.equal(walk.go(0, 1), false); // b is there
    assert.equal(walk.go(1, 2), true);
    assert.equal(walk.go(0, 1), true);
    assert.equal(walk.go(0, 2), false); // now b is there
    assert.deepEqual([...walk.placement.at], [1, 2]);
    assert.deepEqual(walk.hops, [hop(1, 2), hop(0, 1)]);
  });

  it('can be taken back to any of its states', () => {
    const walk = new LiveWalk(full(), []);
    assert.equal(walk.follow([hop(1, 2), hop(0, 1), hop(1, 0)]), true);
    walk.backTo(1);
    assert.deepEqual([...walk.placement.at], [0, 2]);
    assert.equal(walk.mayGo(0, 1), true);
    walk.backTo(0);
    assert.equal(walk.mayGo(0, 1), false);
  });

  it('has the budget of moves for all hops, those there and back among them', () => {
    const walk = new LiveWalk(full({ maxMoves: 2 }), []);
    assert.equal(walk.follow([hop(1, 2), hop(1, 1)]), true);
    assert.equal(walk.go(1, 2), false);
    walk.backTo(1);
    assert.equal(walk.go(0, 1), true);
  });

  it('counts a group that stays together as all its moves, and takes it as a whole', () => {
    const work = [
      ['a', 1, 30, 2],
      ['b', 1, 30, 2],
    ] as const;
    const rules = [{ kind: 'together', workloads: ['a', 'b'] }] as const;
    const instance = plainInstance([4, 3, 4], work, { rules, maxMoves: 3 });
    const walk = new LiveWalk(buildProblem(instance), []);
    assert.equal(walk.go(0, 1), false); // 4 of 3
    assert.equal(walk.go(0, 2), true);
    assert.equal(walk.go(0, 0), false); // one move is left
  });

  it('knows what could change places, whatever the way', () => {
    const walk = new LiveWalk(full(), []);
    assert.deepEqual([walk.fitsInstead(0, 1), walk.fitsInstead(1, 0)], [true, true]);
    const work = [
      ['a', 1, 60, 4],
      ['b', 2, 50, 3],
    ] as const;
    const uneven = new LiveWalk(buildProblem(plainInstance([4, 3], work)), []);
    assert.deepEqual([uneven.fitsInstead(0, 1), uneven.fitsInstead(1, 0)], [false, true]);
  });
});

describe('a walk made shorter', () => {
  const short = (problem: ReturnType<typeof full>, hops: readonly Hop[]) => shortened(problem, [], hops, never);

  it('goes directly where it went by way of another slot', () => {
    const work = [['a', 1, 60, 4]] as const;
    const problem = buildProblem(plainInstance([4, 4, 4], work));
    assert.deepEqual(short(problem, [hop(0, 1), hop(0, 2)]), [hop(0, 2)]);
  });

  it('leaves out what goes and comes back for nothing', () => {
    assert.deepEqual(short(full(), [hop(1, 2), hop(1, 1), hop(0, 2)]), [hop(0, 2)]);
  });

  it('keeps the detour of a swap, which has no other way', () => {
    const swap = [hop(1, 2), hop(0, 1), hop(1, 0)];
    assert.deepEqual(short(full(), swap), swap);
    assert.deepEqual(
      stepsOf(full(), [], swap).map(({ workloads, to, isDetour }) => [...workloads, to, isDetour]),
      [
        [1, 2, true],
        [0, 1, false],
        [1, 0, false],
      ],
    );
  });

  it('waits with a hop until its slot is free, or makes it at once', () => {
    // a goes aside to 2 and later to 1, which b has left for 3: it can wait where it is; b goes on to 3 at once
    const work = [
      ['a', 1, 60, 4],
      ['b', 2, 50, 4],
    ] as const;
    const problem = buildProblem(plainInstance([4, 4, 4, 4], work));
    assert.deepEqual(short(problem, [hop(0, 2), hop(1, 3), hop(0, 1)]), [hop(1, 3), hop(0, 1)]);
    assert.deepEqual(short(problem, [hop(1, 2), hop(0, 1), hop(1, 3)]), [hop(1, 3), hop(0, 1)]);
  });
});
