// Search over live states, where hardly anything has room: it only goes where single moves lead, so whatever it finds
// has an order. Descent along the ranked neighbours, with room made on the way; then over and over from an earlier point
// of the best walk, shaken. The same seed and number of steps give the same answer.
import type { Random } from '../core/random.ts';
import { LiveWalk, nextOfUnit, shortened } from './live-walk.ts';
import type { Hop } from './live-walk.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { Candidate, Outlook } from './neighbourhood.ts';
import { compareBeyond, Incumbent } from './objective.ts';
import type { Objective } from './objective.ts';
import type { Step } from './order.ts';
import { outlookOf } from './outlook.ts';
import { NOWHERE, Placement } from './placement.ts';
import type { Problem } from './problem.ts';

/** Exact evaluations spent on one neighbourhood before it counts as exhausted. */
const TRIED_MAX = 16;
/** Ways to make room for one unit that are evaluated. */
const WAYS_MAX = 4;
/** Hops by which a walk is shaken at most, and draws for each. */
const SHAKEN_MAX = 4;
const DRAWS = 24;
/** How often it is the end of the walk that is shaken. */
const WHOLE = 0.3;
/** Of the best cost: from there it may go on. */
const NEARLY = 1.01;

export interface LiveSearchInput {
  /** With the prices of moves that count. */
  readonly problem: Problem;
  readonly objective: Objective;
  readonly random: Random;
  readonly isOver: () => boolean;
  /** Walks in a row that bring nothing before it is done. */
  readonly staleMax: number;
  /** Steps that lead from the start to a state in which all rules hold; none when it does itself. */
  readonly before: readonly Step[];
}

export interface Found {
  readonly at: Int32Array;
  readonly hops: readonly Hop[];
}

export class LiveSearch {
  readonly #input: LiveSearchInput;
  readonly #neighbourhood: Neighbourhood;
  readonly #best: Incumbent;
  #bestHops: readonly Hop[] = [];

  constructor(input: LiveSearchInput) {
    this.#input = input;
    this.#neighbourhood = new Neighbourhood(input.problem);
    this.#best = new Incumbent(input.objective);
  }

  /** The best of what walks lead to, those of `starts` and all on their way among it. */
  run(starts: readonly (readonly Hop[])[]): Found {
    for (const hops of starts) this.#climbFrom(hops);
    let current = this.#bestHops;
    for (let stale = 0; stale < this.#input.staleMax && !this.#input.isOver(); stale++) {
      const walk = this.#shaken(current);
      const hops = this.#climb(walk);
      if (this.#offer(walk, hops)) {
        stale = -1;
        current = this.#bestHops;
      } else if (this.#isNearly(walk.placement)) current = this.#shortened(hops);
      else current = this.#bestHops;
    }
    return { at: this.#best.at!, hops: this.#bestHops };
  }

  #climbFrom(hops: readonly Hop[]): void {
    const { isOver } = this.#input;
    const walk = this.#walk([]);
    let bestLength = this.#best.offer(this.#charged(walk.placement.at, [])) ? 0 : null;
    for (const hop of hops) {
      if (isOver() || !walk.follow([hop])) break;
      if (this.#best.offer(this.#charged(walk.placement.at, walk.hops))) bestLength = walk.length;
    }
    if (bestLength !== null) this.#bestHops = this.#shortened(walk.hops.slice(0, bestLength));
    if (!isOver()) this.#offer(walk, this.#climb(walk));
  }

  #walk(hops: readonly Hop[]): LiveWalk {
    const walk = new LiveWalk(this.#input.problem, this.#input.before);
    walk.follow(hops);
    return walk;
  }

  #offer(walk: LiveWalk, hops: readonly Hop[]): boolean {
    const shorter = this.#shortened(hops);
    if (!this.#best.offer(this.#charged(walk.placement.at, shorter))) return false;
    this.#bestHops = shorter;
    return true;
  }

  /** With what detours cost as well, so that a walk makes none that are not worth it. */
  #charged(at: Int32Array, hops: readonly Hop[]): Placement {
    const { problem } = this.#input;
    const placement = Placement.of(problem, at);
    const next = nextOfUnit(hops);
    hops.forEach(({ unit }, i) => {
      const isLast = next[i] === NOWHERE && at[unit] !== problem.units[unit]!.home;
      if (!isLast) placement.movesJ += movesJ(problem, unit);
    });
    return placement;
  }

  #shortened(hops: readonly Hop[]): readonly Hop[] {
    const { problem, before, isOver } = this.#input;
    return shortened(problem, before, hops, isOver);
  }

