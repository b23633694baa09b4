// What every surface reads and may ask for: one view of the chassis, its events, and the operators' calls.
import type { ChassisView, EventRecord } from '../core/view.ts';
import type { ControlCall } from '../protocols/control.ts';

/** Calls that act or compute; `view` and `watch` are answered from the view itself. */
export type OperatorCall = Exclude<ControlCall, { method: 'view' } | { method: 'watch' }>;

export interface ChassisSource {
  view(): ChassisView;
  /** Calls back after a change, at most 20 times a second; returns how to stop. */
  onChange(listener: () => void): () => void;
  onEvent(listener: (record: EventRecord) => void): () => void;
  /** @throws ColdslotError in words for people. */
  call(call: OperatorCall): Promise<unknown>;
}
