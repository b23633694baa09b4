// Why work stays: for every workload on a slot that is hot or near its ceiling, and for every one that may not move, a
// code and a sentence with figures. The best other place is evaluated exactly while there is time.
import type { HeldCode, PlanHeld } from '../core/plan.ts';
import { levelOf } from './objective.ts';
import type { Incumbent, Objective } from './objective.ts';
import { moveCostTo, Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { round, show } from './wording.ts';

/** A slot this near to its ceiling counts as warm, K. */
const WARM_K = 3;
/** Other places that are evaluated for one workload. */
const PLACES_MAX = 8;

export interface HeldInput {
  readonly problem: Problem;
  readonly objective: Objective;
  readonly best: Incumbent;
  /** Of the plan, at its speeds. */
  readonly temperatureC: Float64Array;
  /** Slots that would be over their ceiling if everything stayed. */
  readonly hotAtStart: readonly boolean[];
  /** Units for which a move was found that has no live order. */
  readonly blocked: ReadonlySet<number>;
  /** J under which a gain is not worth moves. */
  readonly thresholdJ: number;
  readonly isOver: () => boolean;
}

export function explainHeld(input: HeldInput): PlanHeld[] {
  const { problem, best } = input;
  const placement = Placement.of(problem, best.at!);
  const held: PlanHeld[] = [];
  problem.units.forEach((unit, u) => {
    const slot = placement.at[u]!;
    const staying = unit.members.filter((w) => problem.homes[w] === slot);
    if (staying.length === 0) return;
    const isWarm = input.temperatureC[slot]! > problem.targetC[slot]! - WARM_K || input.hotAtStart[slot] === true;
    const isPinned = unit.members.some((w) => problem.instance.workloads[w]!.pinned);
    if (!isWarm && !isPinned && !input.blocked.has(u)) return;
    const reason = isPinned ? pinnedReason(problem, u, slot) : whyHere(input, placement, u);
    for (const w of staying) held.push({ workload: problem.instance.workloads[w]!.id, reason });
  });
  return held;
}

type Reason = PlanHeld['reason'];

function pinnedReason(problem: Problem, u: number, slot: number): Reason {
  const pinned = problem.units[u]!.members.find((w) => problem.instance.workloads[w]!.pinned)!;
  const workload = problem.instance.workloads[pinned]!;
  return {
    code: 'pinned',
    text: `${workload.id} (${show(workload.powerW)} W) is pinned to slot ${slotName(problem, slot)}`,
  };
}

function whyHere(input: HeldInput, placement: Placement, u: number): Reason {
  const { problem } = input;
  const unit = problem.units[u]!;
  const name = unitName(problem, u);
  const here = placement.at[u]!;
  const others = unit.allowed.filter((slot) => slot !== here);
  if (others.length === 0) {
    return { code: 'not-allowed', text: `${name} is allowed in no slot but ${slotName(problem, here)}` };
  }
  if (input.blocked.has(u)) {
    return {
      code: 'no-live-order',
      text: `moving ${name} from slot ${slotName(problem, here)} needs room that only opens when it has left, and no third slot can take it meanwhile`,
    };
  }
  placement.remove(u);
  const obstacles = others.map((slot) => ({ slot, obstacle: placement.obstacle(u, slot) }));
  placement.place(u, here);
  const open = obstacles.filter(({ obstacle }) => obstacle === null || obstacle === 'budget');
  if (open.length === 0) return obstructed(problem, u, obstacles);
  const gain = bestElsewhere(
    input,
    placement,
    u,
    open.map(({ slot }) => slot),
  );
  if (gain === null) {
    return {
      code: 'no-gain',
      text: `${name} stays in slot ${slotName(problem, here)}: no better place was found in the time given`,
    };
  }
  return judged(
    input,
    u,
    here,
    gain,
    open.every(({ obstacle }) => obstacle === 'budget'),
  );
}

/** No other slot takes it: the commonest obstacle gives the code, the sentence counts them all. */
function obstructed(problem: Problem, u: number, obstacles: readonly { readonly obstacle: string | null }[]): Reason {
  const words = { 'power-cap': 'power cap', capacity: 'capacity', rule: 'apart rules' } as const;
  const counted = (Object.keys(words) as (keyof typeof words)[])
    .map((code) => ({ code, count: obstacles.filter(({ obstacle }) => obstacle === code).length }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
  const code: HeldCode = counted[0]!.code;
  const text = counted.map(({ code, count }) => `${count} by ${words[code]}`).join(', ');
  const total = obstacles.length === 1 ? 'the one other allowed slot' : `all ${obstacles.length} other allowed slots`;
  return { code, text: `${unitName(problem, u)} cannot go to ${total}: ${text}` };
}

interface Elsewhere {
  readonly slot: number;
  readonly overshootK: number;
  readonly moversJ: number;
  readonly movesJ: number;
}

/** The best other place for the unit with all else as it is; changes against the plan. Null when time is up. */
function bestElsewhere(input: HeldInput, placement: Placement, u: number, slots: readonly number[]): Elsewhere | null {
  const { problem, objective, best } = input;
  const here = placement.at[u]!;
  const coolest = slots.toSorted(
    (a, b) => input.temperatureC[a]! - problem.targetC[a]! - (input.temperatureC[b]! - problem.targetC[b]!),
  );
  const nowJ = best.costJ - placement.movesJ;
  const nowMovesJ = moveCostTo(problem, problem.units[u]!, here);
  let found: Elsewhere | null = null;
  for (const slot of coolest.slice(0, PLACES_MAX)) {
    if (input.isOver()) break;
    placement.move(u, slot);
    const { overshootK } = objective.score(placement);
    const levelK = Math.max(best.levelK, levelOf(overshootK));
    const moversJ = objective.speeds(placement, levelK).moverPowerW * problem.instance.horizonS - nowJ;
    placement.move(u, here);
    const movesJ = moveCostTo(problem, problem.units[u]!, slot) - nowMovesJ;
    const candidate = { slot, overshootK: Math.max(0, overshootK - best.levelK), moversJ, movesJ };
    if (found === null || isBetter(candidate, found)) found = candidate;
  }
  return found;
}

function isBetter(a: Elsewhere, b: Elsewhere): boolean {
  if (Math.abs(a.overshootK - b.overshootK) > 0.001) return a.overshootK < b.overshootK;
  return a.moversJ + a.movesJ < b.moversJ + b.movesJ;
}

function judged(input: HeldInput, u: number, here: number, found: Elsewhere, needsBudget: boolean): Reason {
  const { problem } = input;
  const best = `${unitName(problem, u)} stays in slot ${slotName(problem, here)}: in slot ${slotName(problem, found.slot)}, the best other place, it`;
  const hours = `over ${show(problem.instance.horizonS)} s`;
  if (found.overshootK > 0.001) {
    return { code: 'no-gain', text: `${best} would leave ${round(found.overshootK, 2)} K more overshoot` };
  }
  if (found.moversJ >= 0) {
    return { code: 'no-gain', text: `${best} would cost ${show(found.moversJ)} J more of fans ${hours}` };
  }
  const saved = `would save ${show(-found.moversJ)} J of fans ${hours}`;
  const totalJ = found.moversJ + found.movesJ;
  if (needsBudget && totalJ < 0) {
    return { code: 'budget', text: `${best} ${saved}, but the plan may make only ${problem.maxMoves} moves` };
  }
  const price = `the move costs ${show(found.movesJ)} J`;
  const threshold = input.thresholdJ > 0 ? ` and a gain under ${show(input.thresholdJ)} J is not worth it` : '';
  return { code: 'gain-too-small', text: `${best} ${saved}; ${price}${threshold}` };
}

function unitName(problem: Problem, u: number): string {
  const unit = problem.units[u]!;
  const ids = unit.members.map((w) => problem.instance.workloads[w]!.id);
  const shown = ids.length > 3 ? `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more` : ids.join(' with ');
  return `${shown} (${show(unit.powerW)} W)`;
}

function slotName(problem: Problem, slot: number): string {
  return problem.instance.slots[slot]!.id;
}
