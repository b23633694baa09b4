import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Random } from '../../src/core/random.ts';
import { leastExcessK } from '../../src/placement/overshoot-bound.ts';
import { Incumbent, Objective } from '../../src/placement/objective.ts';
import { Placement } from '../../src/placement/placement.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { prove } from '../../src/placement/proof.ts';
import { Relaxation } from '../../src/placement/relaxation.ts';
import { brokenRules, leastMoverPower, leastOvershoot, movesCost, slotPowers, tryAll } from './evaluator.ts';
import type { Assignment } from './evaluator.ts';
import { familyInstance } from './families.ts';
import { generateInstance } from './generate.ts';
import { STOPPED } from './instances.ts';

const KINDS = ['airflow', 'none', 'linear'] as const;
const NO_LIMITS = { parts: 1e6, isOver: () => false };

/** 2–3 slots and 3–6 workloads with everything an instance may have, in turn; some cannot be cooled to their targets. */
function smallInstance(seed: number): PlanInstance {
  const random = seededRandom(7000 + seed);
  const generated = generateInstance({
    seed,
    slots: 2 + (seed % 2),
    workloads: 3 + (seed % 4),
    airMovers: 1 + (Math.floor(seed / 2) % 2),
    recirculation: KINDS[seed % 3]!,
    rules: Math.floor(seed / 3) % 3,
    pinnedShare: seed % 4 === 0 ? 0.2 : 0,
    maxMoves: seed % 5 === 0 ? 1 + (seed % 2) : null,
  });
  const slots = generated.slots.map((slot, s) => ({
    ...slot,
    kFlow: seed % 7 === 3 ? 0 : slot.kFlow,
    powerCapW: seed % 6 === 1 ? startPower(generated, s) + 60 : seed % 6 === 2 ? null : slot.powerCapW,
    capacity: seed % 8 === 5 ? { cpu: used(generated, s, 'cpu') + 9, memoryGiB: 256 } : slot.capacity,
  }));
  const workloads = generated.workloads.map((workload, w) => ({
    ...workload,
    powerW: seed % 9 === 4 && w % 2 === 0 ? 45 : workload.powerW,
    moveCostJ: [0, 1, 1, 4][seed % 4]! * workload.moveCostJ,
    allowedSlots: seed % 10 === 7 && w === 1 ? [workload.slot, slots[random.int(slots.length)]!.id] : null,
  }));
  const airMovers = generated.airMovers.map((mover, m) => ({
    ...mover,
    fixedRatio: seed % 11 === 6 && m === 0 ? 0.6 : null,
  }));
  const ambientC = generated.ambientC + (seed % 13 === 8 ? 45 : 0);
  const allowed = workloads.map(({ allowedSlots, ...rest }) => ({
    ...rest,
    allowedSlots: allowedSlots === null ? null : [...new Set(allowedSlots)],
  }));
  if (seed % 17 !== 9) return { ...generated, slots, workloads: allowed, airMovers, ambientC };
  // nothing blows, nothing depends on air
  const still = slots.map((slot) => ({ ...slot, kFlow: 0, rKPerW: 0.15, share: {} }));
  return { ...generated, slots: still, workloads: allowed, airMovers: [], ambientC, recirculation: { kind: 'none' } };
}

function startPower(instance: PlanInstance, s: number): number {
  return slotPowers(instance, startOf(instance))[s]!;
}

function used({ slots, workloads }: PlanInstance, s: number, name: string): number {
  return workloads.reduce((sum, w) => sum + (w.slot === slots[s]!.id ? (w.demand[name] ?? 0) : 0), 0);
}

function startOf(instance: PlanInstance): Assignment {
  return Object.fromEntries(instance.workloads.map((workload) => [workload.id, workload.slot]));
}

function proveFromStart(instance: PlanInstance) {
  const problem = buildProblem(instance);
  const objective = new Objective(problem);
  const best = new Incumbent(objective);
  best.offer(
    Placement.of(
      problem,
      problem.units.map((unit) => unit.home),
    ),
  );
  return { problem, best, proof: prove(problem, objective, best, NO_LIMITS) };
}

