// A guardian's frames as the drift detector takes them, and the detector for a board.
import type { Board } from '../board/schema.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame, SlotFrame } from '../protocols/guardian-link.ts';
import { buildChassisModel } from '../thermal/chassis-model.ts';
import type { CusumLimits } from '../thermal/cusum.ts';
import { DRIFT_LIMITS, DriftDetector } from '../thermal/drift.ts';
import type { DriftFrame } from '../thermal/drift-frame.ts';

/** Any: the detector takes the measured ambient of each frame. */
const NOMINAL_AMBIENT_C = 25;

export function detectorFor(board: Board, limits: CusumLimits = DRIFT_LIMITS): DriftDetector {
  const model = buildChassisModel({
    ambientC: NOMINAL_AMBIENT_C,
    airMovers: board.airMovers.map((mover) => ({ ...mover, fixedRatio: null })),
    slots: board.slots.map((slot) => ({ id: String(slot.number), ...slot.model })),
    recirculation: board.recirculation,
  });
  return new DriftDetector(model, {
    timeConstantS: board.slots.map((slot) => slot.model.timeConstantS),
    hasInlet: board.slots.map((slot) => slot.sensors.inlet !== undefined),
    limits,
  });
}

export class DriftFrames {
  readonly #board: Board;
  readonly #sleds = new Map<number, string | null>();

  constructor(board: Board) {
    this.#board = board;
  }

  take(frame: Frame, ambientC: number | null): DriftFrame {
    const read = (sensor: string | undefined) =>
      sensor === undefined ? null : valueOrNull(frame.sensors[sensor]?.reading);
    return {
      atS: frame.atMs / 1000,
      ambientC,
      movers: this.#board.airMovers.map((mover) => {
        const fan = frame.fans.find((entry) => entry.id === mover.id);
        const turning = (fan?.rpm ?? []).flatMap((rpm, rotor) => {
          const value = valueOrNull(rpm);
          const full = mover.tachometers[rotor]?.fullRpm;
          return value === null || full === undefined ? [] : [value / full];
        });
        return {
          ratio: fan?.ratio ?? 0,
          turning: turning.length === 0 ? null : turning.reduce((sum, part) => sum + part, 0) / turning.length,
          isWell: fan?.state === 'ok',
        };
      }),
      slots: this.#board.slots.map(({ number, sensors }) => {
        const seen = frame.slots.find((entry) => entry.slot === number);
        const isOff = seen?.presence === 'absent' || seen?.power === 'off';
        return {
          temperatureC: isOff ? null : read(sensors.temperature),
          inletC: read(sensors.inlet),
          powerW: isOff ? null : read(sensors.power),
          sled: this.#sledOf(number, seen),
        };
      }),
    };
  }

  /** Serial number of the sled, or one name for any; null = none. A FRU that cannot be read now is no other sled. */
  #sledOf(slot: number, seen: SlotFrame | undefined): string | null {
    const before = this.#sleds.get(slot);
    const serial = seen?.fru?.serial ?? '';
    const sled = seen?.presence === 'absent' ? null : serial === '' ? (before ?? 'a sled') : serial;
    this.#sleds.set(slot, sled);
    return sled;
  }
}
