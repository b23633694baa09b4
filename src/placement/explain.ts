// Why each move is made: what its slot would come to if everything stayed, how much cooler the move makes it at the same
// air-mover speeds, and what it saves of air-mover power at the best ones. Figures are those of the model, move by move
// in the order they are made.
import type { PlanMove, PlanMoveReason } from '../core/plan.ts';
import { flowsInto, steadyState } from '../thermal/chassis-model.ts';
import { FirstOrder } from './first-order.ts';
import { LiveState } from './live-state.ts';
import { levelOf } from './objective.ts';
import type { Step } from './order.ts';
import type { Problem } from './problem.ts';
import type { SpeedSolver } from './speeds.ts';
import { startFault } from './start-fault.ts';
import { round, show } from './wording.ts';

/** Gains smaller than this are not worth a word, K and W. */
const NOTHING = 0.05;

/** The chassis with certain sled powers and its air movers at their best speeds for them. */
export interface Situation {
  readonly powerW: Float64Array;
  readonly ratios: Float64Array;
  readonly temperatureC: Float64Array;
  /** Mover power per kelvin of ceiling, W/K. */
  readonly priceWPerK: Float64Array;
  readonly moverPowerW: number;
}

export function situationOf(solver: SpeedSolver, powerW: Float64Array): Situation {
  const { overshootK } = solver.leastOvershoot(powerW);
  const speeds = solver.solve(powerW, levelOf(overshootK));
  return {
    powerW: powerW.slice(),
    ratios: speeds.ratios.slice(),
    temperatureC: speeds.temperatureC.slice(),
    priceWPerK: speeds.priceWPerK.slice(),
    moverPowerW: speeds.moverPowerW,
  };
}

/** `start`: the situation before the first step. `broken`: hard rules that the start breaks, by workload. When time is over, gains are first-order estimates. */
export function explainMoves(
  problem: Problem,
  solver: SpeedSolver,
  steps: readonly Step[],
  start: Situation,
  broken: ReadonlyMap<number, 'rule' | 'capacity'>,
  isOver: () => boolean,
): PlanMove[] {
  const { instance } = problem;
  const state = new LiveState(problem);
  const leaves = slotsLeftFor(problem, steps);
  const comers = nextComers(problem, steps);
  const moves: PlanMove[] = [];
  let before = start;
  let late: FirstOrder | null = null;
  const aside = new Set<number>();
  for (const [index, step] of steps.entries()) {
    for (const w of step.workloads) {
      const from = state.at[w]!;
      state.move([w], step.to);
      if (late === null && isOver()) late = new FirstOrder(problem, before, flowsAt(problem, before.ratios));
      const powerW = instance.workloads[w]!.powerW;
      const after: Situation = late === null ? situationOf(solver, state.powerW) : before;
      const { gainK, gainW } = late?.move(powerW, from, step.to) ?? gains(problem, before, after, from);
      const isReturn = aside.has(step.unit);
      const code = isReturn ? 'makes-room' : codeOf(problem, { step, w, from, start, broken, leaves, gainW });
      const next = comers[index]?.get(from);
      const comer = isReturn || next === undefined ? null : instance.workloads[next.workloads[0]!]!.id;
      const text = sentence(problem, { w, from, to: step.to, start, code, comer, isReturn, gainK, gainW });
      moves.push({
        order: moves.length + 1,
        workload: instance.workloads[w]!.id,
        from: instance.slots[from]!.id,
        to: instance.slots[step.to]!.id,
        reason: { code, text, gainK: round(gainK, 3), gainW: round(gainW, 3) },
      });
      before = after;
    }
    if (step.isDetour) aside.add(step.unit);
  }
  return moves;
}

/** At the same speeds, and then at the best ones. */
function gains(problem: Problem, before: Situation, after: Situation, from: number) {
  const atSameSpeedsC = steadyState(problem.model, after.powerW, before.ratios).temperatureC;
  return {
    gainK: before.temperatureC[from]! - atSameSpeedsC[from]!,
    gainW: before.moverPowerW - after.moverPowerW,
  };
}

function flowsAt(problem: Problem, ratios: Float64Array): Float64Array {
  const flows = new Float64Array(problem.slotCount);
  flowsInto(problem.model, ratios, flows);
  return flows;
}

