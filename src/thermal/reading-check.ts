// One sensor's readings on their own, tick by tick: a jump faster than anything warms, a last digit that no longer moves,
// a jitter that was not there. What is usual is learned from the sensor itself.

export interface ReadingTrack {
  readonly value: number;
  /** Ticks and seconds for which it has been exactly this value. */
  readonly sameTicks: number;
  readonly sameS: number;
  /** Part of the ticks at which it usually changes: of the quietest stretch so far. */
  readonly usualChange: number;
  readonly stretchTicks: number;
  readonly stretchChanges: number;
  /** Mean squares of the second difference, of a minute and of hours. */
  readonly jitter: number;
  readonly usualJitter: number;
  readonly step: number;
  readonly seenTicks: number;
  /** The last jump, and how long ago. */
  readonly jump: number;
  readonly jumpAgoS: number;
}

const STRETCH_TICKS = 300;
/** How fast a lively sensor is believed to be lively again, for each stretch. */
const QUIETEST_RISE = 0.02;
const JITTER_S = 60;
const USUAL_JITTER_S = 2 * 3600;
/** Ticks before anything is called unusual. */
const LEARNING_TICKS = 900;
const STUCK_LEAST_S = 45;
/** Odds against so long a rest by chance, as a logarithm. */
const STUCK_ODDS = 30;
const NOISY_TIMES = 16;
/** Once noisy it is so until its jitter is this much less. */
const CALM_PART = 0.3;
const JUMP_APART_S = 60;

export function startTrack(value: number): ReadingTrack {
  return {
    value,
    sameTicks: 0,
    sameS: 0,
    usualChange: 0,
    stretchTicks: 0,
    stretchChanges: 0,
    jitter: 0,
    usualJitter: 0,
    step: 0,
    seenTicks: 0,
    jump: 0,
    jumpAgoS: Infinity,
  };
}

/** @param jumpLimit the largest change that physics and noise allow in that time, in the sensor's unit */
export function track(before: ReadingTrack, value: number, seconds: number, jumpLimit: number): ReadingTrack {
  const step = value - before.value;
  const isSame = step === 0;
  // one jump after the other is jitter
  const isJump = Math.abs(step) > jumpLimit && before.jumpAgoS > JUMP_APART_S;
  const stretch = nextStretch(before, isSame);
  const square = (step - before.step) ** 2;
  const seenTicks = before.seenTicks + 1;
  const mean = (old: number, overS: number) =>
    old + Math.max(1 / seenTicks, 1 - Math.exp(-seconds / overS)) * (square - old);
  // a jump is no jitter, and while it jitters that must not become the usual
  const isWild = isJump || (seenTicks > LEARNING_TICKS && square > NOISY_TIMES * before.usualJitter);
  return {
    value,
    sameTicks: isSame ? before.sameTicks + 1 : 0,
    sameS: isSame ? before.sameS + seconds : 0,
    ...stretch,
    jitter: isJump ? before.jitter : mean(before.jitter, JITTER_S),
    usualJitter: isWild ? before.usualJitter : mean(before.usualJitter, USUAL_JITTER_S),
    step: isJump ? 0 : step,
    seenTicks,
    jump: isJump ? step : before.jump,
    jumpAgoS: isJump ? 0 : before.jumpAgoS + seconds,
  };
}

function nextStretch(before: ReadingTrack, isSame: boolean) {
  const stretchTicks = before.stretchTicks + 1;
  const stretchChanges = before.stretchChanges + (isSame ? 0 : 1);
  if (stretchTicks < STRETCH_TICKS) return { stretchTicks, stretchChanges, usualChange: before.usualChange };
  const part = stretchChanges / stretchTicks;
  const isFirst = before.seenTicks < 2 * STRETCH_TICKS;
  // a stretch without any change is what is looked for, not what is usual
  const usualChange = isFirst
    ? part
    : part === 0
      ? before.usualChange
      : Math.min(part, before.usualChange + QUIETEST_RISE);
  return { stretchTicks: 0, stretchChanges: 0, usualChange };
}

/** @param movedK how far the sensor should have moved meanwhile beyond any doubt, in its unit; 0 when nothing is known */
export function isStuck(track: ReadingTrack, moved: number): boolean {
  if (track.sameS < STUCK_LEAST_S || track.seenTicks < LEARNING_TICKS) return false;
  if (moved > 0) return true;
  return -track.sameTicks * Math.log(1 - Math.min(0.99, track.usualChange)) > STUCK_ODDS;
}

/** @param leastSquare jitter under which nothing is noisy, in the square of the unit */
export function isNoisy(track: ReadingTrack, leastSquare: number, wasNoisy: boolean): boolean {
  const limit = Math.max(leastSquare, NOISY_TIMES * track.usualJitter) * (wasNoisy ? CALM_PART : 1);
  return track.seenTicks > LEARNING_TICKS && track.jitter > limit;
}
