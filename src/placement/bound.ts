// A lower bound that no placement can beat: relaxations of the problem in which work is a fluid. Every slot carries at
// least what cannot leave it; the slots together must be able to carry all the heat; inlets are at their lowest.
// The cost is bounded among placements with at most the overshoot of the best one known, the optimum being one of them.
import { FLOW_EXPONENT, flowsInto, UNBOUNDED_C } from '../thermal/chassis-model.ts';
import { dualBoundJ } from './dual-bound.ts';
import { solveFluid } from './fluid.ts';
import { levelOf } from './objective.ts';
import type { Incumbent, Objective } from './objective.ts';
import { leastExcessK } from './overshoot-bound.ts';
import { leastMoveJ } from './placement.ts';
import type { Problem } from './problem.ts';

/** Taken off every figure for the arithmetic's rounding. */
const ROUNDING = 1e-6;
const CUTS = 40;

export interface Bound {
  readonly worstOvershootK: number;
  readonly totalJ: number;
}

/** `isOver`: the bound may be looser for it, never wrong. */
export function lowerBound(problem: Problem, objective: Objective, best: Incumbent, isOver: () => boolean): Bound {
  const relaxed = relax(problem);
  const overshootK =
    best.score.beyondW > 0
      ? 0
      : Math.max(leastOvershootBound(problem, relaxed), pricedOvershootK(problem, best, isOver));
  let moversW = problem.model.idlePowerW.reduce((a, b) => a + b, 0);
  let movesJ = 0;
  for (const unit of problem.units) movesJ += leastMoveJ(problem, unit);
  if (best.score.beyondW === 0) {
    const levelK = Math.max(best.levelK, levelOf(best.score.overshootK));
    const atLeast = objective.solver.solve(relaxed.leastPowerW, levelK);
    const start = atLeast.ratios.slice();
    moversW = Math.max(moversW, atLeast.moverPowerW * (1 - ROUNDING));
    if (!isOver())
      moversW = Math.max(moversW, carryingPowerW(problem, relaxed, levelK, start, isOver) * (1 - ROUNDING));
  }
  const totalJ = moversW * problem.instance.horizonS + movesJ;
  return {
    worstOvershootK: overshootK,
    totalJ: Math.max(totalJ, pricedBoundJ(problem, objective, relaxed, best, isOver)),
  };
}

/** By the fluid's prices at full speed, where there is overshoot at all; by equal ones where there is no fluid. */
function pricedOvershootK(problem: Problem, best: Incumbent, isOver: () => boolean): number {
  if (best.leastK === 0 || isOver()) return 0;
  const fluid = solveFluid(problem, problem.targetC, 'overshoot', isOver);
  const excessK = leastExcessK(problem, fluid?.pricePerK ?? problem.targetC.map(() => 1), isOver);
  return Math.max(0, excessK - ROUNDING * Math.abs(excessK));
}

/** By the fluid's prices; nothing where there is no fluid. */
function pricedBoundJ(
  problem: Problem,
  objective: Objective,
  relaxed: Relaxed,
  best: Incumbent,
  isOver: () => boolean,
): number {
  if (best.score.beyondW > 0) return -Infinity;
  const levelK = Math.max(best.levelK, levelOf(best.score.overshootK));
  const ceilingC = problem.targetC.map((targetC) => targetC + levelK);
  const fluid = objective.fluids.at(levelK, isOver);
  return fluid === null ? -Infinity : dualBoundJ(problem, fluid, { ceilingC, inletC: relaxed.inletC, isOver });
}

interface Relaxed {
  /** What a slot's sled draws at least and at most in any placement, W. */
  readonly leastPowerW: Float64Array;
  readonly mostPowerW: Float64Array;
  readonly totalW: number;
  /** Lowest inlets, and resistances at full speed. */
  readonly inletC: Float64Array;
  readonly fullKPerW: Float64Array;
}