/** For every step, the first later one that comes to each of the slots it leaves. */
function nextComers(problem: Problem, steps: readonly Step[]): ReadonlyMap<number, Step>[] {
  const at = problem.homes.slice();
  const left = steps.map((step) => {
    const slots = new Set(step.workloads.map((w) => at[w]!));
    for (const w of step.workloads) at[w] = step.to;
    return slots;
  });
  const coming = new Map<number, Step>();
  const comers: Map<number, Step>[] = [];
  for (let i = steps.length - 1; i >= 0; i--) {
    const own = new Map<number, Step>();
    for (const slot of left[i]!) {
      const next = coming.get(slot);
      if (next !== undefined) own.set(slot, next);
    }
    comers.push(own);
    coming.set(steps[i]!.to, steps[i]!);
  }
  return comers.toReversed();
}

/** For every slot, whether other work comes to it. */
function slotsLeftFor(problem: Problem, steps: readonly Step[]): ReadonlyMap<number, readonly number[]> {
  const comers = new Map<number, number[]>();
  for (const step of steps) {
    const list = comers.get(step.to);
    if (list === undefined) comers.set(step.to, [...step.workloads]);
    else for (const w of step.workloads) list.push(w);
  }
  return new Map(problem.instance.slots.map((_, s) => [s, comers.get(s) ?? []]));
}

interface Facts {
  readonly step: Step;
  readonly w: number;
  readonly from: number;
  readonly start: Situation;
  readonly broken: ReadonlyMap<number, 'rule' | 'capacity'>;
  readonly leaves: ReadonlyMap<number, readonly number[]>;
  readonly gainW: number;
}

function codeOf(problem: Problem, facts: Facts): PlanMoveReason['code'] {
  if (facts.step.isDetour) return 'makes-room';
  const breaks = facts.broken.get(facts.w);
  if (breaks !== undefined) return breaks;
  if (facts.start.temperatureC[facts.from]! > problem.targetC[facts.from]! + NOTHING) return 'hot-slot';
  const comers = facts.leaves.get(facts.from)!.filter((w) => w !== facts.w);
  if (facts.gainW < NOTHING && comers.length > 0) return 'makes-room';
  return 'saves-energy';
}

interface Words {
  readonly w: number;
  readonly from: number;
  readonly to: number;
  readonly start: Situation;
  readonly code: PlanMoveReason['code'];
  /** Who comes to the slot it leaves, if anybody does. */
  readonly comer: string | null;
  /** It goes on from where it was put aside. */
  readonly isReturn: boolean;
  readonly gainK: number;
  readonly gainW: number;
}

function sentence(problem: Problem, words: Words): string {
  const { instance } = problem;
  const workload = instance.workloads[words.w]!;
  const from = instance.slots[words.from]!;
  const to = instance.slots[words.to]!;
  const work = `${workload.id} (${show(workload.powerW)} W)`;
  const effect = effectOf(words, 'it');
  const limits = `limit ${show(from.limitC)}, margin ${show(from.marginK)}`;
  switch (words.code) {
    case 'hot-slot':
      return `slot ${from.id} would reach ${show(words.start.temperatureC[words.from]!)} °C (${limits}); moving ${work} to slot ${to.id} ${effect}`;
    case 'saves-energy':
      return `slot ${from.id} is at ${show(words.start.temperatureC[words.from]!)} °C (${limits}) at ${show(words.start.moverPowerW)} W of fans; moving ${work} to slot ${to.id} ${effect}`;
    case 'makes-room':
      if (words.isReturn) {
        return `${work} was put aside in slot ${from.id} and goes on to slot ${to.id}, which ${fansOf(words.gainW)}`;
      }
      return `moving ${work} from slot ${from.id} to slot ${to.id} makes room for ${words.comer ?? 'other work'}, ${effectOf(words, `slot ${from.id}`)}`;
    case 'rule':
    case 'capacity':
      return `${startFault(problem, words.w)}; moving ${work} to slot ${to.id} ${effectOf(words, `slot ${from.id}`)}`;
  }
}

function effectOf({ gainK, gainW }: Words, slot: string): string {
  const kelvin = gainK >= 0 ? `lowers ${slot} by ${show(gainK)} K` : `raises ${slot} by ${show(-gainK)} K`;
  return Math.abs(gainW) < NOTHING ? `${kelvin} and by itself saves no fan power` : `${kelvin} and ${fansOf(gainW)}`;
}

function fansOf(gainW: number): string {
  if (Math.abs(gainW) < NOTHING) return 'saves no fan power by itself';
  return gainW > 0 ? `saves ${show(gainW)} W of fans` : `costs ${show(-gainW)} W of fans`;
}
