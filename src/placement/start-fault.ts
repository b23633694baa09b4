// What a workload breaks where it is at the start, in a few words.
import { amountOf } from '../core/plan.ts';
import type { PlanWorkload } from '../core/plan.ts';
import type { Problem } from './problem.ts';
import { amount, listed, show } from './wording.ts';

/** Looks things up once for all workloads that are asked about. */
export class StartFaults {
  readonly #problem: Problem;
  /** Workloads of every slot, and rules of every workload; made when first needed. */
  #inSlot: readonly PlanWorkload[][] | null = null;
  #rulesOf: ReadonlyMap<string, number[]> | null = null;
  readonly #ids = new Map<number, ReadonlySet<string>>();
  readonly #overfull = new Map<number, string | null>();

  constructor(problem: Problem) {
    this.#problem = problem;
  }

  #idsIn(slot: number, here: readonly PlanWorkload[]): ReadonlySet<string> {
    const known = this.#ids.get(slot) ?? new Set(here.map((workload) => workload.id));
    this.#ids.set(slot, known);
    return known;
  }

  /** `it may not be in slot 1 (allowedSlots)`, `rules[0] keeps it apart from b`, `slot 1 holds 12 cpu of 8`. */
  of(w: number): string {
    const { instance, homes } = this.#problem;
    const { id, slot, allowedSlots } = instance.workloads[w]!;
    if (allowedSlots !== null && !allowedSlots.includes(slot)) return `${id} may not be in slot ${slot} (allowedSlots)`;
    const here = (this.#inSlot ??= workloadsBySlot(this.#problem))[homes[w]!]!;
    const rules = (this.#rulesOf ??= rulesByWorkload(this.#problem)).get(id) ?? [];
    const hereIds = rules.length > 0 ? this.#idsIn(homes[w]!, here) : NOBODY;
    for (const r of rules) {
      const rule = instance.rules[r]!;
      const isWrong = (other: string) => other !== id && hereIds.has(other) === (rule.kind === 'apart');
      const wrong = rule.workloads.filter(isWrong);
      if (wrong.length > 0)
        return `rules[${r}] wants ${id} ${rule.kind === 'apart' ? 'apart from' : 'together with'} ${listed(wrong)}`;
    }
    const known = this.#overfull.get(homes[w]!);
    const full = known === undefined ? overfull(this.#problem, homes[w]!, here) : known;
    this.#overfull.set(homes[w]!, full);
    return full ?? `${id} cannot stay in slot ${slot} with what must be together with it`;
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function workloadsBySlot({ instance, homes, slotCount }: Problem): PlanWorkload[][] {
  const inSlot: PlanWorkload[][] = Array.from({ length: slotCount }, () => []);
  instance.workloads.forEach((workload, w) => inSlot[homes[w]!]!.push(workload));
  return inSlot;
}

function rulesByWorkload({ instance }: Problem): Map<string, number[]> {
  const rulesOf = new Map<string, number[]>();
  instance.rules.forEach((rule, r) => {
    for (const id of rule.workloads) {
      const known = rulesOf.get(id);
      if (known === undefined) rulesOf.set(id, [r]);
      else known.push(r);
    }
  });
  return rulesOf;
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
