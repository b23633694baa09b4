// From the best placement to one that live moves can reach: moves that gain less than the threshold are dropped, the
// rest is put in order; what has no order is forbidden and searched around, and then live states are searched themselves.
import type { Random } from '../core/random.ts';
import { searchExact } from './exact.ts';
import { findFeasible } from './feasible.ts';
import { LiveSearch } from './live-search.ts';
import { LiveState } from './live-state.ts';
import { shortened, stepsOf } from './live-walk.ts';
import { Incumbent } from './objective.ts';
import type { Objective } from './objective.ts';
import { orderMoves } from './order.ts';
import type { Ordered, Step } from './order.ts';
import { movesTo, NOWHERE, Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import type { Reached } from './reach-probe.ts';
import { forbiddenKey, Search } from './search.ts';
import type { SearchLimits } from './search.ts';
import { withoutSmallGains } from './small-gains.ts';

const ATTEMPTS = 6;
/** With more steps, looking for those that can be spared takes too long. */
const SHORTENED_MAX = 1000;
/** Repairs of the start that are tried when none has an order. */
const REPAIRS = 60;
/** With more units, a single exact evaluation takes too long to go step by step. */
const LIVE_UNITS_MAX = 4000;
/** More than any move saves; with a higher price, costs are not told apart any more, J. */
const PRICE_MAX_J = 1e10;

export interface ReachableInput {
  readonly problem: Problem;
  readonly objective: Objective;
  readonly best: Incumbent;
  /** Keeps the hard rules; the start itself when that does. */
  readonly start: Placement;
  readonly random: Random;
  /** A placement on the way to the best that has an order, small gains and all. */
  readonly known: Reached | null;
  /** When no more is tried for an order: later than the searches, as a placement is worth nothing without. */
  readonly isOrderOver: () => boolean;
  /** Of the searches around what has no order. */
  readonly limits: SearchLimits;
  /** Of the exact search, or the one over live states, that follows them. */
  readonly liveLimits: SearchLimits;
  readonly thresholdJ: number;
  /** Nodes an exact search for the best reachable placement may take; 0 when the instance is too big for one. */
  readonly exactNodes: number;
}

export interface Reachable {
  readonly best: Incumbent;
  readonly ordered: Ordered;
  /** Units that stay because their move has no live order. */
  readonly blocked: ReadonlySet<number>;
  /** The slots they were to go to at last, and whether every order of moves has been tried. */
  readonly wanted: ReadonlyMap<number, Wanted>;
  /** It is the placement that was asked for. */
  readonly isUnchanged: boolean;
}

export interface Wanted {
  readonly slot: number;
  readonly isProven: boolean;
}

/** Null when not even the start, or a repair of it, can be reached. */
export function findReachable(input: ReachableInput): Reachable | null {
  return new Reaching(input).run();
}

class Reaching {
  readonly #input: ReachableInput;
  readonly #wanted = new Map<number, Wanted>();
  #reached: Incumbent;
  #reachedBy: Ordered | null = null;
  /** What can be done of each order that was tried. */
  readonly #orders: (readonly Step[])[] = [];

  constructor(input: ReachableInput) {
    this.#input = input;
    this.#reached = new Incumbent(input.objective);
  }

  run(): Reachable | null {
    const { problem, best, start } = this.#input;
    const toStart = this.#order(start.at);
    this.#offer(start.at, toStart);
    const isStuckNow = this.#searchAround();
    if (this.#wanted.size > 0) this.#offerKnown();
    if (this.#reachedBy === null && !isStuckNow) this.#offerRepairs();
    if (this.#wanted.size > 0 && this.#reachedBy !== null) {
      if (this.#input.exactNodes > 0) this.#searchAll();
      else if (!isStuckNow) this.#searchLive(toStart.blocked.length === 0 ? toStart.steps : this.#reachedBy.steps);
    }
    if (this.#reachedBy === null) return null;
    const ordered = this.#withoutIdleDetours(this.#reachedBy);
    const reached = this.#reached;
    const wanted = this.#wanted;
    const staying = [...wanted.keys()].filter((u) => movesTo(problem, problem.units[u]!, reached.at![u]!) === 0);
    const isUnchanged = wanted.size === 0 && reached.at!.every((slot, u) => slot === best.at![u]);
    return { best: reached, ordered, blocked: new Set(staying), wanted, isUnchanged };
  }

  #order(at: ArrayLike<number>): Ordered {
    const { problem, objective, isOrderOver } = this.#input;
    return orderMoves(problem, objective.solver, at, isOrderOver);
  }

  /** An order puts aside what seemed to be in the way then. */
  #withoutIdleDetours(ordered: Ordered): Ordered {
    const { problem, isOrderOver } = this.#input;
    const { steps } = ordered;
    const isPlain = steps.length <= SHORTENED_MAX && problem.units.every(({ whole }) => whole);
    if (!isPlain || steps.every(({ isDetour }) => !isDetour)) return ordered;
    return { ...ordered, steps: stepsOf(problem, [], shortened(problem, [], steps, isOrderOver)) };
  }

  #trimmed(best: Incumbent): Int32Array {
    const { problem, objective, thresholdJ, liveLimits } = this.#input;
    return withoutSmallGains(problem, objective, best, thresholdJ, liveLimits.isOver);
  }

  #offer(at: ArrayLike<number>, ordered: Ordered): void {
    if (ordered.blocked.length > 0) return;
    if (this.#reached.offer(Placement.of(this.#input.problem, at))) this.#reachedBy = ordered;
  }

  /** The search was stopped on its way to a best that has no order; before that, it had one. */
  #offerKnown(): void {
    const { problem, objective, known } = this.#input;
    if (known === null) return;
    const was = new Incumbent(objective);
    was.offer(Placement.of(problem, known.at));
    const at = this.#trimmed(was);
    this.#offer(at, at.every((slot, u) => slot === known.at[u]) ? known.ordered : this.#order(at));
  }

  /** The start breaks rules, and neither the repair at hand nor anything else has an order: other repairs, by chance. */
  #offerRepairs(): void {
    const { problem, random, isOrderOver } = this.#input;
    const limits = { ejections: 10 * problem.units.length, nodes: 0, isOver: isOrderOver };
    for (let i = 0; i < REPAIRS && this.#reachedBy === null && !isOrderOver(); i++) {
      const found = findFeasible(problem, random.fork(`repair ${i}`), limits);
      if (found.kind === 'found') this.#offer(found.placement.at, this.#order(found.placement.at));
    }
  }

  /** Forbids what has no order, and searches again. True when nothing can move at all. */
  #searchAround(): boolean {
    const { problem, objective, random, limits, start } = this.#input;
    let target = this.#trimmed(this.#input.best);
    const forbidden = new Set<string>();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const ordered = this.#order(target);
      this.#offer(target, ordered);
      if (ordered.blocked.length === 0) return false;
      if (ordered.steps.length === 0 && isStuck(problem)) {
        for (const u of ordered.blocked) this.#wanted.set(u, { slot: target[u]!, isProven: true });
        return true;
      }
      this.#orders.push(ordered.steps);
      const stop = prefixEnd(problem, target, ordered);
      if (stop !== null) this.#offer(stop, this.#order(stop));
      for (const u of ordered.blocked) {
        this.#wanted.set(u, { slot: target[u]!, isProven: ordered.isProven });
        forbidden.add(forbiddenKey(u, target[u]!));
      }
      const again = new Incumbent(objective);
      const search = new Search(problem, objective, random, limits, forbidden);
      search.run(again, stop === null ? [start] : [start, Placement.of(problem, stop)]);
      target = this.#trimmed(again);
    }
    return false;
  }

  #searchAll(): void {
    const { problem, objective, exactNodes: nodes, liveLimits } = this.#input;
    const accept = ({ at }: Placement) => orderMoves(problem, objective.solver, at).blocked.length === 0;
    searchExact(problem, objective, this.#reached, { nodes, isOver: liveLimits.isOver, accept });
    this.#reachedBy = orderMoves(problem, objective.solver, this.#reached.at!);
  }

  /** `before`: steps that lead to where live moves begin. */
  #searchLive(before: readonly Step[]): void {
    const { problem, objective, random, liveLimits, thresholdJ } = this.#input;
    if (problem.units.length > LIVE_UNITS_MAX || liveLimits.isOver()) return;
    const priced = withMovePrice(problem, thresholdJ);
    const search = new LiveSearch({ problem: priced, objective, random, before, ...liveLimits });
    // an order begins at the start, so it can be followed when nothing comes before
    const found = search.run([[], ...(before.length === 0 ? this.#orders : [])]);
    const better = new Incumbent(objective);
    better.offer(Placement.of(priced, this.#reached.at!));
    if (!better.offer(Placement.of(priced, found.at))) return;
    this.#reached = new Incumbent(objective);
    this.#reached.offer(Placement.of(problem, found.at));
    this.#reachedBy = this.#shorterOrder(found.at, stepsOf(problem, before, found.hops));
    const trimmed = this.#trimmed(this.#reached);
    if (trimmed.every((slot, u) => slot === found.at[u])) return;
    const ordered = this.#order(trimmed);
    if (ordered.blocked.length > 0) return;
    this.#reached = new Incumbent(objective);
    this.#reached.offer(Placement.of(problem, trimmed));
    this.#reachedBy = ordered;
  }

  /** The hottest slot first, where that needs no more moves than the steps by which it was found. */
  #shorterOrder(at: Int32Array, steps: readonly Step[]): Ordered {
    const ordered = this.#order(at);
    const isShorter = ordered.blocked.length === 0 && movesIn(ordered.steps) <= movesIn(steps);
    return isShorter ? ordered : { steps, blocked: [], isProven: false };
  }
}

function movesIn(steps: readonly Step[]): number {
  return steps.reduce((sum, { workloads }) => sum + workloads.length, 0);
}

/** The same, with what a move has to save on top of what it costs. */
function withMovePrice(problem: Problem, thresholdJ: number): Problem {
  if (thresholdJ <= 0) return problem;
  const priceJ = Math.min(thresholdJ, PRICE_MAX_J);
  return { ...problem, units: problem.units.map((unit) => ({ ...unit, awayJ: unit.awayJ + priceJ })) };
}

/** Whether no unit can go anywhere, as where every slot is full: then there is nothing to search around. */
function isStuck(problem: Problem): boolean {
  const state = new LiveState(problem);
  return problem.units.every((unit) =>
    unit.allowed.every((slot) => {
      const coming = unit.members.filter((w) => state.at[w] !== slot);
      return coming.length === 0 || !state.canHost(coming, slot);
    }),
  );
}

/** Where the moves that can be made lead, if that is a placement without broken rules. */
function prefixEnd(problem: Problem, target: ArrayLike<number>, { blocked }: Ordered): Int32Array | null {
  const at = Int32Array.from(target);
  for (const u of blocked) {
    if (!problem.units[u]!.whole) return null;
    at[u] = problem.units[u]!.home;
  }
  return Placement.of(problem, at).firstBroken() === NOWHERE ? at : null;
}
