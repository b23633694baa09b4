// One sensor's readings on their own, tick by tick: a jump faster than anything warms, a last digit that no longer moves,
// a jitter that was not there. What is usual is learned from the sensor itself.

export interface ReadingTrack {
  readonly value: number;
  /** Ticks and seconds for which it has been exactly this value. */
  readonly sameTicks: number;
  readonly sameS: number;
  readonly changes: number;
  /** The longest rest so far, ticks. */
  readonly longestTicks: number;
  /** The smallest change so far: what it is read in steps of. */
  readonly quantum: number;
  /** Mean squares of the second difference, of a minute and of hours. */
  readonly jitter: number;
  readonly usualJitter: number;
  readonly step: number;
  readonly seenTicks: number;
  /** The last jump, and how long ago. */
  readonly jump: number;
  readonly jumpAgoS: number;
}

const JITTER_S = 60;
const USUAL_JITTER_S = 2 * 3600;
/** Ticks before anything is called unusual. */
const LEARNING_TICKS = 900;
const STUCK_LEAST_S = 45;
/** A reading in coarse steps rests while less than so many of them pass. */
const STEPS_MOVED = 1.5;
/** A sensor that has never rested longer than so many ticks is lively; a rest so many times as long is none of its own. */
const LIVELY_TICKS = 15;
const REST_TIMES = 8;
const LEAST_CHANGES = 60;
const NOISY_TIMES = 16;
/** Once noisy it is so until its jitter is this much less. */
const CALM_PART = 0.3;
const JUMP_APART_S = 60;

export function startTrack(value: number): ReadingTrack {
  return {
    value,
    sameTicks: 0,
    sameS: 0,
    changes: 0,
    longestTicks: 0,
    quantum: Infinity,
    jitter: 0,
    usualJitter: 0,
    step: 0,
    seenTicks: 0,
    jump: 0,
    jumpAgoS: Infinity,
  };
}

/** After a gap: what is usual holds, what was last read does not. */
export function resumeTrack(before: ReadingTrack, value: number): ReadingTrack {
  return { ...before, value, step: 0, sameTicks: 0, sameS: 0 };
}

/** @param jumpLimit the largest change that physics and noise allow in that time, in the sensor's unit */
export function track(
  before: ReadingTrack,
  value: number,
  seconds: number,
  jumpLimit: number,
  wasStuck: boolean,
): ReadingTrack {
  const step = value - before.value;
  const isSame = step === 0;
  // one jump after the other is jitter
  const isJump = Math.abs(step) > jumpLimit && before.jumpAgoS > JUMP_APART_S;
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
    changes: before.changes + (isSame ? 0 : 1),
    // a rest that is under way may be the one that is looked for
    longestTicks: isSame || wasStuck ? before.longestTicks : Math.max(before.longestTicks, before.sameTicks),
    quantum: isSame ? before.quantum : Math.min(before.quantum, Math.abs(step)),
    jitter: isJump ? before.jitter : mean(before.jitter, JITTER_S),
    usualJitter: isWild ? before.usualJitter : mean(before.usualJitter, USUAL_JITTER_S),
    step: isJump ? 0 : step,
    seenTicks,
    jump: isJump ? step : before.jump,
    jumpAgoS: isJump ? 0 : before.jumpAgoS + seconds,
  };
}

/** @param moved how far the sensor should have moved meanwhile beyond any doubt, in its unit; 0 when nothing is known */
export function isStuck(track: ReadingTrack, moved: number): boolean {
  const { sameS, sameTicks, seenTicks, changes, longestTicks, quantum } = track;
  if (sameS < STUCK_LEAST_S || seenTicks < LEARNING_TICKS) return false;
  if (moved > STEPS_MOVED * quantum) return true;
  const isLively =
    changes >= LEAST_CHANGES && longestTicks < LIVELY_TICKS && changes * LIVELY_TICKS > seenTicks - sameTicks;
  return isLively && sameTicks > REST_TIMES * Math.max(1, longestTicks);
}

/** @param leastSquare jitter under which nothing is noisy, in the square of the unit */
export function isNoisy(track: ReadingTrack, leastSquare: number, wasNoisy: boolean): boolean {
  const limit = Math.max(leastSquare, NOISY_TIMES * track.usualJitter) * (wasNoisy ? CALM_PART : 1);
  return track.seenTicks > LEARNING_TICKS && track.jitter > limit;
}
