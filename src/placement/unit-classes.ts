// Units that can be exchanged without any difference.
import type { Problem } from './problem.ts';

/** Units with the same signature are the same. */
export function unitSignature(problem: Problem, u: number): string {
  const unit = problem.units[u]!;
  if (unit.members.length > 1 || unit.apart.length > 0) return `#${u}`;
  const costJ = problem.instance.workloads[unit.members[0]!]!.moveCostJ;
  return JSON.stringify([unit.powerW, unit.home, costJ, [...unit.demand], unit.allowed]);
}

/** Classes of two and more, each in rising order. */
export function classesOf(problem: Problem): number[][] {
  const classes = new Map<string, number[]>();
  problem.units.forEach((_, u) => {
    const signature = unitSignature(problem, u);
    const same = classes.get(signature);
    if (same === undefined) classes.set(signature, [u]);
    else same.push(u);
  });
  return [...classes.values()].filter((same) => same.length > 1);
}
