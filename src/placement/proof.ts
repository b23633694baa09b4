// Proves the best placement to be the best there is, where branch and bound can: first that no placement has less
// overshoot, then that none costs less at that overshoot. Better placements that it comes to are kept. Proven is meant
// within the tolerances below, which are also what the bound may be under the cost.
import { BranchAndBound } from './branch-and-bound.ts';
import type { Outcome, Start } from './branch-and-bound.ts';
import { solveFluid } from './fluid.ts';
import type { Incumbent, Objective } from './objective.ts';
import { Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { MOST_SLOTS } from './relaxation.ts';

/** No placement costs less by more than this share, or this many J. */
export const PROVEN_SHARE = 1e-4;
export const PROVEN_J = 1e-6;
/** Overshoots are equal within 0.001 K. */
const PROVEN_K = 0.0009;
/** Taken off bounds for the arithmetic's rounding. */
const ROUNDING = 1e-9;

export interface Proof {
  /** There is no less overshoot, and at that no less cost. */
  readonly isProven: boolean;
  /** Of any placement; of those with no more overshoot than the best. */
  readonly worstOvershootK: number;
  readonly totalJ: number;
}

export interface ProofLimits {
  readonly isOver: () => boolean;
  /** Parts that branch and bound may look at. */
  readonly parts: number;
}

/** Whether there can be a proof at all: slots are bits, and heat that no air carries away has no price. */
export function isProvable(problem: Problem, best: Incumbent): boolean {
  return problem.slotCount <= MOST_SLOTS && best.at !== null && best.score.beyondW === 0;
}

export function prove(problem: Problem, objective: Objective, best: Incumbent, limits: ProofLimits): Proof {
  const least = leastOvershoot(problem, best, limits);
  const levelK = best.levelK;
  const ceilingC = problem.targetC.map((targetC) => targetC + levelK);
  const limit = () => best.costJ * (1 - PROVEN_SHARE) - PROVEN_J;
  const search = new BranchAndBound(problem, { kind: 'cost', ceilingC, limit }, best);
  const start = objective.fluids.at(levelK, limits.isOver) ?? pricesOf(problem, objective, best);
  const found = search.run(start, () => search.parts > limits.parts || limits.isOver());
  const totalJ = Math.max(0, found.bound - ROUNDING * Math.abs(found.bound));
  // a placement that is cooler by less than counts may have made the best one's speeds dearer
  const isProven = least.isComplete && found.isComplete && totalJ >= best.costJ * (1 - 2 * PROVEN_SHARE) - 2 * PROVEN_J;
  return { isProven, worstOvershootK: Math.max(0, least.bound - ROUNDING * Math.abs(least.bound)), totalJ };
}

function leastOvershoot(problem: Problem, best: Incumbent, limits: ProofLimits): Outcome {
  const limit = () => best.leastK - PROVEN_K;
  if (limit() <= 0) return { isComplete: true, bound: 0 };
  const search = new BranchAndBound(problem, { kind: 'overshoot', ceilingC: problem.targetC, limit }, best);
  const fluid = solveFluid(problem, problem.targetC, 'overshoot', limits.isOver);
  const pricePerK = fluid?.pricePerK ?? new Float64Array(problem.slotCount).fill(1);
  const isOver = () => limit() <= 0 || search.parts > limits.parts || limits.isOver();
  const found = search.run({ pricePerK, ratios: new Float64Array(problem.model.minRatio.length).fill(1) }, isOver);
  return limit() <= 0 ? { isComplete: true, bound: 0 } : found;
}

/** Where there is no fluid: what the ceilings are worth to the best placement. */
function pricesOf(problem: Problem, objective: Objective, best: Incumbent): Start {
  const { horizonS } = problem.instance;
  const { priceWPerK, ratios } = objective.speeds(Placement.of(problem, best.at!), best.levelK);
  return { pricePerK: priceWPerK.map((price) => price * horizonS), ratios: ratios.slice() };
}
