// Supervision of a fan by its tachometers, one for each rotor: does it turn as fast as its ratio asks? Debounced, with
// inertia taken into account, and with a band between failing and being well again.
//
//   ok ◀──▶ degraded (under UNDER_BAND of the expected speed) ◀──▶ failed (under STALLED_BAND)
//   any ──presence line──▶ absent
import type { Reading } from '../core/reading.ts';
import { clamp } from '../core/units.ts';
import type { CoolingFan } from './config.ts';

/** Part of the expected speed under which a rotor is too slow, and from which on it is well again. */
export const UNDER_BAND = 0.75;
export const WELL_BAND = 0.82;
export const STALLED_BAND = 0.1;
/** Readings in a row that must agree before the state changes for the worse, and for the better. */
export const WORSE_AFTER = 3;
export const BETTER_AFTER = 5;
/** A fan whose tachometer cannot be read for so long is not trusted to turn. */
export const UNREADABLE_AFTER_MS = 10_000;
/** Time constant with which a fan follows a higher command; rotors of server fans need 1 to 3 s. */
const SPIN_UP_S = 3;
/** A fan that has just come under watch may be starting from standstill, which no time constant describes. */
const FIRST_SPIN_UP_S = 3 * SPIN_UP_S;
/** Under this ratio the speed is too low to judge. */
const LEAST_JUDGED_RATIO = 0.05;

export type FanHealth = 'ok' | 'degraded' | 'failed' | 'absent';

export interface TachometerState {
  readonly health: FanHealth;
  /** Why it is not well: it turns too slowly, or nobody can tell. */
  readonly cause: 'speed' | 'unreadable';
  /** What the readings have said lately, and how many times in a row. */
  readonly verdict: FanHealth;
  readonly streak: number;
  /** The ratio the rotors should have reached by now. */
  readonly reachedRatio: number;
  readonly lastReadMs: number | null;
  /** How long it has been watched, up to FIRST_SPIN_UP_S. */
  readonly watchedS: number;
  /** Time of the newest reading judged, so that one reading counts once. */
  readonly judgedMs: number;
}

export function initialTachometer(): TachometerState {
  return {
    health: 'ok',
    cause: 'speed',
    verdict: 'ok',
    streak: 0,
    reachedRatio: 0,
    lastReadMs: null,
    watchedS: 0,
    judgedMs: -Infinity,
  };
}

/** `commandedRatio` is what was in force since the last step. */
export function stepTachometer(
  fan: CoolingFan,
  state: TachometerState,
  input: {
    readonly rpm: readonly Reading[];
    readonly present: boolean;
    readonly commandedRatio: number;
    readonly nowMs: number;
    readonly dtS: number;
  },
): TachometerState {
  if (!input.present) return { ...initialTachometer(), health: 'absent', verdict: 'absent' };
  const reachedRatio = follow(state.reachedRatio, input.commandedRatio, input.dtS);
  const watchedS = Math.min(FIRST_SPIN_UP_S, state.watchedS + Math.max(0, input.dtS));
  const seen = { ...state, watchedS, health: state.health === 'absent' ? ('ok' as const) : state.health, reachedRatio };
  const newestMs = newestValueMs(input.rpm);
  if (newestMs === null || newestMs <= state.judgedMs) return unreadable(seen, input.nowMs);
  if (watchedS < FIRST_SPIN_UP_S) return { ...seen, lastReadMs: input.nowMs, judgedMs: newestMs };
  const verdict = judgeRotors(fan, input.rpm, reachedRatio, seen.health);
  return debounce({ ...seen, lastReadMs: input.nowMs, judgedMs: newestMs }, verdict);
}

/** A lower command counts at once, a higher one as the rotor follows. */
function follow(reached: number, commanded: number, dtS: number): number {
  if (commanded <= reached) return commanded;
  return reached + (commanded - reached) * (1 - Math.exp(-Math.max(0, dtS) / SPIN_UP_S));
}

function newestValueMs(rpm: readonly Reading[]): number | null {
  let newest: number | null = null;
  for (const reading of rpm) if (reading.kind === 'value') newest = Math.max(newest ?? -Infinity, reading.atMs);
  return newest;
}

function unreadable(state: TachometerState, nowMs: number): TachometerState {
  const sinceMs = state.lastReadMs ?? nowMs;
  const base = { ...state, lastReadMs: sinceMs };
  if (nowMs - sinceMs < UNREADABLE_AFTER_MS || state.health !== 'ok') return base;
  return { ...base, health: 'degraded', cause: 'unreadable', verdict: 'degraded', streak: 0 };
}

/** The slowest rotor decides. A rotor that cannot be read while another can says nothing. */
function judgeRotors(
  fan: CoolingFan,
  rpm: readonly Reading[],
  reachedRatio: number,
  health: FanHealth,
): 'ok' | 'degraded' | 'failed' {
  let least = Infinity;
  for (const [rotor, reading] of rpm.entries()) {
    const expected = (fan.fullRpm[rotor] ?? 0) * reachedRatio;
    if (reading.kind !== 'value' || expected <= 0 || reachedRatio < LEAST_JUDGED_RATIO) continue;
    least = Math.min(least, clamp(reading.value / expected, 0, 10));
  }
  if (least < STALLED_BAND) return 'failed';
  return least < (health === 'ok' ? UNDER_BAND : WELL_BAND) ? 'degraded' : 'ok';
}

function debounce(state: TachometerState, verdict: 'ok' | 'degraded' | 'failed'): TachometerState {
  const streak = verdict === state.verdict ? state.streak + 1 : 1;
  const needed = verdict === 'ok' ? BETTER_AFTER : WORSE_AFTER;
  return streak < needed
    ? { ...state, verdict, streak }
    : { ...state, verdict, streak, health: verdict, cause: 'speed' };
}