function relax(problem: Problem): Relaxed {
  const { model, units, slotCount } = problem;
  const leastPowerW = problem.idlePowerW.slice();
  const mostPowerW = problem.idlePowerW.slice();
  let totalW = problem.idlePowerW.reduce((a, b) => a + b, 0);
  let everywhereW = 0;
  for (const unit of units) {
    totalW += unit.powerW;
    if (unit.allowed.length === 1) leastPowerW[unit.allowed[0]!]! += unit.powerW;
    if (unit.allowed.length === slotCount) everywhereW += unit.powerW;
    else for (const slot of unit.allowed) mostPowerW[slot]! += unit.powerW;
  }
  for (let s = 0; s < slotCount; s++) mostPowerW[s]! += everywhereW;
  keepWhatCannotMove(problem, leastPowerW);
  for (let s = 0; s < slotCount; s++) mostPowerW[s] = Math.min(mostPowerW[s]!, problem.powerCapW[s]!);
  const full = model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed));
  const flows = new Float64Array(slotCount);
  flowsInto(model, full, flows);
  const { kind, rowStart, column, weight } = model.coupling;
  const inletC = new Float64Array(slotCount).fill(model.ambientC);
  for (let s = 0; s < slotCount; s++) {
    for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
      const j = column[i]!;
      const heat = weight[i]! * leastPowerW[j]!;
      if (heat > 0) inletC[s]! += kind === 'airflow' ? heat / flows[j]! : heat;
    }
  }
  const fullKPerW = flows.map((flow, s) => resistance(problem, s, flow));
  return { leastPowerW, mostPowerW, totalW, inletC, fullKPerW };
}

/** With a limit on moves, only the biggest so many workloads of a slot can leave it. */
function keepWhatCannotMove(problem: Problem, leastPowerW: Float64Array): void {
  if (problem.maxMoves === Infinity) return;
  const bySlot = new Map<number, number[]>();
  problem.instance.workloads.forEach((workload, w) => {
    const slot = problem.homes[w]!;
    const powers = bySlot.get(slot);
    if (powers === undefined) bySlot.set(slot, [workload.powerW]);
    else powers.push(workload.powerW);
  });
  for (const [slot, powers] of bySlot) {
    const staying = powers.toSorted((a, b) => b - a).slice(problem.maxMoves);
    const least = staying.reduce((a, b) => a + b, problem.idlePowerW[slot]!);
    leastPowerW[slot] = Math.max(leastPowerW[slot]!, least);
  }
}

function resistance(problem: Problem, slot: number, flow: number): number {
  const k = problem.model.kFlow[slot]!;
  return problem.model.rKPerW[slot]! + (k === 0 ? 0 : k * flow ** -FLOW_EXPONENT);
}

/** Power a slot can carry under a ceiling, W. */
function carries(resistanceKPerW: number, roomK: number, mostW: number): number {
  if (roomK < 0) return 0;
  return resistanceKPerW === 0 ? mostW : Math.min(roomK / resistanceKPerW, mostW);
}

/** Of the units that may move, by the slots they are allowed in: the more one draws, the more it needs. */
function greatestPowers({ units, maxMoves }: Problem): ReadonlyMap<readonly number[], number> {
  const greatest = new Map<readonly number[], number>();
  if (maxMoves < Infinity) return greatest;
  for (const { allowed, powerW } of units) {
    if (allowed.length > 1 && powerW > 0) greatest.set(allowed, Math.max(powerW, greatest.get(allowed) ?? 0));
  }
  return greatest;
}

/** At full speed: what cannot leave a slot, what every unit needs at its best place, and all heat together. */
function leastOvershootBound(problem: Problem, relaxed: Relaxed): number {
  const { targetC, slotCount } = problem;
  const { inletC, fullKPerW, leastPowerW, mostPowerW, totalW } = relaxed;
  const excess = (s: number, powerW: number) =>
    Math.min(powerW === 0 ? inletC[s]! : inletC[s]! + fullKPerW[s]! * powerW, UNBOUNDED_C) - targetC[s]!;
  let low = 0;
  for (let s = 0; s < slotCount; s++) low = Math.max(low, excess(s, leastPowerW[s]!));
  for (const [allowed, powerW] of greatestPowers(problem)) {
    let lowest = Infinity;
    for (const s of allowed) lowest = Math.min(lowest, excess(s, leastPowerW[s]! + powerW));
    low = Math.max(low, lowest);
  }
  const carried = (overshootK: number) =>
    targetC.reduce((sum, c, s) => sum + carries(fullKPerW[s]!, c + overshootK - inletC[s]!, mostPowerW[s]!), 0);
  const needed = totalW * (1 - ROUNDING);
  if (carried(low) < needed) {
    let high = low + 1;
    while (carried(high) < needed && high < UNBOUNDED_C) high *= 2;
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (carried(middle) < needed) low = middle;
      else high = middle;
    }
  }
  return Math.max(0, low - ROUNDING);
}

