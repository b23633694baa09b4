// Which hard rules cannot hold together: constraints are dropped one after another as long as the rest is still
// impossible; what remains is a set of which each member is needed for the conflict.
import type { PlanInstance } from '../core/plan.ts';
import { seededRandom } from '../core/random.ts';
import { findFeasible } from './feasible.ts';
import { buildProblem, withSlack } from './problem.ts';

/** Beyond so many, constraints of a kind are dropped together. */
const SINGLE_MAX = 40;
const LIMITS = { ejections: 100, nodes: 3000 };

interface Constraint {
  readonly name: string;
  readonly without: (instance: PlanInstance) => PlanInstance;
}

/** The cap on all sleds together does not depend on the placement. Null when it holds. */
export function chassisCapConflict(instance: PlanInstance): string | null {
  const cap = instance.chassisPowerCapW;
  if (cap === null) return null;
  const idleW = instance.slots.reduce((sum, slot) => sum + slot.idlePowerW, 0);
  const powerW = instance.workloads.reduce((sum, workload) => sum + workload.powerW, idleW);
  if (powerW <= withSlack(cap)) return null;
  return `chassisPowerCapW: the sleds draw ${round(powerW)} W wherever the work runs, the cap is ${cap} W`;
}

/** Names of constraints that conflict, for an instance known to be impossible. */
export function findConflicts(instance: PlanInstance, isOver: () => boolean): string[] {
  const isImpossible = (candidate: PlanInstance) =>
    findFeasible(buildProblem(candidate), seededRandom(1), LIMITS).kind === 'impossible';
  let rest = instance;
  const needed: string[] = [];
  for (const constraint of constraintsOf(instance)) {
    const relaxed = constraint.without(rest);
    if (!isOver() && isImpossible(relaxed)) rest = relaxed;
    else needed.push(describeRule(instance, constraint.name));
  }
  return needed;
}

function constraintsOf(instance: PlanInstance): Constraint[] {
  const pinned = instance.workloads.filter((workload) => workload.pinned).map((workload) => workload.id);
  const limited = instance.workloads
    .filter((workload) => workload.allowedSlots !== null)
    .map((workload) => workload.id);
  const capped = instance.slots.filter((slot) => slot.powerCapW !== null).map((slot) => slot.id);
  const stored = instance.slots.map((slot) => slot.id);
  const rules = instance.rules.map((_, r) => String(r));
  const all: Constraint[] = [];
  if (instance.maxMoves !== null) {
    all.push({ name: `maxMoves ${instance.maxMoves}`, without: (from) => ({ ...from, maxMoves: null }) });
  }
  all.push(
    ...each('powerCapW', capped, (from, ids) => ({
      ...from,
      slots: from.slots.map((slot) => (ids.has(slot.id) ? { ...slot, powerCapW: null } : slot)),
    })),
    ...each('capacity', stored, (from, ids) => ({
      ...from,
      slots: from.slots.map((slot) => (ids.has(slot.id) ? { ...slot, capacity: endless(instance) } : slot)),
    })),
    ...each('allowedSlots', limited, (from, ids) => ({
      ...from,
      workloads: from.workloads.map((work) => (ids.has(work.id) ? { ...work, allowedSlots: null } : work)),
    })),
    ...each('rules', rules, (from, ids) => ({
      ...from,
      // kept in place with nobody in it, so that the other rules keep their numbers
      rules: from.rules.map((rule, r) => (ids.has(String(r)) ? { kind: 'apart', workloads: [] } : rule)),
    })),
    ...each('pinned', pinned, (from, ids) => ({
      ...from,
      workloads: from.workloads.map((work) => (ids.has(work.id) ? { ...work, pinned: false } : work)),
    })),
  );
  return all;
}

/** One constraint for each id, or one for all of them when there are many. */
function each(
  kind: string,
  ids: readonly string[],
  without: (from: PlanInstance, ids: ReadonlySet<string>) => PlanInstance,
): Constraint[] {
  if (ids.length === 0) return [];
  if (ids.length > SINGLE_MAX) {
    const all = new Set(ids);
    return [{ name: `${kind} of ${ids.length}`, without: (from) => without(from, all) }];
  }
  return ids.map((id) => ({ name: `${kind} ${id}`, without: (from) => without(from, new Set([id])) }));
}

/** A rule's name is its number until here: now what it says is added. */
function describeRule(instance: PlanInstance, name: string): string {
  if (!name.startsWith('rules ')) return name;
  const rule = instance.rules[Number(name.split(' ')[1])];
  if (rule === undefined || instance.rules.length > SINGLE_MAX) return name;
  return `rules[${name.split(' ')[1]}] ${rule.kind}: ${rule.workloads.join(', ')}`;
}

function endless(instance: PlanInstance): Record<string, number> {
  const names = instance.workloads.flatMap((workload) => Object.keys(workload.demand));
  return Object.fromEntries(names.map((name) => [name, Number.MAX_VALUE]));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
