// What the planner answers when it is asked where work should run: the best plan beside that of staying, and how far its
// saving may be wrong. Pure but for the clock handed in.
import type { PlanInstance } from '../core/plan.ts';
import { makePlan } from '../placement/plan.ts';
import { savingDoubtW } from '../placement/saving-doubt.ts';
import { show } from '../placement/wording.ts';
import type { Planned } from './planner-client.ts';

export interface PlanningTask {
  readonly instance: PlanInstance;
  readonly seconds: number;
  readonly seed: number;
  /** Energy, J over the horizon, that a move must save unless it relieves overshoot. */
  readonly gainThresholdJ: number;
  /** With it and seconds enough the plan does not depend on the machine. */
  readonly maxSteps?: number;
  /** How unsure the model is of each slot, K, by slot id: what a saving is lost in is no reason to move. */
  readonly uncertaintyK?: Readonly<Record<string, number>>;
}

/** More than any Move can save: a drain moves what has to leave and what makes room for it. */
export const NOT_FOR_ENERGY_J = 1e15;

/** For the speeds of not moving there is nothing to search, s. */
const STAY_S = 0.05;

/** @param now Monotonic milliseconds. */
export function planAndStay(task: PlanningTask, now: () => number): Planned {
  const { instance, seconds, seed, gainThresholdJ, maxSteps } = task;
  const limits = { seed, now, ...(maxSteps === undefined ? {} : { maxSteps }) };
  const doubtW = savingDoubtW(instance, task.uncertaintyK ?? {});
  const gain = gainOf(gainThresholdJ, doubtW, instance.horizonS);
  const plan = makePlan(instance, { ...limits, seconds, ...gain });
  const stay = makePlan({ ...instance, maxMoves: 0 }, { ...limits, seconds: Math.min(seconds, STAY_S) });
  return { plan, stay, doubtW };
}

/** The greater of what is asked for and what the model can tell. */
function gainOf(askedJ: number, doubtW: number, horizonS: number) {
  const doubtJ = doubtW * horizonS;
  if (askedJ >= NOT_FOR_ENERGY_J) {
    return { gainThresholdJ: askedJ, gainThresholdWhy: 'only what has to leave is moved' };
  }
  return doubtJ > askedJ
    ? { gainThresholdJ: doubtJ, gainThresholdWhy: `${show(doubtW)} W: so far the model may be wrong` }
    : { gainThresholdJ: askedJ, gainThresholdWhy: `${show(askedJ / horizonS)} W` };
}
