// The constraints of the fluid problem at a point: distance of every slot to its ceiling, with first and second
// derivatives in the free variables (speeds, or the overshoot) and in the powers of the slots. Powers in units of `watt`,
// distances in units of SCALE_K, so that everything is about 1.
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { Problem } from './problem.ts';

export const SCALE_K = 10;
/** Air that leaks through a slot which no mover reaches, so that its figures stay finite, m³/s. */
const LEAK_M3S = 1e-9;

/** `cost`: the speeds are free. `overshoot`: full speed, and all ceilings may rise by one free amount. */
export type FluidGoal = 'cost' | 'overshoot';

export class FluidModel {
  /** Slots with a ceiling; constraint i is about slot rows[i]. */
  readonly rows: readonly number[];
  /** Free movers; none when the goal is the overshoot. */
  readonly movers: readonly number[];
  /** Free variables before the powers: the movers, or the overshoot alone. */
  readonly freeCount: number;
  /** Variables in all. */
  readonly size: number;
  readonly slack: Float64Array;
  /** ∂slack/∂(free, powers), [row · size + variable]. */
  readonly jacobian: Float64Array;
  readonly powerW: Float64Array;
  readonly flowM3s: Float64Array;
  readonly #problem: Problem;
  readonly #goal: FluidGoal;
  readonly #ceilingC: Float64Array;
  readonly #watt: number;
  readonly #gain: Float64Array;
  readonly #givenFlow: Float64Array;
  readonly #inFlow: Float64Array;
  readonly #inBoth: Float64Array;

