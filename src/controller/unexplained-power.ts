// Power that a slot is measured to draw and that no workload accounts for yet: work that has just come, a copy that is
// being made, leakage. It is where it is, so a plan counts it as the slot's own.
import type { PlanInstance } from '../core/plan.ts';

/**
 * The instance with every slot's idle power such that its sum is what is measured, W by slot number.
 * @param nowW What a workload draws now, as far as that is known.
 */
export function withUnexplainedPower(
  instance: PlanInstance,
  measuredW: ReadonlyMap<number, number>,
  nowW: (workload: string) => number,
): PlanInstance {
  const explainedW = new Map<string, number>();
  for (const { id, slot } of instance.workloads) explainedW.set(slot, (explainedW.get(slot) ?? 0) + nowW(id));
  const slots = instance.slots.map((slot) => {
    const slotW = measuredW.get(Number(slot.id));
    return slotW === undefined || slot.idlePowerW === 0
      ? slot
      : { ...slot, idlePowerW: Math.max(0, slotW - (explainedW.get(slot.id) ?? 0)) };
  });
  return { ...instance, slots };
}
