import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Plan, PlanInstance } from '../../src/core/plan.ts';
import { auditPlan } from '../../src/placement/audit.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { brokenRules } from './evaluator.ts';
import { generateInstance } from './generate.ts';
import { plainInstance, STOPPED } from './instances.ts';

const steps = (plan: Plan) => plan.moves.map(({ workload, from, to }) => `${workload} ${from}→${to}`);

/** Every assignment on the way, the start first. */
function* states(instance: PlanInstance, plan: Plan): Generator<Record<string, string>> {
  const at = Object.fromEntries(instance.workloads.map((workload) => [workload.id, workload.slot]));
  yield { ...at };
  for (const move of plan.moves) {
    assert.equal(at[move.workload], move.from);
    at[move.workload] = move.to;
    yield { ...at };
  }
}

/** Where each is allowed, so that the only placement is the one wanted. */
const only = (...slots: string[]) => ({ allowedSlots: slots });

describe('the order of moves', () => {
  it('waits for room: the one that frees a slot goes before the one that needs it', () => {
    // slot 2 holds 4 of 4; b must leave it for 3 before a can come
    const instance = plainInstance(
      [4, 4, 4],
      [
        ['a', 1, 60, 4],
        ['b', 2, 30, 4],
      ],
      {
        workloads: { a: only('2'), b: only('3') },
      },
    );
    const plan = makePlan(instance, STOPPED);
    assert.deepEqual(steps(plan), ['b 2→3', 'a 1→2']);
    assert.deepEqual(
      plan.moves.map((move) => move.order),
      [1, 2],
    );
  });

  it('relieves the hottest slot first', () => {
    const instance = plainInstance(
      [8, 8, 8],
      [
        ['a', 1, 60, 4],
        ['b', 2, 250, 4],
      ],
      {
        workloads: { a: only('3'), b: only('3') },
      },
    );
    assert.deepEqual(steps(makePlan(instance, STOPPED)), ['b 2→3', 'a 1→3']);
  });

  it('swaps through a third slot, and that move says that it makes room', () => {
    const instance = plainInstance(
      [4, 4, 4],
      [
        ['a', 1, 60, 4],
        ['b', 2, 50, 4],
      ],
      {
        workloads: { a: only('2'), b: only('1', '3') },
        slots: { 3: { kFlow: 0.05 } }, // too poorly cooled to stay in
      },
    );
    const plan = makePlan(instance, STOPPED);
    assert.deepEqual(steps(plan), ['b 2→3', 'a 1→2', 'b 3→1']);
    assert.deepEqual(
      plan.moves.map((move) => move.reason.code),
      ['makes-room', 'rule', 'makes-room'],
    );
    assert.match(
      plan.moves[0]!.reason.text,
      /^moving b \(50 W\) from slot 2 to slot 3 makes room for a, lowers slot 2 by /,
    );
    assert.match(plan.moves[2]!.reason.text, /^b \(50 W\) was put aside in slot 3 and goes on to slot 1, which saves /);
    for (const state of states(instance, plan)) {
      const workloads = instance.workloads.map((w) => Object.assign({ ...w }, { allowedSlots: null }));
      const capacities = { ...instance, workloads };
      assert.deepEqual(brokenRules(capacities, state), []);
    }
  });

  it('leaves a swap out that cannot be done live, and says so', () => {
    // swapping would be right: slot 1 is poorly cooled and has the big one; but both are full and there is no third
    const instance = plainInstance(
      [4, 4],
      [
        ['big', 1, 200, 4],
        ['small', 2, 20, 4],
      ],
      {
        slots: { 1: { kFlow: 0.008 } },
      },
    );
    const plan = makePlan(instance, STOPPED);
    assert.deepEqual(plan.moves, []);
    assert.equal(plan.status, 'feasible');
    assert.deepEqual(plan.assignment, { big: '1', small: '2' });
    assert.deepEqual(
      plan.held.map(({ workload, reason }) => [workload, reason.code]),
      [
        ['big', 'no-live-order'],
        ['small', 'no-live-order'],
      ],
    );
    assert.equal(
      plan.held[0]!.reason.text,
      'moving big (200 W) from slot 1 to slot 2 cannot be done live: it needs 4 cpu, of which 0 is free, ' +
        'before what is there has left, and no third slot has room for it meanwhile; every order of moves has been tried',
    );
  });

  it('counts a detour as a move: with two allowed the swap through a third slot is left out', () => {
    const swap = (maxMoves: number) =>
      plainInstance(
        [4, 4, 4],
        [
          ['big', 1, 200, 4],
          ['small', 2, 20, 4],
          ['rest', 3, 20, 1],
        ],
        {
          slots: { 1: { kFlow: 0.012 }, 3: { kFlow: 0.02, capacity: { cpu: 5 } } },
          workloads: { big: only('1', '2'), rest: { pinned: true } },
          maxMoves,
        },
      );
    assert.deepEqual(steps(makePlan(swap(3), STOPPED)), ['small 2→3', 'big 1→2', 'small 3→1']);
    const plan = makePlan(swap(2), STOPPED);
    assert.ok(plan.moves.length <= 2);
    assert.deepEqual(auditPlan(swap(2), plan), []);
  });

  it('moves what must be together directly one after the other', () => {
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 120, 2],
        ['x', 1, 30, 2],
        ['b', 1, 120, 2],
      ],
      {
        rules: [{ kind: 'together', workloads: ['a', 'b'] }],
        workloads: { a: only('2'), x: only('2') },
      },
    );
    const order = makePlan(instance, STOPPED)
      .moves.map((move) => move.workload)
      .join('');
    assert.match(order, /ab|ba/);
    assert.equal(order.length, 3);
  });

  it('keeps capacities, power caps and apart rules in every state on the way, on crowded chassis', () => {
    let moves = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const loose = generateInstance({ seed, slots: 4, workloads: 14, rules: 4 });
      // capacities as tight as the start allows
      const slots = loose.slots.map((slot) => {
        const there = loose.workloads.filter((workload) => workload.slot === slot.id);
        const cpu = there.reduce((sum, workload) => sum + workload.demand['cpu']!, 0);
        return { ...slot, capacity: { ...slot.capacity, cpu: Math.max(cpu, 24) } };
      });
      const instance = { ...loose, slots };
      const plan = makePlan(instance, { ...STOPPED, maxSteps: 1500 });
      const transit = { ...instance, rules: instance.rules.filter((rule) => rule.kind === 'apart') };
      for (const state of states(instance, plan)) assert.deepEqual(brokenRules(transit, state), [], `seed ${seed}`);
      moves += plan.moves.length;
    }
    assert.ok(moves > 40, `${moves} moves in all`);
  });
});

describe('the audit', () => {
  it('sees a plan that breaks a capacity on the way, though not at the end', () => {
    const instance = plainInstance(
      [4, 4, 4],
      [
        ['a', 1, 60, 4],
        ['b', 2, 30, 4],
      ],
      {
        workloads: { a: only('2'), b: only('3') },
      },
    );
    const plan = makePlan(instance, STOPPED);
    const [first, second] = plan.moves;
    const wrong = {
      ...plan,
      moves: [
        { ...second!, order: 1 },
        { ...first!, order: 2 },
      ],
    };
    assert.deepEqual(auditPlan(instance, plan), []);
    assert.match(auditPlan(instance, wrong).join(), /needs 8 cpu in slot 2, which has 4/);
  });

  it('sees an assignment that the moves do not lead to, and speeds out of range', () => {
    const instance = plainInstance([4, 4], [['a', 1, 60, 4]]);
    const plan = makePlan(instance, STOPPED);
    assert.match(auditPlan(instance, { ...plan, assignment: { a: '2' } }).join(), /a is not where its moves end/);
    assert.match(auditPlan(instance, { ...plan, ratios: { fan0: 1.2 } }).join(), /ratio of fan0/);
  });
});
