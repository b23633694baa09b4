// Which items may be in which slots, in a part of the assignments; and what that leaves of every slot's temperature. Pairs
// that cannot be, beside what is settled, are closed: an item with one slot left has it for itself, a slot with one
// item left keeps it, and nothing comes to where its heat would take some slot over the level even with the least in
// all the others.
import type { Ranges } from './assignment-ranges.ts';
import { ROUNDING_K, type Assignment } from './assignment.ts';

const ROUNDS = 4;

export class OpenPairs {
  /** [item · size + slot]. */
  readonly open: Uint8Array;
  /** Rise of every inlet that the items in the other slots can cause at most, K. */
  readonly highK: Float64Array;
  /** Slots left of every item, and items left of every slot. */
  readonly slotsLeft: Int32Array;
  readonly #itemsLeft: Int32Array;
  readonly #assignment: Assignment;
  readonly #levelK: number;
  readonly #ceilingHighK: Float64Array;
  readonly #leastW: Float64Array;
  readonly #mostW: Float64Array;
  readonly #capW: Float64Array;

  /** `ranges`: of all assignments that keep the level. */
  constructor(assignment: Assignment, levelK: number, { low, high }: Ranges) {
    const { size, powerW, kPerW, roomK } = assignment;
    this.#assignment = assignment;
    this.#levelK = levelK;
    this.#ceilingHighK = high;
    this.open = assignment.open.slice();
    this.highK = high.slice();
    for (let item = 0, pair = 0; item < size; item++) {
      for (let s = 0; s < size; s++, pair++) {
        const leastK = kPerW[s * size + s]! * powerW[item]! + low[s]! - roomK[s]!;
        if (leastK > levelK + ROUNDING_K) this.open[pair] = 0;
      }
    }
    this.slotsLeft = new Int32Array(size);
    this.#itemsLeft = new Int32Array(size);
    this.#leastW = new Float64Array(size);
    this.#mostW = new Float64Array(size);
    this.#capW = new Float64Array(size);
  }

  /** Words of a packed set of pairs. */
  get words(): number {
    return Math.ceil(this.open.length / 32);
  }

  pack(): Uint32Array {
    const bits = new Uint32Array(this.words);
    for (let pair = 0; pair < this.open.length; pair++)
      if (this.open[pair] === 1) bits[pair >>> 5]! |= 1 << (pair & 31);
    return bits;
  }

  unpack(bits: Uint32Array): void {
    for (let pair = 0; pair < this.open.length; pair++) this.open[pair] = (bits[pair >>> 5]! >>> (pair & 31)) & 1;
  }

  /** Leaves the item only that slot. */
  settle(item: number, slot: number): void {
    const { size } = this.#assignment;
    this.open.fill(0, item * size, (item + 1) * size);
    this.open[item * size + slot] = 1;
  }

  close(item: number, slot: number): void {
    this.open[item * this.#assignment.size + slot] = 0;
  }

  /** False when nothing is left. */
  narrow(): boolean {
    for (let round = 0, isChanged = true; isChanged && round < ROUNDS; round++) {
      if (!this.#closeTaken()) return false;
      this.#setPowers();
      const closed = this.#closeHot();
      if (closed < 0) return false;
      isChanged = closed > 0;
    }
    if (!this.#closeTaken()) return false;
    this.#setPowers();
    this.#setHigh();
    return true;
  }

  /** Till nothing is settled any more. */
  #closeTaken(): boolean {
    const { size } = this.#assignment;
    const { open, slotsLeft } = this;
    const itemsLeft = this.#itemsLeft;
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      itemsLeft.fill(0);
      for (let item = 0, pair = 0; item < size; item++) {
        let [count, only] = [0, -1];
        for (let s = 0; s < size; s++, pair++) {
          if (open[pair] === 0) continue;
          count++;
          only = s;
          itemsLeft[s]!++;
        }
        slotsLeft[item] = count;
        if (count === 0) return false;
        if (count > 1) continue;
        for (let other = 0; other < size; other++) {
          if (other === item || open[other * size + only] === 0) continue;
          open[other * size + only] = 0;
          isChanged = true;
        }
      }
      for (let s = 0; s < size && !isChanged; s++) {
        if (itemsLeft[s] === 0) return false;
        if (itemsLeft[s]! > 1) continue;
        let item = 0;
        while (open[item * size + s] === 0) item++;
        if (slotsLeft[item] === 1) continue;
        this.settle(item, s);
        isChanged = true;
      }
    }
    return true;
  }

  #setPowers(): void {
    const { size, powerW } = this.#assignment;
    const [least, most] = [this.#leastW.fill(Infinity), this.#mostW.fill(0)];
    for (let item = 0, pair = 0; item < size; item++) {
      const watts = powerW[item]!;
      for (let s = 0; s < size; s++, pair++) {
        if (this.open[pair] === 0) continue;
        if (watts < least[s]!) least[s] = watts;
        if (watts > most[s]!) most[s] = watts;
      }
    }
  }

  /** How many pairs are too hot beside the least of all the others; −1 when even that is too much. */
  #closeHot(): number {
    const { size, kPerW, roomK, powerW } = this.#assignment;
    const [least, cap] = [this.#leastW, this.#capW.fill(Infinity)];
    for (let s = 0; s < size; s++) {
      let slackK = roomK[s]! + this.#levelK + ROUNDING_K;
      for (let j = 0; j < size; j++) slackK -= kPerW[s * size + j]! * least[j]!;
      if (slackK < 0) return -1;
      for (let j = 0; j < size; j++) {
        const k = kPerW[s * size + j]!;
        if (k > 0 && least[j]! + slackK / k < cap[j]!) cap[j] = least[j]! + slackK / k;
      }
    }
    let closed = 0;
    for (let item = 0, pair = 0; item < size; item++) {
      for (let s = 0; s < size; s++, pair++) {
        if (this.open[pair] === 0 || powerW[item]! <= cap[s]!) continue;
        this.open[pair] = 0;
        closed++;
      }
    }
    return closed;
  }

  #setHigh(): void {
    const { size, kPerW } = this.#assignment;
    for (let s = 0; s < size; s++) {
      let high = ROUNDING_K;
      for (let j = 0; j < size; j++) if (j !== s) high += kPerW[s * size + j]! * this.#mostW[j]!;
      this.highK[s] = Math.min(high, this.#ceilingHighK[s]!);
    }
  }
}
