// The hard rules of an instance one by one, so that a conflict can be narrowed down to those that matter: each rule,
// pin and list of allowed slots by itself, the capacities of one resource together, the power caps together, the limit
// of moves. And the instance with only some of them.
import { assertNever } from '../core/errors.ts';
import { amountOf } from '../core/plan.ts';
import type { PlanInstance, PlanSlot } from '../core/plan.ts';

export type Constraint =
  | { readonly kind: 'rule'; readonly rule: number }
  | { readonly kind: 'pinned'; readonly workload: number }
  | { readonly kind: 'allowed'; readonly workload: number }
  | { readonly kind: 'capacity'; readonly resource: string; readonly slots: readonly number[] }
  | { readonly kind: 'power-cap'; readonly slots: readonly number[] }
  | { readonly kind: 'max-moves' };

/** Rules first: where several conflicts are equally small, the one found names rules. */
export function constraintsOf(instance: PlanInstance): Constraint[] {
  const { workloads, slots, rules } = instance;
  const indices = <T>(list: readonly T[], has: (entry: T) => boolean) =>
    list.flatMap((entry, i) => (has(entry) ? [i] : []));
  const everywhere = slots.map((_, s) => s);
  const resources = new Set(workloads.flatMap(({ demand }) => Object.keys(demand).filter((name) => demand[name]! > 0)));
  const capped = indices(slots, ({ powerCapW }) => powerCapW !== null);
  const ofOne = (list: readonly number[], kind: 'pinned' | 'allowed'): Constraint[] =>
    list.map((workload) => ({ kind, workload }));
  return [
    ...rules.map((_, rule): Constraint => ({ kind: 'rule', rule })),
    ...[...resources].map((resource): Constraint => ({ kind: 'capacity', resource, slots: everywhere })),
    ...(capped.length > 0 ? [{ kind: 'power-cap', slots: capped } as const] : []),
    ...ofOne(
      indices(workloads, ({ pinned }) => pinned),
      'pinned',
    ),
    ...ofOne(
      indices(workloads, ({ allowedSlots }) => allowedSlots !== null),
      'allowed',
    ),
    ...(instance.maxMoves === null ? [] : [{ kind: 'max-moves' } as const]),
  ];
}

/** The instance with these constraints and no others. */
export function withOnly(instance: PlanInstance, kept: readonly Constraint[]): PlanInstance {
  const rules = new Set<number>();
  const pinned = new Set<number>();
  const limited = new Set<number>();
  const capped = new Set<number>();
  const stored = new Map<number, string[]>();
  let maxMoves: number | null = null;
  for (const constraint of kept) {
    switch (constraint.kind) {
      case 'rule':
        rules.add(constraint.rule);
        break;
      case 'pinned':
        pinned.add(constraint.workload);
        break;
      case 'allowed':
        limited.add(constraint.workload);
        break;
      case 'capacity':
        for (const s of constraint.slots) stored.set(s, [...(stored.get(s) ?? []), constraint.resource]);
        break;
      case 'power-cap':
        for (const s of constraint.slots) capped.add(s);
        break;
      case 'max-moves':
        maxMoves = instance.maxMoves;
        break;
      default:
        assertNever(constraint, 'constraint');
    }
  }
  const endless = endlessCapacity(instance);
  const slot = (from: PlanSlot, s: number): PlanSlot => {
    const own = stored.get(s) ?? [];
    const capacity = { ...endless, ...Object.fromEntries(own.map((name) => [name, amountOf(from.capacity, name)])) };
    return { ...from, capacity, powerCapW: capped.has(s) ? from.powerCapW : null };
  };
  return {
    ...instance,
    maxMoves,
    slots: instance.slots.map(slot),
    workloads: instance.workloads.map((workload, w) => ({
      ...workload,
      pinned: pinned.has(w),
      allowedSlots: limited.has(w) ? workload.allowedSlots : null,
    })),
    rules: instance.rules.filter((_, r) => rules.has(r)),
  };
}

function endlessCapacity({ workloads }: PlanInstance): Record<string, number> {
  return Object.fromEntries(workloads.flatMap(({ demand }) => Object.keys(demand)).map((name) => [name, 1e300]));
}
