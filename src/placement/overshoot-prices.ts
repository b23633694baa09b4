// A bound on the least worst overshoot that knows more than the relaxation of the order: an item must fit a slot whole, not
// on average with others. At a level that is asked about, pairs of item and slot that are too much for it are forbidden,
// and an item small enough for the warmest inlet counts as the biggest such: what it leaves room for cannot come. The
// slots' conditions are priced out; what is left is a linear assignment problem. Over the level = the level is out of reach.
import type { RangeFinder } from './assignment-ranges.ts';
import { ROUNDING_K, type Assignment } from './assignment.ts';
import { LinearAssignment } from './linear-assignment.ts';
import { nearestShares } from './shares.ts';

/** Steps at one level, and in a row without gain before the next ones are shorter. */
const STEPS = 200;
const PATIENCE = 4;
const SHORTER = 0.6;
const MOMENTUM = 0.6;
/** Distance aimed beyond the level, as a share of what is missing to it. */
const BEYOND = 1.1;
const CLOSE_SHARE = 0.002;

export class OvershootPrices {
  readonly #assignment: Assignment;
  readonly #finder: RangeFinder;
  readonly #prices: Float64Array;
  readonly #matching: LinearAssignment;
  /** Own rise of a pair less the slot's room, at least what counts, K. */
  readonly #own: Float64Array;
  readonly #isForbidden: Uint8Array;
  readonly #cost: Float64Array;
  readonly #pull: Float64Array;
  readonly #slope: Float64Array;
  readonly #over: Float64Array;
  readonly #sorted: Float64Array;

  /** `prices`: where to begin; ≥ 0, adding up to 1. */
  constructor(assignment: Assignment, finder: RangeFinder, prices: Float64Array) {
    const { size } = assignment;
    this.#assignment = assignment;
    this.#finder = finder;
    this.#prices = prices.slice();
    this.#matching = new LinearAssignment(size);
    this.#own = new Float64Array(size * size);
    this.#isForbidden = new Uint8Array(size * size);
    this.#cost = new Float64Array(size * size);
    this.#pull = new Float64Array(size);
    this.#slope = new Float64Array(size);
    this.#over = new Float64Array(size);
    this.#sorted = new Float64Array(size);
  }

  /** The highest level between the two that was proven to be out of reach, K. */
  raise(lowK: number, highK: number, isOver: () => boolean): number {
    let [low, high] = [lowK, highK];
    while (high - low > CLOSE_SHARE * highK && !isOver()) {
      const middle = (low + high) / 2;
      if (this.#isOutOfReach(middle, isOver)) low = middle;
      else high = middle;
    }
    return low;
  }

  #isOutOfReach(levelK: number, isOver: () => boolean): boolean {
    const ranges = this.#finder.under(levelK);
    if (ranges === null) return true;
    const { size, powerW, kPerW, roomK, open } = this.#assignment;
    for (let item = 0, at = 0; item < size; item++) {
      for (let s = 0; s < size; s++, at++) {
        const own = kPerW[s * size + s]! * powerW[item]! - roomK[s]!;
        this.#isForbidden[at] = open[at] === 0 || own + ranges.low[s]! > levelK + ROUNDING_K ? 1 : 0;
        this.#own[at] = Math.max(own, levelK - ranges.high[s]!);
      }
    }
    return this.#ascend(levelK + ROUNDING_K, isOver);
  }

  /** Whether some prices show that no assignment keeps to the level. */
  #ascend(levelK: number, isOver: () => boolean): boolean {
    const { size } = this.#assignment;
    const prices = this.#prices;
    const best = prices.slice();
    const along = new Float64Array(size);
    let [bestK, length, waiting] = [-Infinity, 1, 0];
    for (let step = 0; step < STEPS && !(step > 0 && isOver()); step++) {
      const value = this.#value();
      if (value > levelK) return true;
      if (value > bestK) {
        if (value > bestK + 0.02 * (levelK - value)) waiting = 0;
        bestK = value;
        best.set(prices);
      } else if (++waiting > PATIENCE) {
        length *= SHORTER;
        waiting = 0;
        prices.set(best);
      }
      let mean = 0;
      for (let s = 0; s < size; s++) {
        along[s] = (step === 0 ? 0 : MOMENTUM * along[s]!) + (step === 0 ? 1 : 1 - MOMENTUM) * this.#over[s]!;
        mean += along[s]! / size;
      }
      let norm = 0;
      for (let s = 0; s < size; s++) norm += (along[s]! - mean) ** 2;
      if (norm === 0) break;
      const stride = (length * (BEYOND * (levelK - value) + 1e-3)) / norm;
      for (let s = 0; s < size; s++) prices[s]! += stride * along[s]!;
      nearestShares(prices, this.#sorted);
    }
    prices.set(best);
    return false;
  }

  /** What every assignment's priced excess is at least, K; and how far every slot of the one found is over. */
  #value(): number {
    const { size, kPerW, powerW } = this.#assignment;
    const pull = this.#pull.fill(0);
    const cost = this.#cost;
    for (let s = 0; s < size; s++) {
      const price = this.#prices[s]!;
      if (price === 0) continue;
      for (let j = 0; j < size; j++) if (j !== s) pull[j]! += price * kPerW[s * size + j]!;
    }
    let most = 1;
    for (let item = 0, at = 0; item < size; item++) {
      let dearest = 0;
      for (let s = 0; s < size; s++, at++) {
        if (this.#isForbidden[at] === 1) continue;
        const value = powerW[item]! * pull[s]! + this.#prices[s]! * this.#own[at]!;
        cost[at] = value;
        if (Math.abs(value) > dearest) dearest = Math.abs(value);
      }
      most += dearest;
    }
    for (let at = 0; at < cost.length; at++) if (this.#isForbidden[at] === 1) cost[at] = 4 * most;
    for (let s = 0; s < size; s++) this.#slope[s] = pull[s]! + this.#prices[s]! * kPerW[s * size + s]!;
    this.#matching.expectProducts(powerW, this.#slope);
    const value = this.#matching.solve(cost);
    if (value > most) return Infinity; // a forbidden pair is in every matching
    const { rowOf } = this.#matching;
    for (let s = 0; s < size; s++) {
      let sum = this.#own[rowOf[s]! * size + s]!;
      for (let j = 0; j < size; j++) if (j !== s) sum += kPerW[s * size + j]! * powerW[rowOf[j]!]!;
      this.#over[s] = sum;
    }
    return value;
  }
}
