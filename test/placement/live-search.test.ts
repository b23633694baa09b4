// Chassis with hardly any room: what single live moves lead to has to be found, too.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placesIn, settle } from '../../scripts/figures/planner/settle.ts';
import { exactValue } from '../../scripts/figures/planner/judge.ts';
import { placesOf } from '../../scripts/figures/planner/timed-plan.ts';
import type { Plan, PlanInstance } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import { LiveSearch } from '../../src/placement/live-search.ts';
import { stepsOf } from '../../src/placement/live-walk.ts';
import { levelOf, Objective } from '../../src/placement/objective.ts';
import { makePlan } from '../../src/placement/plan.ts';
import type { PlanOptions } from '../../src/placement/plan.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { brokenOnTheWay, brokenRules, tryAll } from './evaluator.ts';
import { familyInstance } from './families.ts';
import { generateInstance } from './generate.ts';
import { allPeers } from './peers/all-peers.ts';

/** Slots, workloads, seed: chassis on which the best placement has no live order, and parts of one lead nowhere. */
const CHASSIS = [
  [6, 36, 182],
  [6, 36, 270],
  [8, 48, 17],
  [8, 48, 61],
  [8, 48, 105],
  [12, 60, 28],
  [12, 60, 292],
  [16, 96, 215],
  [16, 96, 259],
] as const;

const tight = (slots: number, workloads: number, seed: number) => familyInstance('tight', { slots, workloads }, seed);

function planned(instance: PlanInstance, seed: number, options: Partial<PlanOptions> = {}): Plan {
  const plan = makePlan(instance, { seconds: 3600, seed, now: () => 0, maxSteps: 3000, ...options });
  assert.deepEqual(brokenRules(instance, plan.assignment), [], `seed ${seed}`);
  assert.deepEqual(brokenOnTheWay(instance, plan), [], `seed ${seed}`);
  return plan;
}

describe('a plan for a chassis with hardly any room', () => {
  for (const [slots, workloads, seed] of CHASSIS) {
    it(`is not worse than what any published rule comes to: ${slots} slots, seed ${seed}`, () => {
      const instance = tight(slots, workloads, seed);
      const problem = buildProblem(instance);
      const ours = placesOf(problem, planned(instance, seed));
      const peers = allPeers(seededRandom(seed)).map((peer) => placesIn(problem, settle(instance, peer).assignment));
      const coolestK = Math.min(...[ours, ...peers].map((at) => exactValue(problem, at, 0).overshootK));
      const [mine, ...others] = [ours, ...peers].map((at) => exactValue(problem, at, levelOf(coolestK)));
      assert.ok(mine!.overshootK <= coolestK + 0.001, `${mine!.overshootK} K, a peer ${coolestK} K`);
      const bestJ = Math.min(
        ...others.filter(({ overshootK }) => overshootK <= coolestK + 0.001).map(({ costJ }) => costJ),
      );
      assert.ok(mine!.costJ <= bestJ * (1 + 1e-9), `${mine!.costJ} J, the best peer ${bestJ} J`);
    });
  }

  it('is the same for the same seed and steps, whatever the clock', () => {
    for (const [slots, workloads, seed] of [CHASSIS[0], CHASSIS[5]]) {
      let nowMs = 0;
      const slow = planned(tight(slots, workloads, seed), seed, { now: () => (nowMs += 1e-3) });
      const stopped = planned(tight(slots, workloads, seed), seed);
      assert.deepEqual({ ...slow, elapsedMs: 0 }, { ...stopped, elapsedMs: 0 });
      assert.ok(stopped.moves.length > 0);
    }
  });

  it('keeps to the limit of moves, detours among them', () => {
    for (const [slots, workloads, seed] of [CHASSIS[0], CHASSIS[3], CHASSIS[6]]) {
      for (const maxMoves of [1, 4]) {
        const limited = planned({ ...tight(slots, workloads, seed), maxMoves }, seed, { maxSteps: 1500 });
        assert.ok(limited.moves.length > 0 && limited.moves.length <= maxMoves, `${limited.moves.length} moves`);
      }
    }
  });

  it('makes only moves that save the threshold each', () => {
    const thresholdJ = 1500;
    let moved = 0;
    for (const [slots, workloads, seed] of CHASSIS.slice(0, 5)) {
      const instance = tight(slots, workloads, seed);
      const staying = planned({ ...instance, maxMoves: 0 }, seed);
      const plan = planned(instance, seed, { gainThresholdJ: thresholdJ });
      const away = instance.workloads.filter(({ id, slot }) => plan.assignment[id] !== slot).length;
      if (plan.predicted.worstOvershootK < staying.predicted.worstOvershootK - 0.001) continue; // cooler, not cheaper
      assert.ok(staying.cost.totalJ - plan.cost.totalJ >= thresholdJ * away, `seed ${seed}: ${away} moved`);
      moved += away;
    }
    assert.ok(moved > 10, `${moved} moved`);
    assert.deepEqual(planned(tight(6, 36, 270), 270, { gainThresholdJ: 1e15 }).moves, []);
  });

  it('is made when the start has to be mended first, though its nearest repair has no live order', () => {
    for (const [slots, workloads, seed] of [
      [6, 36, 9],
      [6, 36, 12],
      [8, 48, 7],
      [12, 60, 3],
    ] as const) {
      const split = withSplit(tight(slots, workloads, seed));
      const plan = planned(split, seed, { maxSteps: 1500 });
      assert.equal(plan.status, 'feasible', `seed ${seed}`);
    }
  });
});

