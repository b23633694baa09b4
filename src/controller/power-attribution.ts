// How much of a slot's power each workload causes: what the sled draws above idle, split by CPU time, smoothed; and
// where the slot's power is heading, so that the planner sees growth coming.

const SMOOTHING_S = 8;
const TREND_S = 30;
/** How far ahead a growing load is extrapolated. */
const LEAD_S = 30;
/** A workload that has not run for so long starts anew. */
const FORGET_S = 3600;

/** After work came or went, sled power and CPU times are not of the same moment for so long: nothing is attributed. */
const UNSETTLED_S = 20;

interface Track {
  fastW: number;
  slowW: number;
  atS: number;
}

export interface SlotPowerInput {
  readonly slot: number;
  readonly powerW: number;
  readonly idlePowerW: number;
  readonly workloads: readonly { readonly id: string; readonly cpuRatio: number }[];
}

export class PowerAttribution {
  readonly #tracks = new Map<string, Track>();
  /** What ran in each slot, and since when it is the same. */
  readonly #tenants = new Map<number, { ids: string; sinceS: number }>();

  update(atS: number, slots: readonly SlotPowerInput[]): void {
    for (const slot of slots) {
      if (!this.#isSettled(slot, atS)) continue;
      const loadW = Math.max(0, slot.powerW - slot.idlePowerW);
      const cpu = slot.workloads.reduce((sum, workload) => sum + workload.cpuRatio, 0);
      for (const workload of slot.workloads) {
        const share = cpu > 0 ? workload.cpuRatio / cpu : 1 / slot.workloads.length;
        this.#track(workload.id, atS, loadW * share);
      }
    }
    for (const [id, track] of this.#tracks) if (atS - track.atS > FORGET_S) this.#tracks.delete(id);
  }

  /** Smoothed power of a workload now, W; 0 for one never measured. */
  powerW(workload: string): number {
    return this.#tracks.get(workload)?.fastW ?? 0;
  }

  /** What it will draw some 30 s from now if it goes on growing; never less than now. */
  expectedPowerW(workload: string): number {
    const track = this.#tracks.get(workload);
    if (track === undefined) return 0;
    // An exponential mean of a ramp lags it by its time constant, so the two means lie this far apart.
    const slopeWPerS = (track.fastW - track.slowW) / (TREND_S - SMOOTHING_S);
    return track.fastW + Math.max(0, slopeWPerS) * (LEAD_S + SMOOTHING_S);
  }

  #isSettled(slot: SlotPowerInput, atS: number): boolean {
    const ids = slot.workloads.map((workload) => workload.id).join(' ');
    const tenants = this.#tenants.get(slot.slot);
    if (tenants === undefined || tenants.ids !== ids) {
      // the first that is seen of a slot counts at once: there is nothing better
      this.#tenants.set(slot.slot, { ids, sinceS: tenants === undefined ? -Infinity : atS });
      return tenants === undefined;
    }
    return atS - tenants.sinceS >= UNSETTLED_S;
  }

  #track(id: string, atS: number, powerW: number): void {
    const track = this.#tracks.get(id);
    if (track === undefined) {
      this.#tracks.set(id, { fastW: powerW, slowW: powerW, atS });
      return;
    }
    const elapsedS = Math.max(0, atS - track.atS);
    track.fastW += (powerW - track.fastW) * (1 - Math.exp(-elapsedS / SMOOTHING_S));
    track.slowW += (powerW - track.slowW) * (1 - Math.exp(-elapsedS / TREND_S));
    track.atS = atS;
  }
}
