// From the best placement to one that live moves can reach: moves that gain less than the threshold are dropped, the
// rest is put in order, and what has no order is forbidden and searched around.
import type { Random } from '../core/random.ts';
import { searchExact } from './exact.ts';
import { LiveState } from './live-state.ts';
import { Incumbent } from './objective.ts';
import type { Objective } from './objective.ts';
import { orderMoves } from './order.ts';
import type { Ordered } from './order.ts';
import { movesTo, NOWHERE, Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { forbiddenKey, Search } from './search.ts';
import type { SearchLimits } from './search.ts';
import { withoutSmallGains } from './small-gains.ts';

const ATTEMPTS = 6;

export interface ReachableInput {
  readonly problem: Problem;
  readonly objective: Objective;
  readonly best: Incumbent;
  /** Keeps the hard rules; the start itself when that does. */
  readonly start: Placement;
  readonly random: Random;
  readonly limits: SearchLimits;
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
  const { problem, objective, limits } = input;
  let target = withoutSmallGains(problem, objective, input.best, input.thresholdJ, limits.isOver);
  const forbidden = new Set<string>();
  const wanted = new Map<number, Wanted>();
  const reached = new Incumbent(objective);
  let reachedBy: Ordered | null = null;
  const offer = (at: ArrayLike<number>, ordered: Ordered) => {
    if (ordered.blocked.length === 0 && reached.offer(Placement.of(problem, at))) reachedBy = ordered;
  };
  offer(input.start.at, orderMoves(problem, objective.solver, input.start.at, limits.isOver));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ordered = orderMoves(problem, objective.solver, target, limits.isOver);
    offer(target, ordered);
    if (ordered.blocked.length === 0) break;
    if (ordered.steps.length === 0 && isStuck(problem)) {
      for (const u of ordered.blocked) wanted.set(u, { slot: target[u]!, isProven: true });
      break;
    }
    const stop = prefixEnd(problem, target, ordered);
    if (stop !== null) offer(stop, orderMoves(problem, objective.solver, stop, limits.isOver));
    for (const u of ordered.blocked) {
      wanted.set(u, { slot: target[u]!, isProven: ordered.isProven });
      forbidden.add(forbiddenKey(u, target[u]!));
    }
    const again = new Incumbent(objective);
    const search = new Search(problem, objective, input.random, limits, forbidden);
    const starts = stop === null ? [input.start] : [input.start, Placement.of(problem, stop)];
    search.run(again, starts);
    target = again.at!;
  }
  if (wanted.size > 0 && reached.at !== null && input.exactNodes > 0) {
    const accept = ({ at }: Placement) => orderMoves(problem, objective.solver, at).blocked.length === 0;
    searchExact(problem, objective, reached, { nodes: input.exactNodes, isOver: limits.isOver, accept });
    reachedBy = orderMoves(problem, objective.solver, reached.at);
  }
  const ordered: Ordered | null = reachedBy;
  if (ordered === null) return null;
  const staying = [...wanted.keys()].filter((u) => movesTo(problem, problem.units[u]!, reached.at![u]!) === 0);
  const isUnchanged = wanted.size === 0 && reached.at!.every((slot, u) => slot === input.best.at![u]);
  return { best: reached, ordered, blocked: new Set(staying), wanted, isUnchanged };
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
