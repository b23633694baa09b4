// First aid: work goes from the slot that is most over its ceiling at full speed to the one with the most room below its
// own, until none is over. Quick on any chassis; what it costs is for the search to mend.
import { LiveHeat } from './live-heat.ts';
import type { Objective } from './objective.ts';
import { NOWHERE, Placement } from './placement.ts';
import { isAllowed, type Problem } from './problem.ts';

/** Moves between two looks at the clock. */
const STRIDE = 4096;
/** Coolest slots that are asked for room. */
const ASKED = 16;

/** Null when nothing was to be done, or nothing could be. `mayCome` forbids what the placement's own rules do not. */
export function relieve(
  from: Placement,
  objective: Objective,
  mayCome: (u: number, slot: number) => boolean,
  isOver: () => boolean,
): Placement | null {
  const { problem } = from;
  const heat = new LiveHeat(problem, objective.solver, from.powerW);
  const placement = Placement.of(problem, from.at);
  const leaving = movableBySlot(problem, placement.at);
  let moves = 0;
  for (; moves < placement.at.length; moves++) {
    if (moves % STRIDE === STRIDE - 1 && isOver()) break;
    const hot = hottest(heat, leaving);
    if (hot === NOWHERE) break;
    const u = leaving[hot]!.pop()!;
    const { powerW } = problem.units[u]!;
    for (const slot of coolest(heat, problem.slotCount)) {
      const fits = isAllowed(problem, problem.units[u]!, slot) && mayCome(u, slot) && placement.fits(u, slot);
      if (slot === hot || !fits) continue;
      heat.move(powerW, hot, slot);
      if (heat.excessK(slot) < 0) {
        placement.move(u, slot);
        break;
      }
      heat.move(powerW, slot, hot);
    }
  }
  return moves > 0 ? placement : null;
}

/** What may leave, the greatest power last. */
function movableBySlot({ units, slotCount }: Problem, at: Int32Array): number[][] {
  const bySlot: number[][] = Array.from({ length: slotCount }, () => []);
  units.forEach((unit, u) => {
    if (unit.allowed.length > 1 && unit.powerW > 0) bySlot[at[u]!]!.push(u);
  });
  for (const list of bySlot) list.sort((a, b) => units[a]!.powerW - units[b]!.powerW || b - a);
  return bySlot;
}

/** Of the slots over their ceiling that have something to give. */
function hottest(heat: LiveHeat, leaving: readonly (readonly number[])[]): number {
  let chosen = NOWHERE;
  let most = 0;
  for (let s = 0; s < leaving.length; s++) {
    if (leaving[s]!.length === 0) continue;
    const excess = heat.excessK(s);
    if (excess <= most) continue;
    most = excess;
    chosen = s;
  }
  return chosen;
}

/** The slots with the most room below their ceilings, the coolest first. */
function coolest(heat: LiveHeat, slotCount: number): number[] {
  const chosen: { slot: number; excessK: number }[] = [];
  for (let slot = 0; slot < slotCount; slot++) {
    const excessK = heat.excessK(slot);
    if (chosen.length === ASKED && excessK >= chosen.at(-1)!.excessK) continue;
    let at = chosen.length;
    while (at > 0 && chosen[at - 1]!.excessK > excessK) at--;
    chosen.splice(at, 0, { slot, excessK });
    if (chosen.length > ASKED) chosen.pop();
  }
  return chosen.map(({ slot }) => slot);
}
