// What inside/sweep.ts measures.
export interface SweepTimes {
  readonly oursMs: readonly number[];
  readonly cMs: readonly number[];
  /** CPU time of one of our sweeps, mean. */
  readonly cpuMs: number;
  /** Of one sweep. */
  readonly transfers: number;
  readonly channels: number;
  /** Channels that gave a value. */
  readonly values: number;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
