// The last resort: a slot over its power-down limit loses its power. One bad reading is not enough, and the controller
// gets a last chance to move the work away.
//
//   calm ──over──▶ suspected ──over again──▶ imminent ──LAST_CHANCE_MS, or RUNAWAY_K over──▶ cut
//     ▲────────────────under──────────────────────┴───────────────away─────────────────────────┘
import { assertNever } from '../core/errors.ts';
import type { Reading } from '../core/reading.ts';
import type { CoolingSensor } from './config.ts';
import { coolingEvent, type CoolingEffect } from './effect.ts';

/** From the warning to the cut. */
export const LAST_CHANCE_MS = 5000;
/** So far over the limit there is no time to wait. */
export const RUNAWAY_K = 3;
/** A cut that has not cooled the sensor or silenced it is asked for again. */
export const REPEAT_MS = 5000;

export type PowerDown =
  | { readonly kind: 'calm' }
  | { readonly kind: 'suspected'; readonly readAtMs: number }
  | { readonly kind: 'imminent'; readonly readAtMs: number; readonly cutAtMs: number }
  | { readonly kind: 'cut'; readonly readAtMs: number; readonly againAtMs: number };

export interface PowerDownStep {
  readonly state: PowerDown;
  readonly effects: readonly CoolingEffect[];
}

/** Only for sensors with a slot and a power-down limit; others stay calm. */
export function stepPowerDown(
  sensor: CoolingSensor,
  state: PowerDown,
  reading: Reading | undefined,
  nowMs: number,
): PowerDownStep {
  const { slot, powerDownC } = sensor;
  if (slot === null || powerDownC === null) return { state: { kind: 'calm' }, effects: [] };
  if (reading?.kind === 'none' && (reading.reason === 'absent' || reading.reason === 'off')) {
    return { state: { kind: 'calm' }, effects: [] };
  }
  const overK = reading?.kind === 'value' ? reading.value - powerDownC : null;
  const readAtMs = reading?.kind === 'value' ? reading.atMs : -Infinity;
  const context = { sensor, slot, powerDownC, overK, readAtMs, nowMs };
  switch (state.kind) {
    case 'calm':
      return overK !== null && overK > 0 ? still({ kind: 'suspected', readAtMs }) : still(state);
    case 'suspected':
      return fromSuspected(state, context);
    case 'imminent':
      return fromImminent(state, context);
    case 'cut':
      return fromCut(state, context);
    default:
      return assertNever(state, 'power-down state');
  }
}

interface Context {
  readonly sensor: CoolingSensor;
  readonly slot: number;
  readonly powerDownC: number;
  /** Degrees over the limit; null = no reading. */
  readonly overK: number | null;
  readonly readAtMs: number;
  readonly nowMs: number;
}

function fromSuspected(state: PowerDown & { kind: 'suspected' }, context: Context): PowerDownStep {
  const { overK, readAtMs, nowMs, sensor, slot, powerDownC } = context;
  if (overK === null || readAtMs <= state.readAtMs) return still(state);
  if (overK <= 0) return still({ kind: 'calm' });
  if (overK >= RUNAWAY_K) return cut(context);
  const cutAtMs = nowMs + LAST_CHANCE_MS;
  const text = `${sensor.name} is ${overK.toFixed(1)} K over ${powerDownC} °C: slot ${slot} loses its power in ${LAST_CHANCE_MS / 1000} s unless it cools`;
  const data = { slot, sensor: sensor.name, overK, lastChanceMs: LAST_CHANCE_MS };
  return {
    state: { kind: 'imminent', readAtMs, cutAtMs },
    effects: [coolingEvent('critical', `slot/${slot}`, 'power-down-imminent', text, data)],
  };
}

/** A sensor that falls silent now does not save the slot: it was over the limit when last read. */
function fromImminent(state: PowerDown & { kind: 'imminent' }, context: Context): PowerDownStep {
  const { overK, readAtMs, nowMs, sensor, slot } = context;
  const fresh = overK !== null && readAtMs > state.readAtMs;
  if (fresh && overK <= 0) {
    const text = `${sensor.name} is under its power-down limit again`;
    const event = coolingEvent('info', `slot/${slot}`, 'power-down-averted', text, { slot, sensor: sensor.name });
    return { state: { kind: 'calm' }, effects: [event] };
  }
  if (nowMs >= state.cutAtMs || (fresh && overK >= RUNAWAY_K)) return cut(context);
  return still(fresh ? { ...state, readAtMs } : state);
}

function fromCut(state: PowerDown & { kind: 'cut' }, context: Context): PowerDownStep {
  const { overK, readAtMs, nowMs } = context;
  const fresh = overK !== null && readAtMs > state.readAtMs;
  if (fresh && overK <= 0) return still({ kind: 'calm' });
  return fresh && nowMs >= state.againAtMs ? cut(context) : still(state);
}

function cut(context: Context): PowerDownStep {
  const { sensor, slot, powerDownC, overK, readAtMs, nowMs } = context;
  const text = `slot ${slot} loses its power: ${sensor.name} is over ${powerDownC} °C`;
  return {
    state: { kind: 'cut', readAtMs, againAtMs: nowMs + REPEAT_MS },
    effects: [
      coolingEvent('critical', `slot/${slot}`, 'power-down', text, { slot, sensor: sensor.name, overK }),
      { kind: 'cut-slot-power', slot, sensor: sensor.name },
    ],
  };
}

function still(state: PowerDown): PowerDownStep {
  return { state, effects: [] };
}
