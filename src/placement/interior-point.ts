// Primal-dual interior-point method for the air-mover speeds: minimise Σ w_m x_m³ with T_s(x) ≤ ceiling_s for the
// given slots and low ≤ x ≤ high. T_s is a sum over flows, T_s = base_s + Σ_j a_sj / Q_j + b_s · Q_s^-0.8 with
// Q = A x, so its Hessian is Aᵀ diag A. Terms as in Nocedal & Wright, Numerical Optimization, chapter 19: z slacks,
// y their multipliers, u and v those of the bounds.
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { ChassisModel } from '../thermal/chassis-model.ts';
import { Skyline } from './skyline.ts';
import { columnsOf, emptyRows, gainsOf, type SparseRows } from './sparse-rows.ts';

const MAX_ITERATIONS = 60;
/** Complementarity at which to stop; cost and ceilings are scaled to about 1. */
const MU_END = 1e-10;
const SCALE_K = 10;

export class InteriorPoint {
  readonly #model: ChassisModel;
  /** Movers that are free, and their bounds. */
  readonly #free: number[] = [];
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #weight: Float64Array;
  readonly #costScaleW: number;
  /** Flow of every slot per ratio of the free movers, and from those that are given. */
  readonly #gain: SparseRows;
  readonly #givenFlow: Float64Array;
  readonly #flow: Float64Array;
  readonly #curvature: Float64Array;
  readonly #matrix: Skyline;
  /** By slot: how its distance to its ceiling follows the free ratios. */
  readonly #jacobian: SparseRows;
  /** Position in the matrix of every entry of it. */
  readonly #place: Int32Array;
  /** A row of the Jacobian while it is made. */
  readonly #row: Float64Array;

