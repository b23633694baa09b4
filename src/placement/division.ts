// How branch and bound divides a part: by the range of a mover where that is what loosens the bound, else by the slots of
// a unit. What a child costs at least comes from the last bound of the part, which the relaxation still holds.
import { childOf, countOf } from './branch.ts';
import type { Branch } from './branch.ts';
import type { Problem } from './problem.ts';
import type { Relaxation } from './relaxation.ts';

/** Share of what is missing to the limit that the movers' ranges may take before they are divided. */
const RANGE_SHARE = 0.25;
/** With so few movers ranges come first, as the rooms of the slots are those of their upper ends: until the energy of each
 * differs from end to end by this share, for every mover, of what is missing to the limit, or of the limit. */
const RANGE_FIRST_MOVERS = 2;
const END_TO_END = 1;
const LEAST_END_TO_END = 0.005;
/** How much less a unit counts whose place is nearly settled by its costs. */
const DOUBT = 4;

/** The child to follow, and the others. */
export type Children = readonly [Branch, ...Branch[]];

export class Division {
  /** Ranges are divided before units are. */
  readonly isRangeFirst: boolean;
  readonly #problem: Problem;
  readonly #relaxation: Relaxation;

  constructor(problem: Problem, relaxation: Relaxation) {
    this.#problem = problem;
    this.#relaxation = relaxation;
    const { length } = relaxation.movers;
    this.isRangeFirst = length > 0 && length <= RANGE_FIRST_MOVERS;
  }

  /** `value`: the last bound of the part; `limit`: what would settle it. */
  divide(part: Branch, value: number, limit: number): Children {
    const { movers, loss } = this.#relaxation;
    const gap = limit - value;
    let lost = 0;
    let widest = 0;
    for (let f = 0; f < movers.length; f++) {
      lost -= loss[f]!;
      if (loss[f]! < loss[widest]!) widest = f;
    }
    if (lost > RANGE_SHARE * gap) return this.#byRange(part, widest);
    if (this.isRangeFirst) {
      const differJ = movers.map((_, f) => this.#endToEndJ(part, f));
      const mostJ = Math.max(...differJ);
      const enoughJ = Math.max(END_TO_END * movers.length * gap, LEAST_END_TO_END * limit);
      if (mostJ > enoughJ) return this.#byRange(part, differJ.indexOf(mostJ));
    }
    return this.#byStay(part, value, gap) ?? this.#byUnit(part, value);
  }

  /** By what a mover's energy differs at the ends of its range. */
  #endToEndJ({ low, high }: Branch, f: number): number {
    const { model, instance } = this.#problem;
    const mover = this.#relaxation.movers[f]!;
    return model.maxPowerW[mover]! * instance.horizonS * (high[f]! ** 3 - low[f]! ** 3);
  }

  /** By whether a unit stays; null when that is settled for all. */
  #byStay(part: Branch, value: number, gap: number): Children | null {
    const { units, slotCount } = this.#problem;
    const { free, freeCount } = this.#relaxation.choices;
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
    return stayRise <= leaveRise ? [stays, leaves] : [leaves, stays];
  }

  #byRange(part: Branch, f: number): Children {
    const cut = (part.low[f]! + part.high[f]!) / 2;
    const isBelow = this.#relaxation.lowest[f]! < cut;
    const [lower, upper] = [childOf(part), childOf(part)];
    lower.isNewRange = true;
    upper.isNewRange = true;
    lower.high[f] = cut;
    upper.low[f] = cut;
    lower.at[f] = Math.min(cut, lower.at[f]!);
    upper.at[f] = Math.max(cut, upper.at[f]!);
    return isBelow ? [lower, upper] : [upper, lower];
  }

  /** By the slots of the unit with the fewest, of these the biggest. */
  #byUnit(part: Branch, value: number): Children {
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
    return [children.pop()!, ...children];
  }
}
