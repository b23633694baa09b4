// Which hard rules cannot hold together: the smallest set of them, each with its figures. Capacities of one resource
// count as one rule, and so do the power caps; of those, the slots that matter are named.
import type { PlanInstance } from '../core/plan.ts';
import { seededRandom } from '../core/random.ts';
import { describeConstraint } from './constraint-text.ts';
import { constraintsOf, withOnly } from './constraints.ts';
import type { Constraint } from './constraints.ts';
import { findFeasible } from './feasible.ts';
import { isPlainlyImpossible } from './impossible.ts';
import { buildProblem, withSlack } from './problem.ts';
import { smallestConflict } from './smallest-conflict.ts';
import type { Verdict } from './smallest-conflict.ts';
import { show } from './wording.ts';

const LIMITS = { ejections: 100, nodes: 3000 };

/** The cap on all sleds together does not depend on the placement. Null when it holds. */
export function chassisCapConflict(instance: PlanInstance): string | null {
  const cap = instance.chassisPowerCapW;
  if (cap === null) return null;
  const idleW = instance.slots.reduce((sum, slot) => sum + slot.idlePowerW, 0);
  const powerW = instance.workloads.reduce((sum, workload) => sum + workload.powerW, idleW);
  if (powerW <= withSlack(cap)) return null;
  return `chassisPowerCapW: the sleds draw ${show(powerW)} W wherever the work runs, the cap is ${show(cap)} W`;
}

/**
 * A sentence for each of the constraints that conflict, for an instance known to be impossible. When it could not be
 * shown that none is to spare, or that no fewer conflict, a last line says so.
 */
export function findConflicts(instance: PlanInstance, isOver: () => boolean): string[] {
  const all = constraintsOf(instance);
  const ask = (kept: readonly Constraint[]) => verdictOn(withOnly(instance, kept));
  const pick = (chosen: ReadonlySet<number>) => [...chosen].map((i) => all[i]!);
  const found = smallestConflict(all.length, (chosen) => ask(pick(chosen)), isOver);
  const members = found.members.map((i) => all[i]!);
  const named = members.map((constraint) => narrowed(constraint, members, ask, isOver));
  const sentences = named.map((constraint) => describeConstraint(instance, constraint, members));
  if (found.isSmallest) return sentences;
  const doubt = found.isMinimal
    ? 'none of these is to spare, but it is not proven that no fewer rules conflict'
    : 'not proven smallest: some of these may be to spare';
  return [...sentences, doubt];
}

function verdictOn(instance: PlanInstance): Verdict {
  const problem = buildProblem(instance);
  if (isPlainlyImpossible(problem)) return 'impossible';
  const { kind } = findFeasible(problem, seededRandom(1), LIMITS);
  return kind === 'found' ? 'possible' : kind;
}

/** Of capacities and caps, only those of the slots that are needed for the conflict. */
function narrowed(
  constraint: Constraint,
  members: readonly Constraint[],
  ask: (kept: readonly Constraint[]) => Verdict,
  isOver: () => boolean,
): Constraint {
  if (constraint.kind !== 'capacity' && constraint.kind !== 'power-cap') return constraint;
  const others = members.filter((other) => other !== constraint);
  const of = (chosen: ReadonlySet<number>): Constraint => ({
    ...constraint,
    slots: [...chosen].toSorted((a, b) => a - b).map((i) => constraint.slots[i]!),
  });
  const found = smallestConflict(constraint.slots.length, (chosen) => ask([...others, of(chosen)]), isOver);
  return of(new Set(found.members));
}
