// The problem with work as a fluid: any share of a unit may leave its slot, to anywhere. Its prices and speeds lead the
// search of whole placements. With free speeds the problem is not convex: the answer is then a local optimum, the best in
// practice, and no bound. At full speed (goal `overshoot`) it is a linear program.
import { flowsInto } from '../thermal/chassis-model.ts';
import { FluidModel, type FluidGoal } from './fluid-model.ts';
import { FluidSolver, homePowers } from './fluid-solver.ts';
import type { Problem } from './problem.ts';
import { reduceCoupling, restK, restPerWatt, type Reduced } from './reduced-coupling.ts';

/** Multiplications of one iteration; a system that takes more is made of fewer couplings. */
const MOST_WORK = 2e7;
/** The same for a system of fewer couplings, which is solved several times. */
const MOST_REDUCED_WORK = 3e6;
/** Couplings into a slot that are kept then, as many of these as can be. */
const KEPT = [4, 1, 0];
/** Turns between the powers and what the other couplings bring. */
const TURNS = 3;

export interface Fluid {
  /** Speed of every mover; full speed when the goal is the overshoot. */
  readonly ratios: Float64Array;
  readonly flowM3s: Float64Array;
  readonly powerW: Float64Array;
  /** What the goal gains per kelvin that the ceiling of a slot is raised: J/K for `cost`, K/K for `overshoot`. */
  readonly pricePerK: Float64Array;
  /** Share of every unit that leaves its home. */
  readonly leaving: Float64Array;
  /** How far the ceilings had to rise; 0 for `cost`. */
  readonly overshootK: number;
}

/** Null when the method does not converge, as when the ceilings cannot be kept. When time is over a rough one, or null. */
export function solveFluid(
  problem: Problem,
  ceilingC: Float64Array,
  goal: FluidGoal,
  isOver: () => boolean = () => false,
): Fluid | null {
  const whole = new FluidModel(problem, ceilingC, goal);
  if (whole.work <= MOST_WORK) return new FluidSolver(problem, whole).solve(isOver);
  for (const keep of KEPT) {
    const reduced = reduceCoupling(problem, keep);
    if (keep === KEPT.at(-1) || new FluidModel(reduced.problem, ceilingC, goal).work <= MOST_REDUCED_WORK) {
      return solveInTurns(reduced, ceilingC, goal, isOver);
    }
  }
  return null;
}

/** Fluids of least cost by the overshoot that is allowed, each solved once. */
export class Fluids {
  readonly #problem: Problem;
  readonly #known = new Map<number, Fluid | null>();

  constructor(problem: Problem) {
    this.#problem = problem;
  }

  /** As `solveFluid`; what was cut short is solved again the next time. */
  at(levelK: number, isOver: () => boolean): Fluid | null {
    const known = this.#known.get(levelK);
    if (known !== undefined) return known;
    const ceilingC = this.#problem.targetC.map((targetC) => targetC + levelK);
    const fluid = solveFluid(this.#problem, ceilingC, 'cost', isOver);
    if (!isOver()) this.#known.set(levelK, fluid);
    return fluid;
  }
}

/** With few couplings solved for and the others given, at the powers and prices of the turn before. */
function solveInTurns(reduced: Reduced, ceilingC: Float64Array, goal: FluidGoal, isOver: () => boolean): Fluid | null {
  const { problem } = reduced;
  const meanW = homePowers(problem).reduce((a, b) => a + b, 0) / problem.slotCount;
  const flows = new Float64Array(problem.slotCount);
  flowsInto(
    problem.model,
    problem.model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 0.7 : fixed)),
    flows,
  );
  let rise: Float64Array = restK(reduced, new Float64Array(problem.slotCount).fill(meanW), flows);
  let perWatt: Float64Array = new Float64Array(problem.slotCount);
  let fluid: Fluid | null = null;
  for (let turn = 0; turn < TURNS; turn++) {
    const model = new FluidModel(
      problem,
      ceilingC.map((ceiling, s) => ceiling - rise[s]!),
      goal,
    );
    const next = new FluidSolver(problem, model, perWatt).solve(isOver);
    if (next === null) return fluid;
    fluid = next;
    rise = restK(reduced, next.powerW, next.flowM3s);
    perWatt = restPerWatt(reduced, next.pricePerK, next.flowM3s);
  }
  return fluid;
}
