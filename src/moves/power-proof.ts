// Whether a slot's sled is without power, from one frame of the guardian. A power-good line that is off, a slot that its
// presence line shows empty, or a measured power of next to nothing, each from a fresh reading, confirm it. What was
// only commanded, is stale or cannot be read confirms nothing.
import type { Frame, SlotFrame } from '../protocols/guardian-link.ts';
import type { SlotPowerState } from './move.ts';

/** Below any sled that runs, above the offset of a sensor: an INA219 across 12 V and 20 A is wrong by up to 1.2 W. */
export const OFF_BELOW_W = 3;
/** A reading older than this when its frame was made is stale. */
export const FRESH_MS = 5_000;

export interface PowerProof {
  readonly power: SlotPowerState;
  /** Read not before this, guardian's clock. */
  readonly sinceMs: number;
}

/** @param sensor that measures the slot's power; null when the board has none */
export function powerProof(frame: Frame, slot: number, sensor: string | null): PowerProof {
  const seen = frame.slots.find((entry) => entry.slot === slot);
  const byLine = seen === undefined ? null : lineProof(seen);
  const proof = byLine ?? sensorProof(frame, sensor);
  if (proof === null) return { power: 'unknown', sinceMs: frame.atMs };
  return frame.atMs - proof.sinceMs <= FRESH_MS ? proof : { power: 'unknown', sinceMs: proof.sinceMs };
}

/** Null when no line tells. A power-good line that is on is believed whatever a sensor says. */
function lineProof({ power, powerFrom }: SlotFrame): PowerProof | null {
  if (powerFrom === undefined || powerFrom.source === 'command' || power === 'unknown') return null;
  return { power: power === 'off' ? 'confirmed-off' : 'on', sinceMs: powerFrom.atMs };
}

function sensorProof({ sensors }: Frame, sensor: string | null): PowerProof | null {
  const reading = sensor === null ? undefined : sensors[sensor]?.reading;
  if (reading?.kind !== 'value') return null;
  return { power: reading.value < OFF_BELOW_W ? 'confirmed-off' : 'on', sinceMs: reading.atMs };
}