  constructor(model: ChassisModel, low: Float64Array, high: Float64Array) {
    this.#model = model;
    const movers = low.length;
    for (let m = 0; m < movers; m++) if (high[m]! > low[m]!) this.#free.push(m);
    const free = this.#free;
    this.#low = Float64Array.from(free, (m) => low[m]!);
    this.#high = Float64Array.from(free, (m) => high[m]!);
    this.#costScaleW = free.reduce((sum, m) => sum + model.maxPowerW[m]!, 0) || 1;
    // a mover that costs nothing still gets a little weight, so that the answer is unique
    this.#weight = Float64Array.from(free, (m) => Math.max(model.maxPowerW[m]! / this.#costScaleW, 1e-7));
    const slots = model.slotIds.length;
    this.#gain = gainsOf(model, free);
    this.#givenFlow = new Float64Array(slots);
    for (let s = 0; s < slots; s++) {
      for (let m = 0; m < movers; m++) {
        if (high[m]! <= low[m]!) this.#givenFlow[s]! += model.gainM3s[s * movers + m]! * high[m]!;
      }
    }
    this.#flow = new Float64Array(slots);
    this.#curvature = new Float64Array(slots);
    const columns = model.slotIds.map((_, s) => this.#columnsOf(s));
    this.#matrix = new Skyline(free.length, columns);
    this.#jacobian = emptyRows(columns.map((row) => this.#matrix.arranged(row)));
    this.#place = this.#matrix.placesOf(this.#jacobian.column);
    this.#row = new Float64Array(free.length);
  }

  /** Free movers that a slot's temperature depends on. */
  #columnsOf(s: number): number[] {
    const { rowStart, column, kind } = this.#model.coupling;
    const found = new Set<number>(columnsOf(this.#gain, s));
    if (kind === 'airflow') {
      for (let at = rowStart[s]!; at < rowStart[s + 1]!; at++) {
        for (const f of columnsOf(this.#gain, column[at]!)) found.add(f);
      }
    }
    return [...found];
  }

  /** Writes the best speeds of the free movers into `ratios`, and W/K of every slot in `working` into `priceWPerK`. */
  solve(
    powers: Float64Array,
    ceilingC: Float64Array,
    working: readonly number[],
    ratios: Float64Array,
    priceWPerK: Float64Array,
  ): void {
    const n = this.#free.length;
    if (n === 0) return;
    const rows = working.filter((s) => ceilingC[s]! < Infinity);
    const count = rows.length;
    const x = this.#low.map((low, f) => low + 0.7 * (this.#high[f]! - low));
    const slack = new Float64Array(count);
    const jacobian = this.#jacobian;
    this.#constraints(powers, ceilingC, rows, x, slack);
    const z = slack.map((c) => Math.max(c, 0.1));
    const mu0 = 0.01;
    const y = z.map((value) => mu0 / value);
    const u = x.map((value, f) => mu0 / (value - this.#low[f]!));
    const v = x.map((value, f) => mu0 / (this.#high[f]! - value));
    const dx = new Float64Array(n);
    const dy = new Float64Array(count);
    const dz = new Float64Array(count);
    const du = new Float64Array(n);
    const dv = new Float64Array(n);

    let stepLength = 0;
    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      let gap = 0;
      let infeasible = 0;
      for (let i = 0; i < count; i++) {
        gap += y[i]! * z[i]!;
        infeasible = Math.max(infeasible, Math.abs(slack[i]! - z[i]!));
      }
      for (let f = 0; f < n; f++) gap += u[f]! * (x[f]! - this.#low[f]!) + v[f]! * (this.#high[f]! - x[f]!);
      const average = gap / (count + 2 * n);
      if (average < MU_END && infeasible < 1e-8) break;
      const mu = average * (stepLength > 0.9 ? 0.05 : stepLength > 0.5 ? 0.2 : 0.5);

      this.#newton(powers, rows, { x, y, z, u, v, slack, mu }, dx);
      for (let i = 0; i < count; i++) {
        let along = slack[i]! - z[i]!;
        const to = jacobian.start[rows[i]! + 1]!;
        for (let e = jacobian.start[rows[i]!]!; e < to; e++) along += jacobian.value[e]! * dx[jacobian.column[e]!]!;
        dz[i] = along;
        dy[i] = mu / z[i]! - y[i]! - (y[i]! / z[i]!) * along;
      }
      let primal = 1;
      let dual = 1;
      for (let f = 0; f < n; f++) {
        const below = x[f]! - this.#low[f]!;
        const above = this.#high[f]! - x[f]!;
        du[f] = mu / below - u[f]! - (u[f]! / below) * dx[f]!;
        dv[f] = mu / above - v[f]! + (v[f]! / above) * dx[f]!;
        if (dx[f]! < 0) primal = Math.min(primal, (-0.995 * below) / dx[f]!);
        else if (dx[f]! > 0) primal = Math.min(primal, (0.995 * above) / dx[f]!);
        if (du[f]! < 0) dual = Math.min(dual, (-0.995 * u[f]!) / du[f]!);
        if (dv[f]! < 0) dual = Math.min(dual, (-0.995 * v[f]!) / dv[f]!);
      }
      for (let i = 0; i < count; i++) {
        if (dz[i]! < 0) primal = Math.min(primal, (-0.995 * z[i]!) / dz[i]!);
        if (dy[i]! < 0) dual = Math.min(dual, (-0.995 * y[i]!) / dy[i]!);
      }
      for (let f = 0; f < n; f++) {
        x[f]! += primal * dx[f]!;
        u[f]! += dual * du[f]!;
        v[f]! += dual * dv[f]!;
      }
      for (let i = 0; i < count; i++) {
        z[i]! += primal * dz[i]!;
        y[i]! += dual * dy[i]!;
      }
      stepLength = Math.min(primal, dual);
      this.#constraints(powers, ceilingC, rows, x, slack);
    }
    this.#free.forEach((m, f) => (ratios[m] = x[f]!));
    priceWPerK.fill(0);
    rows.forEach((s, i) => (priceWPerK[s] = (y[i]! * this.#costScaleW) / SCALE_K));
  }

  /** Distance to the ceilings in units of SCALE_K and its gradient in the free ratios, at `x`. */
  #constraints(
    powers: Float64Array,
    ceilingC: Float64Array,
    rows: readonly number[],
    x: Float64Array,
    slack: Float64Array,
  ): void {
    const { coupling, rKPerW, kFlow, ambientC } = this.#model;
    const { rowStart, column, weight, kind } = coupling;
    const gain = this.#gain;
    const flow = this.#flow;
    for (let s = 0; s < flow.length; s++) {
      let total = this.#givenFlow[s]!;
      for (let at = gain.start[s]!; at < gain.start[s + 1]!; at++) total += gain.value[at]! * x[gain.column[at]!]!;
      flow[s] = total;
    }
    for (let i = 0; i < rows.length; i++) {
      const s = rows[i]!;
      const power = powers[s]!;
      let temperature = ambientC + power * rKPerW[s]!;
      for (let at = rowStart[s]!; at < rowStart[s + 1]!; at++) {
        const j = column[at]!;
        const heat = weight[at]! * powers[j]!;
        if (heat === 0) continue;
        if (kind === 'linear') {
          temperature += heat;
          continue;
        }
        const q = flow[j]!;
        temperature += heat / q;
        this.#addSlope(j, heat / (q * q) / SCALE_K);
      }
      const convective = kFlow[s]! * power;
      if (convective !== 0) {
        const q = flow[s]!;
        const rise = convective * Math.exp(-FLOW_EXPONENT * Math.log(q));
        temperature += rise;
        this.#addSlope(s, (FLOW_EXPONENT * rise) / q / SCALE_K);
      }
      slack[i] = (ceilingC[s]! - temperature) / SCALE_K;
      this.#keepRow(s);
    }
  }

  #addSlope(slot: number, slope: number): void {
    const { start, column, value } = this.#gain;
    for (let at = start[slot]!; at < start[slot + 1]!; at++) this.#row[column[at]!]! += slope * value[at]!;
  }

  #keepRow(s: number): void {
    const { start, column, value } = this.#jacobian;
    for (let at = start[s]!; at < start[s + 1]!; at++) {
      value[at] = this.#row[column[at]!]!;
      this.#row[column[at]!] = 0;
    }
  }

  /** The Newton direction in x: the multipliers and slacks are eliminated, leaving a system in the movers. */
  #newton(powers: Float64Array, rows: readonly number[], at: Iterate, dx: Float64Array): void {
    const { x, y, z, u, v, slack, mu } = at;
    const n = x.length;
    const { start, column, value } = this.#jacobian;
    const matrix = this.#matrix;
    matrix.clear();
    for (let f = 0; f < n; f++) {
      const below = x[f]! - this.#low[f]!;
      const above = this.#high[f]! - x[f]!;
      // the terms in u and v of the dual residual cancel against those of their own steps
      dx[f] = -3 * this.#weight[f]! * x[f]! * x[f]! + mu / below - mu / above;
      matrix.add(f, f, 6 * this.#weight[f]! * x[f]! + u[f]! / below + v[f]! / above + 1e-12);
    }
    for (let i = 0; i < rows.length; i++) {
      const ratio = y[i]! / z[i]!;
      const pull = mu / z[i]! - ratio * (slack[i]! - z[i]!);
      const from = start[rows[i]!]!;
      const to = start[rows[i]! + 1]!;
      for (let e = from; e < to; e++) dx[column[e]!]! += value[e]! * pull;
      matrix.addOuter(this.#place, value, from, to, ratio);
    }
    this.#addCurvature(powers, rows, y);
    matrix.factor('skip');
    matrix.solve(dx);
  }

  /** Adds Σ_i y_i ∇²T_i to the matrix. */
  #addCurvature(powers: Float64Array, rows: readonly number[], y: Float64Array): void {
    const { coupling, kFlow } = this.#model;
    const { rowStart, column, weight, kind } = coupling;
    const gain = this.#gain;
    const curvature = this.#curvature;
    curvature.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const s = rows[i]!;
      const scaled = y[i]! / SCALE_K;
      const q = this.#flow[s]!;
      const convective = kFlow[s]! * powers[s]!;
      if (convective !== 0) {
        const rise = convective * Math.exp(-FLOW_EXPONENT * Math.log(q));
        curvature[s]! += (scaled * FLOW_EXPONENT * (1 + FLOW_EXPONENT) * rise) / (q * q);
      }
      if (kind === 'linear') continue;
      for (let at = rowStart[s]!; at < rowStart[s + 1]!; at++) {
        const j = column[at]!;
        const heat = weight[at]! * powers[j]!;
        if (heat !== 0) curvature[j]! += (scaled * 2 * heat) / this.#flow[j]! ** 3;
      }
    }
    for (let s = 0; s < curvature.length; s++) {
      const h = curvature[s]!;
      if (h === 0) continue;
      for (let a = gain.start[s]!; a < gain.start[s + 1]!; a++) {
        const along = h * gain.value[a]!;
        for (let b = gain.start[s]!; b <= a; b++)
          this.#matrix.add(gain.column[a]!, gain.column[b]!, along * gain.value[b]!);
      }
    }
  }
}

interface Iterate {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly slack: Float64Array;
  readonly mu: number;
}
