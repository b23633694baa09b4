// What is done for a problem in which slots take one unit each: the relaxation is solved once, leads the search, and
// bounds what was found.
import type { Random } from '../core/random.ts';
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import { pricedBoundJ } from './assignment-prices.ts';
import type { Assignment } from './assignment.ts';
import { AssignmentSearch } from './assignment-search.ts';
import type { Bound } from './bound.ts';
import { solveFluid } from './fluid.ts';
import { levelOf } from './objective.ts';
import type { Incumbent, Objective } from './objective.ts';
import { relaxOrder, type Relaxed } from './permutation-relaxation.ts';
import type { Placement } from './placement.ts';

/** Overshoots closer than this are the same (FORMATS); a share of it is close enough for a bound. */
const CLOSE_K = 1e-4;

export class AssignmentPlanner {
  readonly #assignment: Assignment;
  readonly #objective: Objective;
  readonly #isPast: (share: number) => boolean;
  /** Moves are all that costs: no speed is free. */
  readonly #areSpeedsGiven: boolean;
  #relaxed: Relaxed | null = null;

  constructor(assignment: Assignment, objective: Objective, isPast: (share: number) => boolean) {
    this.#assignment = assignment;
    this.#objective = objective;
    this.#isPast = isPast;
    this.#areSpeedsGiven = assignment.problem.model.fixedRatio.every((ratio) => !Number.isNaN(ratio));
  }

  /** True when nothing is left for another search. The first of the starts is the one that moves are counted from. */
  search(best: Incumbent, starts: readonly Placement[], random: Random): boolean {
    const { problem } = this.#assignment;
    if (problem.maxMoves < Infinity) return false;
    for (const start of starts) best.offer(start);
    const search = new AssignmentSearch({
      assignment: this.#assignment,
      objective: this.#objective,
      random,
      isPast: this.#isPast,
      mayCome: () => true,
    });
    const relaxed = this.#relax();
    if (best.leastK > 0) search.cool(best, relaxed, 0.6);
    if (!this.#areSpeedsGiven) return false;
    search.spareMoves(best, starts[0]!, relaxed, 0.7);
    return true;
  }

  /** A better bound where there is one. */
  tighten(bound: Bound, searched: Incumbent): Bound {
    const worstOvershootK = Math.max(bound.worstOvershootK, this.#relax().boundK);
    return { worstOvershootK, totalJ: Math.max(bound.totalJ, this.#costBoundJ(searched)) };
  }

  /** Of all assignments with at most the overshoot of the best one. */
  #costBoundJ(searched: Incumbent): number {
    const { problem } = this.#assignment;
    if (searched.score.beyondW > 0) return -Infinity;
    const levelK = Math.max(searched.levelK, levelOf(searched.score.overshootK));
    const ceilingC = problem.targetC.map((targetC) => targetC + levelK);
    const fluid = solveFluid(problem, ceilingC, 'cost');
    const pricePerK = fluid?.pricePerK ?? this.#relax().prices.map((price) => price * searched.costJ);
    const pricePerFlow = pricePerK.map((price, s) => {
      const flow = fluid?.flowM3s[s] ?? 1;
      const slope = FLOW_EXPONENT * problem.model.kFlow[s]! * flow ** (-FLOW_EXPONENT - 1);
      return price * slope * (fluid?.powerW[s] ?? 1);
    });
    const start = { ceilingC, pricePerK, pricePerFlow, knownJ: searched.costJ, excluded: null };
    return pricedBoundJ(this.#assignment, start, () => this.#isPast(0.93));
  }

  #relax(): Relaxed {
    this.#relaxed ??= relaxOrder(this.#assignment, CLOSE_K, () => this.#isPast(0.4));
    return this.#relaxed;
  }
}
