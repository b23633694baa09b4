// When a plan is acted on. Not moving is an answer: minimum residence, budgets of Moves per workload and for the whole
// chassis, a threshold of gain above what the model can tell, pauses after failures that grow, and no return to a slot
// that a workload left while the load is the same. Pure functions over the history of Moves.
import type { BoardPlanner } from '../board/schema.ts';
import type { Plan } from '../core/plan.ts';
import type { MoveTrigger } from '../core/view.ts';
import { duration } from '../placement/wording.ts';
import type { Staying } from '../placement/staying.ts';
import { isSameCooling, isSameLoad, type LoadMark } from './load-mark.ts';

export interface PolicySettings {
  /** Moves under way at once. */
  readonly movesAtOnce: number;
  /** A workload stays at least so long where it was put, unless its slot is about to be over its limit. */
  readonly residenceS: number;
  /** Moves of one workload in an hour. */
  readonly movesPerHour: number;
  /** Moves in the whole chassis in an hour; operators are not bound by it. */
  readonly chassisMovesPerHour: number;
  /** Of those, so many are kept for slots that are about to be over their limit. */
  readonly chassisMovesKept: number;
  /** No return to a slot it left for so long; and after that, not while the load is what it was. */
  readonly noReturnS: number;
  /** After a Move ended, readings are given this long to follow before the next plan is acted on. */
  readonly settleS: number;
  /** After an undone Move its workload is left alone for so long; twice as long after each further one. */
  readonly failedPauseS: number;
  /** After an undone Move nothing is planned to its destination for so long; twice as long after each further one. */
  readonly failedSlotPauseS: number;
  /** No pause is longer. */
  readonly failedPauseMaxS: number;
  /** Moves only for energy: at least this share of the mover power saved. */
  readonly energyGain: number;
  /** Mover power that each Move made for energy must save by itself, W: more while the model is new than when it is known. */
  readonly energyGainPerMoveW: { readonly early: number; readonly known: number };
  readonly knownAfterS: number;
  /** Overshoot relieved, K, for a Move off a hot slot. */
  readonly overshootGainK: number;
}

export const DEFAULT_POLICY: PolicySettings = {
  movesAtOnce: 2,
  residenceS: 180,
  movesPerHour: 4,
  chassisMovesPerHour: 40,
  chassisMovesKept: 16,
  noReturnS: 3600,
  settleS: 25,
  failedPauseS: 120,
  failedSlotPauseS: 60,
  failedPauseMaxS: 3600,
  energyGain: 0.06,
  energyGainPerMoveW: { early: 5, known: 1.5 },
  knownAfterS: 900,
  overshootGainK: 0.5,
};

/** The policy of a board: what its file says, the defaults for the rest. */
export function policyOf(given: BoardPlanner): PolicySettings {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_POLICY, ...(Object.fromEntries(said) as Partial<PolicySettings>) };
}

const BUDGET_S = 3600;

/** A Move that was started by anyone, in plant time. */
export interface MovePast {
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  readonly trigger: MoveTrigger;
  readonly startedAtS: number;
  /** Of the last change of its outcome. */
  readonly endedAtS: number;
  readonly outcome: 'open' | 'done' | 'undone';
  /** The load when it was started; null for a Move from before this process. */
  readonly load?: LoadMark | null;
}

export type Held = { readonly kind: 'free' } | { readonly kind: 'held'; readonly why: string };

/** Whether the planner may touch a workload now. `hot`: its slot is about to be over its limit. */
export function mayMove(
  workload: string,
  past: readonly MovePast[],
  nowS: number,
  hot: boolean,
  settings: PolicySettings,
): Held {
  const own = past.filter((move) => move.workload === workload);
  if (own.some((move) => move.outcome === 'open')) return held('a Move of it is under way');
  const last = own.findLast((move) => move.outcome === 'done');
  if (last !== undefined && !hot && nowS - last.startedAtS < settings.residenceS) {
    return held(
      `it came to slot ${last.to} ${Math.round(nowS - last.startedAtS)} s ago and stays at least ${settings.residenceS} s`,
    );
  }
  const failures = failuresInARow(own);
  const pauseS = pauseOf(failures.length, settings.failedPauseS, settings);
  const failed = failures.at(-1);
  if (failed !== undefined && nowS - failed.endedAtS < pauseS) {
    const times =
      failures.length > 1 ? `its last ${failures.length} Moves were undone, the last` : 'its last Move was undone';
    const leftS = failed.endedAtS + pauseS - nowS;
    return held(`${times} ${duration(nowS - failed.endedAtS)} ago; it is left alone for another ${duration(leftS)}`);
  }
  const lately = own.filter((move) => nowS - move.startedAtS < BUDGET_S);
  if (lately.length < settings.movesPerHour) return { kind: 'free' };
  const freeInS = lately.at(-settings.movesPerHour)!.startedAtS + BUDGET_S - nowS;
  return held(
    `it has been moved ${lately.length} times in the last hour, ${settings.movesPerHour} are allowed; free again in ${duration(freeInS)}`,
  );
}

/** Moves undone since the last one that was done. */
function failuresInARow(past: readonly MovePast[]): readonly MovePast[] {
  const ended = past.filter((move) => move.outcome !== 'open');
  return ended.slice(ended.findLastIndex((move) => move.outcome === 'done') + 1);
}

/** Twice as long after each further failure. */
function pauseOf(failures: number, firstS: number, { failedPauseMaxS }: PolicySettings): number {
  return failures === 0 ? 0 : Math.min(failedPauseMaxS, firstS * 2 ** (failures - 1));
}

