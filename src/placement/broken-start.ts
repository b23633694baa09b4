// Workloads that cannot stay where they are because of a hard rule that the start breaks.
import { NOWHERE, Placement } from './placement.ts';
import { isAllowed, type Problem } from './problem.ts';

export function brokenAtStart(problem: Problem): ReadonlyMap<number, 'rule' | 'capacity'> {
  const broken = new Map<number, 'rule' | 'capacity'>();
  const { units, homes } = problem;
  if (units.every((unit) => unit.whole)) {
    const atHome = Placement.of(
      problem,
      units.map((unit) => unit.home),
    );
    if (atHome.firstBroken() === NOWHERE) return broken;
  }
  const crowds = crowdsAtStart(problem);
  for (const unit of units) {
    for (const w of unit.members) {
      if (!unit.whole || !isAllowed(problem, unit, homes[w]!) || crowds.isRuleBroken(w)) broken.set(w, 'rule');
      else if (crowds.isOverfull(w)) broken.set(w, 'capacity');
    }
  }
  return broken;
}

interface Crowds {
  isRuleBroken(w: number): boolean;
  isOverfull(w: number): boolean;
}

/** Sums over what is in every slot at the start. */
function crowdsAtStart({ instance, homes, resources, apartOf, workDemand, ...problem }: Problem): Crowds {
  const count = resources.length;
  const powerW = problem.idlePowerW.slice();
  const used = new Float64Array(problem.capacity.length);
  const inRule = new Map<number, number>();
  const ruleKey = (rule: number, w: number) => rule * problem.slotCount + homes[w]!;
  homes.forEach((home, w) => {
    powerW[home]! += instance.workloads[w]!.powerW;
    for (let r = 0; r < count; r++) used[home * count + r]! += workDemand[w * count + r]!;
    for (const rule of apartOf.get(w) ?? []) {
      const key = ruleKey(rule, w);
      inRule.set(key, (inRule.get(key) ?? 0) + 1);
    }
  });
  return {
    isRuleBroken: (w) => (apartOf.get(w) ?? []).some((rule) => inRule.get(ruleKey(rule, w))! > 1),
    isOverfull: (w) => {
      const home = homes[w]!;
      if (instance.workloads[w]!.powerW > 0 && powerW[home]! > problem.powerCapW[home]!) return true;
      return resources.some((_, r) => {
        return workDemand[w * count + r]! > 0 && used[home * count + r]! > problem.capacity[home * count + r]!;
      });
    },
  };
}
