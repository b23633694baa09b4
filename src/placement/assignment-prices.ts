// A bound on the cost of an assignment by Lagrangian duality. Priced out are the ceilings (λ, J/K) and that a slot's flow is
// what the movers give it (σ, J per m³/s). What is left is a linear assignment problem, in which every pair of an item
// and a slot chooses its own flow, and one problem in its speed for every mover. Valid for any prices.
import { FLOW_EXPONENT, flowsInto } from '../thermal/chassis-model.ts';
import type { Assignment } from './assignment.ts';
import { LinearAssignment } from './linear-assignment.ts';
import { moveCostTo } from './placement.ts';

/** Stands for a pair that may not be, in units of all that anything else costs. */
const FORBIDDEN = 1e3;
const ROUNDING = 1e-9;
/** Steps that brought nothing before the next ones are shorter. */
const PATIENCE = 5;
const SHORTER = 0.6;
const SHORTEST = 0.02;
/** Share of the last direction in the next one. */
const MOMENTUM = 0.6;

export interface PricedStart {
  /** °C; Infinity where a slot has no ceiling. */
  readonly ceilingC: Float64Array;
  /** J/K; where to begin. */
  readonly pricePerK: Float64Array;
  /** J per m³/s; where to begin. */
  readonly pricePerFlow: Float64Array;
  /** The cost of the best that is known, J. */
  readonly knownJ: number;
  /** Whether a pair of item and slot is out of the question, [item · size + slot]; null when none is. */
  readonly excluded: Uint8Array | null;
}

/** The highest bound found on the way up, J. Infinity when no assignment is left. */
export function pricedBoundJ(assignment: Assignment, start: PricedStart, isOver: () => boolean): number {
  return new PricedAssignment(assignment, start).ascend(isOver);
}

class PricedAssignment {
  readonly #assignment: Assignment;
  readonly #start: PricedStart;
  readonly #matching: LinearAssignment;
  readonly #cost: Float64Array;
  readonly #moveJ: Float64Array;
  readonly #forbidden: Uint8Array;
  /** (power of item and idle slot)^(1 / 1.8): the best flow of a pair is that times a factor of the slot. */
  readonly #flowShape: Float64Array;
  readonly #lowFlow: Float64Array;
  readonly #highFlow: Float64Array;
  /** Flow^-0.8 at the least and the most flow. */
  readonly #atLow: Float64Array;
  readonly #atHigh: Float64Array;
  readonly #pricePerK: Float64Array;
  readonly #pricePerFlow: Float64Array;
  /** Prices change in proportion to these. */
  readonly #scaleK: Float64Array;
  readonly #scaleFlow: Float64Array;
  readonly #heatJ: Float64Array;
  readonly #given: Float64Array;
  readonly #overK: Float64Array;
  readonly #overFlow: Float64Array;

