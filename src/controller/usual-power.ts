// What a workload usually draws: a mean over some minutes. A place is chosen for longer than that, so what lasts a minute
// is no reason to move; what it does to a slot until it ends is the fans' business.

/** A workload that has not run for so long starts anew. */
const FORGET_S = 3600;

interface Track {
  meanW: number;
  /** How long it has been seen, up to the memory: the first minutes of a workload count in full. */
  seenS: number;
  atS: number;
}

export class UsualPower {
  readonly #tracks = new Map<string, Track>();
  readonly #memoryS: number;

  constructor(memoryS: number) {
    this.#memoryS = memoryS;
  }

  /** Power of the workloads that run now, W. */
  take(atS: number, powersW: Iterable<readonly [workload: string, powerW: number]>): void {
    for (const [id, powerW] of powersW) {
      const track = this.#tracks.get(id) ?? { meanW: powerW, seenS: 0, atS };
      const elapsedS = Math.max(0, atS - track.atS);
      track.seenS = Math.min(this.#memoryS, track.seenS + elapsedS);
      track.meanW += (powerW - track.meanW) * (track.seenS === 0 ? 1 : Math.min(1, elapsedS / track.seenS));
      track.atS = atS;
      this.#tracks.set(id, track);
    }
    for (const [id, track] of this.#tracks) if (atS - track.atS > FORGET_S) this.#tracks.delete(id);
  }

  /** W; 0 for one that was never seen. */
  powerW(workload: string): number {
    return this.#tracks.get(workload)?.meanW ?? 0;
  }
}