/** Random placements that keep the rules, reached from the start by single changes. */
function* randomAssignments(instance: PlanInstance, random: Random, count: number): Generator<Assignment> {
  let current = startOf(instance);
  for (let i = 0; i < count; i++) {
    const next = { ...current };
    for (let change = random.int(4); change >= 0; change--) {
      next[random.pick(instance.workloads).id] = random.pick(instance.slots).id;
    }
    if (brokenRules(instance, next).length > 0) continue;
    current = next;
    yield current;
  }
}

describe('a proof', () => {
  it('is the optimum that trying all assignments finds, on 240 chassis with all kinds of rules', () => {
    let hot = 0;
    let judged = 0;
    for (let seed = 1; seed <= 240; seed++) {
      const instance = smallInstance(seed);
      if (brokenRules(instance, startOf(instance)).length > 0) continue;
      judged++;
      const reference = tryAll(instance)!;
      const { best, proof } = proveFromStart(instance);
      assert.ok(proof.isProven, `seed ${seed}`);
      if (reference.worstOvershootK > 0) hot++;
      assert.ok(proof.worstOvershootK <= reference.worstOvershootK + 1e-9, `seed ${seed}: overshoot`);
      assert.ok(proof.worstOvershootK >= reference.worstOvershootK - 0.001, `seed ${seed}: overshoot`);
      assert.ok(Math.abs(best.leastK - reference.worstOvershootK) <= 0.001, `seed ${seed}: overshoot ${best.leastK}`);
      // at 0.001 K of overshoot that counts as equal, the evaluator's level is at most 0.0011 K higher
      const slackJ = 1e-3 * reference.totalJ + 1e-5;
      const overJ = reference.worstOvershootK > 0 ? slackJ : 1e-6 * reference.totalJ;
      assert.ok(proof.totalJ <= reference.totalJ + overJ, `seed ${seed}: ${proof.totalJ} over ${reference.totalJ}`);
      assert.ok(proof.totalJ >= reference.totalJ - slackJ, `seed ${seed}: ${proof.totalJ} under ${reference.totalJ}`);
      assert.ok(Math.abs(best.costJ - reference.totalJ) <= slackJ, `seed ${seed}: ${best.costJ}, ${reference.totalJ}`);
    }
    assert.ok(judged >= 200, `${judged} judged`);
    assert.ok(hot >= 20, `${hot} with overshoot`);
  });

  it('is found for 8 slots and 24 workloads whose speeds follow the assignment', () => {
    const { best, proof } = proveFromStart(generateInstance({ seed: 3, slots: 8, workloads: 24, airMovers: 2 }));
    assert.ok(proof.isProven);
    assert.ok(proof.totalJ <= best.costJ && proof.totalJ >= 0.9998 * best.costJ);
  });

  it('is found in few parts where one mover cools all: its range is divided first', () => {
    for (const [workloads, seed] of [
      [18, 4],
      [24, 4],
      [24, 6],
    ] as const) {
      const problem = buildProblem(familyInstance('few-movers', { slots: 8, workloads }, seed));
      const objective = new Objective(problem);
      const best = new Incumbent(objective);
      best.offer(Placement.of(problem, problem.homes));
      const proof = prove(problem, objective, best, { parts: 3000, isOver: () => false });
      // dividing units first takes more than 3,000 parts for each, as a range with much air is room for all
      assert.ok(proof.isProven, `${workloads} workloads, seed ${seed}`);
    }
  });

  it('takes identical workloads for one another', () => {
    const generated = generateInstance({ seed: 4, slots: 4, workloads: 20, airMovers: 2 });
    const same = { powerW: 22, demand: { cpu: 4, memoryGiB: 16 }, moveCostJ: 900 };
    const instance = { ...generated, workloads: generated.workloads.map((workload) => ({ ...workload, ...same })) };
    const problem = buildProblem(instance);
    const objective = new Objective(problem);
    const best = new Incumbent(objective);
    best.offer(Placement.of(problem, problem.homes));
    // 4 ^ 20 assignments, but few that differ
    assert.ok(prove(problem, objective, best, { parts: 500, isOver: () => false }).isProven);
  });
});

