// The chassis model as identified so far: board parameters, corrected per slot by what the frames show.
import type { Board, BoardSlot } from '../board/schema.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import { createIdentifier, type ChassisIdentifier, type SlotEstimate } from '../thermal/identify.ts';

export class ModelTracker {
  readonly #board: Board;
  readonly #identifier: ChassisIdentifier;

  constructor(board: Board) {
    this.#board = board;
    this.#identifier = createIdentifier({
      airMovers: board.airMovers,
      slots: board.slots.map((slot) => ({ id: String(slot.number), ...slot.model })),
      recirculation: board.recirculation,
    });
  }

  take(frame: Frame, ambientC: number): void {
    const read = (sensor: string | undefined) =>
      sensor === undefined ? null : valueOrNull(frame.sensors[sensor]?.reading);
    this.#identifier.take({
      atS: frame.atMs / 1000,
      ambientC,
      ratios: Object.fromEntries(frame.fans.map((fan) => [fan.id, fan.ratio])),
      slots: this.#board.slots.map((slot) => ({
        temperatureC: read(slot.sensors.temperature),
        inletC: read(slot.sensors.inlet),
        powerW: read(slot.sensors.power),
      })),
    });
  }

  estimate(slot: BoardSlot): SlotEstimate {
    return this.#identifier.estimate(String(slot.number));
  }
}
