// Looks on the way whether the best placement so far can be reached by live moves. A search goes on to better ones only
// while it can: what is left of the time is for finding one that can be reached.
import { Incumbent, Objective } from './objective.ts';
import { orderMoves } from './order.ts';
import type { Ordered } from './order.ts';
import { Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { withoutSmallGains } from './small-gains.ts';

/** Share of the search after which it looks for the first time, and between looks. */
const FIRST_LOOK = 0.4;
const BETWEEN_LOOKS = 0.05;
/** With more units, an order takes too long to be made more than once. */
const UNITS_MAX = 1000;

export interface Reached {
  readonly at: Int32Array;
  readonly ordered: Ordered;
}

export class ReachProbe {
  readonly #problem: Problem;
  readonly #best: Incumbent;
  readonly #thresholdJ: number;
  /** Its own: it may be asked while the search's is in use. Made when needed. */
  #objective: Objective | null = null;
  #next = FIRST_LOOK;
  #looked: Int32Array | null = null;
  #isBlocked = false;
  /** The latest best that can be reached, small gains and all. */
  reached: Reached | null = null;

  constructor(problem: Problem, best: Incumbent, thresholdJ: number) {
    this.#problem = problem;
    this.#best = best;
    this.#thresholdJ = thresholdJ;
  }

  /** `used`: share of the search that is over. Cheap to ask, as it looks but a few times. */
  isBlocked(used: number): boolean {
    if (this.#isBlocked || used < this.#next) return this.#isBlocked;
    this.#next = used + BETWEEN_LOOKS;
    return this.look();
  }

  /** Looks now. */
  look(): boolean {
    const { at } = this.#best;
    if (at === this.#looked || this.#problem.units.length > UNITS_MAX) return this.#isBlocked;
    this.#looked = at;
    this.#isBlocked = !this.#canReach(at!) && (this.#thresholdJ <= 0 || !this.#canReach(this.#trimmed()));
    return this.#isBlocked;
  }

  #canReach(at: Int32Array): boolean {
    this.#objective ??= new Objective(this.#problem);
    const ordered = orderMoves(this.#problem, this.#objective.solver, at);
    if (ordered.blocked.length > 0) return false;
    this.reached = { at: at.slice(), ordered };
    return true;
  }

  #trimmed(): Int32Array {
    const own = new Incumbent(this.#objective!);
    own.offer(Placement.of(this.#problem, this.#best.at!));
    return withoutSmallGains(this.#problem, this.#objective!, own, this.#thresholdJ, () => false);
  }
}