  constructor(problem: Problem, ceilingC: Float64Array, goal: FluidGoal, watt: number) {
    const { model, slotCount } = problem;
    const count = model.minRatio.length;
    const isFree = (m: number) => goal === 'cost' && Number.isNaN(model.fixedRatio[m]!);
    this.#problem = problem;
    this.#goal = goal;
    this.#ceilingC = ceilingC;
    this.#watt = watt;
    this.rows = Array.from({ length: slotCount }, (_, s) => s).filter((s) => ceilingC[s]! < Infinity);
    this.movers = Array.from({ length: count }, (_, m) => m).filter(isFree);
    this.freeCount = goal === 'cost' ? this.movers.length : 1;
    this.size = this.freeCount + slotCount;
    this.slack = new Float64Array(this.rows.length);
    this.jacobian = new Float64Array(this.rows.length * this.size);
    this.powerW = new Float64Array(slotCount);
    this.flowM3s = new Float64Array(slotCount);
    this.#inFlow = new Float64Array(slotCount);
    this.#inBoth = new Float64Array(slotCount);
    this.#gain = new Float64Array(slotCount * this.movers.length);
    this.#givenFlow = new Float64Array(slotCount);
    for (let s = 0; s < slotCount; s++) {
      this.movers.forEach((m, f) => (this.#gain[s * this.movers.length + f] = model.gainM3s[s * count + m]!));
      for (let m = 0; m < count; m++) {
        const given = Number.isNaN(model.fixedRatio[m]!) ? 1 : model.fixedRatio[m]!;
        if (!isFree(m)) this.#givenFlow[s]! += model.gainM3s[s * count + m]! * given;
      }
    }
  }

  /** Slack and Jacobian at the free variables and the powers, both scaled. */
  evaluate(free: Float64Array, power: Float64Array): void {
    const { rowStart, column, weight, kind } = this.#problem.model.coupling;
    const { ambientC, rKPerW, kFlow } = this.#problem.model;
    const { slack, jacobian, size, freeCount, powerW, flowM3s } = this;
    for (let s = 0; s < powerW.length; s++) powerW[s] = power[s]! * this.#watt;
    this.#setFlows(free);
    jacobian.fill(0);
    for (let i = 0; i < this.rows.length; i++) {
      const s = this.rows[i]!;
      const base = i * size;
      let temperatureC = ambientC;
      for (let at = rowStart[s]!; at < rowStart[s + 1]!; at++) {
        const j = column[at]!;
        const perW = kind === 'linear' ? weight[at]! : weight[at]! / flowM3s[j]!;
        temperatureC += perW * powerW[j]!;
        jacobian[base + freeCount + j]! -= (perW * this.#watt) / SCALE_K;
        if (kind === 'airflow') this.#addSlope(base, j, (perW * powerW[j]!) / flowM3s[j]! / SCALE_K);
      }
      const convective = kFlow[s] === 0 ? 0 : kFlow[s]! * Math.exp(-FLOW_EXPONENT * Math.log(flowM3s[s]!));
      if (convective > 0) this.#addSlope(base, s, (FLOW_EXPONENT * convective * powerW[s]!) / flowM3s[s]! / SCALE_K);
      const own = rKPerW[s]! + convective;
      jacobian[base + freeCount + s]! -= (own * this.#watt) / SCALE_K;
      slack[i] = (this.#ceilingC[s]! - temperatureC - own * powerW[s]!) / SCALE_K;
      if (this.#goal === 'overshoot') {
        slack[i]! += free[0]!;
        jacobian[base] = 1;
      }
    }
  }

  /** Adds Σ multiplier_i ∇²T_i to the lower triangle; `withMixed` false leaves out what may make it indefinite. */
  addCurvature(multiplier: Float64Array, matrix: Float64Array, withMixed: boolean): void {
    const movers = this.movers.length;
    if (movers === 0) return;
    this.#curvatures(multiplier);
    for (let s = 0; s < this.powerW.length; s++) {
      const row = (this.freeCount + s) * this.size;
      for (let f = 0; f < movers; f++) {
        const gain = this.#gain[s * movers + f]!;
        if (gain === 0) continue;
        const along = this.#inFlow[s]! * gain;
        for (let g = 0; g <= f; g++) matrix[f * this.size + g]! += along * this.#gain[s * movers + g]!;
        if (withMixed) matrix[row + f]! += this.#inBoth[s]! * gain * this.#watt;
      }
    }
  }

  /** A power counts only with the flow of its own slot: second derivatives in flow, and in flow and power. */
  #curvatures(multiplier: Float64Array): void {
    const { rowStart, column, weight, kind } = this.#problem.model.coupling;
    const { kFlow } = this.#problem.model;
    const inFlow = this.#inFlow.fill(0);
    const inBoth = this.#inBoth.fill(0);
    for (let i = 0; i < this.rows.length; i++) {
      const s = this.rows[i]!;
      const scaled = multiplier[i]! / SCALE_K;
      if (kFlow[s] !== 0) {
        const q = this.flowM3s[s]!;
        const perW = scaled * kFlow[s]! * Math.exp(-FLOW_EXPONENT * Math.log(q));
        inFlow[s]! += (FLOW_EXPONENT * (1 + FLOW_EXPONENT) * perW * this.powerW[s]!) / (q * q);
        inBoth[s]! -= (FLOW_EXPONENT * perW) / q;
      }
      if (kind === 'linear') continue;
      for (let at = rowStart[s]!; at < rowStart[s + 1]!; at++) {
        const j = column[at]!;
        const q = this.flowM3s[j]!;
        inFlow[j]! += (scaled * 2 * weight[at]! * this.powerW[j]!) / q ** 3;
        inBoth[j]! -= (scaled * weight[at]!) / (q * q);
      }
    }
  }

  #setFlows(free: Float64Array): void {
    const movers = this.movers.length;
    for (let s = 0; s < this.flowM3s.length; s++) {
      let flow = this.#givenFlow[s]!;
      for (let f = 0; f < movers; f++) flow += this.#gain[s * movers + f]! * free[f]!;
      this.flowM3s[s] = Math.max(flow, LEAK_M3S);
    }
  }

  #addSlope(base: number, slot: number, slope: number): void {
    const movers = this.movers.length;
    for (let f = 0; f < movers; f++) this.jacobian[base + f]! += slope * this.#gain[slot * movers + f]!;
  }
}
