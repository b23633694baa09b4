// A bound on the cost that no placement can beat, by Lagrangian duality from the fluid's prices. Priced out are the
// ceilings (λ), that as much arrives as leaves (ν), and that a slot's flow is what the movers give (σ). What is left
// falls apart: one problem in its flow for every slot, one in its speed for every mover. Valid for any prices.
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { Fluid } from './fluid.ts';
import { leastAwayJ, moveCostTo } from './placement.ts';
import { isAllowed, type Problem } from './problem.ts';

/** Flows at which a slot's problem is looked at; between them it is bounded by tangents. */
const GRID = 48;
const STEPS = 40;
/** Taken off for the arithmetic's rounding. */
const ROUNDING = 1e-6;

interface Leaver {
  readonly powerW: number;
  /** What leaving costs more than the least that the unit costs anywhere. */
  readonly costJ: number;
}

export interface DualBoundOptions {
  readonly ceilingC: Float64Array;
  /** The least that the inlets can be. */
  readonly inletC: Float64Array;
  /** True when no more time may be spent on a tighter bound. */
  readonly isOver: () => boolean;
}

/** Of all placements that keep the ceilings, J. */
export function dualBoundJ(problem: Problem, fluid: Fluid, options: DualBoundOptions): number {
  return new DualBound(problem, fluid, options).ascend(options.isOver);
}

class DualBound {
  readonly #problem: Problem;
  readonly #fluid: Fluid;
  readonly #ceilingC: Float64Array;
  readonly #inletC: Float64Array;
  readonly #leavers: readonly Leaver[][];
  readonly #homeW: Float64Array;
  readonly #atHomeJ: number;
  readonly #lowFlow: Float64Array;
  readonly #highFlow: Float64Array;
  /** λ-weighted kelvins per watt in a slot: rest + perFlow / Q + convective · Q^-0.8. */
  readonly #rest: Float64Array;
  readonly #perFlow: Float64Array;
  readonly #convective: Float64Array;
  readonly #ceilingsJ: number;
  #price: number;
  readonly #flowPrice: Float64Array;
  readonly #bestFlow: Float64Array;
  #arrivingW = 0;
  readonly #totalW: number;

