// The objective, lexicographic: least power where no air reaches, then the least worst overshoot (equal within 0.001 K), then
// the energy of air movers over the horizon plus what the moves cost. Costs of placements are compared at one level:
// the overshoot every one of them may use.
import { Fluids } from './fluid.ts';
import { Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { SpeedSolver } from './speeds.ts';
import type { Speeds } from './speeds.ts';

/** Overshoots within 0.001 K are equal; so much of that the speeds may use, the rest is for rounding. */
const OVERSHOOT_USED_K = 0.0009;

export interface Score {
  /** Power in slots beyond any cooling, W; see LeastOvershoot. */
  readonly beyondW: number;
  /** Worst overshoot at full speed, K. */
  readonly overshootK: number;
}

/** The overshoot the speeds may leave when the least one is `overshootK`. None when it is zero. */
export function levelOf(overshootK: number): number {
  return overshootK > 0 ? overshootK + OVERSHOOT_USED_K : 0;
}

/** Negative when `a` has less power beyond cooling; 0 within rounding. */
export function compareBeyond(a: Score, b: Score): number {
  return Math.abs(a.beyondW - b.beyondW) < 1e-6 ? 0 : a.beyondW - b.beyondW;
}

export class Objective {
  readonly solver: SpeedSolver;
  /** The fluids that the search follows; bounds begin with them, too. */
  readonly fluids: Fluids;
  readonly #horizonS: number;
  /** Exact evaluations so far; the search's measure of work. */
  evaluations = 0;

  constructor(problem: Problem) {
    this.solver = new SpeedSolver(problem.model, problem.targetC);
    this.fluids = new Fluids(problem);
    this.#horizonS = problem.instance.horizonS;
  }

  score(placement: Placement): Score {
    this.evaluations++;
    const { overshootK, beyondW } = this.solver.leastOvershoot(placement.powerW);
    return { overshootK, beyondW };
  }

  /** Air-mover energy over the horizon plus moves, J, when the overshoot may be `levelK`. */
  costJ(placement: Placement, levelK: number): number {
    return this.speeds(placement, levelK).moverPowerW * this.#horizonS + placement.movesJ;
  }

  speeds(placement: Placement, levelK: number): Speeds {
    this.evaluations++;
    return this.solver.solve(placement.powerW, levelK);
  }
}

/** The best placement seen, and whether another one is better. */
export class Incumbent {
  readonly #objective: Objective;
  #problem: Problem | null = null;
  at: Int32Array | null = null;
  score: Score = { beyondW: Infinity, overshootK: Infinity };
  #leastK = Infinity;
  /** Null until somebody asks: a placement that is too hot is never compared by it. */
  #costJ: number | null = Infinity;

  constructor(objective: Objective) {
    this.#objective = objective;
  }

  /** Of what is kept, J, at the level at which costs are compared. */
  get costJ(): number {
    if (this.#costJ === null) {
      this.#costJ = this.#objective.costJ(Placement.of(this.#problem!, this.at!), this.levelK);
    }
    return this.#costJ;
  }

  /** Least overshoot seen at the least power beyond cooling. */
  get leastK(): number {
    return this.#leastK;
  }

  /** What the speeds may leave over when costs are compared. */
  get levelK(): number {
    return levelOf(this.#leastK);
  }

  /** Keeps the placement if it is better than what is kept; says whether it did. */
  offer(placement: Placement): boolean {
    const score = this.#objective.score(placement);
    const closer = compareBeyond(score, this.score);
    if (closer > 0) return false;
    if (closer < 0) return this.#take(placement, score, score.overshootK, null);
    if (score.overshootK > this.levelK) return false;
    if (score.overshootK < this.#leastK) {
      this.#leastK = score.overshootK;
      if (this.score.overshootK > this.levelK) return this.#take(placement, score, score.overshootK, null);
      this.#costJ = null;
    }
    const costJ = this.#objective.costJ(placement, this.levelK);
    if (costJ >= this.costJ - 1e-9 * Math.abs(this.costJ)) return false;
    return this.#take(placement, score, this.#leastK, costJ);
  }

  #take(placement: Placement, score: Score, leastK: number, costJ: number | null): true {
    this.#problem = placement.problem;
    this.at = placement.at.slice();
    this.score = score;
    this.#leastK = leastK;
    this.#costJ = costJ;
    return true;
  }
}
