// What a workload breaks where it is at the start, in a few words.
import { amountOf } from '../core/plan.ts';
import type { Problem } from './problem.ts';
import { amount, listed, show } from './wording.ts';

/** `it may not be in slot 1 (allowedSlots)`, `rules[0] keeps it apart from b`, `slot 1 holds 12 cpu of 8`. */
export function startFault(problem: Problem, w: number): string {
  const { instance, homes } = problem;
  const { id, slot, allowedSlots } = instance.workloads[w]!;
  if (allowedSlots !== null && !allowedSlots.includes(slot)) return `${id} may not be in slot ${slot} (allowedSlots)`;
  const here = instance.workloads.filter((_, other) => homes[other] === homes[w]);
  const hereIds = new Set(here.map((workload) => workload.id));
  for (const [r, rule] of instance.rules.entries()) {
    if (!rule.workloads.includes(id)) continue;
    const isWrong = (other: string) => other !== id && hereIds.has(other) === (rule.kind === 'apart');
    const wrong = rule.workloads.filter(isWrong);
    if (wrong.length > 0)
      return `rules[${r}] wants ${id} ${rule.kind === 'apart' ? 'apart from' : 'together with'} ${listed(wrong)}`;
  }
  return overfull(problem, homes[w]!, here) ?? `${id} cannot stay in slot ${slot} with what must be together with it`;
}

function overfull(
  problem: Problem,
  s: number,
  here: readonly { powerW: number; demand: Readonly<Record<string, number>> }[],
): string | null {
  const slot = problem.instance.slots[s]!;
  const powerW = here.reduce((sum, workload) => sum + workload.powerW, slot.idlePowerW);
  if (powerW > problem.powerCapW[s]!)
    return `slot ${slot.id} draws ${show(powerW)} W, its cap is ${show(slot.powerCapW!)} W`;
  for (const [r, resource] of problem.resources.entries()) {
    const used = here.reduce((sum, workload) => sum + amountOf(workload.demand, resource), 0);
    if (used > problem.capacity[s * problem.resources.length + r]!) {
      return `slot ${slot.id} has ${amount(amountOf(slot.capacity, resource), resource)} and what is in it needs ${amount(used, resource)}`;
    }
  }
  return null;
}
