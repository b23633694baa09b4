import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLAN_FORMAT } from '../../src/core/plan.ts';
import type { PlanInstance } from '../../src/core/plan.ts';
import { pricedBoundJ } from '../../src/placement/assignment-prices.ts';
import { RangeFinder, unreachableLevel } from '../../src/placement/assignment-ranges.ts';
import { assignmentOf, type Assignment } from '../../src/placement/assignment.ts';
import { Objective } from '../../src/placement/objective.ts';
import { OvershootPrices } from '../../src/placement/overshoot-prices.ts';
import { relaxOrder } from '../../src/placement/permutation-relaxation.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import {
  brokenRules,
  evaluate,
  leastMoverPower,
  leastOvershoot,
  movesCost,
  slotPowers,
  type Assignment as Places,
} from './evaluator.ts';
import { plainInstance, STOPPED } from './instances.ts';
import { generateRoom, type RoomOptions } from './matrices.ts';
import { permutations } from './permutations.ts';

const never = () => false;

function roomOf(seed: number, options: Partial<RoomOptions> = {}): PlanInstance {
  return generateRoom({
    seed,
    slots: 6,
    workloads: 5,
    matrix: seed % 2 === 0 ? 'dense' : 'aisles',
    limited: (['inlets', 'sleds', 'alike-sleds'] as const)[seed % 3]!,
    limits: seed % 5 === 0 ? 'within' : 'over',
    powers: (['spread', 'classes', 'alike'] as const)[Math.floor(seed / 3) % 3]!,
    ...options,
  });
}

function assignmentFor(instance: PlanInstance): Assignment {
  const problem = buildProblem(instance);
  const assignment = assignmentOf(problem, new Objective(problem).solver);
  assert.ok(assignment !== null);
  return assignment;
}

/** Every way to give each workload a slot of its own that keeps the rules. */
function* allPlaces(instance: PlanInstance): Generator<Places> {
  for (const order of permutations(instance.slots.length, instance.workloads.length)) {
    const places = Object.fromEntries(instance.workloads.map(({ id }, w) => [id, instance.slots[order[w]!]!.id]));
    if (brokenRules(instance, places).length === 0) yield places;
  }
}

/** Worst excess of the slots over their targets at full speed, below zero when all are under. */
function worstExcess(instance: PlanInstance, places: Places): number {
  const full = Object.fromEntries(instance.airMovers.map((mover) => [mover.id, mover.fixedRatio ?? 1]));
  const { slots } = evaluate(instance, places, full);
  return Math.max(
    ...slots.map(({ temperatureC }, s) => temperatureC - instance.slots[s]!.limitC + instance.slots[s]!.marginK),
  );
}

/** The optimum by trying all; for given speeds. */
function optimum(instance: PlanInstance): { overshootK: number; movesJ: number } {
  const judged = [...allPlaces(instance)].map((places) => ({
    overshootK: leastOvershoot(instance, slotPowers(instance, places)),
    movesJ: movesCost(instance, places),
  }));
  const overshootK = Math.min(...judged.map((one) => one.overshootK));
  const levelK = overshootK > 0 ? overshootK + 0.001 : 0;
  const within = judged.filter((one) => one.overshootK <= levelK);
  return { overshootK, movesJ: Math.min(...within.map((one) => one.movesJ)) };
}

