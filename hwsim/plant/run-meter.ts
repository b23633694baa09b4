// The figures of a run: peak, slot-seconds over the limit, fan energy, how long all slots have been within limits.
import type { PlantMetrics } from '../contract.ts';

/** What is counted of a slot. */
export interface MeteredSlot {
  readonly slot: number;
  readonly present: boolean;
  readonly state: { readonly cpuC: number };
}

export class RunMeter {
  readonly #limitC: ReadonlyMap<number, number>;
  #metrics: PlantMetrics = { plantSeconds: 0, peakC: -273.15, overLimitS: 0, fanEnergyJ: 0, withinLimitsS: 0 };

  constructor(limitC: ReadonlyMap<number, number>) {
    this.#limitC = limitC;
  }

  /** These held for the last `dtS`. */
  observe(slots: readonly MeteredSlot[], fanPowerW: number, dtS: number): void {
    let over = 0;
    let { peakC } = this.#metrics;
    for (const { slot, present, state } of slots) {
      if (!present) continue;
      if (state.cpuC > (this.#limitC.get(slot) ?? Infinity)) over++;
      if (state.cpuC > peakC) peakC = state.cpuC;
    }
    const last = this.#metrics;
    this.#metrics = {
      plantSeconds: last.plantSeconds + dtS,
      peakC,
      overLimitS: last.overLimitS + over * dtS,
      fanEnergyJ: last.fanEnergyJ + fanPowerW * dtS,
      withinLimitsS: over === 0 ? last.withinLimitsS + dtS : 0,
    };
  }

  metrics(): PlantMetrics {
    return this.#metrics;
  }
}
