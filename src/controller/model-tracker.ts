// The chassis model as identified so far: board parameters, corrected per slot by what the frames show.
import type { Board, BoardSlot } from '../board/schema.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import { buildChassisModel } from '../thermal/chassis-model.ts';
import { reachedRatios } from './reached-ratios.ts';
import { Identifier, type Drift, type IdentifyState, type SlotEstimate } from '../thermal/identify.ts';

/** Any: the identifier takes the measured ambient of each frame. */
const NOMINAL_AMBIENT_C = 25;

/** A slot whose power fell by more than this share of its running mean is not learned from until the mean has followed. */
const FALL_SHARE = 0.15;
const POWER_MEAN_S = 60;

export class ModelTracker {
  readonly #board: Board;
  readonly #identifier: Identifier;
  readonly #indexOf: ReadonlyMap<number, number>;
  #state: IdentifyState;
  #estimates: readonly SlotEstimate[];
  readonly #meanPowerW = new Map<number, { meanW: number; atS: number }>();

  constructor(board: Board) {
    this.#board = board;
    const model = buildChassisModel({
      ambientC: NOMINAL_AMBIENT_C,
      airMovers: board.airMovers.map((mover) => ({ ...mover, fixedRatio: null })),
      slots: board.slots.map((slot) => ({ id: String(slot.number), ...slot.model })),
      recirculation: board.recirculation,
    });
    this.#identifier = new Identifier(model, { timeConstantS: board.slots.map((slot) => slot.model.timeConstantS) });
    this.#indexOf = new Map(board.slots.map((slot, index) => [slot.number, index]));
    this.#state = this.#identifier.start();
    this.#estimates = this.#identifier.estimates(this.#state);
  }

  /** Takes a frame in; returns the slots whose drift is not what it was. */
  take(frame: Frame, ambientC: number | null): { readonly slot: number; readonly drift: Drift }[] {
    const read = (sensor: string | undefined) =>
      sensor === undefined ? null : valueOrNull(frame.sensors[sensor]?.reading);
    const ratios = reachedRatios(this.#board, frame);
    this.#state = this.#identifier.step(this.#state, {
      atS: frame.atMs / 1000,
      ambientC,
      ratios: this.#board.airMovers.map((mover) => ratios.get(mover.id) ?? 0),
      slots: this.#board.slots.map((slot) => ({
        temperatureC: read(slot.sensors.temperature),
        inletC: read(slot.sensors.inlet),
        powerW: this.#steadyPower(slot.number, read(slot.sensors.power), frame.atMs / 1000),
      })),
    });
    const before = this.#estimates;
    this.#estimates = this.#identifier.estimates(this.#state);
    return this.#board.slots.flatMap((slot, index) => {
      const drift = this.#estimates[index]?.drift ?? 'none';
      return drift === before[index]?.drift ? [] : [{ slot: slot.number, drift }];
    });
  }

  estimate(slot: BoardSlot): SlotEstimate {
    const estimate = this.#estimates[this.#indexOf.get(slot.number) ?? -1];
    if (estimate === undefined) throw new Error(`slot ${slot.number} is not on the board`);
    return estimate;
  }

  /**
   * Null while work has just left: the slot is still as warm as its old power made it, and one time constant does not
   * describe how it cools, so the air path would look blocked.
   */
  #steadyPower(slot: number, powerW: number | null, atS: number): number | null {
    if (powerW === null) return null;
    const track = this.#meanPowerW.get(slot) ?? { meanW: powerW, atS };
    track.meanW += (powerW - track.meanW) * (1 - Math.exp(-Math.max(0, atS - track.atS) / POWER_MEAN_S));
    track.atS = atS;
    this.#meanPowerW.set(slot, track);
    return powerW < track.meanW * (1 - FALL_SHARE) ? null : powerW;
  }
}
