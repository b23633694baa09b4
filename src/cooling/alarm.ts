// A sled that says over its alert line that it is too hot. While its temperature can be read, the loop knows better and the
// line is only worth an event; while it cannot, the line is all there is, and the zone goes to full speed.
//
//   quiet ──alert, no good reading──▶ alarm ──alert released, or sled away──▶ quiet     (a reading does not end it)
import type { Reading } from '../core/reading.ts';
import type { CoolingConfig, CoolingZone } from './config.ts';

/** A reading older than this part of its sensor's timeout does not speak against an alert. */
const STALE_PART = 0.5;
/** For a slot whose temperature is in no zone. */
const DEFAULT_TIMEOUT_S = 10;

export interface AlarmInput {
  readonly alertedSlots: ReadonlySet<number>;
  readonly readings: ReadonlyMap<string, Reading>;
  readonly nowMs: number;
}

/** Slots of the zone that are in alarm, given those that were. */
export function stepAlarms(
  config: CoolingConfig,
  zone: CoolingZone,
  before: readonly number[],
  { alertedSlots, readings, nowMs }: AlarmInput,
): readonly number[] {
  return zone.slots.flatMap(({ slot, sensor }) => {
    const reading = readings.get(sensor);
    if (!alertedSlots.has(slot) || isAway(reading)) return [];
    const staleMs = (config.sensors.get(sensor)?.timeoutS ?? DEFAULT_TIMEOUT_S) * 1000 * STALE_PART;
    return before.includes(slot) || !isGood(reading, nowMs - staleMs) ? [slot] : [];
  });
}

function isAway(reading: Reading | undefined): boolean {
  return reading?.kind === 'none' && (reading.reason === 'absent' || reading.reason === 'off');
}

function isGood(reading: Reading | undefined, sinceMs: number): boolean {
  return reading?.kind === 'value' && Number.isFinite(reading.value) && reading.atMs >= sinceMs;
}
