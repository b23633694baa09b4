// A bound on the cost of an assignment by Lagrangian duality. Priced out are the ceilings (λ, J/K) and that a slot's flow is
// what the movers give it (σ, J per m³/s). What is left is a linear assignment problem, in which every pair of an item
// and a slot chooses its own flow, and one problem in its speed for every mover. Valid for any prices.
import type { Ranges } from './assignment-ranges.ts';
import type { Assignment } from './assignment.ts';
import { LinearAssignment } from './linear-assignment.ts';
import { PairFlows } from './pair-flows.ts';
import { moveCostTo } from './placement.ts';

/** Stands for a pair that may not be, in units of all that anything else costs. */
const FORBIDDEN = 1e3;
const ROUNDING = 1e-9;
/** Beyond this, sums are not exact enough to conclude anything from, J. */
const MOST_J = 1e15;
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
  /** Of the inlets in all assignments that keep the ceilings; null when not known. */
  readonly ranges: Ranges | null;
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
  readonly #flows: PairFlows;
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
    const { size, problem } = assignment;
    this.#assignment = assignment;
    this.#start = start;
    this.#matching = new LinearAssignment(size);
    this.#cost = new Float64Array(size * size);
    this.#moveJ = new Float64Array(size * size);
    problem.units.forEach((unit, u) => {
      for (let s = 0; s < size; s++) this.#moveJ[u * size + s] = moveCostTo(problem, unit, s);
    });
    this.#flows = new PairFlows(assignment, start.ceilingC, start.ranges);
    this.#pricePerK = start.pricePerK.slice();
    this.#pricePerFlow = start.pricePerFlow.slice();
    this.#scaleK = scaled(start.pricePerK, start.ceilingC);
    const { lowFlow, highFlow } = this.#flows;
    this.#scaleFlow = lowFlow.map((flow, s) => (highFlow[s]! > flow ? Math.max(start.pricePerFlow[s]!, 1e-9) : 0));
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
      // what a bad step lost is not to be won back in one
      const missing = Math.min(knownJ - value, 3 * (knownJ - best));
      const stride = (length * Math.max(missing, 1e-6 * Math.abs(knownJ))) / norm;
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
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
        if (column[i] !== s) heatJ[column[i]!]! += price * weight[i]!;
      }
    }
    for (let s = 0; s < size; s++) sum += heatJ[s]! * idlePowerW[s]!;
    const mostJ = this.#fillCosts();
    const matched = this.#matching.solve(this.#cost);
    const { rowOf } = this.#matching;
    const isForced = rowOf.some((item, s) => this.#flows.isForbidden[item * size + s] === 1);
    if (isForced) return matched > mostJ && mostJ < MOST_J ? Infinity : -Infinity; // a forbidden pair is in every matching
    sum += matched + this.#moversJ();
    this.#measure();
    return sum;
  }

  /** Returns what no matching without forbidden pairs can cost. */
  #fillCosts(): number {
    const { size, powerW } = this.#assignment;
    const cost = this.#cost;
    const { isForbidden } = this.#flows;
    this.#flows.price(this.#pricePerK, this.#pricePerFlow, this.#assignment.problem.model.kFlow);
    let most = 1;
    let dearest = 0;
    for (let item = 0, at = 0; item < size; item++) {
      let own = 0;
      for (let s = 0; s < size; s++, at++) {
        if (isForbidden[at] === 1) continue;
        const value = this.#moveJ[at]! + powerW[item]! * this.#heatJ[s]! + this.#flows.cost(s, at);
        cost[at] = value;
        if (value > own) own = value;
      }
      most += own;
      dearest = Math.max(dearest, own);
    }
    for (let at = 0; at < cost.length; at++) if (isForbidden[at] === 1) cost[at] = FORBIDDEN * (most + dearest);
    return most + dearest;
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
    for (let s = 0; s < size; s++) {
      let inlet = model.ambientC;
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
        const j = column[i]!;
        if (j !== s) inlet += weight[i]! * (powerW[rowOf[j]!]! + idlePowerW[j]!);
      }
      const { flow, riseK } = this.#flows.chosen(s, rowOf[s]! * size + s);
      this.#overK[s] = this.#start.ceilingC[s] === Infinity ? 0 : inlet + riseK - this.#start.ceilingC[s]!;
      this.#overFlow[s] = flow - this.#given[s]!;
    }
  }
}

/** A price that begins at nothing may rise about as high as the others are on average. */
function scaled(pricePerK: Float64Array, ceilingC: Float64Array): Float64Array {
  const mean = pricePerK.reduce((a, b) => a + b, 0) / pricePerK.length;
  return pricePerK.map((price, s) => (ceilingC[s] === Infinity ? 0 : Math.max(price, 0.1 * mean, 1e-9)));
}
