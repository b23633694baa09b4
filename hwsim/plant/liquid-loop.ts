// The coolant's round: pumps push it through a cold plate in every slot and through an exchanger to the room's air.
// A pump is a mover like a fan (fan.ts): told by a ratio, slow to follow, with a tachometer. But it cools with coolant,
// so it takes no part in the air's flow: a slot feels it by its stream's heat capacity rate, ρ·c·Q in W/K, which for air is
// 1200·Q. A board, which knows air alone, counts a pump as air of the same W/K: 1 l/min of water is 0.054 m³/s of air.
// m³/s, W/K, °C; speeds relative to full.
import type { LiquidParameters } from './liquid-parameters.ts';
import { relax } from './relax.ts';

/** Halvings of the interval in which the pumps' common head lies. */
const HEAD_STEPS = 40;
/** A stream as thin as this carries no heat. */
const LEAST_W_PER_K = 1e-6;

export interface LiquidTruth {
  /** From the pumping unit to the cold plates. */
  readonly supplyC: number;
  readonly returnC: number;
  readonly flowM3s: number;
  /** What the exchanger gives to the room. */
  readonly heatW: number;
}

/** What the coolant is to one sled: heat it takes per K that the CPU is above the supply. */
export interface PlateStream {
  readonly supplyC: number;
  readonly wPerK: number;
}

/**
 * What the pumps move together. Each delivers where its head n² − q² equals the head that the loop costs, which grows
 * with the square of the whole flow; a check valve lets nothing back through a pump that stands.
 */
export function loopFlowM3s(loop: LiquidParameters, speeds: readonly number[]): number {
  const freeM3s = loop.pumps.reduce((sum, pump) => sum + pump.maxFlowM3s, 0);
  const flowAt = (head: number) =>
    loop.pumps.reduce(
      (sum, pump, i) => sum + pump.maxFlowM3s * Math.sqrt(Math.max(0, (speeds[i] ?? 0) ** 2 - head)),
      0,
    );
  let low = 0;
  let high = Math.max(0, ...speeds.map((speed) => speed * speed));
  for (let i = 0; i < HEAD_STEPS; i++) {
    const head = (low + high) / 2;
    if (loop.resistance * (flowAt(head) / freeM3s) ** 2 > head) low = head;
    else high = head;
  }
  return flowAt((low + high) / 2);
}

export class LiquidLoop {
  readonly #loop: LiquidParameters;
  #truth: LiquidTruth;

  constructor(loop: LiquidParameters, temperatureC: number) {
    this.#loop = loop;
    this.#truth = { supplyC: temperatureC, returnC: temperatureC, flowM3s: 0, heatW: 0 };
  }

  truth(): LiquidTruth {
    return this.#truth;
  }

  /** The stream through the cold plate of a slot; null where none goes. */
  stream(slot: number): PlateStream | null {
    const { plate, coolantJPerM3K, share } = this.#loop;
    const flowM3s = (share[String(slot)] ?? 0) * this.#truth.flowM3s;
    const rateWPerK = coolantJPerM3K * flowM3s;
    if (rateWPerK < LEAST_W_PER_K) return null;
    const plateWPerK = plate.wPerK * (flowM3s / plate.referenceFlowM3s) ** plate.exponent;
    // the coolant warms on the way: never more than the stream's own heat capacity rate
    return { supplyC: this.#truth.supplyC, wPerK: rateWPerK * (1 - Math.exp(-plateWPerK / rateWPerK)) };
  }

  /** `heatW` is what the cold plates gave to the coolant during `dtS`. */
  step(speeds: readonly number[], heatW: number, ambientC: number, dtS: number): void {
    const { coolantJPerM3K, exchangerWPerK, reservoirJPerK } = this.#loop;
    const rateWPerK = coolantJPerM3K * this.#truth.flowM3s;
    let { supplyC, returnC } = this.#truth;
    let givenW = 0;
    if (rateWPerK >= LEAST_W_PER_K) {
      const effectiveness = 1 - Math.exp(-exchangerWPerK / rateWPerK);
      const outWPerK = effectiveness * rateWPerK;
      // the reservoir's balance: what comes in, less what the exchanger takes out of the stream on its way back
      const goalC = ambientC + (heatW * (1 - effectiveness)) / outWPerK;
      supplyC = relax(supplyC, goalC, reservoirJPerK / outWPerK, dtS);
      returnC = supplyC + heatW / rateWPerK;
      givenW = outWPerK * (returnC - ambientC);
    }
    this.#truth = { supplyC, returnC, flowM3s: loopFlowM3s(this.#loop, speeds), heatW: givenW };
  }
}
