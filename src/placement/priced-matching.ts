// A bound on what the moves into any assignment of a part cost that keeps a level, by Lagrangian duality: what slots are over
// the level is priced out; what is left is a linear assignment problem of the items that are not settled. An item
// so small that its slot cannot reach the level counts as the biggest such. Valid for any prices ≥ 0.
import type { Assignment } from './assignment.ts';
import { ROUNDING_K } from './assignment.ts';
import { LinearAssignment } from './linear-assignment.ts';
import type { OpenPairs } from './open-pairs.ts';

/** Taken off for the arithmetic's rounding, as a share of all that is added up. */
const ROUNDING = 1e-13;

export class PricedMatching {
  /** J/K. */
  readonly prices: Float64Array;
  /** Slot of every item, and how far every slot is over the level with that, at least what counts, K. */
  readonly slotOf: Int32Array;
  readonly overK: Float64Array;
  /** Items that are not settled. */
  readonly items: Int32Array;
  itemCount = 0;
  /** Where a later evaluation begins, by slot. */
  readonly slotPrice: Float64Array;
  readonly #assignment: Assignment;
  readonly #levelK: number;
  readonly #moveJ: Float64Array;
  readonly #pairs: OpenPairs;
  readonly #slots: Int32Array;
  readonly #pull: Float64Array;
  readonly #cost: Float64Array;
  readonly #fixedW: Float64Array;
  readonly #powerW: Float64Array;
  readonly #fixedInK: Float64Array;
  readonly #rowLeast: Float64Array;
  #matching = new LinearAssignment(0);

  /** `moveJ`: [item · size + slot]. */
  constructor(assignment: Assignment, levelK: number, moveJ: Float64Array, pairs: OpenPairs) {
    const { size } = assignment;
    this.#assignment = assignment;
    this.#levelK = levelK;
    this.#moveJ = moveJ;
    this.#pairs = pairs;
    this.prices = new Float64Array(size);
    this.slotOf = new Int32Array(size);
    this.overK = new Float64Array(size);
    this.items = new Int32Array(size);
    this.slotPrice = new Float64Array(size);
    this.#slots = new Int32Array(size);
    this.#pull = new Float64Array(size);
    this.#cost = new Float64Array(size * size);
    this.#fixedW = new Float64Array(size);
    this.#powerW = new Float64Array(size);
    this.#fixedInK = new Float64Array(size);
    this.#rowLeast = new Float64Array(size);
  }

