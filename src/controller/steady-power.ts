// What each workload draws in the long run. A plan for the least energy over the next hour is made for this: on what it
// draws at the moment, the best places would change with every fluctuation, and work would never come to rest.

/** Fluctuations shorter than this do not count. */
const MEAN_S = 600;
/** So many times the mean, or its part, for so long: it is another load, and the mean begins anew. */
const CHANGED_FACTOR = 1.6;
const CHANGED_AFTER_S = 90;
const LEAST_W = 5;
/** What is expected from the trend of some seconds swings by so much of the mean. */
const FLUCTUATION_SHARE = 0.35;
/** A workload that has not been seen for so long is forgotten. */
const FORGET_S = 3600;

interface Track {
  meanW: number;
  /** How long the mean goes back, up to MEAN_S. */
  spanS: number;
  /** Since when it has been far from its mean; null while it is near. */
  farSinceS: number | null;
  atS: number;
}

export class SteadyPower {
  readonly #tracks = new Map<string, Track>();

  take(atS: number, powers: Iterable<readonly [workload: string, powerW: number]>): void {
    for (const [workload, powerW] of powers) this.#take(workload, powerW, atS);
    for (const [workload, track] of this.#tracks) if (atS - track.atS > FORGET_S) this.#tracks.delete(workload);
  }

  /** W; null for one never seen. */
  powerW(workload: string): number | null {
    return this.#tracks.get(workload)?.meanW ?? null;
  }

  /** The long run's, or `expectedW` when that is further from it than fluctuations are. */
  powerUnlessChanged(workload: string, expectedW: number): number {
    const meanW = this.powerW(workload);
    return meanW === null || Math.abs(expectedW - meanW) > FLUCTUATION_SHARE * meanW + LEAST_W ? expectedW : meanW;
  }

  #take(workload: string, powerW: number, atS: number): void {
    const track = this.#tracks.get(workload);
    if (track === undefined) {
      this.#tracks.set(workload, { meanW: powerW, spanS: 0, farSinceS: null, atS });
      return;
    }
    const elapsedS = Math.max(0, atS - track.atS);
    track.atS = atS;
    track.spanS = Math.min(MEAN_S, track.spanS + elapsedS);
    if (elapsedS > 0) track.meanW += (powerW - track.meanW) * Math.min(1, elapsedS / track.spanS);
    const [low, high] = [Math.min(powerW, track.meanW) + LEAST_W, Math.max(powerW, track.meanW) + LEAST_W];
    if (high <= CHANGED_FACTOR * low) track.farSinceS = null;
    else if (track.farSinceS === null) track.farSinceS = atS;
    else if (atS - track.farSinceS >= CHANGED_AFTER_S) {
      Object.assign(track, { meanW: powerW, spanS: 0, farSinceS: null });
    }
  }
}
