// A placement made anew: every unit, the biggest first, where the worst slot stays coolest. One of the points a search
// begins from.
import type { Objective } from './objective.ts';
import { NOWHERE, Placement } from './placement.ts';
import type { Problem } from './problem.ts';

/** Temperatures are looked at anew so often on the way. */
const LOOKS = 100;

/** Null when it gets stuck, or when there is no more time. `mayCome` forbids what the placement's own rules do not. */
export function placeGreedily(
  problem: Problem,
  objective: Objective,
  mayCome: (u: number, slot: number) => boolean,
  isOver: () => boolean,
): Placement | null {
  const { units, targetC } = problem;
  const placement = new Placement(problem);
  const freedom = (u: number) => units[u]!.allowed.length;
  const order = [...units.keys()].toSorted((a, b) => freedom(a) - freedom(b) || units[b]!.powerW - units[a]!.powerW);
  const resistance = Float64Array.from(targetC, (_, s) => objective.solver.resistanceAtFull(s));
  const refreshEvery = Math.ceil(order.length / LOOKS);
  let temperatures = new Float64Array(0);
  for (const [i, u] of order.entries()) {
    if (i % refreshEvery === 0) {
      if (isOver()) return null;
      temperatures = Float64Array.from(objective.solver.temperaturesAtFull(placement.powerW));
    }
    const { allowed, powerW } = units[u]!;
    let chosen = NOWHERE;
    let coolest = Infinity;
    for (const slot of allowed) {
      const worst = temperatures[slot]! + powerW * resistance[slot]! - targetC[slot]!;
      if (chosen !== NOWHERE && !(worst < coolest)) continue;
      if (!placement.fits(u, slot) || !mayCome(u, slot)) continue;
      coolest = worst;
      chosen = slot;
    }
    if (chosen === NOWHERE) return null;
    placement.place(u, chosen);
    temperatures[chosen]! += powerW * resistance[chosen]!;
  }
  return placement;
}
