// Power that a slot is measured to draw and that no workload accounts for yet: work that has just come, a copy that is
// being made, leakage. It is where it is, so a plan counts it as the slot's own.
import type { PlanInstance } from '../core/plan.ts';

/**
 * What each slot draws beside its workloads, W by slot number; may be below 0, where they are given too much.
 * @param placed The workloads of each slot.
 * @param nowW What a workload draws now, as far as that is known.
 */
export function unexplainedPowerW(
  measuredW: ReadonlyMap<number, number>,
  placed: readonly { readonly id: string; readonly slot: number | null }[],
  nowW: (workload: string) => number,
): ReadonlyMap<number, number> {
  const explainedW = new Map<number, number>();
  for (const { id, slot } of placed) {
    if (slot !== null) explainedW.set(slot, (explainedW.get(slot) ?? 0) + nowW(id));
  }
  return new Map([...measuredW].map(([slot, slotW]) => [slot, slotW - (explainedW.get(slot) ?? 0)]));
}

/** The instance with that as the slots' idle power, where it is known and the slot has any. */
export function withUnexplainedPower(
  instance: PlanInstance,
  unexplainedW: (slot: number) => number | null,
): PlanInstance {
  const slots = instance.slots.map((slot) => {
    const ownW = slot.idlePowerW === 0 ? null : unexplainedW(Number(slot.id));
    return ownW === null ? slot : { ...slot, idlePowerW: Math.max(0, ownW) };
  });
  return { ...instance, slots };
}
