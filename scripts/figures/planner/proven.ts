// Small chassis: how many plans are proven optimal, and in what time.
import { FAMILY_NAMES, familyInstance } from '../../../test/placement/families.ts';
import { figure } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { median } from '../statistics.ts';
import { timedPlan } from './timed-plan.ts';

const SIZE = { slots: 8, workloads: 48 };
/** Within which the proof is wanted. */
const SECONDS = 1;

export function provenFigures(chassis: number, seed = 1): readonly Figure[] {
  timedPlan(familyInstance('rows', SIZE, 1), SECONDS, 1); // the code is warm from here on
  const made = Array.from({ length: chassis }, (_, n) => {
    const family = FAMILY_NAMES[n % FAMILY_NAMES.length]!;
    return timedPlan(familyInstance(family, SIZE, seed + n), SECONDS, seed + n);
  });
  const proven = made.filter(({ plan }) => plan.status === 'optimal');
  const gaps = made.flatMap(({ plan }) => (plan.bound.totalJ > 0 ? [plan.cost.totalJ / plan.bound.totalJ] : []));
  return [
    figure('planner-8x48-proven', proven.length, `of ${made.length} chassis`, made.length),
    figure('planner-8x48-elapsed', median(made.map(({ elapsedS }) => elapsedS)), 's', SECONDS),
    figure('planner-8x48-elapsed-max', Math.max(...made.map(({ elapsedS }) => elapsedS)), 's', SECONDS),
    figure('planner-8x48-to-bound', median(gaps), 'of the bound', 1),
    figure('planner-8x48-to-bound-max', Math.max(...gaps), 'of the bound', 1),
  ];
}
