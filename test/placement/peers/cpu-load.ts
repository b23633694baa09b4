// The CPU load that the OpenStack rules measure. A plan instance knows power, which follows CPU use, so a workload's load
// is its power, and a slot is fully loaded when its workloads take all power there is for them: the cap less the idle
// power; without a cap, what its cores would take at the chassis' mean power per core demanded.
import type { PlanInstance } from '../../../src/core/plan.ts';

/** Power of the workloads of a fully loaded slot, W; at least what is there, so that a load is never above 1. */
export function fullLoadW(instance: PlanInstance, slot: number, presentW: number): number {
  const { powerCapW, idlePowerW, capacity } = instance.slots[slot]!;
  if (powerCapW !== null) return Math.max(powerCapW - idlePowerW, presentW);
  let powerW = 0;
  let cores = 0;
  for (const workload of instance.workloads) {
    powerW += workload.powerW;
    cores += workload.demand['cpu'] ?? 0;
  }
  return Math.max(cores === 0 ? 0 : ((capacity['cpu'] ?? 0) * powerW) / cores, presentW);
}
