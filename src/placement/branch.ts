// A part of the placements on the way through branch and bound.
import type { Prices } from './ascent.ts';
import type { Part } from './relaxation.ts';

export interface Branch extends Part, Prices {
  bound: number;
  readonly depth: number;
  /** The range of a mover was divided to make it. */
  isNewRange: boolean;
}

/** The same part again, to be made smaller. */
export function childOf(part: Branch): Branch {
  return {
    domain: part.domain.slice(),
    low: part.low.slice(),
    high: part.high.slice(),
    roomW: part.roomW.slice(),
    price: part.price.slice(),
    at: part.at.slice(),
    share: Math.min(1, 2 * part.share),
    bound: part.bound,
    depth: part.depth + 1,
    isNewRange: false,
  };
}

/** How many slots are in a domain. */
export function countOf(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
