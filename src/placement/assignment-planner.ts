// What is done for a problem in which slots take one unit each: the relaxation is solved once, leads the search and the
// proof, and bounds what was found.
import type { Random } from '../core/random.ts';
import { FLOW_EXPONENT, moverPowerW } from '../thermal/chassis-model.ts';
import { searchAssignments } from './assignment-exact.ts';
import { pricedBoundJ } from './assignment-prices.ts';
import { RangeFinder, unreachableLevel } from './assignment-ranges.ts';
import { AssignmentSearch } from './assignment-search.ts';
import { excessInto, itemsOf, type Assignment } from './assignment.ts';
import type { Bound } from './bound.ts';
import { solveFluid } from './fluid.ts';
import { levelOf } from './objective.ts';
import type { Incumbent, Objective } from './objective.ts';
import { OvershootPrices } from './overshoot-prices.ts';
import { relaxOrder, type Relaxed } from './permutation-relaxation.ts';
import type { Placement } from './placement.ts';

/** Overshoots closer than 0.001 K are the same (FORMATS); a tenth of it is close enough for a bound. */
const CLOSE_K = 1e-4;
/** Nodes of the exact search; for a bigger chassis only as many as take little time, in case that its work is much alike. */
const EXACT_NODES = 3_000_000;
const EXACT_SLOTS = 26;
const TRIED_WORK = 1e8;
/** Shares of the time after which each part ends. */
const UNTIL = { relaxed: 0.3, cooled: 0.6, moved: 0.65, proven: 0.78, overshootBound: 0.86, costBound: 0.92 } as const;

export class AssignmentPlanner {
  readonly #assignment: Assignment;
  readonly #objective: Objective;
  readonly #isPast: (share: number) => boolean;
  /** Moves are all that costs: no speed is free. */
  readonly #areSpeedsGiven: boolean;
  #relaxed: Relaxed | null = null;
  #finder: RangeFinder | null = null;
  #provenK = -Infinity;

  /** `isPast`: so much of the time is used up, or all steps are. */
  constructor(assignment: Assignment, objective: Objective, isPast: (share: number) => boolean) {
    this.#assignment = assignment;
    this.#objective = objective;
    this.#isPast = isPast;
    this.#areSpeedsGiven = assignment.problem.model.fixedRatio.every((ratio) => !Number.isNaN(ratio));
  }

  /** True when nothing is left for another search. The first of the starts is the one that keeps what can stay. */
  search(best: Incumbent, starts: readonly Placement[], random: Random): boolean {
    if (this.#assignment.problem.maxMoves < Infinity) return false;
    for (const start of starts) best.offer(start);
    const search = new AssignmentSearch({
      assignment: this.#assignment,
      objective: this.#objective,
      random,
      isPast: this.#isPast,
    });
    const relaxed = this.#relax();
    if (best.leastK > 0) search.cool(best, relaxed, UNTIL.cooled);
    if (!this.#areSpeedsGiven) return false;
    search.spareMoves(best, starts[0]!, relaxed, UNTIL.moved);
    return true;
  }

  /** Makes `best` the proven optimum; false when that takes too long, null when it is not for this to prove. */
  prove(best: Incumbent): boolean | null {
    if (!this.#areSpeedsGiven || this.#assignment.problem.maxMoves < Infinity) return null;
    const { size } = this.#assignment;
    const nodes = size <= EXACT_SLOTS ? EXACT_NODES : Math.floor(TRIED_WORK / size ** 2);
    const limits = { nodes, isOver: () => this.#isPast(UNTIL.proven) };
    const { isOptimal, boundK } = searchAssignments(this.#assignment, this.#relax().prices, best, limits);
    this.#provenK = boundK;
    return isOptimal;
  }

  /** What no assignment can beat; the cost among those with at most the overshoot of `searched`. */
  bound(searched: Incumbent, general: () => Bound): Bound {
    const known = this.#areSpeedsGiven ? { worstOvershootK: 0, totalJ: this.#moversJ() } : general();
    let worstOvershootK = Math.max(known.worstOvershootK, this.#relax().boundK, this.#provenK);
    if (worstOvershootK < searched.leastK - CLOSE_K) {
      worstOvershootK = unreachableLevel(this.#ranges(), worstOvershootK, searched.leastK, CLOSE_K);
      const prices = new OvershootPrices(this.#assignment, this.#ranges(), this.#relax().prices);
      worstOvershootK = prices.raise(worstOvershootK, searched.leastK, () => this.#isPast(UNTIL.overshootBound));
    }
    return { worstOvershootK, totalJ: Math.max(known.totalJ, this.#costBoundJ(searched)) };
  }

  /** At speeds that are given. */
  #moversJ(): number {
    const { model, instance } = this.#assignment.problem;
    return moverPowerW(model, model.fixedRatio) * instance.horizonS;
  }

  #costBoundJ(searched: Incumbent): number {
    const { problem } = this.#assignment;
    const levelK = Math.max(searched.levelK, levelOf(searched.score.overshootK));
    const ceilingC = problem.targetC.map((targetC) => targetC + levelK);
    const ranges = this.#ranges().under(levelK);
    const guess = (this.#areSpeedsGiven ? null : this.#guessByFluid(ceilingC)) ?? this.#guessByOrder(searched, levelK);
    const start = { ...guess, ceilingC, ranges, knownJ: searched.costJ };
    return pricedBoundJ(this.#assignment, start, () => this.#isPast(UNTIL.costBound));
  }

  #guessByFluid(ceilingC: Float64Array): Guess | null {
    const { problem } = this.#assignment;
    const fluid = solveFluid(problem, ceilingC, 'cost');
    if (fluid === null) return null;
    const { flowM3s, powerW, pricePerK } = fluid;
    const slope = (flow: number, s: number) =>
      FLOW_EXPONENT * problem.model.kFlow[s]! * flow ** (-FLOW_EXPONENT - 1) * powerW[s]!;
    return { pricePerK, pricePerFlow: flowM3s.map((flow, s) => pricePerK[s]! * slope(flow, s)) };
  }

  /** The relaxation's prices, at about what the moves took for every kelvin that they brought. */
  #guessByOrder(searched: Incumbent, levelK: number): Guess {
    const { problem, size } = this.#assignment;
    const excess = new Float64Array(size);
    const homes = problem.units.map((unit) => unit.home);
    let perK = searched.costJ;
    if (new Set(homes).size === homes.length) {
      excessInto(this.#assignment, itemsOf(this.#assignment, homes), excess);
      const worst = excess.reduce((a, b) => Math.max(a, b), -Infinity);
      perK = (searched.costJ - this.#moversJ()) / Math.max(worst - levelK, 0.01);
    }
    const pricePerK = this.#relax().prices.map((price) => price * perK);
    return { pricePerK, pricePerFlow: new Float64Array(size) };
  }

  #ranges(): RangeFinder {
    this.#finder ??= new RangeFinder(this.#assignment);
    return this.#finder;
  }

  #relax(): Relaxed {
    this.#relaxed ??= relaxOrder(this.#assignment, CLOSE_K, () => this.#isPast(UNTIL.relaxed));
    return this.#relaxed;
  }
}

/** Where the prices begin. */
interface Guess {
  readonly pricePerK: Float64Array;
  readonly pricePerFlow: Float64Array;
}
