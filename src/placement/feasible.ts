// A placement that keeps every hard rule, as close to the start as is easily had: first what can stay stays, then the
// rest is fitted in with ejections, then a complete search within a node limit, which can also prove that there is none.
import type { Random } from '../core/random.ts';
import { IndexHeap } from './index-heap.ts';
import { movesTo, NOWHERE, Placement } from './placement.ts';
import { isAllowed, type Problem } from './problem.ts';

export type Feasible =
  | { readonly kind: 'found'; readonly placement: Placement }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'unknown' };

export interface FeasibleLimits {
  readonly ejections: number;
  readonly nodes: number;
  /** True when there is no more time: what is not found by then is unknown. Never by default. */
  readonly isOver?: () => boolean;
}

/** Units beyond which a complete search is not worth beginning. */
const COMPLETE_MAX = 300;
/** Units times slots beyond which the slot of the least power is only known nearly. */
const EXACT_MAX = 1e6;
/** Units that are placed before the slots are put in order of their power again. */
const REORDER = 32;
/** Units between two looks at the clock. */
const STRIDE = 64;

export function findFeasible(problem: Problem, random: Random, limits: FeasibleLimits): Feasible {
  const { units } = problem;
  if (units.some((unit) => unit.allowed.length === 0 || new Set(unit.apart).size < unit.apart.length)) {
    return { kind: 'impossible' };
  }
  if (problem.idlePowerW.some((power, s) => power > problem.powerCapW[s]!)) return { kind: 'impossible' };
  const isOver = limits.isOver ?? (() => false);
  const placement = keepAtHome(problem);
  if (new Fitting(placement, random).run(limits.ejections, isOver)) return { kind: 'found', placement };
  return isOver() ? { kind: 'unknown' } : completeSearch(problem, limits.nodes, isOver);
}

/** Everything that may stay where it is and fits, the least free units first. */
function keepAtHome(problem: Problem): Placement {
  const placement = new Placement(problem);
  const order = problem.units.map((_, u) => u);
  const freedom = (u: number) => problem.units[u]!.allowed.length;
  order.sort((a, b) => freedom(a) - freedom(b) || problem.units[b]!.powerW - problem.units[a]!.powerW || a - b);
  for (const u of order) {
    const unit = problem.units[u]!;
    if (unit.whole && isAllowed(problem, unit, unit.home) && placement.fits(u, unit.home))
      placement.place(u, unit.home);
  }
  return placement;
}

/** Places what waits, the hardest first, making room by putting others out when need be. */
class Fitting {
  readonly #placement: Placement;
  readonly #random: Random;
  readonly #waiting: IndexHeap;
  #waitingCount = 0;
  /** By slot; made when something has to be put out. */
  #inSlot: Set<number>[] | null = null;
  /** Slots by their power, nearly. */
  readonly #byPower: number[];
  #placed = 0;

  constructor(placement: Placement, random: Random) {
    const { problem, at } = placement;
    this.#placement = placement;
    this.#random = random;
    this.#byPower = Array.from({ length: problem.slotCount }, (_, s) => s);
    const waiting = [...at.keys()].filter((u) => at[u] === NOWHERE);
    const rank = hardness(problem, waiting.length > 0);
    this.#waiting = new IndexHeap((u) => rank[u]!);
    for (const u of waiting) this.#wait(u);
  }

  /** False when a limit is reached. */
  run(ejections: number, isOver: () => boolean): boolean {
    let left = ejections;
    for (let step = 0; this.#waitingCount > 0; step++) {
      if (step % STRIDE === STRIDE - 1 && isOver()) return false;
      const u = this.#waiting.pop()!;
      this.#waitingCount--;
      const open = this.#openSlot(u);
      if (open !== NOWHERE) this.#place(u, open);
      else if (left-- <= 0) return false;
      else this.#makeRoom(u);
    }
    return true;
  }

