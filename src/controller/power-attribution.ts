// How much of a slot's power each workload causes: what the sled draws above its idle power, split by what a core costs
// each workload and the cores that it uses, smoothed; and where it is heading, so that the planner sees growth coming.
import { PowerRegression, type RegressedSlot } from '../thermal/power-regression.ts';

const SMOOTHING_S = 8;
const TREND_S = 30;
/** How far ahead a growing load is extrapolated. */
const LEAD_S = 30;
/** A workload that has not run for so long starts anew. */
const FORGET_S = 3600;

/** The regression is given means over so long, s. */
const MEAN_S = 10;

/** After work came or went, sled power and CPU times are not of the same moment for so long: nothing is attributed. */
const UNSETTLED_S = 20;

interface Track {
  fastW: number;
  slowW: number;
  atS: number;
}

export type SlotPowerInput = RegressedSlot;

/** Sums since the work of a slot has been the same, for the next mean. */
interface Sums {
  readonly fromS: number;
  count: number;
  powerW: number;
  readonly cores: number[];
}

export class PowerAttribution {
  readonly #tracks = new Map<string, Track>();
  /** What each slot draws without work, in step with the tracks. */
  readonly #idle = new Map<number, Track>();
  readonly #regression = new PowerRegression();
  readonly #sums = new Map<number, Sums>();
  /** What ran in each slot, and since when it is the same. */
  readonly #tenants = new Map<number, { ids: string; sinceS: number }>();

  update(atS: number, slots: readonly SlotPowerInput[]): void {
    for (const slot of slots) {
      if (!this.#isSettled(slot, atS)) {
        this.#sums.delete(slot.slot);
        continue;
      }
      this.#attribute(atS, slot);
      this.#learn(atS, slot);
    }
    for (const [id, track] of this.#tracks) {
      if (atS - track.atS <= FORGET_S) continue;
      this.#tracks.delete(id);
      this.#regression.forget(id);
    }
  }

  /** What a slot draws without work, W; the board's word until its frames say otherwise. */
  idlePowerW(slot: number, boardW: number): number {
    return this.#idle.get(slot)?.fastW ?? boardW;
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

  /** All of the slot's power: idle first, the rest by the work. */
  #attribute(atS: number, slot: SlotPowerInput): void {
    const { idleW, wattsPerCore } = this.#regression.split(slot);
    const costs = slot.workloads.map(({ cpuRatio }, i) => cpuRatio * wattsPerCore[i]!);
    const whole = costs.reduce((sum, cost) => sum + cost, 0);
    const cores = slot.workloads.reduce((sum, { cpuRatio }) => sum + cpuRatio, 0);
    const loadW = Math.max(0, slot.powerW - idleW);
    slot.workloads.forEach(({ id, cpuRatio }, i) => {
      const even = cores > 0 ? cpuRatio / cores : 1 / slot.workloads.length;
      follow(this.#tracks, id, atS, loadW * (whole > 0 ? costs[i]! / whole : even));
    });
    follow(this.#idle, slot.slot, atS, Math.min(idleW, slot.powerW));
  }

  #learn(atS: number, slot: SlotPowerInput): void {
    const sums = this.#sums.get(slot.slot) ?? { fromS: atS, count: 0, powerW: 0, cores: slot.workloads.map(() => 0) };
    this.#sums.set(slot.slot, sums);
    sums.count += 1;
    sums.powerW += slot.powerW;
    slot.workloads.forEach(({ cpuRatio }, i) => (sums.cores[i] = sums.cores[i]! + cpuRatio));
    if (atS - sums.fromS < MEAN_S) return;
    this.#sums.delete(slot.slot);
    const { count, powerW, cores } = sums;
    const workloads = slot.workloads.map(({ id }, i) => ({ id, cpuRatio: cores[i]! / count }));
    this.#regression.observe(atS, { ...slot, powerW: powerW / count, workloads });
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
}

function follow<K>(tracks: Map<K, Track>, key: K, atS: number, powerW: number): void {
  const track = tracks.get(key);
  if (track === undefined) {
    tracks.set(key, { fastW: powerW, slowW: powerW, atS });
    return;
  }
  const elapsedS = Math.max(0, atS - track.atS);
  track.fastW += (powerW - track.fastW) * (1 - Math.exp(-elapsedS / SMOOTHING_S));
  track.slowW += (powerW - track.slowW) * (1 - Math.exp(-elapsedS / TREND_S));
  track.atS = atS;
}
