// Primal-dual interior-point method for the air-mover speeds: minimise Σ w_m x_m³ with T_s(x) ≤ ceiling_s for the
// given slots and low ≤ x ≤ high. T_s is a sum over flows, T_s = base_s + Σ_j a_sj / Q_j + b_s · Q_s^-0.8 with
// Q = A x, so its Hessian is Aᵀ diag A. Terms as in Nocedal & Wright, Numerical Optimization, chapter 19: z slacks,
// y their multipliers, u and v those of the bounds.
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { ChassisModel } from '../thermal/chassis-model.ts';

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
  readonly #gain: Float64Array;
  readonly #givenFlow: Float64Array;
  readonly #flow: Float64Array;
  readonly #curvature: Float64Array;
  readonly #hessian: Float64Array;

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
    this.#gain = new Float64Array(slots * free.length);
    this.#givenFlow = new Float64Array(slots);
    for (let s = 0; s < slots; s++) {
      free.forEach((m, f) => (this.#gain[s * free.length + f] = model.gainM3s[s * movers + m]!));
      for (let m = 0; m < movers; m++) {
        if (high[m]! <= low[m]!) this.#givenFlow[s]! += model.gainM3s[s * movers + m]! * high[m]!;
      }
    }
    this.#flow = new Float64Array(slots);
    this.#curvature = new Float64Array(slots);
    this.#hessian = new Float64Array(free.length * free.length);
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
    const jacobian = new Float64Array(count * n);
    this.#constraints(powers, ceilingC, rows, x, slack, jacobian);
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

      this.#newton(powers, rows, { x, y, z, u, v, slack, jacobian, mu }, dx);
      for (let i = 0; i < count; i++) {
        let along = slack[i]! - z[i]!;
        for (let f = 0; f < n; f++) along += jacobian[i * n + f]! * dx[f]!;
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
      this.#constraints(powers, ceilingC, rows, x, slack, jacobian);
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
    jacobian: Float64Array,
  ): void {
    const { coupling, rKPerW, kFlow, ambientC } = this.#model;
    const { rowStart, column, weight, kind } = coupling;
    const n = x.length;
    const gain = this.#gain;
    const flow = this.#flow;
    for (let s = 0; s < flow.length; s++) {
      let total = this.#givenFlow[s]!;
      for (let f = 0; f < n; f++) total += gain[s * n + f]! * x[f]!;
      flow[s] = total;
    }
    jacobian.fill(0);
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
        const slope = heat / (q * q) / SCALE_K;
        for (let f = 0; f < n; f++) jacobian[i * n + f]! += slope * gain[j * n + f]!;
      }
      const convective = kFlow[s]! * power;
      if (convective !== 0) {
        const q = flow[s]!;
        const rise = convective * Math.exp(-FLOW_EXPONENT * Math.log(q));
        temperature += rise;
        const slope = (FLOW_EXPONENT * rise) / q / SCALE_K;
        for (let f = 0; f < n; f++) jacobian[i * n + f]! += slope * gain[s * n + f]!;
      }
      slack[i] = (ceilingC[s]! - temperature) / SCALE_K;
    }
  }

  /** The Newton direction in x: the multipliers and slacks are eliminated, leaving a movers × movers system. */
  #newton(powers: Float64Array, rows: readonly number[], at: Iterate, dx: Float64Array): void {
    const { x, y, z, u, v, slack, jacobian, mu } = at;
    const n = x.length;
    const matrix = this.#hessian;
    matrix.fill(0);
    for (let f = 0; f < n; f++) {
      const below = x[f]! - this.#low[f]!;
      const above = this.#high[f]! - x[f]!;
      // the terms in u and v of the dual residual cancel against those of their own steps
      dx[f] = -3 * this.#weight[f]! * x[f]! * x[f]! + mu / below - mu / above;
      matrix[f * n + f] = 6 * this.#weight[f]! * x[f]! + u[f]! / below + v[f]! / above + 1e-12;
    }
    for (let i = 0; i < rows.length; i++) {
      const ratio = y[i]! / z[i]!;
      const pull = mu / z[i]! - ratio * (slack[i]! - z[i]!);
      for (let f = 0; f < n; f++) {
        const jf = jacobian[i * n + f]!;
        dx[f]! += jf * pull;
        for (let g = 0; g <= f; g++) matrix[f * n + g]! += ratio * jf * jacobian[i * n + g]!;
      }
    }
    this.#addCurvature(powers, rows, y);
    solveSymmetric(matrix, dx, n);
  }

  /** Adds Σ_i y_i ∇²T_i to the lower triangle of the matrix. */
  #addCurvature(powers: Float64Array, rows: readonly number[], y: Float64Array): void {
    const { coupling, kFlow } = this.#model;
    const { rowStart, column, weight, kind } = coupling;
    const n = this.#free.length;
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
      for (let f = 0; f < n; f++) {
        const hf = h * this.#gain[s * n + f]!;
        for (let g = 0; g <= f; g++) this.#hessian[f * n + g]! += hf * this.#gain[s * n + g]!;
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
  readonly jacobian: Float64Array;
  readonly mu: number;
}

/** Cholesky on the lower triangle, in place; the right side becomes the solution. */
function solveSymmetric(matrix: Float64Array, right: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k]! * matrix[j * n + k]!;
      matrix[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / matrix[j * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = right[i]!;
    for (let k = 0; k < i; k++) sum -= matrix[i * n + k]! * right[k]!;
    right[i] = sum / matrix[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = right[i]!;
    for (let k = i + 1; k < n; k++) sum -= matrix[k * n + i]! * right[k]!;
    right[i] = sum / matrix[i * n + i]!;
  }
}