  #wait(u: number): void {
    this.#waiting.push(u);
    this.#waitingCount++;
  }

  #place(u: number, slot: number): void {
    this.#placement.place(u, slot);
    this.#inSlot?.[slot]!.add(u);
    this.#placed++;
  }

  #putOut(u: number): void {
    this.#inSlot![this.#placement.at[u]!]!.delete(u);
    this.#placement.remove(u);
    this.#wait(u);
  }

  /** Fewest moves first, then the slot with the least power. */
  #openSlot(u: number): number {
    const { problem } = this.#placement;
    const unit = problem.units[u]!;
    if (problem.units.length * problem.slotCount <= EXACT_MAX || !unit.whole) return this.#bestSlot(u, unit.allowed);
    if (isAllowed(problem, unit, unit.home) && this.#placement.fits(u, unit.home)) return unit.home;
    const { powerW } = this.#placement;
    if (this.#placed % REORDER === 0) this.#byPower.sort((a, b) => powerW[a]! - powerW[b]!);
    for (const slot of this.#byPower) {
      if (isAllowed(problem, unit, slot) && this.#placement.fits(u, slot)) return slot;
    }
    return NOWHERE;
  }

  #bestSlot(u: number, slots: readonly number[]): number {
    let chosen = NOWHERE;
    let least = Infinity;
    for (const slot of slots) {
      if (!this.#placement.fits(u, slot)) continue;
      const value = preference(this.#placement, u, slot);
      if (value >= least) continue;
      least = value;
      chosen = slot;
    }
    return chosen;
  }

  #makeRoom(u: number): void {
    const placement = this.#placement;
    const { units } = placement.problem;
    const slot = this.#random.pick(units[u]!.allowed);
    const inSlot = (this.#inSlot ??= this.#residents());
    const there = [...inSlot[slot]!].toSorted((a, b) => a - b);
    while (!placement.fits(u, slot) && there.length > 0) {
      this.#putOut(there.splice(this.#random.int(there.length), 1)[0]!);
    }
    if (placement.fits(u, slot)) {
      this.#place(u, slot);
      return;
    }
    // the budget of moves, or a slot too small for it alone: put something that moved back out and try again
    const moved = units.findIndex((other, v) => placement.at[v] !== NOWHERE && placement.at[v] !== other.home);
    if (moved >= 0) this.#putOut(moved);
    this.#wait(u);
  }

  #residents(): Set<number>[] {
    const inSlot = Array.from({ length: this.#placement.problem.slotCount }, () => new Set<number>());
    this.#placement.at.forEach((slot, u) => {
      if (slot !== NOWHERE) inSlot[slot]!.add(u);
    });
    return inSlot;
  }
}

/** A rank for every unit: the fewer slots it may be in the higher, then the more it needs. */
function hardness(problem: Problem, isNeeded: boolean): Int32Array {
  const rank = new Int32Array(problem.units.length);
  if (!isNeeded) return rank;
  const size = problem.units.map((unit) => unit.demand.reduce((a, b) => a + b, unit.powerW));
  const freedom = (u: number) => problem.units[u]!.allowed.length;
  const order = [...rank.keys()].toSorted((a, b) => freedom(b) - freedom(a) || size[a]! - size[b]! || b - a);
  order.forEach((u, i) => (rank[u] = i));
  return rank;
}

/** Fewest moves first, then the slot with the least power. */
function preference(placement: Placement, u: number, slot: number): number {
  return movesTo(placement.problem, placement.problem.units[u]!, slot) * 1e9 + placement.powerW[slot]!;
}

/** Depth first over the unit with the fewest open slots. Exhausted without a find = proof that there is none. */
function completeSearch(problem: Problem, maxNodes: number, isOver: () => boolean): Feasible {
  if (problem.units.length > COMPLETE_MAX) return { kind: 'unknown' };
  const placement = new Placement(problem);
  let nodes = 0;
  const descend = (): boolean | 'limit' => {
    let next = NOWHERE;
    let open: number[] = [];
    for (let u = 0; u < problem.units.length; u++) {
      if (placement.at[u] !== NOWHERE) continue;
      const fitting = problem.units[u]!.allowed.filter((slot) => placement.fits(u, slot));
      if (next === NOWHERE || fitting.length < open.length) {
        next = u;
        open = fitting;
      }
      if (open.length === 0) return false;
    }
    if (next === NOWHERE) return true;
    open.sort((a, b) => preference(placement, next, a) - preference(placement, next, b));
    for (const slot of open) {
      if (++nodes > maxNodes || isOver()) return 'limit';
      placement.place(next, slot);
      const below = descend();
      if (below !== false) return below;
      placement.remove(next);
    }
    return false;
  };
  const outcome = descend();
  if (outcome === true) return { kind: 'found', placement };
  return outcome === false ? { kind: 'impossible' } : { kind: 'unknown' };
}
