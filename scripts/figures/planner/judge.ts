// What an assignment is worth, whoever found it: in the linearised problem (its columns x given, the rest a linear
// program), and exactly (FORMATS' formulas at the best speeds).
import { levelOf, Objective } from '../../../src/placement/objective.ts';
import { Placement } from '../../../src/placement/placement.ts';
import type { Problem } from '../../../src/placement/problem.ts';
import type { Highs } from './highs.ts';
import { relaxed, withFixed } from './linear-program.ts';
import type { Linearised } from './linearised.ts';

/** For a linear program with every placement given. */
const SECONDS = 60;
/** Less is rounding, m³/s. */
const SHORT_MIN = 1e-6;

export interface LinearValue {
  /** W; Infinity when the assignment breaks a row. */
  readonly costW: number;
  /** Planes far from the reference ask for more air than there is: the value is not to be trusted. */
  readonly isShort: boolean;
}

/** Slot of every unit → its least cost in the linearised problem, W. */
export async function linearValue(linear: Linearised, at: ArrayLike<number>, highs: Highs): Promise<LinearValue> {
  const slots = linear.places.length / at.length;
  const given = new Map<number, number>();
  linear.places.forEach((column, place) => {
    if (column >= 0) given.set(column, at[Math.floor(place / slots)] === place % slots ? 1 : 0);
  });
  const { objective, values } = await highs.solve(relaxed(withFixed(linear.program, given)), SECONDS);
  return { costW: objective, isShort: linear.shorts.some((column) => (values[column] ?? 0) > SHORT_MIN) };
}

export interface ExactValue {
  /** Worst overshoot at full speed, K. */
  readonly overshootK: number;
  /** At `levelK` of overshoot, or at its own when that is more, J. */
  readonly costJ: number;
}

export function exactValue(problem: Problem, at: ArrayLike<number>, levelK: number): ExactValue {
  const objective = new Objective(problem);
  const placement = Placement.of(problem, at);
  const { overshootK } = objective.score(placement);
  return { overshootK, costJ: objective.costJ(placement, Math.max(levelK, levelOf(overshootK))) };
}

/** Slot of every unit from the columns of a solution. */
export function assignmentOf(linear: Linearised, values: readonly number[], units: number): Int32Array {
  const slots = linear.places.length / units;
  const at = new Int32Array(units).fill(-1);
  linear.places.forEach((column, place) => {
    if (column >= 0 && values[column]! > 0.5) at[Math.floor(place / slots)] = place % slots;
  });
  return at;
}