describe('the bound of a search that was cut short', () => {
  it('is under the cost of any placement that keeps the rules and is no hotter, as the formulas have it', () => {
    let compared = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const instance = generateInstance({
        seed,
        slots: 6,
        workloads: 24,
        airMovers: 1 + (seed % 2),
        recirculation: KINDS[seed % 3]!,
        rules: seed % 4,
        maxMoves: seed % 6 === 0 ? 5 : null,
      });
      const problem = buildProblem(instance);
      const objective = new Objective(problem);
      const best = new Incumbent(objective);
      best.offer(
        Placement.of(
          problem,
          problem.units.map((unit) => unit.home),
        ),
      );
      const proof = prove(problem, objective, best, { parts: 1 + 10 * (seed % 3), isOver: () => false });
      const levelK = best.levelK;
      const found = problem.units.flatMap((unit, u) =>
        unit.members.map((w) => [instance.workloads[w]!.id, instance.slots[best.at![u]!]!.id] as const),
      );
      for (const assignment of [Object.fromEntries(found), ...randomAssignments(instance, seededRandom(seed), 60)]) {
        const powers = slotPowers(instance, assignment);
        const overshootK = leastOvershoot(instance, powers);
        assert.ok(proof.worstOvershootK <= overshootK + 1e-6, `seed ${seed}: ${proof.worstOvershootK} K`);
        if (overshootK > levelK) continue;
        compared++;
        const movesJ = movesCost(instance, assignment);
        const totalJ = leastMoverPower(instance, powers, levelK) * instance.horizonS + movesJ;
        assert.ok(proof.totalJ <= totalJ * (1 + 1e-6), `seed ${seed}: ${proof.totalJ} over ${totalJ}`);
      }
    }
    assert.ok(compared > 300, `${compared} compared`);
  });

  it('comes near the cost that was found: within 8 % on chassis with 48 workloads', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const instance = generateInstance({ seed, slots: 8, workloads: 48, airMovers: 2 });
      const { cost, bound } = makePlan(instance, { ...STOPPED, maxSteps: 2000 });
      const gap = 1 - bound.totalJ / cost.totalJ;
      assert.ok(gap >= 0 && gap < 0.08, `seed ${seed}: ${gap}`);
    }
  });
});

describe('the relaxation', () => {
  it('is no higher than any placement at any speeds of the box, whatever the prices', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const generated = generateInstance({
        seed,
        slots: 4,
        workloads: 12,
        airMovers: 1 + (Math.floor(seed / 3) % 3),
        recirculation: KINDS[seed % 3]!,
      });
      // in every other case speed and moves cost nothing and all slots are equally dear somewhere in the box: beyond,
      // the units follow the least change of speed, which is where a bound over a box can go wrong
      const isEven = seed % 2 === 0;
      const instance = isEven ? { ...generated, ...free(generated) } : generated;
      const problem = buildProblem(instance);
      const relaxation = new Relaxation(problem, problem.targetC, 'cost');
      const random = seededRandom(seed);
      const [low, high] = [relaxation.movers.map(() => 0), relaxation.movers.map(() => 0)];
      relaxation.movers.forEach((_, f) => {
        low[f] = 0.2 + 0.3 * random.next();
        high[f] = low[f] + (isEven ? 0.1 : 0.5) * random.next();
      });
      const roomW = new Float64Array(problem.slotCount).fill(Infinity);
      const domain = new Uint32Array(problem.units.length).fill(2 ** problem.slotCount - 1);
      relaxation.set({ domain, low: Float64Array.from(low), high: Float64Array.from(high), roomW });
      relaxation.at.set(low.map((from, f) => (from + high[f]!) / 2));
      const even = low.map((from, f) => from + 0.8 * (high[f]! - from));
      relaxation.setPrices(isEven ? evenPrices(instance, even) : randomPrices(problem.slotCount, random));
      const boundJ = relaxation.evaluate();
      for (let i = 0; i < 200; i++) {
        const isCorner = i % 2 === 0;
        const ratios = low.map((from, f) => from + (high[f]! - from) * (isCorner ? random.int(2) : random.next()));
        // every unit where it is cheapest at these speeds: no placement has less
        const worth = heatWorth(instance, ratios, relaxation.price);
        const slots = instance.workloads.map(({ powerW, moveCostJ, slot }) => {
          const costs = instance.slots.map(({ id }, s) => powerW * worth[s]! + (id === slot ? 0 : moveCostJ));
          return costs.indexOf(Math.min(...costs));
        });
        const lagrangianJ = priced(instance, slots, ratios, relaxation.price);
        assert.ok(boundJ <= lagrangianJ + 1e-9 * Math.abs(lagrangianJ), `seed ${seed}: ${boundJ} over ${lagrangianJ}`);
      }
    }
  });
});

