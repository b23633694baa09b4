// How long to wait before the next try: doubling, bounded, with jitter so that sleds do not come back in step.
import type { Random } from '../core/random.ts';

export interface BackoffRange {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** `failures` 0 = the first wait. Between half and all of the doubled time. */
export function backoffMs(range: BackoffRange, failures: number, random: Random): number {
  const fullMs = Math.min(range.maxMs, range.firstMs * 2 ** Math.min(failures, 30));
  return fullMs * (0.5 + 0.5 * random.next());
}