/**
 * Mover power below which the slots together cannot carry all the heat. What a slot carries is concave in its flow, so
 * a tangent at any speeds is a valid linear condition; the cheapest speeds that meet it are a bound. Tangents are taken
 * where the last one led.
 */
function carryingPowerW(
  problem: Problem,
  relaxed: Relaxed,
  levelK: number,
  start: Float64Array,
  isOver: () => boolean,
): number {
  const { model, targetC, slotCount } = problem;
  const movers = start.length;
  const flows = new Float64Array(slotCount);
  let at = start.map((ratio) => Math.max(ratio, 0.02));
  let best = 0;
  for (let cut = 0; cut < CUTS && !(cut % 8 === 7 && isOver()); cut++) {
    flowsInto(model, at, flows);
    const slope = new Float64Array(movers);
    let carried = 0;
    for (let s = 0; s < slotCount; s++) {
      const roomK = targetC[s]! + levelK - relaxed.inletC[s]!;
      const r = resistance(problem, s, flows[s]!);
      const here = carries(r, roomK, relaxed.mostPowerW[s]!);
      carried += here;
      const k = model.kFlow[s]!;
      if (k === 0 || here === 0 || here >= relaxed.mostPowerW[s]! || flows[s] === 0) continue;
      const perFlow = (roomK * FLOW_EXPONENT * k * flows[s]! ** (-FLOW_EXPONENT - 1)) / (r * r);
      for (let m = 0; m < movers; m++) slope[m]! += perFlow * model.gainM3s[s * movers + m]!;
    }
    const missing = relaxed.totalW * (1 - ROUNDING) - carried;
    const needed = slope.reduce((sum, g, m) => sum + g * at[m]!, missing);
    const cheapest = cheapestMeeting(problem, slope, needed);
    if (cheapest === null) break;
    best = Math.max(best, cheapest.powerW);
    at = at.map((ratio, m) => Math.max(0.02, (ratio + cheapest.ratios[m]!) / 2));
  }
  return best;
}

/** min Σ idle + max·n³ with slope · n ≥ needed, by bisection on the multiplier; from below, so that it is a bound. */
function cheapestMeeting(
  problem: Problem,
  slope: Float64Array,
  needed: number,
): { ratios: Float64Array; powerW: number } | null {
  const { model } = problem;
  const ratiosAt = (multiplier: number) =>
    model.fixedRatio.map((fixed, m) => {
      if (!Number.isNaN(fixed)) return fixed;
      const pull = multiplier * slope[m]!;
      const weight = 3 * model.maxPowerW[m]!;
      const ratio = pull === 0 ? 0 : weight === 0 ? 1 : Math.sqrt(pull / weight);
      return Math.min(1, Math.max(model.minRatio[m]!, ratio));
    });
  const met = (ratios: Float64Array) => ratios.reduce((sum, ratio, m) => sum + slope[m]! * ratio, 0) >= needed;
  let low = 0;
  if (!met(ratiosAt(low))) {
    let high = 1e-3;
    while (!met(ratiosAt(high))) {
      low = high;
      high *= 4;
      if (high > 1e15) return null;
    }
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (met(ratiosAt(middle))) high = middle;
      else low = middle;
    }
  }
  const ratios = ratiosAt(low);
  const powerW = ratios.reduce((sum, n, m) => sum + model.idlePowerW[m]! + model.maxPowerW[m]! * n ** 3, 0);
  return { ratios, powerW };
}
