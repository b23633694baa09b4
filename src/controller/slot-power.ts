// What each slot draws: as its sensor says or, on a board that measures no power there, as much heat as its temperature
// tells by the board's model: P = (T + τ·dT/dt − inlet) / (r + k·Q^-0.8). A blocked air path then looks like more power,
// which errs on the safe side. Slots that share a temperature sensor share its heat by the CPU time of their work.
import type { Board, BoardSlot } from '../board/schema.ts';
import { valueOrNull } from '../core/reading.ts';
import { clamp } from '../core/units.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import { freeFlowM3s, reachedRatios } from './reached-ratios.ts';

/** The slope of a temperature is seen through a mean of this time constant. */
const SLOPE_S = 15;
/** Less air than this tells nothing, m³/s. */
const LEAST_FLOW_M3S = 1e-5;

interface Trend {
  meanC: number;
  atS: number;
}

export class SlotPower {
  readonly #board: Board;
  readonly #trends = new Map<string, Trend>();

  constructor(board: Board) {
    this.#board = board;
  }

  /**
   * W by slot number; a slot of which nothing is known is left out.
   * @param cpuOf CPU time of the work in a slot, in cores.
   */
  take(frame: Frame, ambientC: number | null, cpuOf: (slot: number) => number): ReadonlyMap<number, number> {
    const slopes = this.#slopes(frame);
    const ratios = reachedRatios(this.#board, frame);
    const powers = new Map<number, number>();
    for (const slot of this.#board.slots) {
      const { power } = slot.sensors;
      const powerW =
        power === undefined
          ? this.#fromHeat(slot, frame, { ambientC, slopes, ratios, cpuOf })
          : valueOrNull(frame.sensors[power]?.reading);
      if (powerW !== null) powers.set(slot.number, powerW);
    }
    return powers;
  }

  #fromHeat(
    slot: BoardSlot,
    frame: Frame,
    seen: {
      readonly ambientC: number | null;
      readonly slopes: ReadonlyMap<string, number>;
      readonly ratios: ReadonlyMap<string, number>;
      readonly cpuOf: (slot: number) => number;
    },
  ): number | null {
    const { temperature, inlet } = slot.sensors;
    const temperatureC = valueOrNull(frame.sensors[temperature]?.reading);
    const inletC = valueOrNull(frame.sensors[inlet ?? '']?.reading) ?? seen.ambientC;
    const { idlePowerW, powerCapW, rKPerW, kFlow, timeConstantS, openness, share } = slot.model;
    const flowM3s = openness * freeFlowM3s(this.#board, share, seen.ratios);
    if (temperatureC === null || inletC === null || flowM3s < LEAST_FLOW_M3S) return null;
    const headingC = temperatureC + timeConstantS * (seen.slopes.get(temperature) ?? 0);
    const heatW = (headingC - inletC) / (rKPerW + kFlow * flowM3s ** -FLOW_EXPONENT);
    const loadW = Math.max(0, heatW - idlePowerW) * this.#shareOfSensor(slot, seen.cpuOf);
    return clamp(idlePowerW + loadW, idlePowerW, powerCapW ?? Infinity);
  }

  /** The sensor shows the hottest of its slots: that one causes all of it, the others in proportion. */
  #shareOfSensor(slot: BoardSlot, cpuOf: (slot: number) => number): number {
    const { temperature } = slot.sensors;
    const most = this.#board.slots
      .filter((other) => other.sensors.temperature === temperature)
      .reduce((max, other) => Math.max(max, cpuOf(other.number)), 0);
    return most === 0 ? 1 : cpuOf(slot.number) / most;
  }

  /** K/s by temperature sensor. */
  #slopes(frame: Frame): ReadonlyMap<string, number> {
    const atS = frame.atMs / 1000;
    const slopes = new Map<string, number>();
    for (const sensor of new Set(this.#board.slots.map((slot) => slot.sensors.temperature))) {
      const valueC = valueOrNull(frame.sensors[sensor]?.reading);
      if (valueC === null) {
        this.#trends.delete(sensor);
        continue;
      }
      const trend = this.#trends.get(sensor) ?? { meanC: valueC, atS };
      // the mean of a ramp lags it by the time constant
      trend.meanC += (valueC - trend.meanC) * (1 - Math.exp(-Math.max(0, atS - trend.atS) / SLOPE_S));
      trend.atS = atS;
      this.#trends.set(sensor, trend);
      slopes.set(sensor, (valueC - trend.meanC) / SLOPE_S);
    }
    return slopes;
  }
}
