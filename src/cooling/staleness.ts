// What a sensor's temperature could be by now. A sensor that stops answering is taken to rise at its worst slew from its
// last value, and is lost after its timeout; one whose sled is gone or has no power is away, which is no failure.
//
//   unread ──value──▶ known ──(no value for timeoutS: estimated as lost)
//      ▲                │
//      └──answers──── away ◀──absent or off, on a slot── (from any)
import type { Reading } from '../core/reading.ts';
import type { CoolingSensor } from './config.ts';

/** What is remembered of a sensor between steps. */
export type SensorTrack =
  | { readonly kind: 'unread'; readonly sinceMs: number }
  | { readonly kind: 'known'; readonly valueC: number; readonly atMs: number }
  | { readonly kind: 'away' };

/** `overdue`: never read although it has had its timeout to answer. */
export type Estimate =
  | { readonly kind: 'temperature'; readonly valueC: number; readonly ageS: number }
  | { readonly kind: 'lost'; readonly ageS: number }
  | { readonly kind: 'unread'; readonly overdue: boolean }
  | { readonly kind: 'away' };

/** Takes a reading into the track; `undefined` when the sweep brought nothing for this sensor. */
export function observe(
  track: SensorTrack | undefined,
  sensor: CoolingSensor,
  reading: Reading | undefined,
  nowMs: number,
): SensorTrack {
  const before = track ?? { kind: 'unread', sinceMs: nowMs };
  if (reading === undefined) return before;
  if (reading.kind === 'value') return takeValue(before, reading.value, Math.min(reading.atMs, nowMs));
  if (sensor.slot !== null && (reading.reason === 'absent' || reading.reason === 'off')) return { kind: 'away' };
  return before.kind === 'away' ? { kind: 'unread', sinceMs: nowMs } : before;
}

function takeValue(before: SensorTrack, valueC: number, atMs: number): SensorTrack {
  const older = before.kind === 'known' && before.atMs > atMs;
  return older || !Number.isFinite(valueC) || !Number.isFinite(atMs) ? before : { kind: 'known', valueC, atMs };
}

export function estimate(track: SensorTrack, sensor: CoolingSensor, nowMs: number): Estimate {
  switch (track.kind) {
    case 'away':
      return { kind: 'away' };
    case 'unread':
      return { kind: 'unread', overdue: nowMs - track.sinceMs >= sensor.timeoutS * 1000 };
    case 'known': {
      const ageS = Math.max(0, nowMs - track.atMs) / 1000;
      if (ageS >= sensor.timeoutS) return { kind: 'lost', ageS };
      return { kind: 'temperature', valueC: track.valueC + sensor.maxRisePerS * ageS, ageS };
    }
  }
}

/** As `estimate`, for a sensor whose bus is dead: waiting for its time-out would bring nothing. */
export function withoutBus(reachable: Estimate): Estimate {
  switch (reachable.kind) {
    case 'away':
    case 'lost':
      return reachable;
    case 'unread':
      return { kind: 'unread', overdue: true };
    case 'temperature':
      return { kind: 'lost', ageS: reachable.ageS };
  }
}