  /** Takes up what the pairs have left open, after they were narrowed. */
  set(): void {
    const { size, powerW, kPerW } = this.#assignment;
    const { open, slotsLeft } = this.#pairs;
    const isTaken = new Uint8Array(size);
    this.itemCount = 0;
    this.#fixedW.fill(0);
    for (let item = 0; item < size; item++) {
      if (slotsLeft[item]! > 1) {
        this.items[this.itemCount++] = item;
        continue;
      }
      let s = 0;
      while (open[item * size + s] === 0) s++;
      this.slotOf[item] = s;
      this.#fixedW[s] = powerW[item]!;
      isTaken[s] = 1;
    }
    let count = 0;
    for (let s = 0; s < size; s++) {
      if (isTaken[s] === 0) this.#slots[count++] = s;
      let heat = 0;
      for (let j = 0; j < size; j++) if (j !== s) heat += kPerW[s * size + j]! * this.#fixedW[j]!;
      this.#fixedInK[s] = heat;
    }
    if (this.#matching.size !== count) this.#matching = new LinearAssignment(count);
  }

  /** The bound at the prices, J; also sets where the items are and how far slots are over. */
  evaluate(): number {
    const { size } = this.#assignment;
    const { kPerW } = this.#assignment;
    const pull = this.#pull.fill(0);
    let [sum, weight] = [0, 0];
    for (let s = 0; s < size; s++) {
      const price = this.prices[s]!;
      if (price === 0) continue;
      for (let j = 0; j < size; j++) if (j !== s) pull[j]! += price * kPerW[s * size + j]!;
      sum -= price * (this.#levelK + ROUNDING_K);
      weight += price * Math.abs(this.#levelK);
    }
    for (let item = 0; item < size; item++) {
      if (this.#pairs.slotsLeft[item] !== 1) continue;
      const cost = this.#costOf(item, this.slotOf[item]!);
      sum += cost;
      weight += Math.abs(cost);
    }
    const most = this.#fillCosts();
    const count = this.itemCount;
    const { columnPrice } = this.#matching;
    for (let c = 0; c < count; c++) columnPrice[c] = this.slotPrice[this.#slots[c]!]!;
    sum += this.#matching.solve(this.#cost);
    for (let c = 0; c < count; c++) this.slotPrice[this.#slots[c]!] = columnPrice[c]!;
    for (let i = 0; i < count; i++) this.slotOf[this.items[i]!] = this.#slots[this.#matching.columnOf[i]!]!;
    this.#measure();
    return sum - ROUNDING * size * (weight + most);
  }

  /** By how much the last bound rises at least when items[i] goes to the slot; `each` gets item, slot and rise. */
  forEachRise(each: (item: number, slot: number, rise: number) => void): void {
    const { size } = this.#assignment;
    const { columnPrice } = this.#matching;
    const count = this.itemCount;
    for (let i = 0; i < count; i++) {
      let least = Infinity;
      for (let c = 0; c < count; c++) least = Math.min(least, this.#cost[i * count + c]! - columnPrice[c]!);
      this.#rowLeast[i] = least;
    }
    for (let i = 0; i < count; i++) {
      const item = this.items[i]!;
      for (let c = 0; c < count; c++) {
        const slot = this.#slots[c]!;
        if (this.#pairs.open[item * size + slot] === 0) continue;
        each(item, slot, this.#cost[i * count + c]! - columnPrice[c]! - this.#rowLeast[i]!);
      }
    }
  }

  #costOf(item: number, s: number): number {
    const { size, powerW, kPerW, roomK } = this.#assignment;
    const watts = powerW[item]!;
    const own = Math.max(kPerW[s * size + s]! * watts - roomK[s]!, this.#levelK - this.#pairs.highK[s]!);
    return this.#moveJ[item * size + s]! + watts * this.#pull[s]! + this.prices[s]! * own;
  }

  /** Pairs that may not be cost more than all others together. Returns about what all costs add up to at most. */
  #fillCosts(): number {
    const { size } = this.#assignment;
    const { open } = this.#pairs;
    const cost = this.#cost;
    const count = this.itemCount;
    let most = 1;
    for (let i = 0, at = 0; i < count; i++) {
      const item = this.items[i]!;
      let dearest = 0;
      for (let c = 0; c < count; c++, at++) {
        const slot = this.#slots[c]!;
        if (open[item * size + slot] === 0) continue;
        const value = this.#costOf(item, slot);
        cost[at] = value;
        if (Math.abs(value) > dearest) dearest = Math.abs(value);
      }
      most += dearest;
    }
    const forbidden = 4 * most;
    for (let i = 0, at = 0; i < count; i++) {
      const from = this.items[i]! * size;
      for (let c = 0; c < count; c++, at++) if (open[from + this.#slots[c]!] === 0) cost[at] = forbidden;
    }
    return forbidden;
  }

  #measure(): void {
    const { size, kPerW, roomK, powerW } = this.#assignment;
    const power = this.#powerW.fill(0);
    const count = this.itemCount;
    for (let i = 0; i < count; i++) power[this.slotOf[this.items[i]!]!] = powerW[this.items[i]!]!;
    for (let s = 0; s < size; s++) {
      const watts = power[s]! + this.#fixedW[s]!;
      let sum = Math.max(kPerW[s * size + s]! * watts - roomK[s]!, this.#levelK - this.#pairs.highK[s]!);
      sum += this.#fixedInK[s]!;
      for (let c = 0; c < count; c++) {
        const j = this.#slots[c]!;
        if (j !== s) sum += kPerW[s * size + j]! * power[j]!;
      }
      this.overK[s] = sum - this.#levelK;
    }
  }
}
