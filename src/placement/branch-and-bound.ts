// Branch and bound over slots of units and speeds of air movers. Every part of the placements is bounded by its
// relaxation; slots and speeds that would cost more than the best placement are taken out of it; what is left is divided
// by the range of a mover where that is what loosens the bound, else by the slots of a unit. One child is followed at
// once, the rest waits, the lowest bound first.
import { Ascent } from './ascent.ts';
import { childOf, countOf } from './branch.ts';
import type { Branch } from './branch.ts';
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
/** Share of what is missing to the limit that the movers' ranges may take before they are divided. */
const RANGE_SHARE = 0.25;
/** How much less a unit counts whose place is nearly settled by its costs. */
const DOUBT = 4;
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
  readonly #waiting = new PartQueue<Branch>();
  /** The lowest bound of what was done with. */
  #settled = Infinity;
  #isOver: () => boolean = () => false;
  parts = 0;

  constructor(problem: Problem, goal: Goal, best: Incumbent) {
    this.#problem = problem;
    this.#goal = goal;
    this.#best = best;
    this.#relaxation = new Relaxation(problem, goal.ceilingC, goal.kind);
    this.#ascent = new Ascent(this.#relaxation, goal.kind === 'overshoot' ? problem.slotCount : 0);
    this.#narrowing = new Narrowing(problem, this.#relaxation.movers);
  }

  /** Offers every placement it comes to, to `best`. */
  run(start: Start, isOver: () => boolean): Outcome {
    this.#isOver = isOver;
    let current: Branch | null = this.#root(start);
    while (current !== null) {
      if (this.parts > 0 && (isOver() || this.#waiting.size > MOST_WAITING)) {
        return { isComplete: false, bound: Math.min(this.#settled, this.#waiting.lowest, current.bound) };
      }
      current = this.#follow(current) ?? this.#next();
    }
    return { isComplete: true, bound: Math.min(this.#settled, this.#goal.limit()) };
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
    };
  }

  #next(): Branch | null {
    for (let part = this.#waiting.pop(); part !== null; part = this.#waiting.pop()) {
      if (!this.#isSettled(part.bound)) return part;
    }
    return null;
  }

  #isSettled(bound: number): boolean {
    if (bound < this.#goal.limit()) return false;
    this.#settled = Math.min(this.#settled, bound);
    return true;
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
      const value = this.#ascent.climb(part, this.#goal.limit(), part.depth === 0 ? ROOT_STEPS : STEPS);
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

  #take(part: Branch): void {
    this.#relaxation.at.set(part.at);
    this.#relaxation.price.set(part.price);
    this.#relaxation.set(part);
  }

  /** Ceilings that no placement below the limit may pass with the most air. */
  #ceilings(): Float64Array {
    const { kind, ceilingC, limit } = this.#goal;
    return kind === 'cost' ? ceilingC : ceilingC.map((c) => c + limit());
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
    const limit = this.#goal.limit();
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

  #divide(part: Branch, value: number): Branch {
    const { movers, loss } = this.#relaxation;
    let lost = 0;
    let widest = 0;
    for (let f = 0; f < movers.length; f++) {
      lost -= loss[f]!;
      if (loss[f]! < loss[widest]!) widest = f;
    }
    if (lost > RANGE_SHARE * (this.#goal.limit() - value)) return this.#divideRange(part, widest);
    return this.#divideStay(part, value) ?? this.#divideUnit(part, value);
  }

  /** By whether a unit stays; null when that is settled for all. */
  #divideStay(part: Branch, value: number): Branch | null {
    const { units, slotCount } = this.#problem;
    const { free, freeCount } = this.#relaxation.choices;
    const gap = this.#goal.limit() - value;
    let chosen = -1;
    let most = -Infinity;
    let stayRise = 0;
    let leaveRise = 0;
    for (let i = 0; i < freeCount; i++) {
      const { home, powerW } = units[free[i]!]!;
      const slots = part.domain[free[i]!]!;
      if (((slots >>> home) & 1) === 0) continue;
      const stay = this.#relaxation.riseInto(i, home);
      let leave = Infinity;
      for (let s = 0; s < slotCount; s++) {
        if (s !== home && (slots >>> s) & 1) leave = Math.min(leave, this.#relaxation.riseInto(i, s));
      }
      const score = powerW / (1 + (DOUBT * Math.max(stay, leave)) / gap);
      if (score <= most) continue;
      most = score;
      chosen = i;
      stayRise = stay;
      leaveRise = leave;
    }
    if (chosen < 0) return null;
    const u = free[chosen]!;
    const [stays, leaves] = [childOf(part), childOf(part)];
    const bit = (1 << units[u]!.home) >>> 0;
    stays.domain[u] = bit;
    leaves.domain[u] = (part.domain[u]! & ~bit) >>> 0;
    stays.bound = Math.max(part.bound, value + stayRise);
    leaves.bound = Math.max(part.bound, value + leaveRise);
    this.#waiting.push(stayRise <= leaveRise ? leaves : stays);
    return stayRise <= leaveRise ? stays : leaves;
  }

  #divideRange(part: Branch, f: number): Branch {
    const cut = (part.low[f]! + part.high[f]!) / 2;
    const isBelow = this.#relaxation.lowest[f]! < cut;
    const [lower, upper] = [childOf(part), childOf(part)];
    lower.high[f] = cut;
    upper.low[f] = cut;
    lower.at[f] = Math.min(cut, lower.at[f]!);
    upper.at[f] = Math.max(cut, upper.at[f]!);
    this.#waiting.push(isBelow ? upper : lower);
    return isBelow ? lower : upper;
  }

  /** By the slots of the unit with the fewest, of these the biggest. */
  #divideUnit(part: Branch, value: number): Branch {
    const { units, slotCount } = this.#problem;
    const { free, freeCount } = this.#relaxation.choices;
    let chosen = 0;
    let fewest = Infinity;
    for (let i = 0; i < freeCount; i++) {
      const slots = countOf(part.domain[free[i]!]!);
      if (slots > fewest || (slots === fewest && units[free[i]!]!.powerW <= units[free[chosen]!]!.powerW)) continue;
      fewest = slots;
      chosen = i;
    }
    const u = free[chosen]!;
    const children: Branch[] = [];
    for (let s = 0; s < slotCount; s++) {
      if (((part.domain[u]! >>> s) & 1) === 0) continue;
      const child = childOf(part);
      child.domain[u] = (1 << s) >>> 0;
      child.bound = Math.max(part.bound, value + this.#relaxation.riseInto(chosen, s));
      children.push(child);
    }
    children.sort((a, b) => b.bound - a.bound);
    const first = children.pop()!;
    for (const child of children) this.#waiting.push(child);
    return first;
  }
}
