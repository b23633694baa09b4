// Exact search of assignments with given speeds, by branch and bound: units by falling power, each into the slots still
// free. What a part of an assignment leads to at least: in every slot that is taken, the heat it has and the least that
// the rest can bring it, the most powerful to where it does least; and the relaxation's prices over all slots at once.
import { placementOf, ROUNDING_K, type Assignment } from './assignment.ts';
import type { Incumbent } from './objective.ts';
import { moveCostTo } from './placement.ts';

const CLOCK_STRIDE = 256;
/** That nothing is better by so much of the overshoot is proven, one after another. */
const SHARES = [0.008, 0.003, 0] as const;

export interface ExactLimits {
  readonly nodes: number;
  readonly isOver: () => boolean;
}

export interface Proof {
  /** `best` is the optimum. */
  readonly isOptimal: boolean;
  /** No assignment leaves less overshoot than this, K; −Infinity when nothing was proven. */
  readonly boundK: number;
}

/**
 * Makes `best` the proven optimum if it can within the limits, `prices` (≥ 0, adding up to 1) helping; it is never worse
 * afterwards. That nothing is better by much is proven first. For problems in which nothing but moves costs.
 */
export function searchAssignments(
  assignment: Assignment,
  prices: Float64Array,
  best: Incumbent,
  limits: ExactLimits,
): Proof {
  const branch = new Branch(assignment, prices, best, limits);
  let boundK = -Infinity;
  for (const share of SHARES) {
    if (!branch.leastOvershoot(share)) return { isOptimal: false, boundK };
    boundK = best.leastK * (1 - share) - ROUNDING_K;
  }
  return { isOptimal: branch.leastMoves(), boundK };
}

class Branch {
  readonly #assignment: Assignment;
  readonly #best: Incumbent;
  readonly #limits: ExactLimits;
  readonly #order: Int32Array;
  /** The same in every way that matters as the unit before it in the order: then only rising slots are tried. */
  readonly #isSameHeat: Uint8Array;
  readonly #isSame: Uint8Array;
  readonly #moveJ: Float64Array;
  /** Moves' cost that the units from a depth on cannot avoid. */
  readonly #unavoidableJ: Float64Array;
  /** Slots by falling effect on a slot's temperature, [slot · size + rank]; the last row is about the prices' sum. */
  readonly #heaters: Int32Array;
  readonly #effect: Float64Array;
  readonly #weights: Float64Array;
  /** Item of every slot; −1 where it is free. */
  readonly #items: Int32Array;
  /** By row, of what is placed; the last row is the prices' sum. */
  readonly #excess: Float64Array;
  #limitK = 0;
  #share = 0;
  #nodes = 0;
  #isMovesPhase = false;

