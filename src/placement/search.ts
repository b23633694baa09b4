// Search over placements: annealing led by the fluid problem, then descent along the ranked neighbourhood with exact
// speeds, then a small part is ruined and recreated or annealed again, over and over from the best. The same seed and
// number of steps give the same answer; with a deadline it is better the longer it may run.
import type { Random } from '../core/random.ts';
import { placeGreedily } from './greedy.ts';
import { LedSearch } from './led-search.ts';
import type { Led } from './led-search.ts';
import { compareBeyond, Incumbent } from './objective.ts';
import type { Objective } from './objective.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { Candidate, Outlook } from './neighbourhood.ts';
import { outlookOf } from './outlook.ts';
import { moveCostTo, NOWHERE, Placement } from './placement.ts';
import { relieve } from './relief.ts';
import type { Problem } from './problem.ts';

/** Units times slots up to which a placement made anew is looked at first; beyond, only where no fluid leads. */
const GREEDY_FIRST_MAX = 1e6;
/** Ruins in a row that bring nothing before the search goes on from another point, besides one for every four units. */
const PATIENCE = 30;
/** With more units, an exact evaluation takes too long to descend step by step. */
const DESCENDED_UNITS = 4000;
/** Exact evaluations spent on one neighbourhood before it counts as exhausted. */
const TRIED_MAX = 16;

export interface SearchLimits {
  /** True when time or steps are used up. */
  readonly isOver: () => boolean;
  /** Ruins in a row that brought nothing before the search is done. */
  readonly staleMax: number;
}

/** What the search may not use: unit to slot, because no live order led there. */
export type Forbidden = ReadonlySet<string>;

export function forbiddenKey(u: number, slot: number): string {
  return `${u}>${slot}`;
}

export class Search {
  readonly #problem: Problem;
  readonly #objective: Objective;
  readonly #random: Random;
  readonly #limits: SearchLimits;
  readonly #forbidden: Forbidden;
  readonly #neighbourhood: Neighbourhood;
  readonly #ledSearch: LedSearch;

  constructor(problem: Problem, objective: Objective, random: Random, limits: SearchLimits, forbidden: Forbidden) {
    this.#problem = problem;
    this.#objective = objective;
    this.#random = random;
    this.#limits = limits;
    this.#forbidden = forbidden;
    this.#neighbourhood = new Neighbourhood(problem);
    const mayCome = (u: number, slot: number) => this.#isFree(u, slot);
    this.#ledSearch = new LedSearch({ problem, objective, random, isOver: limits.isOver, mayCome });
  }

