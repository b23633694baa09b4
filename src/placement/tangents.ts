// What heat does to the temperatures, linear in the speeds: tangents at `at`, which a temperature, convex in the speeds, is
// never below. Given at `at` (point 0) and, for every free mover, at one point up and one down its axis, so far out that
// the cross they make encloses the box of speeds.
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { Problem } from './problem.ts';

/** `cost`: J, with free speeds under ceilings. `overshoot`: K, at full speed, over the targets. */
export type BoundGoal = 'cost' | 'overshoot';

export class Tangents {
  /** Movers whose speed is free. */
  readonly movers: readonly number[];
  readonly points: number;
  /** How far the points are from `at`, along their axis. */
  readonly reach: Float64Array;
  /** What a watt in a slot is worth at the ceilings' prices, [slot · points + point]. */
  readonly heat: Float64Array;
  readonly #problem: Problem;
  /** Flow per ratio of the free movers, and from those that are given. */
  readonly #gain: Float64Array;
  readonly #givenFlow: Float64Array;
  /** At `at`: 1 / flow and k · flow^-0.8; zero where no air comes, which only makes it cooler. */
  readonly #inverse: Float64Array;
  readonly #convective: Float64Array;

  constructor(problem: Problem, goal: BoundGoal) {
    const { model, slotCount } = problem;
    const count = model.minRatio.length;
    const isFree = (m: number) => goal === 'cost' && Number.isNaN(model.fixedRatio[m]!);
    this.#problem = problem;
    this.movers = Array.from({ length: count }, (_, m) => m).filter(isFree);
    this.points = 1 + 2 * this.movers.length;
    this.reach = new Float64Array(this.points);
    this.heat = new Float64Array(slotCount * this.points);
    this.#gain = new Float64Array(slotCount * this.movers.length);
    this.#givenFlow = new Float64Array(slotCount);
    for (let s = 0; s < slotCount; s++) {
      this.movers.forEach((m, f) => (this.#gain[s * this.movers.length + f] = model.gainM3s[s * count + m]!));
      for (let m = 0; m < count; m++) {
        const given = Number.isNaN(model.fixedRatio[m]!) ? 1 : model.fixedRatio[m]!;
        if (!isFree(m)) this.#givenFlow[s]! += model.gainM3s[s * count + m]! * given;
      }
    }
    this.#inverse = new Float64Array(slotCount);
    this.#convective = new Float64Array(slotCount);
  }

  /** Takes the tangents anew and prices them. */
  set(at: Float64Array, low: Float64Array, high: Float64Array, price: Float64Array): void {
    const movers = this.movers.length;
    for (let f = 0; f < movers; f++) {
      this.reach[1 + 2 * f] = movers * (high[f]! - at[f]!);
      this.reach[2 + 2 * f] = movers * (low[f]! - at[f]!);
    }
    this.#setFlows(at);
    this.#spread(price);
    const { rKPerW, coupling } = this.#problem.model;
    const { heat, points } = this;
    for (let s = 0; s < this.#inverse.length; s++) {
      const base = s * points;
      const carried = coupling.kind === 'airflow' ? heat[base]! * this.#inverse[s]! : 0;
      const convective = price[s]! * this.#convective[s]!;
      const rest = coupling.kind === 'airflow' ? 0 : heat[base]!;
      heat[base] = carried + rest + convective + price[s]! * rKPerW[s]!;
      const slope = -(carried + FLOW_EXPONENT * convective) * this.#inverse[s]!;
      for (let v = 1; v < points; v++) {
        heat[base + v] = heat[base] + slope * this.#gain[s * movers + ((v - 1) >> 1)]! * this.reach[v]!;
      }
    }
  }

  /** Adds how far the tangents are over the ceilings at a point. */
  addExcess(point: number, weight: number, powerW: Float64Array, ceilingC: Float64Array, into: Float64Array): void {
    const { coupling, rKPerW, ambientC } = this.#problem.model;
    const { rowStart, column, weight: share } = coupling;
    const isByFlow = coupling.kind === 'airflow';
    for (let s = 0; s < ceilingC.length; s++) {
      const bend = 1 - FLOW_EXPONENT * this.#relativeFlow(s, point);
      let over = ambientC - ceilingC[s]! + powerW[s]! * (rKPerW[s]! + this.#convective[s]! * bend);
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
        const j = column[i]!;
        const perW = isByFlow ? this.#inverse[j]! * (1 - this.#relativeFlow(j, point)) : 1;
        over += share[i]! * powerW[j]! * perW;
      }
      into[s]! += weight * over;
    }
  }

  /** How much more flow than at `at` a slot has at a point, as a share of the former. */
  #relativeFlow(s: number, point: number): number {
    if (point === 0) return 0;
    return this.#gain[s * this.movers.length + ((point - 1) >> 1)]! * this.reach[point]! * this.#inverse[s]!;
  }

  #setFlows(at: Float64Array): void {
    const { kFlow } = this.#problem.model;
    for (let s = 0; s < this.#inverse.length; s++) {
      let flow = this.#givenFlow[s]!;
      for (let f = 0; f < at.length; f++) flow += this.#gain[s * at.length + f]! * at[f]!;
      this.#inverse[s] = flow > 0 ? 1 / flow : 0;
      this.#convective[s] = kFlow[s] === 0 || flow <= 0 ? 0 : kFlow[s]! * Math.exp(-FLOW_EXPONENT * Math.log(flow));
    }
  }

  /** Into `heat`: what reaches other slots' inlets of a slot's heat, at their prices. */
  #spread(price: Float64Array): void {
    const { rowStart, column, weight } = this.#problem.model.coupling;
    const { heat, points } = this;
    for (let s = 0; s < this.#inverse.length; s++) heat[s * points] = 0;
    for (let s = 0; s < this.#inverse.length; s++) {
      if (price[s] === 0) continue;
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) heat[column[i]! * points]! += price[s]! * weight[i]!;
    }
  }
}
