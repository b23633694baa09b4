// Where the units of a part would go one by one: each to the slot that costs it least at the present prices. Slots that
// cannot take so much are relieved at the least cost there is for it (the bound of Ross & Soland, A branch and bound
// algorithm for the generalized assignment problem, 1975).
import { Cover } from './cover.ts';
import { moveCostTo } from './placement.ts';
import type { Problem } from './problem.ts';
import type { SideRows } from './side-rows.ts';
import type { BoundGoal } from './tangents.ts';

export class UnitChoices {
  /** Units with more than one slot to go to, the first `freeCount`. */
  readonly free: Int32Array;
  freeCount = 0;
  readonly #slotCount: number;
  readonly #points: number;
  readonly #unitW: Float64Array;
  /** What a unit costs in a slot by itself, and with its use of the side rows, [unit · slots + slot]. */
  readonly #costJ: Float64Array;
  readonly #own: Float64Array;
  /** Slots that free[i] may be in, from openStart[i] on. */
  readonly #open: Int32Array;
  readonly #openStart: Int32Array;
  #roomW: Float64Array;
  /** By point: slot of free[i] after the relief, before it, what it costs there, and what the next best costs more. */
  readonly #chosen: readonly Int32Array[];
  readonly #home: readonly Int32Array[];
  readonly #least: readonly Float64Array[];
  readonly #leaving: readonly Float64Array[];
  readonly #next: Int32Array;
  /** What it costs to keep within the room of a slot, by point. */
  readonly #relief: readonly Float64Array[];
  readonly #loadW: Float64Array;
  readonly #cover: Cover;

  constructor(problem: Problem, goal: BoundGoal, points: number) {
    const { slotCount, units } = problem;
    const each = () => Array.from({ length: points }, () => new Float64Array(units.length));
    this.#slotCount = slotCount;
    this.#points = points;
    this.free = new Int32Array(units.length);
    this.#unitW = Float64Array.from(units, (unit) => unit.powerW);
    this.#costJ = new Float64Array(units.length * slotCount);
    if (goal === 'cost') {
      units.forEach((unit, u) => {
        for (const s of unit.allowed) this.#costJ[u * slotCount + s] = moveCostTo(problem, unit, s);
      });
    }
    this.#own = this.#costJ.slice();
    this.#open = new Int32Array(units.length * slotCount);
    this.#openStart = new Int32Array(units.length + 1);
    this.#roomW = new Float64Array(slotCount).fill(Infinity);
    this.#chosen = each().map((values) => Int32Array.from(values));
    this.#home = each().map((values) => Int32Array.from(values));
    this.#least = each();
    this.#leaving = each();
    this.#next = new Int32Array(units.length);
    this.#relief = Array.from({ length: points }, () => new Float64Array(slotCount));
    this.#loadW = new Float64Array(slotCount);
    this.#cover = new Cover(units.length);
  }

  /** Takes up domains; units with one slot are settled: their watts are added to `fixedW`. What they cost, J. */
  set(domain: Uint32Array, roomW: Float64Array, rows: SideRows, fixedW: Float64Array): number {
    this.#roomW = roomW;
    this.freeCount = 0;
    rows.clear();
    let fixedJ = 0;
    let open = 0;
    for (let u = 0; u < domain.length; u++) {
      const slots = domain[u]!;
      if ((slots & (slots - 1)) === 0) {
        const s = 31 - Math.clz32(slots);
        fixedW[s]! += this.#unitW[u]!;
        fixedJ += this.#costJ[u * this.#slotCount + s]!;
        rows.settle(u, s);
        continue;
      }
      this.#openStart[this.freeCount] = open;
      this.free[this.freeCount++] = u;
      for (let s = 0; s < this.#slotCount; s++) if ((slots >>> s) & 1) this.#open[open++] = s;
    }
    this.#openStart[this.freeCount] = open;
    return fixedJ;
  }

  setPrices(rows: SideRows, price: Float64Array): void {
    rows.addPrices(this.#costJ, price, this.#own);
  }

  /** Adds the free units' watts where they are chosen to be at a point. */
  addLoad(point: number, powerW: Float64Array): void {
    const chosen = this.#chosen[point]!;
    for (let i = 0; i < this.freeCount; i++) powerW[chosen[i]!]! += this.#unitW[this.free[i]!]!;
  }

  addExcess(point: number, weight: number, rows: SideRows, gradient: Float64Array): void {
    rows.addExcess(weight, this.free, this.freeCount, this.#chosen[point]!, gradient);
  }

  /** How much more all cost at least when unit free[i] goes to a slot it may, at a point. `heat`: J per W. */
  over(i: number, slot: number, point: number, heat: Float64Array): number {
    const home = this.#home[point]![i]!;
    if (home === slot) return 0;
    const u = this.free[i]!;
    const cost = this.#own[u * this.#slotCount + slot]! + this.#unitW[u]! * heat[slot * this.#points + point]!;
    // it may be one of those that relieve its slot already
    const relief = Math.min(this.#relief[point]![home]!, this.#leaving[point]![i]!);
    return cost - this.#least[point]![i]! - relief;
  }

  /** Every free unit where it is cheapest at a point; what they cost at least, J. `heat`: J per W. */
  place(point: number, heat: Float64Array): number {
    const slotCount = this.#slotCount;
    const points = this.#points;
    const chosen = this.#chosen[point]!;
    const home = this.#home[point]!;
    const leasts = this.#least[point]!;
    const leaving = this.#leaving[point]!;
    const load = this.#loadW.fill(0);
    let sum = 0;
    for (let i = 0; i < this.freeCount; i++) {
      const u = this.free[i]!;
      const watts = this.#unitW[u]!;
      const own = u * slotCount;
      const end = this.#openStart[i + 1]!;
      let least = Infinity;
      let second = Infinity;
      let slot = 0;
      let next = 0;
      for (let at = this.#openStart[i]!; at < end; at++) {
        const s = this.#open[at]!;
        const cost = this.#own[own + s]! + watts * heat[s * points + point]!;
        if (cost < least) {
          second = least;
          next = slot;
          least = cost;
          slot = s;
        } else if (cost < second) {
          second = cost;
          next = s;
        }
      }
      chosen[i] = slot;
      home[i] = slot;
      leasts[i] = least;
      leaving[i] = second - least;
      this.#next[i] = next;
      load[slot]! += watts;
      sum += least;
    }
    return sum + this.#relieve(point);
  }

  /** What it costs at least to keep every slot within its room, by moving units to where they are next cheapest. */
  #relieve(point: number): number {
    const chosen = this.#chosen[point]!;
    const home = this.#home[point]!;
    const relief = this.#relief[point]!;
    const roomW = this.#roomW;
    let sum = 0;
    for (let s = 0; s < relief.length; s++) {
      relief[s] = 0;
      const excessW = this.#loadW[s]! - roomW[s]!;
      if (excessW <= 1e-9 * this.#loadW[s]!) continue;
      const cover = this.#cover;
      cover.clear();
      for (let i = 0; i < this.freeCount; i++) {
        if (home[i] === s) cover.add(i, this.#unitW[this.free[i]!]!, this.#leaving[point]![i]!);
      }
      relief[s] = cover.solve(excessW * (1 - 1e-9));
      if (relief[s] === Infinity) continue;
      sum += relief[s]!;
      cover.forEachTaken((i) => (chosen[i] = this.#next[i]!));
    }
    return sum;
  }
}
