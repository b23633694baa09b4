// Branch and bound over slots of units and speeds of air movers. Every part of the placements is bounded by its
// relaxation; slots and speeds that would cost more than the best placement are taken out of it; what is left is divided.
// One child is followed at once, the rest waits, the lowest bound first.
import { Ascent } from './ascent.ts';
import type { Prices } from './ascent.ts';
import type { Branch } from './branch.ts';
import { Division } from './division.ts';
import { Narrowing } from './narrowing.ts';
import type { Incumbent } from './objective.ts';
import { NOWHERE, Placement } from './placement.ts';
import { PartQueue } from './part-queue.ts';
import type { Problem } from './problem.ts';
import { Relaxation } from './relaxation.ts';
import type { BoundGoal } from './tangents.ts';

/** Steps of ascent at the root, and in a part. */
const ROOT_STEPS = 80;
const STEPS = 12;
/** How often a part is tightened and bounded again. */
const ROOT_ROUNDS = 12;
const ROUNDS = 3;
/** What ceilings cost when the ascent begins at next to nothing, J/K. */
const CHEAP_J = 1;
/** Parts that may wait: about 1 kB each. */
const MOST_WAITING = 40_000;

export interface Goal {
  readonly kind: BoundGoal;
  /** For `cost` the ceilings, for `overshoot` the targets. */
  readonly ceilingC: Float64Array;
  /** A part whose bound reaches this is done with; falls when a better placement is found. */
  readonly limit: () => number;
}

export interface Start {
  /** Prices of the ceilings and speeds to begin with; any are valid. */
  readonly pricePerK: Float64Array;
  readonly ratios: Float64Array;
}

export interface Outcome {
  /** Nothing is left that could be below the limit. */
  readonly isComplete: boolean;
  /** No placement is below this. */
  readonly bound: number;
}

export class BranchAndBound {
  readonly #problem: Problem;
  readonly #goal: Goal;
  readonly #best: Incumbent;
  readonly #relaxation: Relaxation;
  readonly #ascent: Ascent;
  readonly #narrowing: Narrowing;
  readonly #division: Division;
  readonly #waiting = new PartQueue<Branch>();
  #lowestLimit = Infinity;
  #isOver: () => boolean = () => false;
  parts = 0;

  constructor(problem: Problem, goal: Goal, best: Incumbent) {
    this.#problem = problem;
    this.#goal = goal;
    this.#best = best;
    this.#relaxation = new Relaxation(problem, goal.ceilingC, goal.kind);
    this.#ascent = new Ascent(this.#relaxation, goal.kind === 'overshoot' ? problem.slotCount : 0);
    this.#narrowing = new Narrowing(problem, this.#relaxation.movers);
    this.#division = new Division(problem, this.#relaxation);
  }

