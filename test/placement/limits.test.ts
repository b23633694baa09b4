import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance, PlanRule } from '../../src/core/plan.ts';
import { auditPlan } from '../../src/placement/audit.ts';
import { parsePlanInstance } from '../../src/placement/instance-file.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { SpeedSolver } from '../../src/placement/speeds.ts';
import { brokenRules, evaluate } from './evaluator.ts';
import { generateInstance } from './generate.ts';
import { exampleInstance } from './instances.ts';

/** A clock on which every look takes so long, ms; nothing else takes time. */
function steppingClock(perLookMs: number): { readonly now: () => number; readonly looks: () => number } {
  let looks = 0;
  return { now: () => looks++ * perLookMs, looks: () => looks };
}

function assertSound(instance: PlanInstance, plan: ReturnType<typeof makePlan>): void {
  assert.notEqual(plan.status, 'infeasible');
  assert.deepEqual(auditPlan(instance, plan), []);
  assert.deepEqual(brokenRules(instance, plan.assignment), []);
  // the figures are those of the formulas, however little time there was
  const seen = evaluate(instance, plan.assignment, plan.ratios);
  assert.ok(Math.abs(seen.worstOvershootK - plan.predicted.worstOvershootK) < 1e-6);
  assert.ok(plan.bound.totalJ <= plan.cost.totalJ * (1 + 1e-6));
}

/** Of all phases together, however few steps there are. */
const FIXED_STEPS = 800;

/** Looks after the end: some for every phase, and one for each workload when it is said why it stays. */
const looksAfter = (workloads: number) => 120 + workloads;

describe('a plan with little time', () => {
  const sizes = [
    ['a few slots', 4, 20],
    ['a chassis', 16, 96],
    ['many slots', 60, 240],
    ['more units than are searched step by step', 110, 4100],
  ] as const;
  for (const [name, slots, workloads] of sizes) {
    const instance = generateInstance({ seed: 3, slots, workloads, rules: workloads > 1000 ? 0 : 4 });

    it(`ends soon after its deadline, with every phase looking at the clock: ${name}`, () => {
      for (const share of [0, 0.3, 1]) {
        // the deadline comes at once, on the way, or after a while
        const clock = steppingClock(10);
        const plan = makePlan(instance, { seconds: 2 * share, seed: 1, now: clock.now });
        assertSound(instance, plan);
        const atDeadline = (2000 * share) / 10;
        assert.ok(
          clock.looks() < atDeadline + looksAfter(workloads),
          `${clock.looks()} looks, the deadline at ${atDeadline}`,
        );
      }
    });

    it(`is the best so far when it is stopped: ${name}`, () => {
      for (const stopAt of [0, 5, 40]) {
        let asked = 0;
        const isStopped = () => ++asked > stopAt;
        const plan = makePlan(instance, { seconds: 3600, seed: 1, now: () => 0, isStopped });
        assertSound(instance, plan);
        assert.ok(asked < stopAt + looksAfter(workloads), `asked ${asked} times`);
        for (const { reason } of [...plan.moves, ...plan.held]) assert.ok(reason.text.length > 10);
      }
    });

    it(`ends for steps when the clock stands still, in every phase: ${name}`, (context) => {
      const counts = [20, 400].map((maxSteps) => {
        const solved = (['solve', 'leastOvershoot'] as const).map((method) =>
          context.mock.method(SpeedSolver.prototype, method),
        );
        const clock = steppingClock(0);
        assertSound(instance, makePlan(instance, { seconds: 3600, seed: 1, now: clock.now, maxSteps }));
        const evaluations = solved.reduce((sum, { mock }) => sum + mock.callCount(), 0);
        for (const { mock } of solved) mock.restore();
        // two solutions for a figure, and what is needed in any case
        const allowed = 2 * (FIXED_STEPS + 2 * maxSteps);
        assert.ok(evaluations <= allowed, `${evaluations} solutions for ${maxSteps} steps, ${allowed} allowed`);
        const looks = 4 * (FIXED_STEPS + 2 * maxSteps) + workloads;
        assert.ok(clock.looks() <= looks, `${clock.looks()} looks for ${maxSteps} steps, ${looks} allowed`);
        return evaluations;
      });
      assert.ok(counts[0]! <= counts[1]!);
    });

    it(`is the same for the same seed and steps: ${name}`, () => {
      const limits = { seconds: 3600, maxSteps: 400 };
      const slow = steppingClock(1e-4);
      const first = makePlan(instance, { ...limits, seed: 7, now: () => 0 });
      const second = makePlan(instance, { ...limits, seed: 7, now: slow.now });
      assert.deepEqual({ ...second, elapsedMs: 0 }, { ...first, elapsedMs: 0 });
    });
  }

  it('is within 3 % of what many times the steps give, and these do not make it worse', () => {
    for (const [seed, slots, workloads] of [
      [1, 12, 60],
      [2, 12, 60],
      [2, 24, 120],
    ] as const) {
      const instance = generateInstance({ seed, slots, workloads });
      const [few, many] = [600, 3000].map((maxSteps) => {
        const plan = makePlan(instance, { seconds: 3600, seed: 1, now: () => 0, maxSteps });
        assertSound(instance, plan);
        assert.ok(plan.predicted.worstOvershootK < 0.001);
        return plan.cost.totalJ;
      });
      assert.ok(many! <= few! * (1 + 1e-9) && few! < 1.03 * many!, `${few} J, then ${many} J`);
    }
  });
});