  constructor(assignment: Assignment, start: PricedStart) {
    const { size, problem, open, powerW } = assignment;
    const { model, units, idlePowerW } = problem;
    this.#assignment = assignment;
    this.#start = start;
    this.#matching = new LinearAssignment(size);
    this.#cost = new Float64Array(size * size);
    this.#moveJ = new Float64Array(size * size);
    this.#forbidden = open.map((may, pair) => (may === 1 && start.excluded?.[pair] !== 1 ? 0 : 1));
    units.forEach((unit, u) => {
      for (let s = 0; s < size; s++) this.#moveJ[u * size + s] = moveCostTo(problem, unit, s);
    });
    this.#lowFlow = new Float64Array(size);
    this.#highFlow = new Float64Array(size);
    flowsInto(model, lowest(assignment), this.#lowFlow);
    flowsInto(model, highest(assignment), this.#highFlow);
    this.#atLow = this.#lowFlow.map((flow, s) => coolingOf(model.kFlow[s]!, flow));
    this.#atHigh = this.#highFlow.map((flow, s) => coolingOf(model.kFlow[s]!, flow));
    this.#flowShape = new Float64Array(size * size);
    for (let item = 0, at = 0; item < size; item++) {
      for (let s = 0; s < size; s++)
        this.#flowShape[at++] = (powerW[item]! + idlePowerW[s]!) ** (1 / (1 + FLOW_EXPONENT));
    }
    this.#pricePerK = start.pricePerK.slice();
    this.#pricePerFlow = start.pricePerFlow.slice();
    this.#scaleK = scaled(start.pricePerK, start.ceilingC);
    this.#scaleFlow = this.#lowFlow.map((flow, s) =>
      this.#highFlow[s]! > flow ? Math.max(start.pricePerFlow[s]!, 1e-9) : 0,
    );
    this.#heatJ = new Float64Array(size);
    this.#given = new Float64Array(size);
    this.#overK = new Float64Array(size);
    this.#overFlow = new Float64Array(size);
  }

  ascend(isOver: () => boolean): number {
    const { size } = this.#assignment;
    const { knownJ } = this.#start;
    let best = -Infinity;
    const bestK = this.#pricePerK.slice();
    const bestFlow = this.#pricePerFlow.slice();
    const alongK = new Float64Array(size);
    const alongFlow = new Float64Array(size);
    let [length, waiting] = [1, 0];
    for (let step = 0; length > SHORTEST && !(step > 0 && isOver()); step++) {
      const value = this.#value();
      if (value === Infinity) return Infinity;
      if (value > best) {
        if (value > best + 1e-4 * Math.abs(knownJ)) waiting = 0;
        best = value;
        bestK.set(this.#pricePerK);
        bestFlow.set(this.#pricePerFlow);
      } else if (++waiting > PATIENCE) {
        length *= SHORTER;
        waiting = 0;
        this.#pricePerK.set(bestK);
        this.#pricePerFlow.set(bestFlow);
      }
      if (best >= knownJ * (1 - 1e-7)) break;
      let norm = 0;
      for (let s = 0; s < size; s++) {
        alongK[s] = MOMENTUM * alongK[s]! + (1 - MOMENTUM) * this.#overK[s]! * this.#scaleK[s]!;
        alongFlow[s] = MOMENTUM * alongFlow[s]! + (1 - MOMENTUM) * this.#overFlow[s]! * this.#scaleFlow[s]!;
        // a price at nothing that would fall stays, and does not count
        if (!(this.#pricePerK[s] === 0 && alongK[s]! < 0)) norm += alongK[s]! ** 2;
        if (!(this.#pricePerFlow[s] === 0 && alongFlow[s]! < 0)) norm += alongFlow[s]! ** 2;
      }
      if (norm === 0) break;
      const stride = (length * Math.max(knownJ - value, 1e-6 * Math.abs(knownJ))) / norm;
      for (let s = 0; s < size; s++) {
        this.#pricePerK[s] = Math.max(0, this.#pricePerK[s]! + stride * alongK[s]! * this.#scaleK[s]!);
        this.#pricePerFlow[s] = Math.max(0, this.#pricePerFlow[s]! + stride * alongFlow[s]! * this.#scaleFlow[s]!);
      }
    }
    return best - ROUNDING * Math.abs(best);
  }

  /** The bound at the prices, and its supergradient. */
  #value(): number {
    const { size, problem } = this.#assignment;
    const { model, idlePowerW } = problem;
    const { rowStart, column, weight } = model.coupling;
    const heatJ = this.#heatJ.fill(0);
    let sum = 0;
    for (let s = 0; s < size; s++) {
      const price = this.#pricePerK[s]!;
      if (price === 0) continue;
      sum += price * (model.ambientC - this.#start.ceilingC[s]!);
      heatJ[s]! += price * model.rKPerW[s]!;
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) heatJ[column[i]!]! += price * weight[i]!;
    }
    for (let s = 0; s < size; s++) sum += heatJ[s]! * idlePowerW[s]!;
    const mostJ = this.#fillCosts();
    const matched = this.#matching.solve(this.#cost);
    if (matched > mostJ) return Infinity; // a forbidden pair is in every matching
    sum += matched + this.#moversJ();
    this.#measure();
    return sum;
  }

  /** Returns what no matching without forbidden pairs can cost. */
  #fillCosts(): number {
    const { size, powerW, problem } = this.#assignment;
    const { kFlow } = problem.model;
    const cost = this.#cost;
    const factors = this.#flowFactors();
    let most = 0;
    let highest = 0;
    for (let item = 0, at = 0; item < size; item++) {
      let most1 = 0;
      for (let s = 0; s < size; s++, at++) {
        let value = this.#moveJ[at]! + powerW[item]! * this.#heatJ[s]!;
        if (kFlow[s] !== 0) value += this.#convectiveJ(item, s, at, factors[s]!);
        cost[at] = value;
        if (this.#forbidden[at] === 0 && value > most1) most1 = value;
      }
      most += most1;
      highest = Math.max(highest, most1);
    }
    for (let at = 0; at < cost.length; at++) if (this.#forbidden[at] === 1) cost[at] = FORBIDDEN * (most + highest + 1);
    return most + highest + 1;
  }

  /** The best flow of a pair is this times its shape; Infinity where flow costs nothing. */
  #flowFactors(): Float64Array {
    const { kFlow } = this.#assignment.problem.model;
    return this.#pricePerK.map((price, s) => {
      const pull = FLOW_EXPONENT * price * kFlow[s]!;
      if (pull === 0) return 0;
      return (pull / this.#pricePerFlow[s]!) ** (1 / (1 + FLOW_EXPONENT));
    });
  }

  /** Least over the flow of what a pair's heat and its flow cost. */
  #convectiveJ(item: number, s: number, pair: number, factor: number): number {
    const flow = factor * this.#flowShape[pair]!;
    const perFlow = this.#pricePerFlow[s]!;
    if (flow > this.#lowFlow[s]! && flow < this.#highFlow[s]!) return perFlow * flow * (1 + 1 / FLOW_EXPONENT);
    const { powerW, problem } = this.#assignment;
    const heat = this.#pricePerK[s]! * (powerW[item]! + problem.idlePowerW[s]!);
    if (flow <= this.#lowFlow[s]!) return heat * this.#atLow[s]! + perFlow * this.#lowFlow[s]!;
    return heat * this.#atHigh[s]! + perFlow * this.#highFlow[s]!;
  }

  /** Least of every mover's energy less what its flow is worth; the flows that gives. */
  #moversJ(): number {
    const { problem, size } = this.#assignment;
    const { model, instance } = problem;
    const movers = model.minRatio.length;
    this.#given.fill(0);
    let sum = 0;
    for (let m = 0; m < movers; m++) {
      let worth = 0;
      for (let s = 0; s < size; s++) worth += this.#pricePerFlow[s]! * model.gainM3s[s * movers + m]!;
      const cubic = model.maxPowerW[m]! * instance.horizonS;
      const fixed = model.fixedRatio[m]!;
      let ratio = fixed;
      if (Number.isNaN(fixed)) {
        ratio = cubic === 0 ? 1 : Math.min(1, Math.max(model.minRatio[m]!, Math.sqrt(worth / (3 * cubic))));
      }
      sum += model.idlePowerW[m]! * instance.horizonS + cubic * ratio ** 3 - worth * ratio;
      for (let s = 0; s < size; s++) this.#given[s]! += model.gainM3s[s * movers + m]! * ratio;
    }
    return sum;
  }

  /** By how much the matching is over the ceilings, and its flows over what is given. */
  #measure(): void {
    const { size, powerW, problem } = this.#assignment;
    const { model, idlePowerW } = problem;
    const { rowStart, column, weight } = model.coupling;
    const { rowOf } = this.#matching;
    const factors = this.#flowFactors();
    for (let s = 0; s < size; s++) {
      const item = rowOf[s]!;
      const here = powerW[item]! + idlePowerW[s]!;
      let temperature = model.ambientC + here * model.rKPerW[s]!;
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
        temperature += weight[i]! * (powerW[rowOf[column[i]!]!]! + idlePowerW[column[i]!]!);
      }
      const wanted = factors[s]! * this.#flowShape[item * size + s]!;
      const flow = Math.min(this.#highFlow[s]!, Math.max(this.#lowFlow[s]!, wanted));
      if (model.kFlow[s] !== 0) temperature += here * coolingOf(model.kFlow[s]!, flow);
      this.#overK[s] = this.#start.ceilingC[s] === Infinity ? 0 : temperature - this.#start.ceilingC[s]!;
      this.#overFlow[s] = flow - this.#given[s]!;
    }
  }
}

/** k · flow^-0.8, K/W. */
function coolingOf(kFlow: number, flow: number): number {
  return kFlow === 0 ? 0 : kFlow * flow ** -FLOW_EXPONENT;
}

function lowest({ problem }: Assignment): Float64Array {
  const { fixedRatio, minRatio } = problem.model;
  return fixedRatio.map((fixed, m) => (Number.isNaN(fixed) ? minRatio[m]! : fixed));
}

function highest({ problem }: Assignment): Float64Array {
  return problem.model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed));
}

/** A price that begins at nothing may rise about as high as the others are on average. */
function scaled(pricePerK: Float64Array, ceilingC: Float64Array): Float64Array {
  const mean = pricePerK.reduce((a, b) => a + b, 0) / pricePerK.length;
  return pricePerK.map((price, s) => (ceilingC[s] === Infinity ? 0 : Math.max(price, 0.1 * mean, 1e-9)));
}