  constructor(problem: Problem, fluid: Fluid, { ceilingC, inletC }: DualBoundOptions) {
    const { model, slotCount, units } = problem;
    this.#problem = problem;
    this.#fluid = fluid;
    this.#ceilingC = ceilingC;
    this.#inletC = inletC;
    this.#homeW = problem.idlePowerW.slice();
    this.#leavers = Array.from({ length: slotCount }, () => []);
    let atHomeJ = 0;
    for (const unit of units) {
      const there = isAllowed(problem, unit, unit.home) ? moveCostTo(problem, unit, unit.home) : Infinity;
      const elsewhere = leastAwayJ(problem, unit);
      const baseJ = Math.min(there, elsewhere);
      atHomeJ += baseJ;
      this.#homeW[unit.home]! += unit.powerW;
      if (elsewhere < Infinity) {
        // a unit that may not stay leaves for nothing more than what it costs anywhere
        this.#leavers[unit.home]!.push({ powerW: unit.powerW, costJ: there === Infinity ? 0 : elsewhere - baseJ });
      }
    }
    this.#atHomeJ = atHomeJ;
    const movers = model.minRatio.length;
    this.#lowFlow = new Float64Array(slotCount);
    this.#highFlow = new Float64Array(slotCount);
    for (let s = 0; s < slotCount; s++) {
      for (let m = 0; m < movers; m++) {
        const gain = model.gainM3s[s * movers + m]!;
        const fixed = model.fixedRatio[m]!;
        this.#lowFlow[s]! += gain * (Number.isNaN(fixed) ? model.minRatio[m]! : fixed);
        this.#highFlow[s]! += gain * (Number.isNaN(fixed) ? 1 : fixed);
      }
    }
    this.#rest = new Float64Array(slotCount);
    this.#perFlow = new Float64Array(slotCount);
    this.#convective = new Float64Array(slotCount);
    let ceilingsJ = 0;
    const { kind, rowStart, column, weight } = model.coupling;
    for (let s = 0; s < slotCount; s++) {
      const lambda = fluid.pricePerK[s]!;
      if (lambda > 0) ceilingsJ += lambda * (ceilingC[s]! - model.ambientC);
      this.#rest[s]! += lambda * model.rKPerW[s]!;
      this.#convective[s]! += lambda * model.kFlow[s]!;
      const into = kind === 'airflow' ? this.#perFlow : this.#rest;
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) into[column[i]!]! += lambda * weight[i]!;
    }
    this.#ceilingsJ = ceilingsJ;
    this.#totalW = this.#homeW.reduce((a, b) => a + b, 0);
    this.#bestFlow = new Float64Array(slotCount);
    this.#flowPrice = Float64Array.from(fluid.flowM3s, (flow, s) => this.#slope(s, flow) * fluid.powerW[s]!);
    this.#price = this.#startPrice();
  }

  /** The highest bound found on the way up. */
  ascend(isOver: () => boolean): number {
    const { slotCount } = this.#problem;
    let best = -Infinity;
    let bestPrice = this.#price;
    let bestFlowPrice = this.#flowPrice.slice();
    const given = new Float64Array(slotCount);
    for (let step = 0; step < STEPS && !(step > 0 && isOver()); step++) {
      const value = this.#value(given);
      if (value > best) {
        best = value;
        bestPrice = this.#price;
        bestFlowPrice = this.#flowPrice.slice();
      } else if (step % 8 === 7) {
        this.#price = bestPrice;
        this.#flowPrice.set(bestFlowPrice);
        this.#value(given);
      }
      // supergradients, in steps that shrink: prices move by a share of themselves
      const share = 0.06 * 0.92 ** step;
      this.#price *= 1 - clampTo(this.#arrivingW / this.#totalW, 1) * share;
      for (let s = 0; s < slotCount; s++) {
        const range = this.#highFlow[s]! - this.#lowFlow[s]!;
        if (range <= 0) continue;
        const off = clampTo((given[s]! - this.#bestFlow[s]!) / range, 1);
        this.#flowPrice[s]! += off * share * Math.abs(this.#flowPrice[s]!);
      }
    }
    return best - ROUNDING * Math.abs(best);
  }

  #value(given: Float64Array): number {
    let sum = this.#atHomeJ - this.#ceilingsJ + this.#moversJ(given);
    this.#arrivingW = 0;
    for (let s = 0; s < this.#problem.slotCount; s++) sum += this.#slotJ(s);
    return sum;
  }

  /** Least of every mover's energy plus what its flow is worth; the flows that gives. */
  #moversJ(given: Float64Array): number {
    const { model, slotCount, instance } = this.#problem;
    const movers = model.minRatio.length;
    given.fill(0);
    let sum = 0;
    for (let m = 0; m < movers; m++) {
      let worth = 0;
      for (let s = 0; s < slotCount; s++) worth += this.#flowPrice[s]! * model.gainM3s[s * movers + m]!;
      const cubic = model.maxPowerW[m]! * instance.horizonS;
      const fixed = model.fixedRatio[m]!;
      const ratio = Number.isNaN(fixed) ? cheapest(cubic, worth, model.minRatio[m]!) : fixed;
      sum += model.idlePowerW[m]! * instance.horizonS + cubic * ratio ** 3 + worth * ratio;
      for (let s = 0; s < slotCount; s++) given[s]! += model.gainM3s[s * movers + m]! * ratio;
    }
    return sum;
  }

  /** Least over the slot's flow of its heat and what leaves it, less what the flow is worth. */
  #slotJ(s: number): number {
    const low = this.#lowFlow[s]!;
    const high = this.#highFlow[s]!;
    let least = Infinity;
    const look = (flow: number, perWattJ: number, mostW: number) => {
      const value = this.#heatJ(s, perWattJ, mostW) - this.#flowPrice[s]! * flow;
      if (value < least) {
        least = value;
        this.#bestFlow[s] = flow;
      }
    };
    if (!(high > low)) {
      look(high, this.#perWattJ(s, high), this.#mostW(s, high));
      this.#count(s, high);
      return least;
    }
    const ratio = (Math.max(high, 1e-12) / Math.max(low, high * 1e-3)) ** (1 / GRID);
    let from = Math.max(low, high * 1e-3);
    if (from > low) look(low, this.#perWattJ(s, from), this.#mostW(s, from)); // nearly no air: bounded from above
    for (let g = 1; g <= GRID; g++) {
      const to = g === GRID ? high : from * ratio;
      const mostW = this.#mostW(s, to);
      const atFrom = this.#perWattJ(s, from);
      const atTo = this.#perWattJ(s, to);
      const slopeFrom = this.#slope(s, from);
      const slopeTo = this.#slope(s, to);
      look(from, atFrom, mostW);
      look(to, atTo, mostW);
      if (slopeTo > slopeFrom) {
        const meet = clampBetween((atTo - atFrom + slopeFrom * from - slopeTo * to) / (slopeFrom - slopeTo), from, to);
        look(meet, atFrom + slopeFrom * (meet - from), mostW);
      }
      from = to;
    }
    this.#count(s, this.#bestFlow[s]!);
    return least;
  }

  /** Least of (perWatt − ν) · (P − P0) and the leavers' costs, plus perWatt · P0; it is linear in every unit. */
  #heatJ(s: number, perWattJ: number, mostW: number): number {
    const overJ = perWattJ - this.#price;
    const stays = perWattJ * this.#homeW[s]!;
    let sum = overJ < 0 ? overJ * Math.max(0, mostW - this.#homeW[s]!) : 0;
    for (const { powerW, costJ } of this.#leavers[s]!) sum += Math.min(0, costJ - Math.max(0, powerW * overJ));
    return stays + sum;
  }

  /** What arrives less what leaves at the best flow, for the supergradient. */
  #count(s: number, flow: number): void {
    const overJ = this.#perWattJ(s, flow) - this.#price;
    if (overJ < 0) this.#arrivingW += Math.max(0, this.#mostW(s, flow) - this.#homeW[s]!);
    else for (const { powerW, costJ } of this.#leavers[s]!) if (powerW * overJ > costJ) this.#arrivingW -= powerW;
  }

  #perWattJ(s: number, flow: number): number {
    const perFlow = this.#perFlow[s] === 0 ? 0 : this.#perFlow[s]! / flow;
    const convective = this.#convective[s] === 0 ? 0 : this.#convective[s]! * flow ** -FLOW_EXPONENT;
    return this.#rest[s]! + perFlow + convective;
  }

  #slope(s: number, flow: number): number {
    const convective = FLOW_EXPONENT * this.#convective[s]! * flow ** (-FLOW_EXPONENT - 1);
    return -this.#perFlow[s]! / (flow * flow) - convective;
  }

  /** Power that the slot's own ceiling allows at a flow, with its inlet at the lowest. */
  #mostW(s: number, flow: number): number {
    const { model, powerCapW } = this.#problem;
    const roomK = this.#ceilingC[s]! - this.#inletC[s]!;
    const k = model.kFlow[s]!;
    const resistance = model.rKPerW[s]! + (k === 0 ? 0 : k * flow ** -FLOW_EXPONENT);
    const carried = resistance > 0 ? Math.max(0, roomK) / resistance : Infinity;
    return Math.min(powerCapW[s]!, carried, this.#totalW);
  }

  /** The least price of heat anywhere at the fluid's flows: there it arrives. */
  #startPrice(): number {
    return this.#fluid.flowM3s.reduce((least, flow, s) => Math.min(least, this.#perWattJ(s, flow)), Infinity);
  }
}

/** argmin of cubic · n³ + slope · n over [low, 1]. */
function cheapest(cubic: number, slope: number, low: number): number {
  if (slope >= 0) return low;
  if (cubic === 0) return 1;
  return clampBetween(Math.sqrt(-slope / (3 * cubic)), low, 1);
}

function clampTo(value: number, limit: number): number {
  return clampBetween(value, -limit, limit);
}

function clampBetween(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
