// The figures of a run: peak, slot-seconds over the limit, fan energy, how long all slots have been within limits.
import type { PlantMetrics, PlantTruth } from '../contract.ts';

export class RunMeter {
  readonly #limitC: ReadonlyMap<number, number>;
  #metrics: PlantMetrics = { plantSeconds: 0, peakC: -273.15, overLimitS: 0, fanEnergyJ: 0, withinLimitsS: 0 };

  constructor(limitC: ReadonlyMap<number, number>) {
    this.#limitC = limitC;
  }

  /** `truth` held for the last `dtS`. */
  observe(truth: PlantTruth, dtS: number): void {
    const slots = [...truth.slots.values()].filter((slot) => slot.present);
    const over = slots.filter((slot) => slot.cpuC > (this.#limitC.get(slot.slot) ?? Infinity)).length;
    const fanW = [...truth.fans.values()].reduce((sum, fan) => sum + fan.powerW, 0);
    const last = this.#metrics;
    this.#metrics = {
      plantSeconds: last.plantSeconds + dtS,
      peakC: slots.reduce((peak, slot) => Math.max(peak, slot.cpuC), last.peakC),
      overLimitS: last.overLimitS + over * dtS,
      fanEnergyJ: last.fanEnergyJ + fanW * dtS,
      withinLimitsS: over === 0 ? last.withinLimitsS + dtS : 0,
    };
  }

  metrics(): PlantMetrics {
    return this.#metrics;
  }
}