  /** Offers every placement it comes to, to `best`. */
  run(start: Start, isOver: () => boolean): Outcome {
    this.#isOver = isOver;
    let current: Branch | null = this.#root(start);
    while (current !== null) {
      if (this.parts > 0 && (isOver() || this.#waiting.size > MOST_WAITING)) {
        return { isComplete: false, bound: Math.min(this.#limit(), this.#waiting.lowest, current.bound) };
      }
      current = this.#follow(current) ?? this.#next();
    }
    return { isComplete: true, bound: this.#limit() };
  }

  #root({ pricePerK, ratios }: Start): Branch {
    const { units, model } = this.#problem;
    const { movers } = this.#relaxation;
    const price = new Float64Array(this.#relaxation.price.length);
    const sum = pricePerK.reduce((total, each) => total + Math.max(0, each), 0);
    const scale = this.#goal.kind === 'cost' ? 1 : 1 / sum;
    pricePerK.forEach((each, s) => (price[s] = sum > 0 ? Math.max(0, each) * scale : 1 / pricePerK.length));
    return {
      domain: Uint32Array.from(units, (unit) => unit.allowed.reduce((bits, s) => (bits | (1 << s)) >>> 0, 0)),
      low: Float64Array.from(movers, (m) => model.minRatio[m]!),
      high: Float64Array.from(movers, () => 1),
      roomW: new Float64Array(this.#problem.slotCount),
      price,
      at: Float64Array.from(movers, (m) => ratios[m]!),
      share: 1,
      bound: -Infinity,
      depth: 0,
      isNewRange: true,
    };
  }

  #next(): Branch | null {
    for (let part = this.#waiting.pop(); part !== null; part = this.#waiting.pop()) {
      if (!this.#isSettled(part.bound)) return part;
    }
    return null;
  }

  #isSettled(bound: number): boolean {
    return bound >= this.#limit();
  }

  /** Everything that was left out is at least at this: the lowest limit so far. */
  #limit(): number {
    this.#lowestLimit = Math.min(this.#lowestLimit, this.#goal.limit());
    return this.#lowestLimit;
  }

  /** Bounds a part and divides it; the child to follow, or null when the part is done with. */
  #follow(part: Branch): Branch | null {
    this.parts++;
    const relaxation = this.#relaxation;
    const rounds = part.depth === 0 ? ROOT_ROUNDS : ROUNDS;
    for (let round = 0; ; round++) {
      if (!this.#narrowing.narrow(part, this.#ceilings())) return null;
      this.#take(part);
      if (relaxation.choices.freeCount === 0) return this.#leaf(part);
      const value = this.#climb(part);
      part.bound = Math.max(part.bound, value);
      if (this.#isSettled(part.bound)) return null;
      this.#take(part);
      const isMuch = this.#tighten(part, this.#ascent.value());
      if (isMuch === null) return null;
      if (!isMuch || round >= rounds || this.#isOver()) break;
    }
    this.#take(part);
    if (relaxation.choices.freeCount === 0) return this.#leaf(part);
    return this.#divide(part, this.#ascent.value());
  }

  /**
   * In a short range the rooms of the slots say more than the prices of their ceilings, but prices that were right for a
   * wide one stand in the way of that, and the ascent does not get rid of them: it begins with cheap ceilings, too.
   */
  #climb(part: Branch): number {
    const value = this.#ascent.climb(part, this.#limit(), part.depth === 0 ? ROOT_STEPS : STEPS);
    if (!part.isNewRange || !this.#division.isRangeFirst || this.#isSettled(value)) return value;
    const cheap: Prices = { price: part.price.map(() => CHEAP_J), at: part.at.slice(), share: 1 };
    this.#relaxation.at.set(cheap.at);
    const other = this.#ascent.climb(cheap, this.#limit(), STEPS);
    if (other <= value) return value;
    part.price.set(cheap.price);
    part.at.set(cheap.at);
    part.share = cheap.share;
    return other;
  }

  #take(part: Branch): void {
    this.#relaxation.at.set(part.at);
    this.#relaxation.price.set(part.price);
    this.#relaxation.set(part);
  }

  /** Ceilings that no placement below the limit may pass with the most air. */
  #ceilings(): Float64Array {
    const { kind, ceilingC } = this.#goal;
    const limit = this.#limit();
    return kind === 'cost' ? ceilingC : ceilingC.map((c) => c + limit);
  }

  #leaf(part: Branch): null {
    const at = Array.from(part.domain, (slots) => 31 - Math.clz32(slots));
    const placement = Placement.of(this.#problem, at);
    if (placement.firstBroken() === NOWHERE && placement.moves <= this.#problem.maxMoves) this.#best.offer(placement);
    return null;
  }

  /** Takes out what would be over the limit; null when nothing is left, else whether it is worth bounding again. */
  #tighten(part: Branch, value: number): boolean | null {
    const relaxation = this.#relaxation;
    const limit = this.#limit();
    let removed = 0;
    for (let i = 0; i < relaxation.choices.freeCount; i++) {
      const u = relaxation.choices.free[i]!;
      let slots = part.domain[u]!;
      for (let s = 0; s < this.#problem.slotCount; s++) {
        if (((slots >>> s) & 1) === 0 || value + relaxation.riseInto(i, s) < limit) continue;
        slots = (slots & ~(1 << s)) >>> 0;
        removed++;
      }
      if (slots === 0) return null;
      part.domain[u] = slots;
    }
    const shrunk = this.#tightenSpeeds(part, value, limit);
    return removed > (part.depth === 0 ? 0 : 3) || shrunk > 0.2;
  }

  /** By what share the range of a mover shrank at most. */
  #tightenSpeeds(part: Branch, value: number, limit: number): number {
    let shrunk = 0;
    for (let f = 0; f < part.low.length; f++) {
      const width = part.high[f]! - part.low[f]!;
      if (width <= 0) continue;
      const low = this.#relaxation.endUnder(f, 'low', value, limit);
      const high = this.#relaxation.endUnder(f, 'high', value, limit);
      shrunk = Math.max(shrunk, 1 - (high - low) / width);
      part.low[f] = low;
      part.high[f] = high;
    }
    return shrunk;
  }

  /** The child to follow; the others wait. */
  #divide(part: Branch, value: number): Branch {
    const [first, ...others] = this.#division.divide(part, value, this.#limit());
    for (const child of others) this.#waiting.push(child);
    return first;
  }
}
