// The last look at a plan before it is given out, from the instance alone and sharing nothing with the search: every
// hard rule at the end, and room, caps and `apart` at the destination of every move on the way.
import type { Plan, PlanInstance, PlanWorkload } from '../core/plan.ts';

const SLACK = 1e-6;

/** What the plan breaks, in words; empty when it is sound. Rules the start breaks already are no fault of a move. */
export function auditPlan(instance: PlanInstance, plan: Plan): string[] {
  const faults: string[] = [];
  const slotIds = new Set(instance.slots.map((slot) => slot.id));
  const at = new Map(instance.workloads.map((workload) => [workload.id, workload.slot]));
  const inSlot = new Map(instance.slots.map((slot) => [slot.id, new Set<string>()]));
  for (const workload of instance.workloads) inSlot.get(workload.slot)!.add(workload.id);
  const byId = new Map(instance.workloads.map((workload) => [workload.id, workload]));
  const names = { instance, byId, inSlot };

  plan.moves.forEach((move, i) => {
    const workload = byId.get(move.workload);
    const what = `move ${move.order} of ${move.workload} to slot ${move.to}`;
    if (
      workload === undefined ||
      !slotIds.has(move.to) ||
      at.get(move.workload) !== move.from ||
      move.order !== i + 1
    ) {
      faults.push(`${what} does not follow from the moves before it`);
      return;
    }
    if (workload.pinned) faults.push(`${what} moves a pinned workload`);
    if (workload.allowedSlots?.includes(move.to) === false) faults.push(`${what} goes where it is not allowed`);
    inSlot.get(move.from)!.delete(workload.id);
    inSlot.get(move.to)!.add(workload.id);
    at.set(workload.id, move.to);
    for (const fault of slotFaults(names, move.to, workload)) faults.push(`${what} ${fault}`);
  });
  if (instance.maxMoves !== null && plan.moves.length > instance.maxMoves) {
    faults.push(`${plan.moves.length} moves, but at most ${instance.maxMoves}`);
  }
  for (const workload of instance.workloads) {
    if (plan.assignment[workload.id] !== at.get(workload.id)) faults.push(`${workload.id} is not where its moves end`);
  }
  if (plan.status !== 'infeasible') faults.push(...endFaults(names, at));
  for (const mover of instance.airMovers) {
    const ratio = plan.ratios[mover.id];
    const low = mover.fixedRatio ?? mover.minRatio;
    const high = mover.fixedRatio ?? 1;
    if (ratio === undefined || !(ratio >= low - SLACK && ratio <= high + SLACK))
      faults.push(`ratio of ${mover.id} is ${ratio}`);
  }
  return faults;
}

interface Names {
  readonly instance: PlanInstance;
  readonly byId: ReadonlyMap<string, PlanWorkload>;
  readonly inSlot: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What is broken in a slot that `arrived` has a part in; without it, its capacity and cap. */
function slotFaults({ instance, byId, inSlot }: Names, slotId: string, arrived: PlanWorkload | null): string[] {
  const slot = instance.slots.find((candidate) => candidate.id === slotId)!;
  const present = [...inSlot.get(slotId)!].map((id) => byId.get(id)!);
  const faults: string[] = [];
  const powerW = present.reduce((sum, workload) => sum + workload.powerW, slot.idlePowerW);
  const adds = (amount: number | undefined) => arrived === null || (amount ?? 0) > 0;
  if (slot.powerCapW !== null && powerW > slot.powerCapW + SLACK && adds(arrived?.powerW)) {
    faults.push(`puts ${powerW} W into slot ${slotId}, capped at ${slot.powerCapW} W`);
  }
  for (const name of new Set(present.flatMap((workload) => Object.keys(workload.demand)))) {
    const used = present.reduce((sum, workload) => sum + (workload.demand[name] ?? 0), 0);
    const capacity = slot.capacity[name] ?? 0;
    if (used > capacity + SLACK * Math.max(1, capacity) && adds(arrived?.demand[name])) {
      faults.push(`needs ${used} ${name} in slot ${slotId}, which has ${capacity}`);
    }
  }
  for (const rule of arrived === null ? [] : instance.rules) {
    if (rule.kind !== 'apart' || !rule.workloads.includes(arrived!.id)) continue;
    const both = rule.workloads.filter((id) => inSlot.get(slotId)!.has(id));
    if (both.length > 1) faults.push(`puts ${both.join(' and ')} into slot ${slotId}, which must be apart`);
  }
  return faults;
}

function endFaults(names: Names, at: ReadonlyMap<string, string>): string[] {
  const { instance } = names;
  const faults = instance.slots.flatMap((slot) => slotFaults(names, slot.id, null).map((fault) => `the plan ${fault}`));
  for (const rule of instance.rules) {
    const places = new Set(rule.workloads.map((id) => at.get(id))).size;
    const isKept = rule.kind === 'together' ? places === 1 : places === rule.workloads.length;
    if (!isKept) faults.push(`${rule.workloads.join(', ')} must be ${rule.kind}`);
  }
  for (const workload of instance.workloads) {
    const slot = at.get(workload.id)!;
    if (workload.pinned && slot !== workload.slot) faults.push(`${workload.id} is pinned`);
    if (workload.allowedSlots?.includes(slot) === false) faults.push(`${workload.id} is not allowed in slot ${slot}`);
  }
  const idleW = instance.slots.reduce((sum, slot) => sum + slot.idlePowerW, 0);
  const powerW = instance.workloads.reduce((sum, workload) => sum + workload.powerW, idleW);
  if (instance.chassisPowerCapW !== null && powerW > instance.chassisPowerCapW + SLACK) {
    faults.push(`the sleds draw ${powerW} W, capped at ${instance.chassisPowerCapW} W`);
  }
  return faults;
}
