// All sensors of the chassis on their own: which of them are stuck or noisy now, and which jumped. The readings of a
// sensor that cannot be believed are taken out of the frame.
import { sensorKey, type DriftSensor } from './drift-cause.ts';
import type { DriftFrame } from './drift-frame.ts';
import { isNoisy, isStuck, resumeTrack, startTrack, track, type ReadingTrack } from './reading-check.ts';

export interface SickSensor {
  readonly sensor: DriftSensor;
  readonly fault: 'stuck' | 'noisy';
}

/** How fast things may change, K/s: a slot's own heating comes on top. */
const INLET_SLEW = 1.5;
const AMBIENT_SLEW = 0.5;
const NOISE_SIGMAS = 8;
/** Jitter under which no sensor is called noisy: (K)² and (W)², of the second difference. */
const LEAST_JITTER_K2 = 6 * 0.6 ** 2;
const LEAST_JITTER_W2 = 6 * 25 ** 2;
/** A jump is remembered for so long, s. */
const JUMP_MEMORY_S = 900;
/** A reading must move again so many seconds before its sensor is believed. */
const WELL_AGAIN_S = 30;

interface Watched {
  track: ReadingTrack;
  /** Nothing was read for a while: what comes next cannot be compared with what was before. */
  isLost: boolean;
  fault: 'stuck' | 'noisy' | null;
  wellS: number;
}

export class ReadingWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #sensors: readonly DriftSensor[];

  constructor(slots: number) {
    const each = Array.from({ length: slots }, (_, slot) =>
      (['temperature', 'inlet', 'power'] as const).map((of): DriftSensor => ({ of, slot })),
    );
    this.#sensors = [...each.flat(), { of: 'ambient' }];
  }

  /** @param moved how far each slot's temperature should have moved beyond doubt while it stood still, K; 0 = not known */
  take(frame: DriftFrame, seconds: number, moved: (slot: number, sameS: number) => number): DriftFrame {
    for (const sensor of this.#sensors) {
      const value = readingOf(frame, sensor);
      if (value === null) this.#lose(sensor);
      else this.#check(sensor, value, seconds, slewOf(frame, sensor), moved);
    }
    if (this.sick().length === 0) return frame;
    const trusted = (sensor: DriftSensor) => (this.#faultOf(sensor) === null ? readingOf(frame, sensor) : null);
    return {
      ...frame,
      ambientC: trusted({ of: 'ambient' }),
      slots: frame.slots.map((seen, slot) => ({
        ...seen,
        temperatureC: trusted({ of: 'temperature', slot }),
        inletC: trusted({ of: 'inlet', slot }),
        powerW: trusted({ of: 'power', slot }),
      })),
    };
  }

  sick(): SickSensor[] {
    return this.#sensors.flatMap((sensor) => {
      const fault = this.#faultOf(sensor);
      return fault === null ? [] : [{ sensor, fault }];
    });
  }

  /** Size of the sensor's last jump within the last quarter of an hour; 0 = none. */
  jumpOf(sensor: DriftSensor): number {
    const found = this.#watched.get(sensorKey(sensor))?.track;
    return found === undefined || found.jumpAgoS > JUMP_MEMORY_S ? 0 : found.jump;
  }

  /** Another sled brings other sensors. */
  forget(slot: number): void {
    for (const of of ['temperature', 'inlet', 'power'] as const) this.#watched.delete(sensorKey({ of, slot }));
  }

  /** Frames were missing. */
  interrupt(): void {
    for (const sensor of this.#sensors) this.#lose(sensor);
  }

  #lose(sensor: DriftSensor): void {
    const known = this.#watched.get(sensorKey(sensor));
    if (known !== undefined) known.isLost = true;
  }

  #faultOf(sensor: DriftSensor): 'stuck' | 'noisy' | null {
    return this.#watched.get(sensorKey(sensor))?.fault ?? null;
  }

  #check(
    sensor: DriftSensor,
    value: number,
    seconds: number,
    slewPerS: number,
    moved: (slot: number, sameS: number) => number,
  ): void {
    const key = sensorKey(sensor);
    const known = this.#watched.get(key);
    if (known === undefined) {
      this.#watched.set(key, { track: startTrack(value), isLost: false, fault: null, wellS: 0 });
      return;
    }
    if (known.isLost) {
      known.isLost = false;
      known.track = resumeTrack(known.track, value);
      return;
    }
    const noise = Math.sqrt(known.track.usualJitter / 6);
    known.track = track(
      known.track,
      value,
      seconds,
      slewPerS * seconds + NOISE_SIGMAS * noise,
      known.fault === 'stuck',
    );
    const least = sensor.of === 'power' ? LEAST_JITTER_W2 : LEAST_JITTER_K2;
    const movedK = sensor.of === 'temperature' ? moved(sensor.slot, known.track.sameS) : 0;
    const fault = isStuck(known.track, movedK)
      ? 'stuck'
      : isNoisy(known.track, least, known.fault === 'noisy')
        ? 'noisy'
        : null;
    known.wellS = fault === null && known.track.sameS < WELL_AGAIN_S ? known.wellS + seconds : 0;
    if (fault !== null) known.fault = fault;
    else if (known.wellS >= WELL_AGAIN_S) known.fault = null;
  }
}

function readingOf(frame: DriftFrame, sensor: DriftSensor): number | null {
  switch (sensor.of) {
    case 'ambient':
      return frame.ambientC;
    case 'temperature':
      return frame.slots[sensor.slot]?.temperatureC ?? null;
    case 'inlet':
      return frame.slots[sensor.slot]?.inletC ?? null;
    case 'power':
      return frame.slots[sensor.slot]?.powerW ?? null;
  }
}

/** The fastest change that physics allows, per second. */
function slewOf(frame: DriftFrame, sensor: DriftSensor): number {
  switch (sensor.of) {
    case 'ambient':
      return AMBIENT_SLEW;
    case 'inlet':
      return INLET_SLEW;
    case 'temperature': {
      // all the power into the lump, or all its rise away within a time constant
      const { powerW, temperatureC, inletC } = frame.slots[sensor.slot]!;
      return Math.max(
        0.3,
        (powerW ?? 0) / LEAST_J_PER_K,
        ((temperatureC ?? 0) - (inletC ?? frame.ambientC ?? 0)) / LEAST_TIME_S,
      );
    }
    default:
      return Infinity;
  }
}

/** Of a CPU with its heat sink; the least that a sled has. */
const LEAST_J_PER_K = 250;
const LEAST_TIME_S = 40;