export interface ChassisBudget {
  /** Moves that may be planned now. */
  readonly left: number;
  /** Why it is not more, with when that changes; null while nothing has been spent. */
  readonly why: string | null;
}

/** `hot`: some slot is about to be over its limit. Moves that were undone count: they cost as much. */
export function chassisBudget(
  past: readonly MovePast[],
  nowS: number,
  hot: boolean,
  settings: PolicySettings,
): ChassisBudget {
  const lately = past.filter((move) => nowS - move.startedAtS < BUDGET_S);
  const allowed = Math.max(0, settings.chassisMovesPerHour - (hot ? 0 : settings.chassisMovesKept));
  const left = Math.max(0, allowed - lately.length);
  if (lately.length === 0) return { left, why: null };
  const kept =
    hot || settings.chassisMovesKept === 0 ? '' : ` (${settings.chassisMovesKept} more are kept for hot slots)`;
  const freeInS = (lately.at(-allowed) ?? lately[0]!).startedAtS + BUDGET_S - nowS;
  const free = left > 0 ? '' : `; the next is free in ${duration(freeInS)}`;
  const times = lately.length === 1 ? 'Move was' : 'Moves were';
  return {
    left,
    why: `${lately.length} ${times} made in the chassis in the last hour, ${allowed} are allowed${kept}${free}`,
  };
}

/** Slots that no work is planned to for a while because Moves to them were undone, with the reason. */
export function pausedSlots(
  past: readonly MovePast[],
  nowS: number,
  settings: PolicySettings,
): ReadonlyMap<number, string> {
  const paused = new Map<number, string>();
  for (const slot of new Set(past.map((move) => move.to))) {
    const failures = failuresInARow(past.filter((move) => move.to === slot));
    const last = failures.at(-1);
    if (last === undefined) continue;
    const leftS = last.endedAtS + pauseOf(failures.length, settings.failedSlotPauseS, settings) - nowS;
    if (leftS <= 0) continue;
    const count = failures.length === 1 ? 'the last Move' : `the last ${failures.length} Moves`;
    paused.set(slot, `${count} to it came to nothing; not again for ${duration(leftS)}`);
  }
  return paused;
}

/** Whether the readings have had time to follow the last Move. */
export function hasSettled(past: readonly MovePast[], nowS: number, settings: PolicySettings): boolean {
  return past.every((move) => move.outcome !== 'done' || nowS - move.endedAtS >= settings.settleS);
}

/**
 * Slots that a workload left and must not return to yet, with the reason. `load`: as it is now, if known. Something new
 * that is wrong with the cooling makes every slot open again: what was right then need not be now.
 */
export function slotsLeft(
  workload: string,
  past: readonly MovePast[],
  nowS: number,
  settings: PolicySettings,
  load: LoadMark | null = null,
): ReadonlyMap<number, string> {
  const left = new Map<number, string>();
  for (const move of past) {
    if (move.workload !== workload || move.outcome !== 'done') continue;
    const sinceS = nowS - move.startedAtS;
    const then = move.load ?? null;
    const isComparable = load !== null && then !== null;
    if (isComparable && !isSameCooling(then, load)) left.delete(move.from);
    else if (sinceS < settings.noReturnS) left.set(move.from, `it left it ${duration(sinceS)} ago`);
    else if (isComparable && isSameLoad(then, load)) {
      left.set(move.from, `it left it ${duration(sinceS)} ago under the same load`);
    } else left.delete(move.from);
  }
  return left;
}

/** What a move must save over the horizon, J, unless it relieves overshoot. */
export function gainThresholdJ(sinceStartS: number, horizonS: number, settings: PolicySettings): number {
  return energyGainW(sinceStartS, settings) * horizonS;
}

function energyGainW(sinceStartS: number, settings: PolicySettings): number {
  const { early, known } = settings.energyGainPerMoveW;
  return sinceStartS < settings.knownAfterS ? early : known;
}

/**
 * Why the moves of a plan are started, or not.
 * @param uncertaintyW How far a saving may be wrong because the model is, W.
 */
export function worthMoving(
  plan: Plan,
  stay: Staying,
  sinceStartS: number,
  settings: PolicySettings,
  uncertaintyW = 0,
): { readonly go: boolean; readonly why: string } {
  if (plan.status === 'infeasible') return { go: false, why: 'no assignment keeps the rules' };
  if (plan.moves.length === 0) return { go: false, why: 'the work is where it should be' };
  const relievedK = stay.predicted.worstOvershootK - plan.predicted.worstOvershootK;
  if (relievedK >= settings.overshootGainK) return { go: true, why: `relieves ${relievedK.toFixed(1)} K of overshoot` };
  if (stay.predicted.worstOvershootK > 0) return { go: false, why: `relieves only ${relievedK.toFixed(2)} K` };
  const savedW = stay.predicted.moverPowerW - plan.predicted.moverPowerW;
  const share = settings.energyGain * stay.predicted.moverPowerW;
  const neededW = Math.max(share, energyGainW(sinceStartS, settings), uncertaintyW);
  if (savedW < neededW) {
    const because = neededW === uncertaintyW ? ', which is how far the model may be wrong' : '';
    return { go: false, why: `saves only ${savedW.toFixed(1)} W of fan power, not ${neededW.toFixed(1)} W${because}` };
  }
  return { go: true, why: `saves ${savedW.toFixed(1)} W of fan power` };
}

function held(why: string): Held {
  return { kind: 'held', why };
}