function free({ airMovers, workloads }: PlanInstance): Pick<PlanInstance, 'airMovers' | 'workloads'> {
  return {
    airMovers: airMovers.map((mover) => ({ ...mover, maxPowerW: 0 })),
    workloads: workloads.map((workload) => ({ ...workload, moveCostJ: 0 })),
  };
}

/** Prices at which a watt is worth 1 J in every slot, by fixed point; near that with recirculation. */
function evenPrices(instance: PlanInstance, ratios: readonly number[]): Float64Array {
  const price = Float64Array.from(instance.slots, () => 1);
  for (let round = 0; round < 200; round++) {
    heatWorth(instance, ratios, price).forEach(
      (worth, s) => (price[s]! *= 1 - (0.3 * (worth - 1)) / Math.max(1, worth)),
    );
  }
  return price;
}

function randomPrices(slots: number, random: Random): Float64Array {
  return new Float64Array(slots).map(() => 1000 * random.next());
}

/** J that a watt in each slot adds to the priced excess, by the formulas. */
function heatWorth(instance: PlanInstance, ratios: readonly number[], price: Float64Array): number[] {
  const none = instance.slots.map(() => 0);
  const before = pricedExcess(instance, none, ratios, price);
  return none.map((_, s) => pricedExcess(instance, none.with(s, 1), ratios, price) - before);
}

function pricedExcess(
  instance: PlanInstance,
  powers: readonly number[],
  ratios: readonly number[],
  price: Float64Array,
): number {
  const { airMovers, recirculation, ambientC } = instance;
  const flow = instance.slots.map(({ openness, share }) =>
    airMovers.reduce((sum, { id, maxFlowM3s }, m) => sum + openness * (share[id] ?? 0) * maxFlowM3s * ratios[m]!, 0),
  );
  const excess = instance.slots.map((slot, s) => {
    const inletC = powers.reduce((sum, power, j) => {
      if (recirculation.kind === 'airflow') return sum + (recirculation.preheat[s]![j]! * power) / (1200 * flow[j]!);
      return recirculation.kind === 'linear' ? sum + recirculation.kPerW[s]![j]! * power : sum;
    }, ambientC);
    const temperatureC = inletC + powers[s]! * (slot.rKPerW + slot.kFlow * flow[s]! ** -0.8);
    return price[s]! * (temperatureC - (slot.limitC - slot.marginK));
  });
  return excess.reduce((a, b) => a + b, 0);
}

/** Energy, moves and priced excess by the formulas; the rows that bind units are not priced. */
function priced(
  instance: PlanInstance,
  slots: readonly number[],
  ratios: readonly number[],
  price: Float64Array,
): number {
  const assignment = Object.fromEntries(
    instance.workloads.map((workload, w) => [workload.id, instance.slots[slots[w]!]!.id]),
  );
  const movers = instance.airMovers;
  const moversW = movers.reduce(
    (sum, { idlePowerW, maxPowerW }, m) => sum + idlePowerW + maxPowerW * ratios[m]! ** 3,
    0,
  );
  const excessJ = pricedExcess(instance, slotPowers(instance, assignment), ratios, price);
  return moversW * instance.horizonS + movesCost(instance, assignment) + excessJ;
}

describe('the bound of the worst overshoot', () => {
  it('is under the worst excess of any placement at full speed, and near the least of them', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const generated = generateInstance({ seed, slots: 3, workloads: 6, recirculation: KINDS[seed % 3]! });
      const instance = { ...generated, ambientC: generated.ambientC + 45 };
      const problem = buildProblem(instance);
      const boundK = leastExcessK(problem, new Float64Array(3).fill(1), () => false);
      const { worstOvershootK } = tryAll(instance)!;
      assert.ok(boundK <= worstOvershootK + 1e-9, `seed ${seed}: ${boundK} over ${worstOvershootK}`);
      assert.ok(boundK > 0.5 * worstOvershootK - 3, `seed ${seed}: ${boundK} far below ${worstOvershootK}`);
    }
  });
});
