// What the planner answers to a request: the best plan, and the plan of not moving. Pure but for the clock handed in.
import type { PlanInstance } from '../core/plan.ts';
import { makePlan } from '../placement/plan.ts';
import type { Planned } from './planner-client.ts';

export interface PlanningTask {
  readonly instance: PlanInstance;
  readonly seconds: number;
  readonly seed: number;
  /** Energy, J over the horizon, that a move must save unless it relieves overshoot. */
  readonly gainThresholdJ: number;
  /** With it and seconds enough the plan does not depend on the machine. */
  readonly maxSteps?: number;
}

/** For the speeds of not moving there is nothing to search, s. */
const STAY_S = 0.05;

/** @param now Monotonic milliseconds. */
export function planAndStay(task: PlanningTask, now: () => number): Planned {
  const { instance, seconds, seed, gainThresholdJ, maxSteps } = task;
  const limits = { seed, now, ...(maxSteps === undefined ? {} : { maxSteps }) };
  const plan = makePlan(instance, { ...limits, seconds, gainThresholdJ });
  const stay = makePlan({ ...instance, maxMoves: 0 }, { ...limits, seconds: Math.min(seconds, STAY_S) });
  return { plan, stay };
}
