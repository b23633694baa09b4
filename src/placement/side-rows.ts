// What binds units together beside the temperatures: power caps, capacities, the budget of moves; as rows
// Σ use ≤ limit, for each slot and column (power first, then the resources), and one more for the moves.
import { movesTo } from './placement.ts';
import type { Problem } from './problem.ts';

export class SideRows {
  /** Rows of the slots, [slot · columns + column], and the budget's last. */
  readonly count: number;
  readonly #slotCount: number;
  readonly #columns: number;
  /** What a unit uses of a column, [unit · columns + column]. */
  readonly #use: Float64Array;
  readonly #moves: Float64Array | null;
  readonly #limit: Float64Array;
  /** Of the limits, what is used by units that are settled. */
  readonly #settled: Float64Array;
  readonly #used: Float64Array;

  constructor(problem: Problem) {
    const { units, slotCount, resources, maxMoves } = problem;
    const all = [
      {
        use: units.map((unit) => unit.powerW),
        limit: problem.powerCapW.map((capW, s) => capW - problem.idlePowerW[s]!),
      },
      ...resources.map((_, r) => ({
        use: units.map((unit) => unit.demand[r]!),
        limit: problem.powerCapW.map((_cap, s) => problem.capacity[s * resources.length + r]!),
      })),
    ];
    const columns = all.filter(({ use, limit }) => limit.some((most, s) => most < mostInto(problem, use, s)));
    this.#slotCount = slotCount;
    this.#columns = columns.length;
    this.#use = Float64Array.from(units.flatMap((_, u) => columns.map(({ use }) => use[u]!)));
    this.#moves = maxMoves === Infinity ? null : movesOf(problem);
    this.count = slotCount * columns.length + (this.#moves === null ? 0 : 1);
    this.#limit = new Float64Array(this.count);
    for (let s = 0; s < slotCount; s++) {
      // a row that cannot bind is as good as one whose limit is what could come at most
      columns.forEach(({ use, limit }, c) => {
        this.#limit[s * columns.length + c] = Math.min(limit[s]!, mostInto(problem, use, s));
      });
    }
    if (this.#moves !== null) this.#limit[this.count - 1] = maxMoves;
    this.#settled = new Float64Array(this.count);
    this.#used = new Float64Array(this.count);
  }

  clear(): void {
    this.#settled.fill(0);
  }

  /** Counts a unit that is in its slot for good. */
  settle(u: number, slot: number): void {
    this.#add(this.#settled, u, slot);
  }

  /** What is left of the limits, at their prices, which follow those of the slots. */
  worth(price: Float64Array): number {
    let sum = 0;
    for (let r = 0; r < this.count; r++) sum += price[this.#slotCount + r]! * (this.#limit[r]! - this.#settled[r]!);
    return sum;
  }

  /** The units' own costs with what they use at the rows' prices. */
  addPrices(costJ: Float64Array, price: Float64Array, into: Float64Array): void {
    const slots = this.#slotCount;
    const columns = this.#columns;
    for (let i = 0; i < into.length; i++) into[i] = costJ[i]!;
    for (let r = 0; r < slots * columns; r++) {
      const each = price[slots + r]!;
      if (each === 0) continue;
      const s = Math.floor(r / columns);
      for (let at = s, use = r % columns; at < into.length; at += slots, use += columns) {
        into[at]! += each * this.#use[use]!;
      }
    }
    const each = this.#moves === null ? 0 : price[price.length - 1]!;
    if (each > 0) for (let i = 0; i < into.length; i++) into[i]! += each * this.#moves![i]!;
  }

  /** Adds what is used beyond the limits when the free units are where they are chosen to be. */
  addExcess(weight: number, free: Int32Array, count: number, chosen: Int32Array, gradient: Float64Array): void {
    if (this.count === 0) return;
    const used = this.#used;
    for (let r = 0; r < used.length; r++) used[r] = this.#settled[r]!;
    for (let i = 0; i < count; i++) this.#add(used, free[i]!, chosen[i]!);
    for (let r = 0; r < used.length; r++) gradient[this.#slotCount + r]! += weight * (used[r]! - this.#limit[r]!);
  }

  #add(into: Float64Array, u: number, slot: number): void {
    const columns = this.#columns;
    for (let c = 0; c < columns; c++) into[slot * columns + c]! += this.#use[u * columns + c]!;
    if (this.#moves !== null) into[this.count - 1]! += this.#moves[u * this.#slotCount + slot]!;
  }
}

function mostInto({ units }: Problem, use: readonly number[], slot: number): number {
  return units.reduce((sum, unit, u) => sum + (unit.allowed.includes(slot) ? use[u]! : 0), 0);
}

function movesOf(problem: Problem): Float64Array {
  const moves = new Float64Array(problem.units.length * problem.slotCount);
  problem.units.forEach((unit, u) => {
    for (const slot of unit.allowed) moves[u * problem.slotCount + slot] = movesTo(problem, unit, slot);
  });
  return moves;
}
