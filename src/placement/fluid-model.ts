// The constraints of the fluid problem at a point: distance of every slot to its ceiling, with first and second
// derivatives in the free variables (speeds, or the overshoot) and in the powers of the slots. Powers in units of `watt`,
// distances in units of SCALE_K, so that everything is about 1.
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { Problem } from './problem.ts';
import { Skyline } from './skyline.ts';
import { columnsOf, emptyRows, gainsOf, type SparseRows } from './sparse-rows.ts';

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
  /** ∂slack/∂(free, powers). */
  readonly jacobian: SparseRows;
  /** Position in the matrix of every entry of the Jacobian. */
  readonly place: Int32Array;
  /** For the systems of the variables. */
  readonly matrix: Skyline;
  readonly powerW: Float64Array;
  readonly flowM3s: Float64Array;
  readonly goal: FluidGoal;
  /** Unit of power: about what a sled draws, W. */
  readonly watt: number;
  readonly #problem: Problem;
  readonly #ceilingC: Float64Array;
  /** Flow of every slot per free speed. */
  readonly #gain: SparseRows;
  /** A row of the Jacobian while it is made. */
  readonly #row: Float64Array;
  readonly #givenFlow: Float64Array;
  readonly #inFlow: Float64Array;
  readonly #inBoth: Float64Array;

  constructor(problem: Problem, ceilingC: Float64Array, goal: FluidGoal) {
    const { model, slotCount } = problem;
    const count = model.minRatio.length;
    const isFree = (m: number) => goal === 'cost' && Number.isNaN(model.fixedRatio[m]!);
    this.#problem = problem;
    this.goal = goal;
    this.#ceilingC = ceilingC;
    this.watt = meanPowerW(problem);
    this.rows = Array.from({ length: slotCount }, (_, s) => s).filter((s) => ceilingC[s]! < Infinity);
    this.movers = Array.from({ length: count }, (_, m) => m).filter(isFree);
    this.freeCount = goal === 'cost' ? this.movers.length : 1;
    this.size = this.freeCount + slotCount;
    this.slack = new Float64Array(this.rows.length);
    this.powerW = new Float64Array(slotCount);
    this.flowM3s = new Float64Array(slotCount);
    this.#inFlow = new Float64Array(slotCount);
    this.#inBoth = new Float64Array(slotCount);
    this.#gain = gainsOf(model, this.movers);
    this.#row = new Float64Array(this.size);
    const columns = this.rows.map((s) => this.#columnsOf(s));
    const ownCliques = Array.from({ length: slotCount }, (_, s) => [this.freeCount + s, ...columnsOf(this.#gain, s)]);
    this.matrix = new Skyline(this.size, [...columns, ...ownCliques]);
    this.jacobian = emptyRows(columns.map((row) => this.matrix.arranged(row)));
    this.place = this.matrix.placesOf(this.jacobian.column);
    this.#givenFlow = new Float64Array(slotCount);
    for (let s = 0; s < slotCount; s++) {
      for (let m = 0; m < count; m++) {
        const given = Number.isNaN(model.fixedRatio[m]!) ? 1 : model.fixedRatio[m]!;
        if (!isFree(m)) this.#givenFlow[s]! += model.gainM3s[s * count + m]! * given;
      }
    }
  }

  /** Multiplications to make its matrix and to factor it, about. */
  get work(): number {
    let work = this.matrix.work;
    for (let i = 0; i < this.rows.length; i++) {
      work += (this.jacobian.start[i + 1]! - this.jacobian.start[i]!) ** 2 / 2;
    }
    return work;
  }

  /** Variables that the temperature of a slot depends on. */
  #columnsOf(s: number): number[] {
    const { rowStart, column, kind } = this.#problem.model.coupling;
    const found = new Set<number>([this.freeCount + s, ...columnsOf(this.#gain, s)]);
    if (this.goal === 'overshoot') found.add(0);
    for (let at = rowStart[s]!; at < rowStart[s + 1]!; at++) {
      found.add(this.freeCount + column[at]!);
      if (kind === 'airflow') for (const f of columnsOf(this.#gain, column[at]!)) found.add(f);
    }
    return [...found];
  }

  /** Slack and Jacobian at the free variables and the powers, both scaled. */
  evaluate(free: Float64Array, power: Float64Array): void {
    const { rowStart, column, weight, kind } = this.#problem.model.coupling;
    const { ambientC, rKPerW, kFlow } = this.#problem.model;
    const { slack, freeCount, powerW, flowM3s } = this;
    const row = this.#row;
    for (let s = 0; s < powerW.length; s++) powerW[s] = power[s]! * this.watt;
    this.#setFlows(free);
    for (let i = 0; i < this.rows.length; i++) {
      const s = this.rows[i]!;
      let temperatureC = ambientC;
      for (let at = rowStart[s]!; at < rowStart[s + 1]!; at++) {
        const j = column[at]!;
        const perW = kind === 'linear' ? weight[at]! : weight[at]! / flowM3s[j]!;
        temperatureC += perW * powerW[j]!;
        row[freeCount + j]! -= (perW * this.watt) / SCALE_K;
        if (kind === 'airflow') this.#addSlope(j, (perW * powerW[j]!) / flowM3s[j]! / SCALE_K);
      }
      const convective = kFlow[s] === 0 ? 0 : kFlow[s]! * Math.exp(-FLOW_EXPONENT * Math.log(flowM3s[s]!));
      if (convective > 0) this.#addSlope(s, (FLOW_EXPONENT * convective * powerW[s]!) / flowM3s[s]! / SCALE_K);
      const own = rKPerW[s]! + convective;
      row[freeCount + s]! -= (own * this.watt) / SCALE_K;
      slack[i] = (this.#ceilingC[s]! - temperatureC - own * powerW[s]!) / SCALE_K;
      if (this.goal === 'overshoot') {
        slack[i]! += free[0]!;
        row[0] = 1;
      }
      this.#keepRow(i);
    }
  }

  #keepRow(i: number): void {
    const { start, column, value } = this.jacobian;
    for (let at = start[i]!; at < start[i + 1]!; at++) {
      value[at] = this.#row[column[at]!]!;
      this.#row[column[at]!] = 0;
    }
  }

  /** Adds Σ multiplier_i ∇²T_i to the matrix; `withMixed` false leaves out what may make it indefinite. */
  addCurvature(multiplier: Float64Array, withMixed: boolean): void {
    if (this.movers.length === 0) return;
    const { start, column, value } = this.#gain;
    this.#curvatures(multiplier);
    for (let s = 0; s < this.powerW.length; s++) {
      const to = start[s + 1]!;
      for (let a = start[s]!; a < to; a++) {
        const along = this.#inFlow[s]! * value[a]!;
        for (let b = start[s]!; b <= a; b++) this.matrix.add(column[a]!, column[b]!, along * value[b]!);
        if (withMixed) this.matrix.add(this.freeCount + s, column[a]!, this.#inBoth[s]! * value[a]! * this.watt);
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
    const { start, column, value } = this.#gain;
    for (let s = 0; s < this.flowM3s.length; s++) {
      let flow = this.#givenFlow[s]!;
      for (let at = start[s]!; at < start[s + 1]!; at++) flow += value[at]! * free[column[at]!]!;
      this.flowM3s[s] = Math.max(flow, LEAK_M3S);
    }
  }

  #addSlope(slot: number, slope: number): void {
    const { start, column, value } = this.#gain;
    for (let at = start[slot]!; at < start[slot + 1]!; at++) this.#row[column[at]!]! += slope * value[at]!;
  }
}

function meanPowerW(problem: Problem): number {
  let sum = 0;
  for (const idle of problem.idlePowerW) sum += idle;
  for (const unit of problem.units) sum += unit.powerW;
  return Math.max(1, sum / problem.slotCount);
}
