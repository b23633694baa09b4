// Page's cumulative sum, both ways, in standard deviations · s: what stays within `allowed` sigmas is let pass, what is
// beyond adds up until it is an alarm. (E. S. Page, Continuous Inspection Schemes, Biometrika 41, 1954.)

export interface Cusum {
  readonly rose: number;
  readonly fell: number;
}

export interface CusumLimits {
  readonly allowedSigmas: number;
  readonly alarmSigmaS: number;
}

export const CALM: Cusum = { rose: 0, fell: 0 };

/** One residual can add no more than this: a single wild reading is no evidence. */
const MOST_SIGMAS = 15;
/** Beyond this multiple of the alarm nothing adds up: an alarm that is over must be able to end. */
const CEILING = 1.5;

export function stepCusum(before: Cusum, sigmas: number, seconds: number, limits: CusumLimits): Cusum {
  const seen = Math.max(-MOST_SIGMAS, Math.min(MOST_SIGMAS, sigmas));
  const most = CEILING * limits.alarmSigmaS;
  const add = (sum: number, over: number) => Math.min(most, Math.max(0, sum + (over - limits.allowedSigmas) * seconds));
  return { rose: add(before.rose, seen), fell: add(before.fell, -seen) };
}

/** 0 = nothing, 1 = alarm. */
export function levelOf(cusum: Cusum, limits: CusumLimits): number {
  return Math.max(cusum.rose, cusum.fell) / limits.alarmSigmaS;
}