describe('the plan of a room in which a slot takes one workload', () => {
  it('is the proven optimum, found by trying all orders, on 60 small rooms', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const instance = roomOf(seed);
      const plan = makePlan(instance, STOPPED);
      const reference = optimum(instance);
      assert.equal(plan.format, PLAN_FORMAT);
      assert.equal(plan.status, 'optimal', `seed ${seed}`);
      assert.deepEqual(brokenRules(instance, plan.assignment), []);
      const overshootK = leastOvershoot(instance, slotPowers(instance, plan.assignment));
      assert.ok(Math.abs(overshootK - reference.overshootK) <= 0.001, `seed ${seed}: ${overshootK}`);
      assert.ok(movesCost(instance, plan.assignment) <= reference.movesJ + 1e-6, `seed ${seed}: moves`);
      assert.ok(plan.bound.worstOvershootK <= reference.overshootK + 1e-9, `seed ${seed}: bound`);
    }
  });

  it('is proven with 24 slots where some order keeps the limits', () => {
    const proven = [1, 2, 3, 4].filter((seed) => {
      const instance = generateRoom({ seed, slots: 24, workloads: 20, limits: 'within' });
      const plan = makePlan(instance, STOPPED);
      assert.ok(plan.predicted.worstOvershootK < 1e-6);
      assert.ok(plan.cost.totalJ > 0 && plan.bound.totalJ > 0.9 * plan.cost.totalJ, `seed ${seed}`);
      return plan.status === 'optimal';
    });
    assert.ok(proven.length >= 3, `${proven.length} of 4`);
  });

  it('keeps allowed slots and pins, and never beats its bounds', () => {
    let proven = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const instance = roomOf(seed, { restrictedShare: 0.5, pinnedShare: 0.2 });
      const plan = makePlan(instance, STOPPED);
      const reference = optimum(instance);
      assert.deepEqual(brokenRules(instance, plan.assignment), []);
      assert.ok(plan.bound.worstOvershootK <= reference.overshootK + 1e-9, `seed ${seed}`);
      if (plan.status !== 'optimal') continue; // no live order led to the optimum
      proven++;
      const overshootK = leastOvershoot(instance, slotPowers(instance, plan.assignment));
      assert.ok(Math.abs(overshootK - reference.overshootK) <= 0.001, `seed ${seed}: ${overshootK}`);
      assert.ok(Math.abs(movesCost(instance, plan.assignment) - reference.movesJ) < 1e-6, `seed ${seed}: moves`);
    }
    assert.ok(proven >= 20, `${proven} of 40 proven`);
  });

  it('is within 1 % of its bound with 60 slots where inlets are limited', () => {
    for (const matrix of ['aisles', 'dense'] as const) {
      const instance = generateRoom({ seed: 4, slots: 60, workloads: 54, matrix });
      const plan = makePlan(instance, STOPPED);
      const { worstOvershootK } = plan.bound;
      const overshootK = leastOvershoot(instance, slotPowers(instance, plan.assignment));
      assert.ok(
        overshootK > 1 && overshootK < 1.01 * worstOvershootK,
        `${matrix}: ${overshootK} over ${worstOvershootK}`,
      );
    }
  });

  it('is reached live through a single free slot, every workload but those of detours moving once', () => {
    const instance = generateRoom({ seed: 2, slots: 40, workloads: 39 });
    const plan = makePlan(instance, STOPPED);
    assert.deepEqual(
      plan.held.filter(({ reason }) => reason.code === 'no-live-order'),
      [],
    );
    const at = new Map(instance.workloads.map(({ id, slot }) => [id, slot]));
    for (const { workload, from, to } of plan.moves) {
      assert.equal(at.get(workload), from);
      assert.ok(![...at.values()].includes(to), `${to} is taken when ${workload} comes`);
      at.set(workload, to);
    }
    assert.deepEqual(Object.fromEntries(at), plan.assignment);
    const moved = instance.workloads.filter(({ id, slot }) => plan.assignment[id] !== slot).length;
    assert.ok(moved >= 30 && plan.moves.length < moved + 8, `${plan.moves.length} moves of ${moved} workloads`);
    assert.ok(plan.predicted.worstOvershootK < 1.01 * plan.bound.worstOvershootK);
  });

  it('stays as it is when every slot is full, says so, and is not called optimal', () => {
    const instance = generateRoom({ seed: 3, slots: 6, workloads: 6 });
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.status, 'feasible');
    assert.deepEqual(plan.moves, []);
    assert.ok(plan.held.some(({ reason }) => reason.code === 'no-live-order'));
    const reference = optimum(instance);
    assert.ok(reference.overshootK < plan.predicted.worstOvershootK - 0.1);
    assert.ok(plan.bound.worstOvershootK <= reference.overshootK + 1e-9);
    // with one workload less there is room to begin with
    const roomy = makePlan({ ...instance, workloads: instance.workloads.slice(1) }, STOPPED);
    assert.ok(roomy.moves.length > 0 && roomy.status === 'optimal');
  });
});

describe('the relaxation of the order', () => {
  it('is under every order, and its mixture is a mixture', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const instance = roomOf(seed);
      const { boundK, mixedK, prices, powerW } = relaxOrder(assignmentFor(instance), 1e-6, never);
      const least = Math.min(...[...allPlaces(instance)].map((places) => worstExcess(instance, places)));
      assert.ok(boundK <= least + 1e-9, `seed ${seed}: ${boundK} over ${least}`);
      assert.ok(mixedK - boundK < 1e-3 && mixedK > boundK - 1e-9, `seed ${seed}: ${boundK}–${mixedK}`);
      assert.ok(Math.abs(prices.reduce((a, b) => a + b, 0) - 1) < 1e-9);
      // majorized by the items (Rado): the k greatest are never more than the items' k greatest, and the sums agree
      const falling = [...powerW].toSorted((a, b) => b - a);
      const items = [...instance.workloads.map((workload) => workload.powerW), 0].toSorted((a, b) => b - a);
      let [sum, most] = [0, 0];
      falling.forEach((power, i) => {
        sum += power;
        most += items[i]!;
        assert.ok(sum <= most + 1e-6);
      });
      assert.ok(Math.abs(sum - most) < 1e-6);
    }
  });

  it('is exact where all slots are alike: the bound is what an even mixture comes to', () => {
    // every watt heats every inlet by 0.01 K: 300 W · 0.01 + 3 idle slots · 0 over 20 °C, limit 22
    const instance = generateRoom({ seed: 1, slots: 3, workloads: 2 });
    const even: PlanInstance = {
      ...instance,
      slots: instance.slots.map((slot) => ({ ...slot, idlePowerW: 0, limitC: 22, marginK: 0 })),
      recirculation: { kind: 'linear', kPerW: [0, 1, 2].map(() => [0.01, 0.01, 0.01]) },
      workloads: instance.workloads.map((workload, w) => ({ ...workload, powerW: [100, 200][w]! })),
    };
    const { boundK } = relaxOrder(assignmentFor(even), 1e-6, never);
    assert.ok(Math.abs(boundK - 1) < 1e-5, `${boundK}`);
  });
});