/** The same with two that must be together and are not. */
function withSplit(instance: PlanInstance): PlanInstance {
  const [first] = instance.workloads;
  const other = instance.workloads.find(({ slot }) => slot !== first!.slot)!;
  return { ...instance, rules: [{ kind: 'together', workloads: [first!.id, other.id] }] };
}

describe('the search over live states', () => {
  it('comes to the best that single moves lead to, on chassis small enough to try them all', () => {
    const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
    let same = 0;
    for (const seed of seeds) {
      const instance = crowded(seed);
      const best = tryAll(instance, 'reachable')!;
      const { overshootK, costJ } = searched(instance, seed);
      assert.ok(overshootK >= best.worstOvershootK - 1e-3, `seed ${seed}: ${overshootK} K cannot be`);
      const isAsCool = overshootK <= best.worstOvershootK + 1e-3;
      assert.ok(!isAsCool || costJ >= best.totalJ * (1 - 1e-3), `seed ${seed}: ${costJ} J cannot be`);
      if (isAsCool && costJ <= best.totalJ * (1 + 1e-3)) same++;
    }
    assert.ok(same >= 0.95 * seeds.length, `${same} of ${seeds.length}`);
  });
});

/** 3 slots with hardly more cores than the start needs, 7 workloads; moves that cost so little that detours do not count. */
function crowded(seed: number): PlanInstance {
  const loose = generateInstance({ seed, slots: 3, workloads: 7, airMovers: 1, rules: seed % 3, moveCost: 0.01 });
  const slots = loose.slots.map((slot) => {
    const there = loose.workloads.filter((workload) => workload.slot === slot.id);
    const cpu = there.reduce((sum, { demand }) => sum + demand['cpu']!, 0);
    return { ...slot, capacity: { ...slot.capacity, cpu: Math.max(cpu, 12) + (seed % 4) } };
  });
  return { ...loose, slots };
}

/** What the search alone comes to from the start, after its steps have been carried out by the independent rules. */
function searched(instance: PlanInstance, seed: number): { readonly overshootK: number; readonly costJ: number } {
  const problem = buildProblem(instance);
  const objective = new Objective(problem);
  const isOver = () => objective.evaluations > 20_000;
  const search = new LiveSearch({
    problem,
    objective,
    random: seededRandom(seed),
    isOver,
    staleMax: 300,
    before: [],
  });
  const { at, hops } = search.run([[]]);
  const lenient = { ...instance, rules: instance.rules.filter(({ kind }) => kind === 'apart') };
  const now = Object.fromEntries(instance.workloads.map(({ id, slot }) => [id, slot]));
  for (const { workloads, to } of stepsOf(problem, [], hops)) {
    for (const w of workloads) {
      now[instance.workloads[w]!.id] = instance.slots[to]!.id;
      assert.deepEqual(brokenRules(lenient, now), [], `seed ${seed}`);
    }
  }
  assert.deepEqual([...at], [...placesIn(problem, now)]);
  const { overshootK } = exactValue(problem, at, 0);
  return exactValue(problem, at, levelOf(overshootK));
}
