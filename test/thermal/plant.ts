// A one-node plant to identify: first-order lag to the steady state of the formulas, noise and quantised readings.
import type { Random } from '../../src/core/random.ts';
import type { ThermalFrame } from '../../src/thermal/identify.ts';

export interface PlantSlot {
  readonly r: number;
  readonly k: number;
  readonly tauS: number;
  /** m³/s at ratio 1 and openness 1. */
  readonly flowM3s: number;
}

export class OneNodePlant {
  readonly openness: number[];
  readonly powerW: number[];
  ratio = 0.5;
  ambientC = 25;
  readonly temperatureC: number[];
  readonly #slots: readonly PlantSlot[];
  #atS = 0;

  constructor(slots: readonly PlantSlot[], powerW: number) {
    this.#slots = slots;
    this.openness = slots.map(() => 1);
    this.powerW = slots.map(() => powerW);
    this.temperatureC = slots.map((_, s) => this.steadyC(s));
  }

  steadyC(s: number): number {
    const slot = this.#slots[s]!;
    const flow = this.openness[s]! * slot.flowM3s * this.ratio;
    return this.ambientC + this.powerW[s]! * (slot.r + slot.k / flow ** 0.8);
  }

  /** One second on; the frame as sensors with that noise and that step would show it. */
  second(random: Random, noiseK: number, stepK: number): ThermalFrame {
    this.#atS += 1;
    const seen = (value: number) => Math.round((value + noiseK * random.gaussian()) / stepK) * stepK;
    this.temperatureC.forEach((temperature, s) => {
      const share = 1 - Math.exp(-1 / this.#slots[s]!.tauS);
      this.temperatureC[s] = temperature + share * (this.steadyC(s) - temperature);
    });
    return {
      atS: this.#atS,
      ambientC: this.ambientC,
      ratios: [this.ratio],
      slots: this.temperatureC.map((temperature, s) => ({
        temperatureC: seen(temperature),
        inletC: seen(this.ambientC),
        powerW: this.powerW[s]! * (1 + 0.01 * random.gaussian()),
      })),
    };
  }
}
