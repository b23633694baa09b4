// PI on the worst margin. The integral is the ratio the zone settles at; it stops where more of it could not change the
// output, so that it never winds up; it is never under the plan's ratio, and while the margin is comfortable it settles
// there. So the loop starts from the plan when a margin gets short, and a plan that goes away leaves no step.
import { clamp } from '../core/units.ts';
import type { PiGains } from './config.ts';

/** A longer gap between steps counts as this long: nobody knows what happened in between. */
const MAX_STEP_S = 10;
/** While the margin is `COMFORTABLE_K` over the target or more, the integral settles with this time constant. */
const SETTLE_S = 120;
const COMFORTABLE_K = 6;

export interface PiStep {
  readonly integral: number;
  readonly output: number;
}

/**
 * One step. `marginK` null (nothing to cool) keeps the integral and asks for the minimum.
 * `plannedRatio` is what the plan would run, 0 without one.
 */
export function stepPi(
  gains: PiGains,
  integral: number,
  input: {
    readonly marginK: number | null;
    readonly dtS: number;
    readonly minRatio: number;
    readonly plannedRatio: number;
  },
): PiStep {
  const { marginK, minRatio } = input;
  if (marginK === null) return { integral, output: minRatio };
  const errorK = gains.targetMarginK - marginK;
  const proportional = gains.proportionalPerK * errorK;
  const dtS = clamp(input.dtS, 0, MAX_STEP_S);
  const restRatio = Math.max(minRatio, input.plannedRatio);
  const surplus = Math.max(0, integral - restRatio) * clamp(-errorK / COMFORTABLE_K, 0, 1);
  const moved = integral + gains.integralPerKS * errorK * dtS - (surplus * dtS) / SETTLE_S;
  const next = errorK > 0 ? rise(integral, moved, 1 - proportional) : fall(integral, moved, minRatio - proportional);
  const kept = clamp(next, restRatio, 1);
  return { integral: kept, output: clamp(proportional + kept, minRatio, 1) };
}

/** Up, but not further than the output can follow. */
function rise(from: number, to: number, useful: number): number {
  return Math.max(from, Math.min(to, useful));
}

/** Down, but not further than the output can follow: the fans speed up again as soon as the margin starts to shrink. */
function fall(from: number, to: number, useful: number): number {
  return Math.min(from, Math.max(to, useful));
}
