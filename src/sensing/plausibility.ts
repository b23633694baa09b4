// Is a reading possible at all? A value outside what the quantity can be here, or a temperature that jumped further than
// heat can flow, is `implausible`. A jump that stays is believed: then it was the older value that was wrong.
import { none, type Reading } from '../core/reading.ts';
import type { Sensor, SensorUnit } from './sensor.ts';

/** Values beyond these are a broken sensor or bus, whatever the chassis. */
const RANGE: Readonly<Record<SensorUnit, readonly [number, number]>> = {
  C: [-55, 150],
  V: [-100, 1000],
  A: [-1000, 1000],
  W: [-100_000, 100_000],
  rpm: [0, 100_000],
};
/** A die can jump so far between two readings when its load changes. */
const LEAST_JUMP_K = 25;
const JUMP_PER_SLEW = 4;
/** So many readings in a row that agree with each other are believed. */
const BELIEVED_AFTER = 3;

export type Plausibility =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'known'; readonly value: number; readonly atMs: number }
  | {
      readonly kind: 'doubtful';
      readonly value: number;
      readonly atMs: number;
      readonly strange: number;
      readonly count: number;
    };

export function checkPlausible(
  sensor: Sensor,
  state: Plausibility,
  reading: Reading,
): { readonly state: Plausibility; readonly reading: Reading } {
  if (reading.kind === 'none') {
    const gone = reading.reason === 'absent' || reading.reason === 'off';
    return { state: gone ? { kind: 'nothing' } : state, reading };
  }
  const [low, high] = RANGE[sensor.unit];
  if (reading.value < low || reading.value > high) {
    const detail = `${reading.value} ${sensor.unit} is not between ${low} and ${high}`;
    return { state, reading: none('implausible', reading.atMs, detail) };
  }
  const known: Plausibility = { kind: 'known', value: reading.value, atMs: reading.atMs };
  if (sensor.unit !== 'C' || state.kind === 'nothing') return { state: known, reading };
  const possibleK = jumpK(sensor, reading.atMs - state.atMs);
  if (Math.abs(reading.value - state.value) <= possibleK) return { state: known, reading };
  const agrees = state.kind === 'doubtful' && Math.abs(reading.value - state.strange) <= LEAST_JUMP_K;
  const count = agrees ? state.count + 1 : 1;
  if (count >= BELIEVED_AFTER) return { state: known, reading };
  const detail = `jumped from ${state.value} to ${reading.value} °C`;
  return {
    state: { kind: 'doubtful', value: state.value, atMs: state.atMs, strange: reading.value, count },
    reading: none('implausible', reading.atMs, detail),
  };
}

function jumpK(sensor: Sensor, elapsedMs: number): number {
  return Math.max(LEAST_JUMP_K, (JUMP_PER_SLEW * sensor.maxRisePerS * elapsedMs) / 1000);
}
