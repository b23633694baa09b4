import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import { RangeFinder } from '../../src/placement/assignment-ranges.ts';
import { assignmentOf, itemsOf, type Assignment } from '../../src/placement/assignment.ts';
import { cheapestMoves } from '../../src/placement/cheapest-moves.ts';
import { Incumbent, levelOf, Objective } from '../../src/placement/objective.ts';
import { OpenPairs } from '../../src/placement/open-pairs.ts';
import { moveCostTo, Placement } from '../../src/placement/placement.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { PricedMatching } from '../../src/placement/priced-matching.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { prove } from '../../src/placement/proof.ts';
import { brokenRules, evaluate, leastOvershoot, movesCost, slotPowers } from './evaluator.ts';
import { STOPPED } from './instances.ts';
import { generateRoom, type RoomOptions } from './matrices.ts';
import { permutations } from './permutations.ts';

const never = () => false;

interface Room {
  readonly instance: PlanInstance;
  readonly assignment: Assignment;
  readonly objective: Objective;
  /** All that keep the rules, by rising worst excess at full speed. */
  readonly orders: readonly Order[];
}

interface Order {
  readonly at: readonly number[];
  /** Over the targets; negative when under all. */
  readonly worstK: number;
  /** By the evaluator that is written from FORMATS alone. */
  readonly movesJ: number;
}

function roomOf(seed: number, options: Partial<RoomOptions> = {}): Room {
  const instance = generateRoom({
    seed,
    slots: 6,
    workloads: 5,
    matrix: seed % 2 === 0 ? 'dense' : 'aisles',
    limited: (['inlets', 'sleds', 'alike-sleds'] as const)[seed % 3]!,
    limits: 'within',
    powers: (['spread', 'classes', 'alike'] as const)[Math.floor(seed / 3) % 3]!,
    restrictedShare: seed % 4 === 0 ? 0.4 : 0,
    pinnedShare: seed % 7 === 0 ? 0.2 : 0,
    ...options,
  });
  const problem = buildProblem(instance);
  const objective = new Objective(problem);
  const assignment = assignmentOf(problem, objective.solver);
  assert.ok(assignment !== null);
  const orders = [...permutations(6, 5)].flatMap((order) => {
    const places = Object.fromEntries(instance.workloads.map(({ id }, w) => [id, `s${order[w]!}`]));
    if (brokenRules(instance, places).length > 0) return [];
    const { slots } = evaluate(instance, places, {});
    const excess = slots.map(
      ({ temperatureC }, s) => temperatureC - instance.slots[s]!.limitC + instance.slots[s]!.marginK,
    );
    return [{ at: [...order], worstK: Math.max(...excess), movesJ: movesCost(instance, places) }];
  });
  return { instance, assignment, objective, orders: orders.toSorted((a, b) => a.worstK - b.worstK) };
}

/** The dearest that keep a level that a quarter of all keep, and that level. */
function quarterOf({ orders }: Room): { readonly levelK: number; readonly within: readonly Order[] } {
  const levelK = orders[Math.floor(orders.length / 4)]!.worstK;
  return { levelK, within: orders.filter(({ worstK }) => worstK <= levelK) };
}

function movesInto({ problem, size }: Assignment): Float64Array {
  const moveJ = new Float64Array(size * size);
  problem.units.forEach((unit, u) => {
    for (let s = 0; s < size; s++) moveJ[u * size + s] = moveCostTo(problem, unit, s);
  });
  return moveJ;
}

/** Slot of every item, those of no power included. */
function slotsOf(assignment: Assignment, at: readonly number[]): readonly number[] {
  const slots: number[] = [];
  itemsOf(assignment, at).forEach((item, s) => (slots[item] = s));
  return slots;
}

