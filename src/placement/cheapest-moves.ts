// Branch and bound over the moves of an assignment with given speeds: the least that they cost at a level of overshoot.
// Every part is bounded by its priced matching; pairs of an item and a slot that would cost more than the best are closed;
// what is left is divided by whether a unit stays, or is in a slot. The lowest bound is next; from there one
// child is followed to the end.
import type { Assignment } from './assignment.ts';
import { ROUNDING_K, placementOf } from './assignment.ts';
import type { Ranges } from './assignment-ranges.ts';
import type { Incumbent } from './objective.ts';
import { OpenPairs } from './open-pairs.ts';
import { PartQueue } from './part-queue.ts';
import { moveCostTo } from './placement.ts';
import { PricedMatching } from './priced-matching.ts';
import { PROVEN_J, PROVEN_SHARE } from './proof.ts';

/**
 * Steps of ascent at first, and later: so many in a row without gain before the next ones are so much shorter. Later ones
 * begin long: where nothing keeps the level, prices without end show it.
 */
const ROOT_CLIMB = { steps: 150, length: 0.2, patience: 5, shorter: 0.6 } as const;
const CLIMB = { steps: 15, length: 1, patience: 1, shorter: 0.3 } as const;
const MOMENTUM = 0.6;
/** What is aimed at, as a share of the limit. */
const BEYOND = 1.05;
/** How often a part is narrowed and bounded again, and closed pairs for which that is worth it, as a share of the items. */
const ROOT_ROUNDS = 6;
const ROUNDS = 3;
const MANY = 0.1;
/** How much of what the share of matchings in which a unit stays was remains with the next one. */
const MEMORY = 0.85;
/** Parts that may wait: up to 6 kB each. */
const MOST_WAITING = 3000;

export interface MovesLimits {
  readonly isOver: () => boolean;
  /** Pairs that all matchings may look at together. */
  readonly work: number;
  /** J that all costs but moves'. */
  readonly othersJ: number;
  /** J/K; where to begin, any are valid. */
  readonly pricePerK: Float64Array;
  /** Of inlets in all assignments that keep the level. */
  readonly ranges: Ranges;
}

export interface MovesOutcome {
  /** Nothing costs less than the best by more than what is proven within. */
  readonly isProven: boolean;
  /** What every assignment at the level of the best costs at least, J. */
  readonly totalJ: number;
}

/** `best` is at least as good afterwards. */
export function cheapestMoves(assignment: Assignment, best: Incumbent, limits: MovesLimits): MovesOutcome {
  return new CheapestMoves(assignment, best, limits).run();
}

interface Part {
  readonly bits: Uint32Array;
  readonly prices: Float64Array;
  bound: number;
  readonly isRoot: boolean;
}

class CheapestMoves {
  readonly #assignment: Assignment;
  readonly #best: Incumbent;
  readonly #limits: MovesLimits;
  readonly #levelK: number;
  readonly #moveJ: Float64Array;
  readonly #pairs: OpenPairs;
  readonly #matching: PricedMatching;
  readonly #waiting = new PartQueue<Part>();
  readonly #stays: Float64Array;
  readonly #along: Float64Array;
  readonly #bestPrices: Float64Array;
  #lowestLimit = Infinity;
  #work = 0;

  constructor(assignment: Assignment, best: Incumbent, limits: MovesLimits) {
    const { size, problem } = assignment;
    this.#assignment = assignment;
    this.#best = best;
    this.#limits = limits;
    this.#levelK = best.levelK;
    this.#moveJ = new Float64Array(size * size);
    problem.units.forEach((unit, u) => {
      for (let s = 0; s < size; s++) this.#moveJ[u * size + s] = moveCostTo(problem, unit, s);
    });
    this.#pairs = new OpenPairs(assignment, this.#levelK, limits.ranges);
    this.#matching = new PricedMatching(assignment, this.#levelK, this.#moveJ, this.#pairs);
    this.#stays = new Float64Array(size);
    this.#along = new Float64Array(size);
    this.#bestPrices = new Float64Array(size);
  }

  run(): MovesOutcome {
    const prices = this.#limits.pricePerK.slice();
    let current: Part | null = { bits: this.#pairs.pack(), prices, bound: 0, isRoot: true };
    while (current !== null) {
      if (!current.isRoot && (this.#isOver() || this.#waiting.size > MOST_WAITING)) {
        return this.#outcome(false, Math.min(current.bound, this.#waiting.lowest));
      }
      current = this.#follow(current) ?? this.#next();
    }
    return this.#outcome(true, this.#limit());
  }

  #outcome(isComplete: boolean, movesJ: number): MovesOutcome {
    const totalJ = Math.max(0, Math.min(movesJ, this.#limit()) + this.#limits.othersJ);
    // a cooler one that it came to, by less than counts, may have made the best dearer
    const isProven = isComplete && totalJ >= this.#best.costJ * (1 - 2 * PROVEN_SHARE) - 2 * PROVEN_J;
    return { isProven, totalJ };
  }

  /** Moves that cost as much are not looked for, J. */
  #limit(): number {
    const limit = this.#best.costJ * (1 - PROVEN_SHARE) - PROVEN_J - this.#limits.othersJ;
    this.#lowestLimit = Math.min(this.#lowestLimit, limit);
    return this.#lowestLimit;
  }

  #isOver(): boolean {
    return this.#work > this.#limits.work || this.#limits.isOver();
  }

  #next(): Part | null {
    const part = this.#waiting.pop();
    return part === null || part.bound >= this.#limit() ? null : part;
  }

