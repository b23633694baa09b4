// A Kalman filter (recursive least squares with a random walk as forgetting) for two factors of a slot's resistance:
// a on its conductive part r, b on its convective part k · Q^-0.8. One observation is a steady-state rise over the inlet.
import { clamp } from '../core/units.ts';
import { FLOW_EXPONENT } from './chassis-model.ts';

export interface SlotFilter {
  readonly rFactor: number;
  readonly flowFactor: number;
  /** Covariance of the two: [aa, ab, bb]. */
  readonly covariance: readonly [number, number, number];
}

/** A rise of `riseK` seen where the parts would give `conductiveK` and `convectiveK` with factors of 1. */
export interface RiseObservation {
  readonly riseK: number;
  readonly conductiveK: number;
  readonly convectiveK: number;
  readonly sigmaK: number;
}

/** Standard deviations at the start: flow paths differ more from what the board says than packages do. */
const START = [0.05 ** 2, 0, 0.25 ** 2] as const;
/** How far the factors may walk in one observation. */
const WALK = [0.001 ** 2, 0.004 ** 2] as const;
/** After a jump everything about the flow is open again. */
const JUMP_VARIANCE = 0.6 ** 2;
const LOWEST = 0.3;
const HIGHEST_R = 3;
const HIGHEST_FLOW = 12;

export function startFilter(): SlotFilter {
  return { rFactor: 1, flowFactor: 1, covariance: START };
}

export function expectedRise(filter: SlotFilter, conductiveK: number, convectiveK: number): number {
  return filter.rFactor * conductiveK + filter.flowFactor * convectiveK;
}

/** Variance of the expected rise that comes from the factors, K². */
export function riseVariance(filter: SlotFilter, conductiveK: number, convectiveK: number): number {
  const [aa, ab, bb] = filter.covariance;
  return conductiveK ** 2 * aa + 2 * conductiveK * convectiveK * ab + convectiveK ** 2 * bb;
}

export function observe(filter: SlotFilter, seen: RiseObservation): SlotFilter {
  const { conductiveK: x, convectiveK: z, sigmaK } = seen;
  const [aa, ab, bb] = [
    Math.min(filter.covariance[0] + WALK[0], START[0]),
    filter.covariance[1],
    Math.min(filter.covariance[2] + WALK[1], JUMP_VARIANCE),
  ];
  const toA = aa * x + ab * z;
  const toB = ab * x + bb * z;
  const variance = x * toA + z * toB + sigmaK ** 2;
  const gainA = toA / variance;
  const gainB = toB / variance;
  const innovationK = seen.riseK - expectedRise(filter, x, z);
  return {
    rFactor: clamp(filter.rFactor + gainA * innovationK, LOWEST, HIGHEST_R),
    flowFactor: clamp(filter.flowFactor + gainB * innovationK, LOWEST, HIGHEST_FLOW),
    covariance: [aa - gainA * toA, ab - gainA * toB, bb - gainB * toB],
  };
}

/** Opens the flow factor for a jump; the package's own resistance does not jump. */
export function openForJump(filter: SlotFilter): SlotFilter {
  return { ...filter, covariance: [filter.covariance[0], 0, JUMP_VARIANCE] };
}

/** Share of the flow the model expects that passes: (o · Q)^-0.8 = b · Q^-0.8. */
export function opennessOf(filter: SlotFilter): number {
  return clamp(filter.flowFactor ** (-1 / FLOW_EXPONENT), 0.05, 1.5);
}
