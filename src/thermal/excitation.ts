// Deliberate small steps of one air mover's speed, to learn how its air divides over the slots: in ordinary running all
// movers go up and down together, and nothing tells their shares apart. Upwards only, so that no slot ever gets less air
// than cooling wants; only while every margin is wide and no Move is under way; seldom, and no more once it is known.
// Pure: step(state, input) → state, what to do.

export interface ExcitableMover {
  readonly id: string;
  /** Commanded at present. */
  readonly ratio: number;
  /** Well, and neither held by an operator nor by the cooling loop's failsafe. */
  readonly isFree: boolean;
  /** By how much the effect of a fifth more of its speed on some slot may be off, one standard deviation, K. */
  readonly doubtK: number;
}

export interface ExcitationInput {
  readonly nowS: number;
  /** Smallest distance of any slot from its limit, now or where it is heading; null when one is unknown. */
  readonly leastMarginK: number | null;
  readonly isMoving: boolean;
  readonly movers: readonly ExcitableMover[];
}

export type Excitation =
  | { readonly kind: 'resting'; readonly untilS: number; readonly restS: number }
  | {
      readonly kind: 'stepping';
      readonly mover: string;
      readonly ratio: number;
      readonly untilS: number;
      /** Before the step. */
      readonly doubtK: number;
      readonly restS: number;
    };

export interface ExcitationStep {
  readonly state: Excitation;
  /** A step has just begun, or has just been broken off. */
  readonly news: 'begun' | 'broken-off' | null;
}

/** What all slots keep from their limits for a step to begin, and to go on, K. A loop that has settled keeps some 8 K. */
export const LEAST_MARGIN_K = 6;
export const KEPT_MARGIN_K = 4;
/** Step of the ratio, relative to the mover's own. */
const STEP_SHARE = 0.08;
const MOST_RATIO = 0.9;
/** Some two and a half time constants of a slot. */
const STEP_S = 180;
/** From the end of one step to the next: at least, and at most when steps teach nothing. */
const REST_S = 600;
const MOST_REST_S = 4 * 3600;
/** A step that lowers the doubt by less than this share has taught nothing. */
const TAUGHT_SHARE = 0.02;
/** Known well enough, K. */
export const KNOWN_K = 0.3;

/** Frames are watched for the first rest before anything is tried. */
export function startExcitation(nowS: number): Excitation {
  return { kind: 'resting', untilS: nowS + REST_S, restS: REST_S };
}

export function stepExcitation(state: Excitation, input: ExcitationInput): ExcitationStep {
  return state.kind === 'stepping' ? goOn(state, input) : begin(state, input);
}

function begin(state: Excitation & { readonly kind: 'resting' }, input: ExcitationInput): ExcitationStep {
  const { nowS, leastMarginK, isMoving, movers } = input;
  const isSafe = leastMarginK !== null && leastMarginK >= LEAST_MARGIN_K && !isMoving;
  if (nowS < state.untilS || !isSafe) return { state, news: null };
  const [mover] = movers
    .filter(({ isFree, doubtK, ratio }) => isFree && doubtK > KNOWN_K && ratio * (1 + STEP_SHARE) <= MOST_RATIO)
    .toSorted((a, b) => b.doubtK - a.doubtK);
  if (mover === undefined) return { state, news: null };
  const { id, ratio, doubtK } = mover;
  const step = { mover: id, ratio: ratio * (1 + STEP_SHARE), untilS: nowS + STEP_S, doubtK, restS: state.restS };
  return { state: { kind: 'stepping', ...step }, news: 'begun' };
}

function goOn(state: Excitation & { readonly kind: 'stepping' }, input: ExcitationInput): ExcitationStep {
  const { nowS, leastMarginK, isMoving, movers } = input;
  const mover = movers.find(({ id }) => id === state.mover);
  const isSafe = leastMarginK !== null && leastMarginK >= KEPT_MARGIN_K && !isMoving && mover?.isFree === true;
  if (isSafe && nowS < state.untilS) return { state, news: null };
  const taught = mover !== undefined && mover.doubtK < state.doubtK * (1 - TAUGHT_SHARE);
  const restS = !isSafe || taught ? REST_S : Math.min(MOST_REST_S, 2 * state.restS);
  return { state: { kind: 'resting', untilS: nowS + restS, restS }, news: isSafe ? null : 'broken-off' };
}