  /** The child to follow, or null when the part is done with. */
  #follow(part: Part): Part | null {
    const { size } = this.#assignment;
    const matching = this.#matching;
    this.#pairs.unpack(part.bits);
    matching.prices.set(part.prices);
    for (let round = 0; ; round++) {
      if (!this.#pairs.narrow()) return null;
      matching.set();
      const value = this.#climb(part.isRoot && round === 0 ? ROOT_CLIMB : CLIMB);
      part.bound = Math.max(part.bound, value);
      if (part.bound >= this.#limit()) return null;
      if (matching.itemCount === 0) return null; // the climb has offered it
      const closed = this.#closeDear(value);
      if (closed < MANY * size || round >= (part.isRoot ? ROOT_ROUNDS : ROUNDS) || this.#isOver()) break;
    }
    return this.#divide(part);
  }

  /** The best bound of so many steps; the matching's prices become those that gave it, and it is evaluated there. */
  #climb(climb: typeof ROOT_CLIMB | typeof CLIMB): number {
    const { steps, patience, shorter } = climb;
    const { size } = this.#assignment;
    const matching = this.#matching;
    const { prices, overK } = matching;
    const along = this.#along.fill(0);
    let [bestJ, waiting, length] = [-Infinity, 0, climb.length as number];
    for (let step = 0; step < steps && !(step > 0 && this.#isOver()); step++) {
      const value = matching.evaluate();
      this.#work += (matching.itemCount + 1) ** 2;
      this.#remember();
      this.#offer();
      const limit = this.#limit();
      if (value > bestJ) {
        if (value > bestJ + 0.01 * (limit - value)) waiting = 0;
        bestJ = value;
        this.#bestPrices.set(prices);
        if (value >= limit) return value;
      } else if (++waiting > patience) {
        length *= shorter;
        waiting = 0;
        prices.set(this.#bestPrices);
      }
      let norm = 0;
      for (let s = 0; s < size; s++) {
        along[s] = MOMENTUM * along[s]! + (step === 0 ? 1 : 1 - MOMENTUM) * overK[s]!;
        if (prices[s]! > 0 || along[s]! > 0) norm += along[s]! ** 2;
      }
      if (norm === 0) break;
      const stride = (length * (BEYOND * limit - value)) / norm;
      for (let s = 0; s < size; s++) prices[s] = Math.max(0, prices[s]! + stride * along[s]!);
    }
    prices.set(this.#bestPrices);
    return matching.evaluate();
  }

  #remember(): void {
    const { units } = this.#assignment.problem;
    const { items, itemCount, slotOf } = this.#matching;
    for (let i = 0; i < itemCount; i++) {
      const u = items[i]!;
      if (u < units.length) {
        this.#stays[u] = MEMORY * this.#stays[u]! + (slotOf[u] === units[u]!.home ? 1 - MEMORY : 0);
      }
    }
  }

  #offer(): void {
    const { size, problem } = this.#assignment;
    const { overK, slotOf } = this.#matching;
    for (let s = 0; s < size; s++) if (overK[s]! > ROUNDING_K) return;
    let movesJ = 0;
    for (let u = 0; u < problem.units.length; u++) movesJ += this.#moveJ[u * size + slotOf[u]!]!;
    if (movesJ + this.#limits.othersJ >= this.#best.costJ) return;
    const items = new Int32Array(size);
    for (let item = 0; item < size; item++) items[slotOf[item]!] = item;
    this.#best.offer(placementOf(this.#assignment, items));
  }

  /** How many pairs were closed because they would take the bound to the limit. */
  #closeDear(value: number): number {
    const limit = this.#limit();
    let closed = 0;
    this.#matching.forEachRise((item, slot, rise) => {
      if (value + rise < limit) return;
      this.#pairs.close(item, slot);
      closed++;
    });
    return closed;
  }

  #divide(part: Part): Part | null {
    const { size, problem, powerW } = this.#assignment;
    const { items, itemCount, slotOf } = this.#matching;
    const { open } = this.#pairs;
    let [chosen, slot, most] = [-1, -1, -Infinity];
    for (let i = 0; i < itemCount; i++) {
      const u = items[i]!;
      if (u >= problem.units.length) break;
      const { home } = problem.units[u]!;
      const stays = this.#stays[u]!;
      const isOpen = home >= 0 && open[u * size + home] === 1;
      const score = powerW[u]! * (isOpen ? 1 + Math.min(stays, 1 - stays) * 100 : 0.01);
      if (score > most) [chosen, slot, most] = [u, isOpen ? home : slotOf[u]!, score];
    }
    // none: what is left is the same wherever it is, and the climb has offered it
    if (chosen < 0) return null;
    const rest = { prices: this.#matching.prices.slice(), bound: part.bound, isRoot: false };
    const packed = this.#pairs.pack();
    this.#pairs.settle(chosen, slot);
    const there: Part = { ...rest, bits: this.#pairs.pack() };
    this.#pairs.unpack(packed);
    this.#pairs.close(chosen, slot);
    const away: Part = { ...rest, bits: this.#pairs.pack() };
    const isThere = slotOf[chosen] === slot;
    this.#waiting.push(isThere ? away : there);
    return isThere ? there : away;
  }
}