describe('bounds that know that an item fits whole or not', () => {
  it('hold the inlets of every order that keeps the level', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const instance = roomOf(seed);
      const assignment = assignmentFor(instance);
      const orders = [...allPlaces(instance)].map((places) => ({ places, worstK: worstExcess(instance, places) }));
      const levelK = orders.map(({ worstK }) => worstK).toSorted((a, b) => a - b)[20]!;
      const ranges = new RangeFinder(assignment).under(levelK);
      assert.ok(ranges !== null, `seed ${seed}`);
      const { recirculation } = instance;
      assert.equal(recirculation.kind, 'linear');
      for (const { places } of orders.filter(({ worstK }) => worstK <= levelK)) {
        const itemW = slotPowers(instance, places).map((power, s) => power - instance.slots[s]!.idlePowerW);
        recirculation.kPerW.forEach((row, s) => {
          const riseK = row.reduce((sum, k, j) => sum + (j === s ? 0 : k * itemW[j]!), 0);
          assert.ok(riseK >= ranges.low[s]! - 1e-6 && riseK <= ranges.high[s]! + 1e-6, `seed ${seed}, slot ${s}`);
        });
      }
    }
  });

  it('are under the optimum, and over the relaxation where big items need the best slots', () => {
    let raised = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const instance = roomOf(seed, { limits: 'over' });
      const assignment = assignmentFor(instance);
      const { boundK, prices } = relaxOrder(assignment, 1e-4, never);
      const { overshootK } = optimum(instance);
      const finder = new RangeFinder(assignment);
      const byRanges = unreachableLevel(finder, boundK, overshootK + 1, 1e-4);
      const byPrices = new OvershootPrices(assignment, finder, prices).raise(byRanges, overshootK + 1, never);
      assert.ok(byRanges <= overshootK + 1e-6, `seed ${seed}: ${byRanges} over ${overshootK}`);
      assert.ok(byPrices <= overshootK + 1e-6 && byPrices >= byRanges, `seed ${seed}: ${byPrices} over ${overshootK}`);
      if (byPrices > boundK + 0.1) raised++;
    }
    assert.ok(raised >= 10, `raised in ${raised} of 30`);
  });

  it('bound the cost of every order, with air movers and without', () => {
    let close = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const airMovers = seed % 3;
      const instance = roomOf(seed, { slots: 5, workloads: 4, limits: 'within', limited: 'sleds', airMovers });
      let leastJ = Infinity;
      for (const places of allPlaces(instance)) {
        const powers = slotPowers(instance, places);
        if (leastOvershoot(instance, powers) > 0) continue;
        const moversJ = leastMoverPower(instance, powers, 0) * instance.horizonS;
        leastJ = Math.min(leastJ, moversJ + movesCost(instance, places));
      }
      if (leastJ === Infinity) continue;
      const assignment = assignmentFor(instance);
      const ceilingC = Float64Array.from(instance.slots, (slot) => slot.limitC - slot.marginK);
      for (const price of [0, 30, 1000]) {
        const start = {
          ceilingC,
          pricePerK: new Float64Array(5).fill(price),
          pricePerFlow: new Float64Array(5).fill(airMovers === 0 ? 0 : 1e6),
          knownJ: leastJ,
          ranges: new RangeFinder(assignment).under(0),
        };
        const boundJ = pricedBoundJ(assignment, start, never);
        assert.ok(boundJ <= leastJ * (1 + 1e-6) + 1e-6, `seed ${seed}: ${boundJ} over ${leastJ}`);
        if (boundJ > 0.6 * leastJ) close++;
      }
    }
    assert.ok(close > 20, `within 40 % in ${close}`);
  });
});

describe('an assignment', () => {
  const two = [
    ['a', 1, 50, 1],
    ['b', 2, 60, 1],
  ] as const;

  it('is what it is when capacity, a power cap or one apart rule keeps workloads alone', () => {
    const problemOf = (instance: PlanInstance) => {
      const problem = buildProblem(instance);
      return assignmentOf(problem, new Objective(problem).solver);
    };
    assert.ok(problemOf(plainInstance([1, 1, 1], two)) !== null);
    assert.equal(problemOf(plainInstance([2, 1, 1], two)), null);
    const slots = { 1: { powerCapW: 140 } }; // 40 idle + 50 + 60 are more
    assert.ok(problemOf(plainInstance([2, 1, 1], two, { slots })) !== null);
    const rules = [{ kind: 'apart', workloads: ['a', 'b'] }] as const;
    assert.ok(problemOf(plainInstance([2, 2, 2], two, { rules })) !== null);
    const preheat = [0, 1, 2].map(() => [0, 0, 0]);
    assert.equal(problemOf(plainInstance([1, 1, 1], two, { recirculation: { kind: 'airflow', preheat } })), null);
  });
});
