// Which units are in which slot, and which are away from home: to draw one of them at once, however many there are.
import type { Random } from '../core/random.ts';
import { NOWHERE } from './placement.ts';
import type { Problem } from './problem.ts';

export class Residents {
  readonly #home: Int32Array;
  readonly #inSlot: number[][];
  /** Place of every unit in the list of its slot, and in the list of those away. */
  readonly #rank: Int32Array;
  readonly #away: number[] = [];
  readonly #awayRank: Int32Array;

  /** Of the given units only. */
  constructor(problem: Problem, units: Int32Array, at: Int32Array) {
    this.#home = Int32Array.from(problem.units, (unit) => unit.home);
    this.#inSlot = Array.from({ length: problem.slotCount }, () => []);
    this.#rank = new Int32Array(problem.units.length);
    this.#awayRank = new Int32Array(problem.units.length).fill(NOWHERE);
    for (const u of units) this.#enter(u, at[u]!);
  }

  move(u: number, from: number, to: number): void {
    const list = this.#inSlot[from]!;
    const last = list.pop()!;
    if (last !== u) {
      list[this.#rank[u]!] = last;
      this.#rank[last] = this.#rank[u]!;
    }
    this.#enter(u, to);
  }

  /** One of those in the slot, or NOWHERE. */
  anyIn(slot: number, random: Random): number {
    const list = this.#inSlot[slot]!;
    return list.length === 0 ? NOWHERE : list[random.int(list.length)]!;
  }

  /** One of those that are not at home, or NOWHERE. */
  anyAway(random: Random): number {
    return this.#away.length === 0 ? NOWHERE : this.#away[random.int(this.#away.length)]!;
  }

  #enter(u: number, slot: number): void {
    this.#rank[u] = this.#inSlot[slot]!.push(u) - 1;
    const rank = this.#awayRank[u]!;
    if (slot !== this.#home[u] && rank < 0) this.#awayRank[u] = this.#away.push(u) - 1;
    else if (slot === this.#home[u] && rank >= 0) {
      const last = this.#away.pop()!;
      if (last !== u) {
        this.#away[rank] = last;
        this.#awayRank[last] = rank;
      }
      this.#awayRank[u] = NOWHERE;
    }
  }
}
