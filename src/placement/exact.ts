// Exact search through all placements that a condition accepts, for instances small enough. Powers only grow as units are placed and temperatures
// only rise with power, so what a part of a placement needs is a lower bound for every completion of it.
import { moveCostTo, NOWHERE, Placement } from './placement.ts';
import { compareBeyond } from './objective.ts';
import type { Incumbent, Objective, Score } from './objective.ts';
import type { Problem } from './problem.ts';
import { unitSignature as signature } from './unit-classes.ts';

export interface ExactLimits {
  readonly nodes: number;
  readonly isOver: () => boolean;
  /** Only placements that pass count; all do when it is left out. */
  readonly accept?: (placement: Placement) => boolean;
}

/** How many placements there are, ignoring the rules. */
export function placementCount(problem: Problem): number {
  return problem.units.reduce((product, unit) => product * unit.allowed.length, 1);
}

/**
 * Makes `best` the proven optimum; false when a limit came first, and then `best` is at least not worse.
 * First the least overshoot is proven, then the least cost at that overshoot.
 */
export function searchExact(problem: Problem, objective: Objective, best: Incumbent, limits: ExactLimits): boolean {
  const branch = new Branch(problem, objective, best, limits);
  return branch.leastOvershoot() && branch.leastCost();
}

class Branch {
  readonly #problem: Problem;
  readonly #objective: Objective;
  readonly #best: Incumbent;
  readonly #limits: ExactLimits;
  readonly #order: readonly number[];
  /** Whether a unit is the same as the one before it in the order: then only rising slots are tried. */
  readonly #sameAsBefore: readonly boolean[];
  /** Moves' cost that the units from a depth on cannot avoid. */
  readonly #unavoidableJ: Float64Array;
  #nodes = 0;

  constructor(problem: Problem, objective: Objective, best: Incumbent, limits: ExactLimits) {
    this.#problem = problem;
    this.#objective = objective;
    this.#best = best;
    this.#limits = limits;
    const { units } = problem;
    const order = units.map((_, u) => u);
    order.sort(
      (a, b) => units[b]!.powerW - units[a]!.powerW || signature(problem, a).localeCompare(signature(problem, b)),
    );
    this.#order = order;
    this.#sameAsBefore = order.map((u, i) => i > 0 && signature(problem, order[i - 1]!) === signature(problem, u));
    this.#unavoidableJ = new Float64Array(units.length + 1);
    for (let depth = units.length - 1; depth >= 0; depth--) {
      const unit = units[order[depth]!]!;
      const least = Math.min(...unit.allowed.map((slot) => moveCostTo(problem, unit, slot)));
      this.#unavoidableJ[depth] = this.#unavoidableJ[depth + 1]! + least;
    }
  }

  leastOvershoot(): boolean {
    if (this.#best.leastK === 0 && this.#best.score.beyondW === 0) return true;
    // below what is known and by more than rounding: each find tightens the limit for the rest
    return this.#descend(
      new Placement(this.#problem),
      0,
      (placement) => {
        const found = this.#objective.score(placement);
        return this.#isLess(found);
      },
      (placement) => this.#leaf(placement),
    );
  }

  leastCost(): boolean {
    const { horizonS } = this.#problem.instance;
    return this.#descend(
      new Placement(this.#problem),
      0,
      (placement, depth) => {
        const found = this.#objective.score(placement);
        if (compareBeyond(found, this.#best.score) > 0 || found.overshootK > this.#best.levelK) return false;
        const movesJ = placement.movesJ + this.#unavoidableJ[depth]!;
        if (this.#idleJ() + movesJ >= this.#best.costJ) return false;
        const speeds = this.#objective.speeds(placement, this.#best.levelK);
        return speeds.moverPowerW * horizonS + movesJ < this.#best.costJ * (1 - 1e-7);
      },
      (placement) => this.#leaf(placement),
    );
  }

  #leaf(placement: Placement): void {
    if (this.#limits.accept?.(placement) !== false) this.#best.offer(placement);
  }

  #idleJ(): number {
    return this.#problem.model.idlePowerW.reduce((a, b) => a + b, 0) * this.#problem.instance.horizonS;
  }

  #isLess(found: Score): boolean {
    const closer = compareBeyond(found, this.#best.score);
    return closer === 0 ? found.overshootK < this.#best.leastK - 1e-7 : closer < 0;
  }

  /** False when a limit was reached. `isPromising` judges a part of a placement; `leaf` takes a whole one. */
  #descend(
    placement: Placement,
    depth: number,
    isPromising: (placement: Placement, depth: number) => boolean,
    leaf: (placement: Placement) => void,
  ): boolean {
    if (depth === this.#order.length) {
      leaf(placement);
      return true;
    }
    const u = this.#order[depth]!;
    const unit = this.#problem.units[u]!;
    const from = this.#sameAsBefore[depth] === true ? placement.at[this.#order[depth - 1]!]! : NOWHERE;
    for (const slot of unit.allowed) {
      if (slot < from || !placement.fits(u, slot)) continue;
      if (++this.#nodes > this.#limits.nodes || (this.#nodes % 16 === 0 && this.#limits.isOver())) return false;
      placement.place(u, slot);
      const done = !isPromising(placement, depth + 1) || this.#descend(placement, depth + 1, isPromising, leaf);
      placement.remove(u);
      if (!done) return false;
    }
    return true;
  }
}
