// What the planner answers to a request: a plan beside what staying would cost, or only the speeds for staying. Pure but
// for the clock handed in.
import type { PlanInstance } from '../core/plan.ts';
import { makePlan } from '../placement/plan.ts';
import { stayingPut } from '../placement/staying.ts';
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

/** @param now Monotonic milliseconds. */
export function planAndStay(task: PlanningTask, now: () => number): Planned {
  const { instance, ...options } = task;
  return { plan: makePlan(instance, { ...options, now }), stay: stayingPut(instance) };
}
