// From the best placement to one that live moves can reach: moves that gain less than the threshold are dropped, the
// rest is put in order, and what has no order is forbidden and searched around.
import type { Random } from '../core/random.ts';
import { searchExact } from './exact.ts';
import { LiveState } from './live-state.ts';
import { compareBeyond, Incumbent } from './objective.ts';
import type { Objective } from './objective.ts';
import { orderMoves } from './order.ts';
import type { Ordered } from './order.ts';
import { movesTo, NOWHERE, Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { forbiddenKey, Search } from './search.ts';
import type { SearchLimits } from './search.ts';

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
  /** It is the placement that was asked for. */
  readonly isUnchanged: boolean;
}

/** Null when not even the start, or a repair of it, can be reached. */
export function findReachable(input: ReachableInput): Reachable | null {
  const { problem, objective, limits } = input;
  const trimmed = dropSmallGains(input);
  let target = trimmed.at!;
  const forbidden = new Set<string>();
  const blocked = new Set<number>();
  const reached = new Incumbent(objective);
  let reachedBy: Ordered | null = null;
  const offer = (at: ArrayLike<number>, ordered: Ordered) => {
    if (ordered.blocked.length === 0 && reached.offer(Placement.of(problem, at))) reachedBy = ordered;
  };
  offer(input.start.at, orderMoves(problem, objective.solver, input.start.at));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ordered = orderMoves(problem, objective.solver, target);
    offer(target, ordered);
    if (ordered.blocked.length === 0) break;
    if (ordered.steps.length === 0 && isStuck(problem)) {
      for (const u of ordered.blocked) blocked.add(u);
      break;
    }
    const stop = prefixEnd(problem, target, ordered);
    if (stop !== null) offer(stop, orderMoves(problem, objective.solver, stop));
    for (const u of ordered.blocked) {
      blocked.add(u);
      forbidden.add(forbiddenKey(u, target[u]!));
    }
    const again = new Incumbent(objective);
    const search = new Search(problem, objective, input.random, limits, forbidden);
    const starts = stop === null ? [input.start] : [input.start, Placement.of(problem, stop)];
    search.run(again, starts);
    target = again.at!;
  }
  if (blocked.size > 0 && reached.at !== null && input.exactNodes > 0) {
    const accept = ({ at }: Placement) => orderMoves(problem, objective.solver, at).blocked.length === 0;
    searchExact(problem, objective, reached, { nodes: input.exactNodes, isOver: limits.isOver, accept });
    reachedBy = orderMoves(problem, objective.solver, reached.at);
  }
  const ordered: Ordered | null = reachedBy;
  if (ordered === null) return null;
  const staying = [...blocked].filter((u) => movesTo(problem, problem.units[u]!, reached.at![u]!) === 0);
  const isUnchanged = blocked.size === 0 && reached.at!.every((slot, u) => slot === input.best.at![u]);
  return { best: reached, ordered, blocked: new Set(staying), isUnchanged };
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

/** Takes back every move that the plan is hardly worse without, the least useful first. */
function dropSmallGains({ problem, objective, best, thresholdJ }: ReachableInput): Incumbent {
  const placement = Placement.of(problem, best.at!);
  let costJ = best.costJ;
  const rounds = thresholdJ > 0 ? problem.units.length : 0;
  for (let round = 0; round < rounds; round++) {
    let chosen = NOWHERE;
    let leastJ = Infinity;
    for (let u = 0; u < problem.units.length; u++) {
      const unit = problem.units[u]!;
      const slot = placement.at[u]!;
      if (slot === unit.home || !unit.whole || !unit.allowed.includes(unit.home)) continue;
      placement.remove(u);
      const isOpen = placement.fits(u, unit.home);
      placement.place(u, isOpen ? unit.home : slot);
      if (!isOpen) continue;
      const score = objective.score(placement);
      const isAsCool = compareBeyond(score, best.score) <= 0 && score.overshootK <= best.levelK;
      const withoutJ = isAsCool ? objective.costJ(placement, best.levelK) : Infinity;
      placement.move(u, slot);
      if (withoutJ - costJ < Math.min(thresholdJ, leastJ)) {
        leastJ = withoutJ - costJ;
        chosen = u;
      }
    }
    if (chosen === NOWHERE) break;
    placement.move(chosen, problem.units[chosen]!.home);
    costJ += leastJ;
  }
  const trimmed = new Incumbent(objective);
  trimmed.offer(placement);
  return trimmed;
}
