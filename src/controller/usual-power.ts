// What a workload usually draws: a mean that goes back as far as the load has been the same, at most a quarter of an
// hour. A place is chosen for longer than a fluctuation lasts, and on what is drawn at the moment work would never come
// to rest; a load that has really changed counts within about a minute.

/** How far the mean goes back at most. */
const LONGEST_S = 900;
/** Readings this close together are much the same one. */
const BLOCK_S = 20;
/** Blocks that the size of the fluctuations is taken from. */
const BLOCKS_REMEMBERED = 30;
/** The recent mean is so many of its standard errors, and so many W, from the long one: the load is another. */
const CHANGED_SIGMAS = 1.5;
const CHANGED_W = 1;
/** A workload that has not run for so long starts anew. */
const FORGET_S = 3600;

interface Block {
  sumWs: number;
  seconds: number;
}

interface Track {
  /** Over the memory, and since the load changed last. */
  recentW: number;
  recentS: number;
  usualW: number;
  usualS: number;
  /** Of the means of blocks, from the differences of one to the next: a change adds to it but once. */
  varianceW2: number;
  blocks: number;
  lastBlockW: number | null;
  block: Block;
  atS: number;
}

export class UsualPower {
  readonly #tracks = new Map<string, Track>();
  readonly #memoryS: number;

  /** @param memoryS What is compared with the long mean to see a change. */
  constructor(memoryS: number) {
    this.#memoryS = memoryS;
  }

  /** Power of the workloads that run now, W. */
  take(atS: number, powersW: Iterable<readonly [workload: string, powerW: number]>): void {
    for (const [id, powerW] of powersW) {
      const track = this.#tracks.get(id) ?? begun(powerW, atS);
      this.#tracks.set(id, track);
      this.#take(track, powerW, Math.max(0, atS - track.atS));
      track.atS = atS;
    }
    for (const [id, track] of this.#tracks) if (atS - track.atS > FORGET_S) this.#tracks.delete(id);
  }

  /** W; 0 for one that was never seen. */
  powerW(workload: string): number {
    return this.#tracks.get(workload)?.usualW ?? 0;
  }

  #take(track: Track, powerW: number, elapsedS: number): void {
    track.recentS = Math.min(this.#memoryS, track.recentS + elapsedS);
    track.usualS = Math.min(LONGEST_S, track.usualS + elapsedS);
    track.recentW += (powerW - track.recentW) * part(elapsedS, track.recentS);
    track.usualW += (powerW - track.usualW) * part(elapsedS, track.usualS);
    track.block.sumWs += powerW * elapsedS;
    track.block.seconds += elapsedS;
    if (track.block.seconds >= BLOCK_S) endBlock(track);
    if (!hasChanged(track)) return;
    track.usualW = track.recentW;
    track.usualS = track.recentS;
  }
}

function begun(powerW: number, atS: number): Track {
  const block = { sumWs: 0, seconds: 0 };
  const means = { recentW: powerW, recentS: 0, usualW: powerW, usualS: 0 };
  return { ...means, varianceW2: 0, blocks: 0, lastBlockW: null, block, atS };
}

function part(elapsedS: number, spanS: number): number {
  return spanS === 0 ? 1 : Math.min(1, elapsedS / spanS);
}

function endBlock(track: Track): void {
  const meanW = track.block.sumWs / track.block.seconds;
  if (track.lastBlockW !== null) {
    track.blocks = Math.min(BLOCKS_REMEMBERED, track.blocks + 1);
    track.varianceW2 += ((meanW - track.lastBlockW) ** 2 / 2 - track.varianceW2) / track.blocks;
  }
  track.lastBlockW = meanW;
  track.block = { sumWs: 0, seconds: 0 };
}

function hasChanged({ recentW, recentS, usualW, usualS, varianceW2, blocks }: Track): boolean {
  if (blocks < 3) return usualS > recentS; // too few to tell: what is recent counts
  const errorW = Math.sqrt(varianceW2 * (BLOCK_S / recentS + BLOCK_S / usualS));
  return Math.abs(recentW - usualW) > CHANGED_SIGMAS * errorW + CHANGED_W;
}