describe('the cheapest moves at the least overshoot', () => {
  it('are those found by trying all orders, and proven, on 60 small rooms', () => {
    let moved = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { assignment, objective, orders } = roomOf(seed, { limits: seed % 5 === 0 ? 'over' : 'within' });
      const levelK = levelOf(Math.max(0, orders[0]!.worstK));
      const within = orders.filter(({ worstK }) => worstK <= levelK);
      // of those, the coolest: it sets the level
      const coolest = new Incumbent(objective);
      coolest.offer(Placement.of(assignment.problem, Int32Array.from(orders[0]!.at)));
      assert.ok(Math.abs(coolest.levelK - levelK) < 1e-9, `seed ${seed}`);
      const leastJ = Math.min(...within.map(({ movesJ }) => movesJ));
      const dearest = within.reduce((a, b) => (b.movesJ > a.movesJ ? b : a));
      const best = levelK > 0 ? coolest : new Incumbent(objective);
      if (levelK === 0) best.offer(Placement.of(assignment.problem, Int32Array.from(dearest.at)));
      const ranges = new RangeFinder(assignment).under(levelK);
      assert.ok(ranges !== null, `seed ${seed}`);
      const pricePerK = new Float64Array(6).fill(seed % 2 === 0 ? 0 : 100);
      const found = cheapestMoves(assignment, best, { isOver: never, work: 1e9, othersJ: 0, pricePerK, ranges });
      assert.ok(found.isProven, `seed ${seed}`);
      // proven within 10⁻⁴ (a share of the cost)
      assert.ok(best.costJ <= leastJ * 1.0001 + 1e-6, `seed ${seed}: ${best.costJ} over ${leastJ}`);
      assert.ok(
        found.totalJ <= leastJ + 1e-6 && found.totalJ >= leastJ * 0.9997 - 1e-5,
        `seed ${seed}: ${found.totalJ}`,
      );
      if (leastJ > 0 && dearest.movesJ > leastJ) moved++;
    }
    assert.ok(moved >= 30, `${moved}`);
  });

  it('are bounded from below when the search is cut short', () => {
    let above = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { assignment, objective, orders } = roomOf(seed);
      const within = orders.filter(({ worstK }) => worstK <= 0);
      if (within.length === 0) continue;
      const leastJ = Math.min(...within.map(({ movesJ }) => movesJ));
      for (const work of [1, 500, 4000, 7500, 8000, 9000, 10_000, 12_000]) {
        const best = new Incumbent(objective);
        best.offer(Placement.of(assignment.problem, Int32Array.from(within.at(-1)!.at)));
        const ranges = new RangeFinder(assignment).under(0)!;
        const limits = { isOver: never, work, othersJ: 0, pricePerK: new Float64Array(6).fill(50), ranges };
        const { totalJ } = cheapestMoves(assignment, best, limits);
        assert.ok(totalJ <= leastJ + 1e-6, `seed ${seed}, work ${work}: ${totalJ} over ${leastJ}`);
        if (totalJ > 0) above++;
      }
    }
    assert.ok(above > 40, `${above}`);
  });

  it('cost what branch and bound over slots as bits proves, with 28 slots', () => {
    for (const seed of [1, 2, 3]) {
      const instance = generateRoom({ seed, slots: 28, workloads: 25, limits: 'within', limited: 'alike-sleds' });
      const plan = makePlan(instance, STOPPED);
      assert.equal(plan.status, 'optimal', `seed ${seed}`);
      const problem = buildProblem(instance);
      const objective = new Objective(problem);
      const best = new Incumbent(objective);
      best.offer(
        Placement.of(
          problem,
          Int32Array.from(instance.workloads, ({ id }) => Number(plan.assignment[id]!.slice(1))),
        ),
      );
      const reference = prove(problem, objective, best, { parts: 20_000, isOver: never });
      assert.ok(reference.isProven, `seed ${seed}`);
      assert.ok(Math.abs(plan.cost.totalJ - best.costJ) <= 1e-4 * best.costJ, `${plan.cost.totalJ} and ${best.costJ}`);
    }
  });

  it('are proven in a room over its limits whose overshoot is within 0.001 K of its bound', () => {
    const instance = generateRoom({ seed: 2, slots: 20, workloads: 18, limited: 'sleds' });
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.status, 'optimal');
    const overshootK = leastOvershoot(instance, slotPowers(instance, plan.assignment));
    assert.ok(overshootK > 8 && overshootK - plan.bound.worstOvershootK < 0.001, `${plan.bound.worstOvershootK}`);
    assert.ok(plan.bound.totalJ > 0.999 * plan.cost.totalJ, `${plan.bound.totalJ}`);
  });

  it('are proven in rooms of 50 and 100 slots', () => {
    for (const [slots, limited] of [
      [50, 'inlets'],
      [50, 'sleds'],
      [100, 'alike-sleds'],
    ] as const) {
      const instance = generateRoom({
        seed: 2,
        slots,
        workloads: 0.9 * slots,
        limits: 'within',
        limited,
        matrix: 'dense',
      });
      const plan = makePlan(instance, STOPPED);
      assert.equal(plan.status, 'optimal', `${slots} ${limited}`);
      assert.equal(leastOvershoot(instance, slotPowers(instance, plan.assignment)), 0);
      assert.ok(Math.abs(movesCost(instance, plan.assignment) - plan.cost.totalJ) < 1e-6);
      assert.ok(plan.cost.totalJ > 0 && plan.bound.totalJ > 0.999 * plan.cost.totalJ);
    }
  });
});

