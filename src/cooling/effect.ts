// What cooling asks of the guardian besides fan speeds: things to log, and a slot's power to cut.
import type { Severity } from '../core/view.ts';

export interface CoolingEvent {
  readonly kind: 'event';
  readonly severity: Severity;
  /** `zone/main`, `fan/fan0`, `sensor/slot3-cpu`. */
  readonly source: string;
  readonly code: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Cut now; repeated every few seconds while the slot stays too hot. */
export interface CutSlotPower {
  readonly kind: 'cut-slot-power';
  readonly slot: number;
  readonly sensor: string;
}

export type CoolingEffect = CoolingEvent | CutSlotPower;

export function coolingEvent(
  severity: Severity,
  source: string,
  code: string,
  text: string,
  data: Readonly<Record<string, unknown>> = {},
): CoolingEvent {
  return { kind: 'event', severity, source, code, text, data };
}