  /** From the end of the walk or somewhere on it, a few hops at random. */
  #shaken(hops: readonly Hop[]): LiveWalk {
    const { random, problem } = this.#input;
    const walk = this.#walk(random.next() < WHOLE ? hops : hops.slice(0, random.int(hops.length + 1)));
    const free = [...problem.units.keys()].filter((u) => problem.units[u]!.allowed.length > 1);
    const count = 1 + random.int(SHAKEN_MAX);
    for (let made = 0, draws = 0; made < count && draws < count * DRAWS && free.length > 0; draws++) {
      const u = random.pick(free);
      if (walk.go(u, random.pick(problem.units[u]!.allowed))) made++;
    }
    return walk;
  }

  /** To where no neighbour within reach is better; the hops of the whole walk. */
  #climb(walk: LiveWalk): readonly Hop[] {
    const { objective, isOver } = this.#input;
    const local = new Incumbent(objective);
    local.offer(walk.placement);
    while (!isOver()) {
      const outlook = outlookOf(objective, walk.placement, local.levelK);
      if (this.#improve(walk, local, outlook)) continue;
      if (!outlook.overshootCounts) break;
      if (!this.#improve(walk, local, { ...outlook, overshootCounts: false })) break;
    }
    return walk.hops;
  }

  #improve(walk: LiveWalk, local: Incumbent, outlook: Outlook): boolean {
    const { random, isOver } = this.#input;
    let tried = 0;
    const maySwap = (u: number, v: number) => walk.fitsInstead(u, v) && walk.fitsInstead(v, u);
    for (const candidate of this.#neighbourhood.rank(walk.placement, outlook, random, maySwap)) {
      if (tried >= TRIED_MAX || isOver()) return false;
      const length = walk.length;
      for (const way of this.#ways(walk, candidate)) {
        if (!walk.follow(way)) {
          walk.backTo(length);
          continue;
        }
        tried++;
        if (local.offer(walk.placement)) return true;
        walk.backTo(length);
        if (candidate.v !== NOWHERE || tried >= TRIED_MAX) break; // all ways end in the same
      }
    }
    return false;
  }

  #ways(walk: LiveWalk, { u, v, to }: Candidate): Iterable<readonly Hop[]> {
    if (v !== NOWHERE) return this.#swaps(walk, u, v, to);
    if (walk.mayGo(u, to)) return [[{ unit: u, to }]];
    return this.#withRoomMade(walk, u, to);
  }

  /** One after the other, or with one of them put aside meanwhile. */
  *#swaps({ placement }: LiveWalk, u: number, v: number, to: number): Iterable<readonly Hop[]> {
    const { units } = this.#input.problem;
    const from = placement.at[u]!;
    const there = { unit: u, to };
    const back = { unit: v, to: from };
    yield [there, back];
    yield [back, there];
    for (const slot of units[v]!.allowed) if (slot !== to && slot !== from) yield [{ unit: v, to: slot }, there, back];
    for (const slot of units[u]!.allowed) if (slot !== to && slot !== from) yield [{ unit: u, to: slot }, back, there];
  }

  /** Another unit goes elsewhere first. */
  *#withRoomMade(walk: LiveWalk, u: number, to: number): Iterable<readonly Hop[]> {
    const { problem, random } = this.#input;
    const { at } = walk.placement;
    const there = [...problem.units.keys()].filter((v) => at[v] === to && walk.fitsInstead(u, v));
    for (let ways = 0; ways < WAYS_MAX && there.length > 0;) {
      const v = there.splice(random.int(there.length), 1)[0]!;
      const slots = problem.units[v]!.allowed.filter((slot) => walk.mayGo(v, slot));
      if (slots.length === 0) continue;
      ways++;
      yield [
        { unit: v, to: random.pick(slots) },
        { unit: u, to },
      ];
    }
  }

  /** Good enough to go on from, though not better. */
  #isNearly(placement: Placement): boolean {
    const { objective } = this.#input;
    const score = objective.score(placement);
    if (compareBeyond(score, this.#best.score) > 0 || score.overshootK > this.#best.levelK) return false;
    return objective.costJ(placement, this.#best.levelK) < this.#best.costJ * NEARLY;
  }
}

/** What a move of the unit costs, J. */
function movesJ({ instance, units }: Problem, u: number): number {
  return units[u]!.members.reduce((sum, w) => sum + instance.workloads[w]!.moveCostJ, 0);
}
