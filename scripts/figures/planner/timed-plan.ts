// A plan of coldslot's, timed by the CPU time of this process: other work on the machine does not count, and helper
// threads do, so it is as on one core.
import type { Plan, PlanInstance } from '../../../src/core/plan.ts';
import { makePlan } from '../../../src/placement/plan.ts';
import type { Problem } from '../../../src/placement/problem.ts';

export interface TimedPlan {
  readonly plan: Plan;
  readonly elapsedS: number;
}

/** User and system time of this process so far, ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function timedPlan(instance: PlanInstance, seconds: number, seed: number): TimedPlan {
  const beganMs = cpuMs();
  const plan = makePlan(instance, { seconds, seed, now: cpuMs });
  return { plan, elapsedS: (cpuMs() - beganMs) / 1000 };
}

/** Slot of every unit. */
export function placesOf(problem: Problem, plan: Plan): Int32Array {
  const { instance } = problem;
  const index = new Map(instance.slots.map((slot, s) => [slot.id, s]));
  return Int32Array.from(problem.units, (unit) =>
    index.get(plan.assignment[instance.workloads[unit.members[0]!]!.id]!)!,
  );
}
