// What may have changed in a chassis, so that it is no longer as the model knows it. Slots and movers by position.
import { assertNever } from '../core/errors.ts';

export type DriftSensor =
  | { readonly of: 'temperature' | 'inlet' | 'power'; readonly slot: number }
  | { readonly of: 'ambient' };

/** `offset`: it is off by a constant (power: by a factor). `stuck`: it shows the same all the time. `noisy`: it jitters. */
export type SensorFault = 'offset' | 'stuck' | 'noisy';

export type DriftCause =
  | { readonly kind: 'slot-blocked'; readonly slot: number }
  | { readonly kind: 'fan-weak'; readonly mover: number }
  | { readonly kind: 'filter' }
  | { readonly kind: 'sensor'; readonly sensor: DriftSensor; readonly fault: SensorFault };

/** A cause that is taken for true. */
export interface DriftFinding {
  readonly cause: DriftCause;
  /**
   * `slot-blocked`, `fan-weak`, `filter`: part of the air that is left, 0..1. `sensor` with an offset: K, for power the
   * factor that it shows; stuck or noisy: 0.
   */
  readonly magnitude: number;
  /** Probability against the other causes, 0..1. */
  readonly confidence: number;
  readonly sinceS: number;
  /** It came within minutes, or grew over hours. */
  readonly growth: 'sudden' | 'slow';
  /** For a fan: its tachometer shows it, too. */
  readonly isMeasured: boolean;
}

/** `named`: another cause than the one said before explains it better. */
export type DriftChange =
  | { readonly kind: 'found'; readonly finding: DriftFinding }
  | { readonly kind: 'named'; readonly finding: DriftFinding; readonly before: DriftCause }
  | { readonly kind: 'gone'; readonly finding: DriftFinding };

/** The same text for the same cause. */
export function causeKey(cause: DriftCause): string {
  switch (cause.kind) {
    case 'slot-blocked':
      return `slot-blocked ${cause.slot}`;
    case 'fan-weak':
      return `fan-weak ${cause.mover}`;
    case 'filter':
      return 'filter';
    case 'sensor':
      return `sensor ${sensorKey(cause.sensor)} ${cause.fault}`;
    default:
      return assertNever(cause, 'drift cause');
  }
}

export function sensorKey(sensor: DriftSensor): string {
  return sensor.of === 'ambient' ? sensor.of : `${sensor.of} ${sensor.slot}`;
}
