// A placement that keeps every hard rule, as close to the start as is easily had: first what can stay stays, then the
// rest is fitted in with ejections, then a complete search within a node limit, which can also prove that there is none.
import type { Random } from '../core/random.ts';
import { movesTo, NOWHERE, Placement } from './placement.ts';
import type { Problem } from './problem.ts';

export type Feasible =
  | { readonly kind: 'found'; readonly placement: Placement }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'unknown' };

export interface FeasibleLimits {
  readonly ejections: number;
  readonly nodes: number;
}

export function findFeasible(problem: Problem, random: Random, limits: FeasibleLimits): Feasible {
  const { units } = problem;
  if (units.some((unit) => unit.allowed.length === 0 || new Set(unit.apart).size < unit.apart.length)) {
    return { kind: 'impossible' };
  }
  if (problem.idlePowerW.some((power, s) => power > problem.powerCapW[s]!)) return { kind: 'impossible' };
  const placement = keepAtHome(problem);
  const waiting = units.map((_, u) => u).filter((u) => placement.at[u] === NOWHERE);
  if (fitIn(placement, waiting, random, limits.ejections)) return { kind: 'found', placement };
  return completeSearch(problem, limits.nodes);
}

/** Everything that may stay where it is and fits, the least free units first. */
function keepAtHome(problem: Problem): Placement {
  const placement = new Placement(problem);
  const order = problem.units.map((_, u) => u);
  const freedom = (u: number) => problem.units[u]!.allowed.length;
  order.sort((a, b) => freedom(a) - freedom(b) || problem.units[b]!.powerW - problem.units[a]!.powerW || a - b);
  for (const u of order) {
    const unit = problem.units[u]!;
    if (unit.whole && unit.allowed.includes(unit.home) && placement.fits(u, unit.home)) placement.place(u, unit.home);
  }
  return placement;
}

/** Places the waiting units, making room by putting others out when need be. False when the limit is reached. */
function fitIn(placement: Placement, waiting: number[], random: Random, ejections: number): boolean {
  const { problem } = placement;
  let left = ejections;
  while (waiting.length > 0) {
    const u = hardest(problem, waiting);
    const unit = problem.units[u]!;
    const open = unit.allowed.filter((slot) => placement.fits(u, slot));
    if (open.length > 0) {
      const slot = open.reduce((a, b) => (preference(placement, u, b) < preference(placement, u, a) ? b : a));
      placement.place(u, slot);
      waiting.splice(waiting.indexOf(u), 1);
      continue;
    }
    if (left-- <= 0) return false;
    const slot = random.pick(unit.allowed);
    const there = problem.units.map((_, v) => v).filter((v) => placement.at[v] === slot);
    while (!placement.fits(u, slot) && there.length > 0) {
      const out = there.splice(random.int(there.length), 1)[0]!;
      placement.remove(out);
      waiting.push(out);
    }
    if (!placement.fits(u, slot)) {
      // the budget of moves, or a slot too small for it alone: put something that moved back out and try again
      const moved = problem.units.findIndex(
        (other, v) => placement.at[v] !== NOWHERE && placement.at[v] !== other.home,
      );
      if (moved !== NOWHERE) {
        placement.remove(moved);
        waiting.push(moved);
      }
      continue;
    }
    placement.place(u, slot);
    waiting.splice(waiting.indexOf(u), 1);
  }
  return true;
}

function hardest(problem: Problem, waiting: readonly number[]): number {
  const size = (u: number) => problem.units[u]!.powerW + problem.units[u]!.demand.reduce((a, b) => a + b, 0);
  return waiting.reduce((a, b) => {
    const freedom = problem.units[b]!.allowed.length - problem.units[a]!.allowed.length;
    return freedom < 0 || (freedom === 0 && size(b) > size(a)) ? b : a;
  });
}

/** Fewest moves first, then the slot with the least power. */
function preference(placement: Placement, u: number, slot: number): number {
  return movesTo(placement.problem, placement.problem.units[u]!, slot) * 1e9 + placement.powerW[slot]!;
}

/** Depth first over the unit with the fewest open slots. Exhausted without a find = proof that there is none. */
function completeSearch(problem: Problem, maxNodes: number): Feasible {
  if (problem.units.length > 300) return { kind: 'unknown' };
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
      if (++nodes > maxNodes) return 'limit';
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
