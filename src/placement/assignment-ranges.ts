// How warm and how cool an inlet can get in assignments that keep a ceiling. A slot takes no item whose own heat is too
// much at its coolest inlet; what is left to heat an inlet is then a schedule of unit jobs: items by falling power are the
// times, and a slot is released at the first item that it can take. The most (or least) heat goes to a slot when those
// that heat it most are served first (or last). Cooler inlets out of reach shut more items out, and so on.
import type { Assignment } from './assignment.ts';
import { FIT_SLACK } from './problem.ts';

const ROUNDS = 6;
/** Narrowing by less than this, on average, is not worth another round, K. */
const LITTLE_K = 1e-3;

export interface Ranges {
  /** Rise of every inlet that the items in the other slots cause at least and at most, K. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export class RangeFinder {
  readonly #assignment: Assignment;
  readonly #fallingW: Float64Array;
  /** Of every slot, those that heat its inlet, the one that does so most first; [slot · size + rank]. */
  readonly #heaters: Int32Array;
  readonly #release: Int32Array;
  readonly #next: Int32Array;

  constructor(assignment: Assignment) {
    const { size, powerW, kPerW } = assignment;
    this.#assignment = assignment;
    this.#fallingW = powerW.toSorted().toReversed();
    this.#heaters = new Int32Array(size * size);
    for (let s = 0; s < size; s++) {
      const heat = (j: number) => (j === s ? 0 : kPerW[s * size + j]!);
      const slots = Array.from({ length: size }, (_, j) => j).toSorted((a, b) => heat(b) - heat(a));
      this.#heaters.set(slots, s * size);
    }
    this.#release = new Int32Array(size);
    this.#next = new Int32Array(size + 1);
  }

  /** Of all assignments with no excess over `levelK`; null is a proof that there are none. */
  under(levelK: number): Ranges | null {
    const { size } = this.#assignment;
    const low = new Float64Array(size);
    const high = new Float64Array(size).fill(Infinity);
    for (let round = 0; round < ROUNDS; round++) {
      if (!this.#setReleases(levelK, low)) return null;
      let narrowed = 0;
      for (let s = 0; s < size; s++) {
        const least = this.#scheduled(s, size - 1, -1) * (1 - FIT_SLACK);
        const most = this.#scheduled(s, 0, 1) * (1 + FIT_SLACK);
        narrowed += Math.max(0, least - low[s]!) + Math.max(0, Math.min(high[s]!, 1e3) - most);
        low[s] = Math.max(low[s]!, least);
        high[s] = Math.min(high[s]!, most);
      }
      if (narrowed < LITTLE_K * size) break;
    }
    return { low, high };
  }

  /** False when some item finds no slot. */
  #setReleases(levelK: number, low: Float64Array): boolean {
    const { size, kPerW, roomK } = this.#assignment;
    const falling = this.#fallingW;
    const released = new Int32Array(size + 1);
    for (let s = 0; s < size; s++) {
      const leftK = roomK[s]! + levelK - low[s]! + 1e-6;
      const own = kPerW[s * size + s]!;
      const mostW = leftK < 0 ? -1 : own === 0 ? Infinity : leftK / own;
      let [first, last] = [0, size];
      while (first < last) {
        const middle = (first + last) >> 1;
        if (falling[middle]! > mostW) first = middle + 1;
        else last = middle;
      }
      this.#release[s] = first;
      released[first]!++;
    }
    for (let time = 0, open = 0; time < size; time++) {
      open += released[time]!;
      if (open <= time) return false;
    }
    return true;
  }

  /** Heat at the inlet when its heaters, in the given order, take the earliest times left for them. */
  #scheduled(s: number, start: number, step: 1 | -1): number {
    const { size, kPerW } = this.#assignment;
    const next = this.#next;
    for (let time = 0; time <= size; time++) next[time] = time;
    let sum = 0;
    for (let k = 0, rank = start; k < size; k++, rank += step) {
      const j = this.#heaters[s * size + rank]!;
      let time = this.#release[j]!;
      while (next[time] !== time) {
        next[time] = next[next[time]!]!;
        time = next[time]!;
      }
      next[time] = time + 1;
      if (j !== s) sum += kPerW[s * size + j]! * this.#fallingW[time]!;
    }
    return sum;
  }
}

/** The highest level between `lowK` and `highK`, within `closeK`, that no assignment keeps to as far as the ranges show. */
export function unreachableLevel(finder: RangeFinder, lowK: number, highK: number, closeK: number): number {
  let [low, high] = [lowK, highK];
  while (high - low > closeK) {
    const middle = (low + high) / 2;
    if (finder.under(middle) === null) low = middle;
    else high = middle;
  }
  return low;
}
