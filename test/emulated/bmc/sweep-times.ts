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

/** Exit status of sweep-beside-c.ts where there is no machine to emulate one. */
export const NOT_HERE = 3;

export const SWEEPS = 800;

/** Sweeps whose medians are compared. */
export const BLOCK = 100;

export interface Comparison {
  readonly oursMs: number;
  readonly cMs: number;
  /** Ours beside C's. */
  readonly ratio: number;
}

/** Medians of each block, both programs in turns; the block that was disturbed least counts, for whatever disturbs adds. */
export function quietest({ oursMs, cMs }: SweepTimes): Comparison & { readonly ratios: readonly number[] } {
  const blocks: Comparison[] = [];
  for (let start = 0; start < oursMs.length; start += BLOCK) {
    const [ours, c] = [oursMs, cMs].map((times) => median(times.slice(start, start + BLOCK)));
    if (ours !== undefined && c !== undefined) blocks.push({ oursMs: ours, cMs: c, ratio: ours / c });
  }
  const [least] = blocks.toSorted((a, b) => a.ratio - b.ratio);
  if (least === undefined) throw new Error('nothing was measured');
  return { ...least, ratios: blocks.map(({ ratio }) => ratio) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Both programs in turns, in the machine. */
export async function sweepBesideC(
  machine: { run(command: string, deadlineMs: number): Promise<string> },
  sweeps: number,
): Promise<SweepTimes> {
  const text = await machine.run(`cd /app; taskset 1 node sweep.mjs board.json ./sweep ${sweeps}`, 120_000);
  return JSON.parse(text.slice(text.lastIndexOf('\n') + 1)) as SweepTimes;
}