  /** Improves `best` from every start, then by ruin and recreate until a limit is reached. */
  run(best: Incumbent, starts: readonly Placement[]): void {
    for (const start of starts) best.offer(start);
    const { units, slotCount, maxMoves } = this.#problem;
    if (maxMoves === 0 || units.every((unit) => unit.allowed.length < 2)) return;
    if (best.score.overshootK > 0) this.#offerRelieved(best);
    if (this.#limits.isOver()) return;
    const isSmall = units.length * slotCount <= GREEDY_FIRST_MAX;
    if (isSmall) this.#offerGreedy(best);
    const led = this.#ledSearch.lead(best, starts[0]!);
    if (this.#limits.isOver()) return;
    if (!isSmall && led === null) this.#offerGreedy(best);
    if (led !== null && units.length > DESCENDED_UNITS) return this.#ledOnly(best, led);
    const patience = Math.ceil(PATIENCE + units.length / 4);
    const { staleMax, isOver } = this.#limits;
    let inVain = this.#climb(best, led, Math.min(patience, staleMax));
    for (let climbs = 1; inVain < staleMax && !isOver(); climbs++) {
      const before = best.at!;
      const local = climbs % 2 === 1 ? this.#restart(starts[0]!, led) : best;
      const stale = this.#climb(local, led, Math.min(patience, staleMax - inVain));
      if (local !== best) best.offer(Placement.of(this.#problem, local.at!));
      inVain = best.at === before ? inVain + stale : stale;
    }
  }

  /** From the best on, until `patience` ruins in a row bring nothing; their number. */
  #climb(best: Incumbent, led: Led | null, patience: number): number {
    let current = this.#descend(Placement.of(this.#problem, best.at!));
    best.offer(current);
    let rounds = 0;
    let stale = 0;
    for (; stale < patience && !this.#limits.isOver(); stale++) {
      const isLed = stale % 4 === 3 && led !== null;
      const changed = isLed ? this.#ledSearch.again(best, led, rounds++ > 0) : this.#ruinAndRecreate(current);
      if (changed === null) continue;
      const settled = this.#descend(changed);
      if (best.offer(settled)) {
        stale = -1;
        rounds = 0;
        current = settled;
      } else if (this.#isNearly(best, settled)) current = settled;
      else current = Placement.of(this.#problem, best.at!);
    }
    return stale;
  }

  /** Another point to climb from: annealed anew from the start, or the start with much of it thrown about. */
  #restart(start: Placement, led: Led | null): Incumbent {
    const local = new Incumbent(this.#objective);
    local.offer(start);
    if (led !== null) this.#ledSearch.restart(local, start, led);
    else {
      let thrown = start;
      for (let i = 0; i < this.#problem.units.length / 8; i++) thrown = this.#ruinAndRecreate(thrown) ?? thrown;
      local.offer(thrown);
    }
    return local;
  }

  /** Where a single exact evaluation takes long: rounds of annealing, each judged once. */
  #ledOnly(best: Incumbent, led: Led): void {
    let inVain = 0;
    while (!this.#limits.isOver() && inVain < this.#limits.staleMax) {
      const found = this.#ledSearch.again(best, led, inVain > 0);
      inVain = best.offer(found) ? 0 : inVain + 1;
    }
  }

  #offerRelieved(best: Incumbent): void {
    const mayCome = (u: number, slot: number) => this.#isFree(u, slot);
    const from = Placement.of(this.#problem, best.at!);
    const relieved = relieve(from, this.#objective, mayCome, this.#limits.isOver);
    if (relieved !== null) best.offer(relieved);
  }

  #offerGreedy(best: Incumbent): void {
    const greedy = placeGreedily(
      this.#problem,
      this.#objective,
      (u, slot) => this.#isFree(u, slot),
      this.#limits.isOver,
    );
    if (greedy !== null) best.offer(greedy);
  }

  /** The nearest local optimum. Leaves `start` as it is. */
  #descend(start: Placement): Placement {
    const placement = Placement.of(this.#problem, start.at);
    const walk = new Incumbent(this.#objective);
    walk.offer(placement);
    while (!this.#limits.isOver()) {
      const outlook = outlookOf(this.#objective, placement, walk.levelK);
      if (!this.#improve(placement, walk, outlook)) {
        // nothing lowers the worst overshoot any more: go on with the energy at that overshoot
        if (!outlook.overshootCounts) break;
        if (!this.#improve(placement, walk, { ...outlook, overshootCounts: false })) break;
      }
    }
    return placement;
  }

  #improve(placement: Placement, walk: Incumbent, outlook: Outlook): boolean {
    const candidates = this.#neighbourhood.rank(placement, outlook, this.#random);
    let tried = 0;
    for (const candidate of candidates) {
      if (tried >= TRIED_MAX || this.#limits.isOver()) break;
      const undo = this.#apply(placement, candidate);
      if (undo === null) continue;
      tried++;
      if (walk.offer(placement)) return true;
      undo();
    }
    return false;
  }

  /** Carries out a candidate if the hard rules allow it; returns how to take it back. */
  #apply(placement: Placement, { u, v, to }: Candidate): (() => void) | null {
    const from = placement.at[u]!;
    if (v === NOWHERE) {
      placement.remove(u);
      const may = this.#mayCome(placement, u, to);
      placement.place(u, may ? to : from);
      return may ? () => placement.move(u, from) : null;
    }
    placement.remove(u);
    placement.remove(v);
    if (this.#mayCome(placement, u, to)) {
      placement.place(u, to);
      if (this.#mayCome(placement, v, from)) {
        placement.place(v, from);
        return () => {
          placement.remove(u);
          placement.remove(v);
          placement.place(u, from);
          placement.place(v, to);
        };
      }
      placement.remove(u);
    }
    placement.place(u, from);
    placement.place(v, to);
    return null;
  }

  #mayCome(placement: Placement, u: number, slot: number): boolean {
    return placement.fits(u, slot) && this.#isFree(u, slot);
  }

  #isFree(u: number, slot: number): boolean {
    return this.#forbidden.size === 0 || !this.#forbidden.has(forbiddenKey(u, slot));
  }

  /** Takes a few units out, those of two or three slots mostly, and puts them back elsewhere. */
  #ruinAndRecreate(from: Placement): Placement | null {
    const { units, slotCount } = this.#problem;
    const random = this.#random;
    const placement = Placement.of(this.#problem, from.at);
    const slots = new Set([this.#hotSlot(placement), random.int(slotCount), random.int(slotCount)]);
    const near = units.map((_, u) => u).filter((u) => slots.has(placement.at[u]!) && units[u]!.allowed.length > 1);
    const free = near.length > 0 ? near : units.map((_, u) => u).filter((u) => units[u]!.allowed.length > 1);
    const count = Math.min(free.length, 2 + random.int(5));
    const out: number[] = [];
    for (let i = 0; i < count; i++) out.push(free.splice(random.int(free.length), 1)[0]!);
    for (const u of out) placement.remove(u);
    for (const u of out) {
      const slot = this.#insertion(placement, u);
      if (slot === NOWHERE) return null;
      placement.place(u, slot);
    }
    return placement;
  }

  /** Where the unit raises the worst excess least, with a taste for its home and some chance. */
  #insertion(placement: Placement, u: number): number {
    const unit = this.#problem.units[u]!;
    let chosen = NOWHERE;
    let lowest = Infinity;
    for (const slot of unit.allowed) {
      if (!this.#mayCome(placement, u, slot)) continue;
      const resistance = this.#problem.model.rKPerW[slot]! + 0.1;
      const home = moveCostTo(this.#problem, unit, slot) === 0 ? -5 : 0;
      const heat = (placement.powerW[slot]! + unit.powerW) * resistance - this.#problem.targetC[slot]!;
      const value = heat + home + 15 * this.#random.gaussian();
      if (value < lowest) {
        lowest = value;
        chosen = slot;
      }
    }
    return chosen;
  }

  /** One of the slots nearest to its limit, by chance. */
  #hotSlot(placement: Placement): number {
    const temperatures = this.#objective.solver.temperaturesAtFull(placement.powerW);
    let chosen = 0;
    let hottest = -Infinity;
    for (let s = 0; s < temperatures.length; s++) {
      const heat = temperatures[s]! - this.#problem.targetC[s]! + 5 * this.#random.gaussian();
      if (heat > hottest) {
        hottest = heat;
        chosen = s;
      }
    }
    return chosen;
  }

  /** Good enough to go on from, though not better: no more overshoot, cost within 1 %. */
  #isNearly(best: Incumbent, placement: Placement): boolean {
    const score = this.#objective.score(placement);
    if (compareBeyond(score, best.score) > 0 || score.overshootK > best.levelK) return false;
    return this.#objective.costJ(placement, best.levelK) < best.costJ * 1.01;
  }
}
