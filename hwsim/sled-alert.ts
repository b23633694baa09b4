// A sled's alert line: an open drain that the sled's own comparator pulls while the slot is over its critical limit (LM75,
// "comparator mode"), whatever becomes of the sensor's bus. A pull-up on the chassis releases it.
import type { BoardFile, BoardSlot } from './board-file.ts';
import type { LineBank } from './lines/line-bank.ts';
import { activeLevel, inactiveLevel, type Wire } from './lines/wire.ts';

/** How far under its limit the slot must be before the line is released. */
export const ALERT_HYSTERESIS_K = 3;

export class SledAlert {
  readonly slot: number;
  readonly #pulled: 0 | 1;
  readonly #wire: Wire;
  readonly #limitC: number;
  #active = false;

  private constructor(slot: BoardSlot, place: NonNullable<BoardSlot['alert']>, limitC: number, lines: LineBank) {
    this.slot = slot.number;
    this.#pulled = activeLevel(place);
    this.#wire = lines.at(place);
    this.#wire.pullTo(inactiveLevel(place));
    this.#limitC = limitC;
  }

  /** Null where the board has no alert line for the slot. */
  static of(board: BoardFile, slot: BoardSlot, lines: LineBank): SledAlert | null {
    return slot.alert === undefined ? null : new SledAlert(slot, slot.alert, limitOf(board, slot), lines);
  }

  /** `null`: nothing there to pull the line, the sled is out or has no power. */
  update(temperatureC: number | null): void {
    const releaseC = this.#limitC - ALERT_HYSTERESIS_K;
    this.#active = temperatureC !== null && temperatureC > (this.#active ? releaseC : this.#limitC);
    this.#wire.setOutside(this.#active ? this.#pulled : null);
  }
}

/** The critical limit of the slot's temperature sensor; the slot's own limit where that has none. */
function limitOf(board: BoardFile, slot: BoardSlot): number {
  const channels = board.devices.flatMap((device) => device.channels);
  const channel = channels.find(({ sensor }) => sensor === slot.sensors.temperature);
  return channel?.limits?.criticalHigh ?? slot.limitC;
}