describe('an instance without a solution', () => {
  it('is explained in as many looks as the steps allow, when the clock stands still', () => {
    // eight chains of five that must be together, with their ends apart: which of them is the shortest takes ten thousands
    // of questions to tell
    const [chains, length] = [8, 5];
    const generated = generateInstance({ seed: 2, slots: 12, workloads: chains * length });
    const room = { capacity: { cpu: 500, memoryGiB: 4000 }, powerCapW: null };
    const slots = generated.slots.map((slot) => ({ ...slot, ...room }));
    const rules = Array.from({ length: chains }, (_, c): PlanRule[] => {
      const ids = generated.workloads.slice(length * c, length * (c + 1)).map(({ id }) => id);
      const links = ids.slice(1).map((id, i): PlanRule => ({ kind: 'together', workloads: [ids[i]!, id] }));
      return [...links, { kind: 'apart', workloads: [ids[0]!, ids.at(-1)!] }];
    });
    for (const maxSteps of [10, 500]) {
      const clock = steppingClock(0);
      const limits = { seconds: 3600, seed: 1, now: clock.now, maxSteps };
      const plan = makePlan({ ...generated, slots, rules: rules.flat() }, limits);
      assert.equal(plan.status, 'infeasible');
      assert.match(plan.conflicts!.at(-1)!, /none of these is to spare, but it is not proven that no fewer/);
      const looks = FIXED_STEPS + maxSteps;
      assert.ok(clock.looks() <= looks, `${clock.looks()} looks for ${maxSteps} steps, ${looks} allowed`);
    }
  });
});

describe('work beyond any chassis', () => {
  it('of a million workloads is refused by its number, before any of it is looked at', () => {
    const { workloads, ...rest } = exampleInstance();
    const many = { ...rest, workloads: Array.from({ length: 1_000_000 }, () => workloads[0]) };
    assert.throws(() => parsePlanInstance(many, 'F'), {
      subject: 'F: workloads',
      message: '1000000 entries; at most 100000',
    });
  });

  it('in one rule is an answer or a reason, not a crash', () => {
    for (const kind of ['together', 'apart'] as const) {
      const generated = generateInstance({ seed: 1, slots: 20, workloads: 20_000 });
      const room = { capacity: { cpu: 5000, memoryGiB: 20_000 }, powerCapW: null };
      const instance = { ...generated, slots: generated.slots.map((slot) => ({ ...slot, ...room })) };
      const ids = instance.workloads.map(({ id }) => id);
      const clock = steppingClock(10);
      const plan = makePlan(
        { ...instance, rules: [{ kind, workloads: ids }] },
        { seconds: 1, seed: 1, now: clock.now },
      );
      assert.equal(plan.status, 'infeasible');
      assert.match(plan.conflicts!.join('\n'), /rules\[0\]/);
    }
  });
});
