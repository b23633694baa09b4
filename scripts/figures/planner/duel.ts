// One chassis, coldslot beside HiGHS: both answers valued in the same linearised problem and exactly. HiGHS first finds
// the least overshoot, then the least cost at it; coldslot plans as ever.
import type { PlanInstance } from '../../../src/core/plan.ts';
import { levelOf } from '../../../src/placement/objective.ts';
import { buildProblem } from '../../../src/placement/problem.ts';
import type { Problem } from '../../../src/placement/problem.ts';
import type { Highs, HighsResult } from './highs.ts';
import { assignmentOf, exactValue, linearValue } from './judge.ts';
import { costProgram, overshootProgram } from './linearised.ts';
import type { Linearised } from './linearised.ts';
import { findReference } from './reference.ts';
import { placesOf, timedPlan } from './timed-plan.ts';

/** Overshoots closer than this are the same (FORMATS). */
export const SAME_K = 0.001;

export interface Answer {
  /** K over the target at full speed. */
  readonly overshootK: number;
  /** In the linearised problem, W; Infinity when it is over the common overshoot. */
  readonly linearW: number;
  readonly isShort: boolean;
  /** Exactly, W over the horizon. */
  readonly exactW: number;
}

export interface ColdslotAnswer extends Answer {
  readonly budgetS: number;
  readonly elapsedS: number;
  /** What coldslot says is the least possible, W. */
  readonly boundW: number;
}

export interface Duel {
  /** Null when it found no placement in its time. */
  readonly highs: (Answer & { readonly isOptimal: boolean }) | null;
  /** No placement costs less in the linearised problem, W. */
  readonly highsBoundW: number;
  readonly highsMiB: number;
  readonly coldslot: readonly ColdslotAnswer[];
}

export interface DuelOptions {
  /** CPU time of HiGHS for each of its two programs. */
  readonly highsS: number;
  readonly budgetsS: readonly number[];
  readonly seed: number;
}

export async function duel(instance: PlanInstance, highs: Highs, options: DuelOptions): Promise<Duel> {
  const problem = buildProblem(instance);
  const plans = options.budgetsS.map((budgetS) => ({ budgetS, ...timedPlan(instance, budgetS, options.seed) }));
  const least = await highs.solve(overshootProgram(problem).program, options.highsS);
  const overshoots = plans.map(({ plan }) => exactValue(problem, placesOf(problem, plan), 0).overshootK);
  const level = levelOf(zeroed(Math.min(least.objective, ...overshoots)));
  const linear = costProgram(problem, level, await findReference(problem, level, highs));
  const found = await highs.solve(linear.program, options.highsS);
  const value = (at: Int32Array) => valueOf(problem, linear, at, level, highs);
  const coldslot: ColdslotAnswer[] = [];
  for (const { budgetS, elapsedS, plan } of plans) {
    const boundW = plan.bound.totalJ / instance.horizonS;
    coldslot.push({ budgetS, elapsedS, boundW, ...(await value(placesOf(problem, plan))) });
  }
  return {
    highs: found.values.length === 0 ? null : await highsAnswer(found, linear, problem, value),
    highsBoundW: found.bound,
    highsMiB: found.residentMiB,
    coldslot,
  };
}

async function highsAnswer(
  found: HighsResult,
  linear: Linearised,
  problem: Problem,
  value: (at: Int32Array) => Promise<Answer>,
): Promise<Answer & { isOptimal: boolean }> {
  const answer = await value(assignmentOf(linear, found.values, problem.units.length));
  return { ...answer, isOptimal: found.status === 'optimal' };
}

async function valueOf(
  problem: Problem,
  linear: Linearised,
  at: Int32Array,
  levelK: number,
  highs: Highs,
): Promise<Answer> {
  const { costW, isShort } = await linearValue(linear, at, highs);
  const { overshootK, costJ } = exactValue(problem, at, levelK);
  return { overshootK, linearW: costW, isShort, exactW: costJ / problem.instance.horizonS };
}

/** A solver's zero. */
function zeroed(overshootK: number): number {
  return overshootK < SAME_K / 10 ? 0 : overshootK;
}