describe('what is left open of items and slots', () => {
  it('holds every order that keeps the level, and every inlet in it', () => {
    let closed = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const room = roomOf(seed);
      const { levelK, within } = quarterOf(room);
      const { assignment, instance } = room;
      const ranges = new RangeFinder(assignment).under(levelK)!;
      for (const settled of [null, ...within.slice(0, 5)]) {
        const pairs = new OpenPairs(assignment, levelK, ranges);
        if (settled !== null) pairs.settle(0, settled.at[0]!);
        const isLeft = pairs.narrow();
        assert.ok(isLeft, `seed ${seed}`);
        closed += pairs.open.filter((may, pair) => may === 0 && assignment.open[pair] === 1).length;
        for (const { at } of within) {
          if (settled !== null && at[0] !== settled.at[0]) continue;
          at.forEach((s, u) => assert.equal(pairs.open[u * 6 + s], 1, `seed ${seed}: ${u} in ${s}`));
          assert.ok(instance.recirculation.kind === 'linear');
          instance.recirculation.kPerW.forEach((row, s) => {
            const riseK = at.reduce((sum, j, u) => sum + (j === s ? 0 : row[j]! * instance.workloads[u]!.powerW), 0);
            assert.ok(riseK <= pairs.highK[s]! + 1e-6, `seed ${seed}, slot ${s}`);
          });
        }
      }
    }
    assert.ok(closed > 1000, `${closed}`);
  });

  it('is nothing below the least worst excess of all orders, where it ends', () => {
    let ended = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const { assignment, orders } = roomOf(seed);
      const leastK = orders[0]!.worstK;
      for (const share of [0.2, 1, 5]) {
        const none = { low: new Float64Array(6), high: new Float64Array(6).fill(Infinity) };
        if (!new OpenPairs(assignment, leastK - share, none).narrow()) ended++;
      }
      const own = new OpenPairs(assignment, leastK, new RangeFinder(assignment).under(leastK)!);
      assert.ok(own.narrow(), `seed ${seed}`);
    }
    assert.ok(ended > 10, `${ended}`);
  });

  it('is the same after packing', () => {
    const { assignment } = roomOf(4);
    const pairs = new OpenPairs(assignment, 5, new RangeFinder(assignment).under(5)!);
    pairs.settle(2, 3);
    const before = pairs.open.slice();
    const bits = pairs.pack();
    pairs.open.fill(1);
    pairs.unpack(bits);
    assert.deepEqual(pairs.open, before);
  });
});

describe('the priced matching', () => {
  it('costs no more than any order that keeps the level, at any prices, nor with the rise than one with the pair', () => {
    const random = seededRandom(5);
    let close = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const room = roomOf(seed);
      const { assignment } = room;
      const { levelK, within } = quarterOf(room);
      const pairs = new OpenPairs(assignment, levelK, new RangeFinder(assignment).under(levelK)!);
      assert.ok(pairs.narrow());
      const matching = new PricedMatching(assignment, levelK, movesInto(assignment), pairs);
      matching.set();
      const leastJ = Math.min(...within.map(({ movesJ }) => movesJ));
      for (let trial = 0; trial < 12; trial++) {
        const scale = 10 ** (3 * random.next());
        for (let s = 0; s < 6; s++) matching.prices[s] = random.next() < 0.5 ? 0 : scale * random.next();
        const boundJ = matching.evaluate();
        assert.ok(boundJ <= leastJ + 1e-6, `seed ${seed}: ${boundJ} over ${leastJ}`);
        if (leastJ > 0 && boundJ > 0.5 * leastJ) close++;
        const least = new Float64Array(36).fill(Infinity);
        for (const { at, movesJ } of within) {
          slotsOf(assignment, at).forEach((s, item) => (least[item * 6 + s] = Math.min(least[item * 6 + s]!, movesJ)));
        }
        matching.forEachRise((item, slot, rise) => {
          if (item >= assignment.problem.units.length) return;
          assert.ok(boundJ + rise <= least[item * 6 + slot]! + 1e-6, `seed ${seed}: ${item} in ${slot}`);
        });
      }
    }
    assert.ok(close > 20, `${close}`);
  });
});