  constructor(assignment: Assignment, prices: Float64Array, best: Incumbent, limits: ExactLimits) {
    const { size, problem, powerW, kPerW, roomK } = assignment;
    this.#assignment = assignment;
    this.#best = best;
    this.#limits = limits;
    this.#order = Int32Array.from(problem.units.keys()).toSorted((a, b) => powerW[b]! - powerW[a]! || a - b);
    const units = this.#order.length;
    this.#moveJ = new Float64Array(units * size);
    this.#unavoidableJ = new Float64Array(units + 1);
    for (let depth = units - 1; depth >= 0; depth--) {
      const u = this.#order[depth]!;
      let least = Infinity;
      for (let s = 0; s < size; s++) {
        const costJ = moveCostTo(problem, problem.units[u]!, s);
        this.#moveJ[depth * size + s] = costJ;
        if (this.#isOpen(u, s)) least = Math.min(least, costJ);
      }
      this.#unavoidableJ[depth] = this.#unavoidableJ[depth + 1]! + least;
    }
    this.#isSameHeat = new Uint8Array(units);
    this.#isSame = new Uint8Array(units);
    for (let depth = 1; depth < units; depth++) {
      if (powerW[this.#order[depth]!] !== powerW[this.#order[depth - 1]!] || !this.#haveSameSlots(depth)) continue;
      this.#isSameHeat[depth] = 1;
      let same = 1;
      for (let s = 0; s < size; s++) {
        if (this.#moveJ[depth * size + s] !== this.#moveJ[(depth - 1) * size + s]) same = 0;
      }
      this.#isSame[depth] = same;
    }
    const rows = size + 1;
    this.#effect = new Float64Array(rows * size);
    this.#effect.set(kPerW);
    this.#excess = new Float64Array(rows);
    for (let s = 0; s < size; s++) {
      this.#excess[s] = -roomK[s]!;
      this.#excess[size]! -= prices[s]! * roomK[s]!;
      for (let j = 0; j < size; j++) this.#effect[size * size + j]! += prices[s]! * kPerW[s * size + j]!;
    }
    this.#heaters = new Int32Array(rows * size);
    for (let row = 0; row < rows; row++) {
      const effect = (j: number) => this.#effect[row * size + j]!;
      this.#heaters.set(
        Array.from({ length: size }, (_, j) => j).toSorted((a, b) => effect(a) - effect(b)),
        row * size,
      );
    }
    this.#weights = Float64Array.from(this.#order, (u) => powerW[u]!);
    this.#items = new Int32Array(size).fill(-1);
  }

  /** Of so much less than that of the best, and of every one that is found on the way. */
  leastOvershoot(share: number): boolean {
    this.#isMovesPhase = false;
    this.#share = share;
    if (this.#best.leastK === 0) return true;
    this.#setLimit();
    return this.#descend(0, 0);
  }

  #setLimit(): void {
    this.#limitK = this.#best.leastK * (1 - this.#share) - ROUNDING_K;
  }

  leastMoves(): boolean {
    this.#isMovesPhase = true;
    this.#limitK = this.#best.levelK + ROUNDING_K;
    return this.#descend(0, 0);
  }

  #isOpen(u: number, slot: number): boolean {
    return this.#assignment.open[u * this.#assignment.size + slot] === 1;
  }

  #haveSameSlots(depth: number): boolean {
    const [u, v] = [this.#order[depth]!, this.#order[depth - 1]!];
    for (let s = 0; s < this.#assignment.size; s++) if (this.#isOpen(u, s) !== this.#isOpen(v, s)) return false;
    return true;
  }

  /** False when a limit was reached. */
  #descend(depth: number, movesJ: number): boolean {
    const { size } = this.#assignment;
    if (depth === this.#order.length) {
      this.#leaf();
      return true;
    }
    const u = this.#order[depth]!;
    const powerW = this.#weights[depth]!;
    const isSame = this.#isMovesPhase ? this.#isSame : this.#isSameHeat;
    const after = isSame[depth] === 1 ? this.#items.indexOf(this.#order[depth - 1]!) : -1;
    let alike = 0; // those that come after this one in rising slots
    while (isSame[depth + alike + 1] === 1) alike++;
    let free = 0;
    for (let s = after + 1; s < size; s++) if (this.#items[s] === -1 && this.#isOpen(u, s)) free++;
    for (let s = after + 1; s < size && free > alike; s++) {
      if (this.#items[s] !== -1 || !this.#isOpen(u, s)) continue;
      free--;
      if (++this.#nodes > this.#limits.nodes) return false;
      if (this.#nodes % CLOCK_STRIDE === 0 && this.#limits.isOver()) return false;
      const nextJ = movesJ + this.#moveJ[depth * size + s]!;
      if (this.#isMovesPhase && this.#isTooDear(nextJ + this.#unavoidableJ[depth + 1]!)) continue;
      this.#heat(s, powerW);
      this.#items[s] = u;
      const isDone = !this.#isPromising(depth + 1) || this.#descend(depth + 1, nextJ);
      this.#items[s] = -1;
      this.#heat(s, -powerW);
      if (!isDone) return false;
    }
    return true;
  }

  #isTooDear(movesJ: number): boolean {
    const { model, instance } = this.#assignment.problem;
    const moversW = model.fixedRatio.reduce(
      (sum, n, m) => sum + model.idlePowerW[m]! + model.maxPowerW[m]! * n ** 3,
      0,
    );
    const costJ = moversW * instance.horizonS + movesJ;
    return costJ >= this.#best.costJ - 1e-9 * Math.abs(this.#best.costJ);
  }

  #heat(slot: number, powerW: number): void {
    const { size } = this.#assignment;
    for (let row = 0; row <= size; row++) this.#excess[row]! += this.#effect[row * size + slot]! * powerW;
  }

  /** Whether what is placed may still end under the limit. */
  #isPromising(depth: number): boolean {
    const { size } = this.#assignment;
    if (this.#least(size, depth) > this.#limitK) return false;
    for (let s = 0; s < size; s++) if (this.#items[s] !== -1 && this.#least(s, depth) > this.#limitK) return false;
    return true;
  }

  /** The least that a row comes to when the rest is placed: the most powerful where it heats least. */
  #least(row: number, depth: number): number {
    const { size } = this.#assignment;
    let sum = this.#excess[row]!;
    for (let rank = 0, next = depth; next < this.#weights.length; rank++) {
      const j = this.#heaters[row * size + rank]!;
      if (this.#items[j] === -1) sum += this.#effect[row * size + j]! * this.#weights[next++]!;
    }
    return sum;
  }

  #leaf(): void {
    const { size, problem } = this.#assignment;
    for (let s = 0; s < size; s++) if (this.#excess[s]! > this.#limitK) return;
    const items = this.#items.slice();
    let nothing = problem.units.length;
    for (let s = 0; s < size; s++) if (items[s] === -1) items[s] = nothing++;
    this.#best.offer(placementOf(this.#assignment, items));
    if (!this.#isMovesPhase) this.#setLimit();
  }
}
