// Annealing of an assignment: two slots swap their items, one of which may be nothing. Whatever a slot is over a mark
// counts squared, moves count what they cost; what a swap changes of all temperatures is two columns of the matrix.
import type { Random } from '../core/random.ts';
import { excessInto, itemsOf, type Assignment } from './assignment.ts';
import { moveCostTo, type Placement } from './placement.ts';

export interface AnnealRound {
  readonly proposals: number;
  /** Excess above this counts, K. */
  readonly markK: number;
  /** Heat at the beginning and the end, K². */
  readonly hot: number;
  readonly cold: number;
  /** What a J of moves weighs, K²/J. */
  readonly perMoveJ: number;
  /** Slots by price that a swap may reach at the end of the round, as a share of all; half of them at the beginning. */
  readonly nearest: number;
  /** Prices of the slots' rooms: swaps are tried mostly between slots whose heat costs nearly the same. */
  readonly prices: Float64Array;
}

/** Proposals between two looks at the clock. */
const STRIDE = 1024;
/** Of the proposals: those that bring a unit home, where moves cost. */
const HOMEWARD = 0.3;

export class AssignmentAnnealer {
  readonly #assignment: Assignment;
  readonly #random: Random;
  /** [heating slot · size + heated row]; rows with the highest prices first, so that bad swaps are seen early. */
  readonly #columns: Float64Array;
  readonly #moveJ: Float64Array;
  readonly #home: Int32Array;
  readonly #items: Int32Array;
  readonly #slotOf: Int32Array;
  readonly #excess: Float64Array;
  readonly #rows: Int32Array;
  readonly #byPrice: Int32Array;
  readonly #rank: Int32Array;
  #energy = 0;
  #movesJ = 0;

  constructor(assignment: Assignment, random: Random) {
    const { size, problem } = assignment;
    this.#assignment = assignment;
    this.#random = random;
    this.#columns = new Float64Array(size * size);
    this.#moveJ = new Float64Array(size * size);
    this.#home = new Int32Array(size).fill(-1);
    problem.units.forEach((unit, u) => {
      this.#home[u] = unit.home;
      for (let s = 0; s < size; s++) this.#moveJ[u * size + s] = moveCostTo(problem, unit, s);
    });
    this.#items = new Int32Array(size);
    this.#slotOf = new Int32Array(size);
    this.#excess = new Float64Array(size);
    this.#rows = new Int32Array(size);
    this.#byPrice = new Int32Array(size);
    this.#rank = new Int32Array(size);
  }

  /**
   * Anneals from the placement. `found` gets the items of every slot and the worst excess whenever that is under
   * `belowK`, which it may lower; with moves that cost, whenever it is under `belowK` and they cost less than before.
   */
  run(from: Placement, round: AnnealRound, found: Found, isOver: () => boolean): void {
    this.#begin(from, round);
    const cooling = (round.cold / round.hot) ** (1 / round.proposals);
    const { size } = this.#assignment;
    let heat = round.hot;
    this.#report(round, found);
    for (let i = 0; i < round.proposals; i++) {
      if (i % STRIDE === STRIDE - 1 && isOver()) return;
      heat *= cooling;
      const reach = Math.max(2, Math.round(size * (0.5 + (round.nearest - 0.5) * (i / round.proposals))));
      if (this.#propose(round, heat, reach)) this.#report(round, found);
    }
  }

  #begin(from: Placement, { markK, prices, perMoveJ }: AnnealRound): void {
    const { size, kPerW } = this.#assignment;
    const rows = Array.from({ length: size }, (_, s) => s).toSorted((a, b) => prices[b]! - prices[a]!);
    this.#rows.set(rows);
    const pull = new Float64Array(size);
    rows.forEach((s, row) => {
      for (let j = 0; j < size; j++) {
        this.#columns[j * size + row] = kPerW[s * size + j]!;
        pull[j]! += prices[s]! * kPerW[s * size + j]!;
      }
    });
    this.#byPrice.set(Array.from({ length: size }, (_, s) => s).toSorted((a, b) => pull[a]! - pull[b]!));
    this.#byPrice.forEach((s, i) => (this.#rank[s] = i));
    this.#items.set(itemsOf(this.#assignment, from.at));
    this.#items.forEach((item, s) => (this.#slotOf[item] = s));
    const excess = new Float64Array(size);
    excessInto(this.#assignment, this.#items, excess);
    rows.forEach((s, row) => (this.#excess[row] = excess[s]!));
    this.#movesJ = from.movesJ;
    this.#energy = perMoveJ * from.movesJ;
    for (const value of excess) if (value > markK) this.#energy += (value - markK) ** 2;
  }

  #propose({ markK, perMoveJ }: AnnealRound, heat: number, reach: number): boolean {
    const { size, powerW, open, isFree } = this.#assignment;
    const random = this.#random;
    const items = this.#items;
    let a = random.int(size);
    let b: number;
    if (perMoveJ > 0 && random.next() < HOMEWARD) {
      b = this.#home[items[a]!]!;
      if (b < 0 || b === a) return false;
    } else {
      const place = this.#rank[a]! + 1 + random.int(reach);
      if (place >= size) return false;
      b = this.#byPrice[place]!;
    }
    const [u, v] = [items[a]!, items[b]!];
    const shiftW = powerW[u]! - powerW[v]!;
    if (shiftW === 0 && perMoveJ === 0) return false;
    if (!isFree && (open[u * size + b] === 0 || open[v * size + a] === 0)) return false;
    const extraJ =
      this.#moveJ[u * size + b]! + this.#moveJ[v * size + a]! - this.#moveJ[u * size + a]! - this.#moveJ[v * size + b]!;
    const most = this.#energy - heat * Math.log(1 - random.next());
    let energy = perMoveJ * (this.#movesJ + extraJ);
    const excess = this.#excess;
    const columns = this.#columns;
    const [from, to] = [a * size, b * size];
    for (let row = 0; row < size; row++) {
      const over = excess[row]! + shiftW * (columns[to + row]! - columns[from + row]!) - markK;
      if (over <= 0) continue;
      energy += over * over;
      if (energy > most) return false;
    }
    if (energy > most) return false;
    for (let row = 0; row < size; row++) excess[row]! += shiftW * (columns[to + row]! - columns[from + row]!);
    items[a] = v;
    items[b] = u;
    this.#slotOf[u] = b;
    this.#slotOf[v] = a;
    this.#energy = energy;
    this.#movesJ += extraJ;
    return true;
  }

  #report({ perMoveJ }: AnnealRound, found: Found): void {
    if (perMoveJ > 0 && this.#movesJ >= found.movesJ) return;
    let worst = -Infinity;
    for (let row = 0; row < this.#excess.length; row++) {
      worst = Math.max(worst, this.#excess[row]!);
      if (worst >= found.belowK) return;
    }
    found.movesJ = this.#movesJ;
    if (perMoveJ === 0) found.belowK = worst;
    found.items = this.#items.slice();
  }
}

/** The best so far. */
export interface Found {
  belowK: number;
  movesJ: number;
  items: Int32Array | null;
}
