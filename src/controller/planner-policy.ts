// When a plan is acted on. Not moving is an answer: minimum residence, a budget of Moves per workload, a threshold of
// gain, and no return to a slot that a workload left. Pure functions over the history of Moves.
import type { Plan } from '../core/plan.ts';
import type { MoveTrigger } from '../core/view.ts';
import type { Staying } from '../placement/staying.ts';

export interface PolicySettings {
  /** A workload stays at least so long where it was put, unless its slot is about to be over its limit. */
  readonly residenceS: number;
  /** Moves of one workload in an hour. */
  readonly movesPerHour: number;
  /** No return to a slot it left for so long. */
  readonly noReturnS: number;
  /** After a Move ended, readings are given this long to follow before the next plan is acted on. */
  readonly settleS: number;
  /** After an undone Move its workload is left alone for so long. */
  readonly failedPauseS: number;
  /** Moves only for energy: at least this share of the mover power saved. */
  readonly energyGain: number;
  /** Mover power that each Move made for energy must save by itself, W: more while the model is new than when it is known. */
  readonly energyGainPerMoveW: { readonly early: number; readonly known: number };
  readonly knownAfterS: number;
  /** Overshoot relieved, K, for a Move off a hot slot. */
  readonly overshootGainK: number;
}

export const DEFAULT_POLICY: PolicySettings = {
  residenceS: 180,
  movesPerHour: 4,
  noReturnS: 3600,
  settleS: 25,
  failedPauseS: 120,
  energyGain: 0.06,
  energyGainPerMoveW: { early: 5, known: 1.5 },
  knownAfterS: 900,
  overshootGainK: 0.5,
};

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
  const failed = own.findLast((move) => move.outcome === 'undone');
  if (failed !== undefined && nowS - failed.startedAtS < settings.failedPauseS) {
    return held(`its last Move was undone ${Math.round(nowS - failed.startedAtS)} s ago`);
  }
  const lately = own.filter((move) => nowS - move.startedAtS < 3600).length;
  return lately >= settings.movesPerHour
    ? held(`it has been moved ${lately} times in the last hour`)
    : { kind: 'free' };
}

/** Whether the readings have had time to follow the last Move. */
export function hasSettled(past: readonly MovePast[], nowS: number, settings: PolicySettings): boolean {
  return past.every((move) => move.outcome !== 'done' || nowS - move.endedAtS >= settings.settleS);
}

/** Slots that a workload left and must not return to yet. */
export function slotsLeft(
  workload: string,
  past: readonly MovePast[],
  nowS: number,
  settings: PolicySettings,
): Set<number> {
  return new Set(
    past
      .filter(
        (move) => move.workload === workload && move.outcome === 'done' && nowS - move.startedAtS < settings.noReturnS,
      )
      .map((move) => move.from),
  );
}

/** What a move must save over the horizon, J, unless it relieves overshoot. */
export function gainThresholdJ(sinceStartS: number, horizonS: number, settings: PolicySettings): number {
  return energyGainW(sinceStartS, settings) * horizonS;
}

function energyGainW(sinceStartS: number, settings: PolicySettings): number {
  const { early, known } = settings.energyGainPerMoveW;
  return sinceStartS < settings.knownAfterS ? early : known;
}

/** Why the moves of a plan are started, or not. */
export function worthMoving(
  plan: Plan,
  stay: Staying,
  sinceStartS: number,
  settings: PolicySettings,
): { readonly go: boolean; readonly why: string } {
  if (plan.status === 'infeasible') return { go: false, why: 'no assignment keeps the rules' };
  if (plan.moves.length === 0) return { go: false, why: 'the work is where it should be' };
  const relievedK = stay.predicted.worstOvershootK - plan.predicted.worstOvershootK;
  if (relievedK >= settings.overshootGainK) return { go: true, why: `relieves ${relievedK.toFixed(1)} K of overshoot` };
  if (stay.predicted.worstOvershootK > 0) return { go: false, why: `relieves only ${relievedK.toFixed(2)} K` };
  const savedW = stay.predicted.moverPowerW - plan.predicted.moverPowerW;
  const neededW = Math.max(settings.energyGain * stay.predicted.moverPowerW, energyGainW(sinceStartS, settings));
  if (savedW < neededW) {
    return { go: false, why: `saves only ${savedW.toFixed(1)} W of fan power, not ${neededW.toFixed(1)} W` };
  }
  return { go: true, why: `saves ${savedW.toFixed(1)} W of fan power` };
}

function held(why: string): Held {
  return { kind: 'held', why };
}
