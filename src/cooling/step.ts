// The cooling loop: step(state, input) → state, fan ratios, zones for people, effects. Pure; the state is plain data.
//
//   readings ─▶ tracks (staleness) ─▶ estimates ─▶ zones (margin, mode, PI, tables) ─▶ fans (plan, operator, slew)
//   tachometers ─▶ fan health ─────────────────────────────────────────────────────────┘
//   alerts + readings ─▶ alarms ─▶ zones
//   readings ─▶ power-down
import type { Reading } from '../core/reading.ts';
import type { ZoneView } from '../core/view.ts';
import type { CoolingConfig, CoolingZone } from './config.ts';
import type { CoolingEffect } from './effect.ts';
import { fanEvents, zoneEvents } from './changes.ts';
import { fanRatio } from './fan-speed.ts';
import { stepPowerDown, type PowerDown } from './power-down.ts';
import { estimate, observe, withoutBus, type Estimate, type SensorTrack } from './staleness.ts';
import { initialTachometer, stepTachometer, type FanHealth, type TachometerState } from './tachometer.ts';
import { initialZone, stepZone, type ZoneOutcome, type ZoneState } from './zone.ts';

export interface FanState {
  /** Commanded since the last step. */
  readonly ratio: number;
  readonly tachometer: TachometerState;
}

/** Everything the loop remembers; records are by name. */
export interface CoolingState {
  readonly atMs: number;
  readonly tracks: Readonly<Record<string, SensorTrack>>;
  readonly zones: Readonly<Record<string, ZoneState>>;
  readonly fans: Readonly<Record<string, FanState>>;
  readonly powerDowns: Readonly<Record<string, PowerDown>>;
}

export interface CoolingInput {
  readonly nowMs: number;
  /** By sensor name; atMs is when it was taken. */
  readonly readings: ReadonlyMap<string, Reading>;
  /** By fan: one for each rotor. */
  readonly tachometers: ReadonlyMap<string, readonly Reading[]>;
  /** Fans whose presence line says they are not there. */
  readonly absentFans: ReadonlySet<string>;
  /** Fans that have not taken a command for a while. */
  readonly deafFans: ReadonlySet<string>;
  /** Slots whose sled pulls its alert line. */
  readonly alertedSlots: ReadonlySet<number>;
  /** Sensors behind a bus that is dead: lost at once, not only after their time-out. */
  readonly cutOffSensors?: ReadonlySet<string>;
  /** From a valid intent; empty without one. */
  readonly plannedRatios: Readonly<Record<string, number>>;
  readonly manualRatios: Readonly<Record<string, number>>;
}

export interface CoolingStep {
  readonly state: CoolingState;
  readonly ratios: ReadonlyMap<string, number>;
  readonly health: ReadonlyMap<string, FanHealth>;
  readonly zones: readonly ZoneView[];
  readonly effects: readonly CoolingEffect[];
}

/** Fans at full speed, nothing known. */
export function initialCooling(config: CoolingConfig, nowMs: number): CoolingState {
  return {
    atMs: nowMs,
    tracks: {},
    zones: Object.fromEntries(config.zones.map((zone) => [zone.id, initialZone(zone)])),
    fans: Object.fromEntries(config.fans.map((fan) => [fan.id, { ratio: 1, tachometer: initialTachometer() }])),
    powerDowns: {},
  };
}

export function stepCooling(config: CoolingConfig, state: CoolingState, input: CoolingInput): CoolingStep {
  const nowMs = Math.max(state.atMs, input.nowMs);
  const dtS = (nowMs - state.atMs) / 1000;
  const tracks = stepTracks(config, state, input.readings, nowMs);
  const estimates = estimateAll(config, tracks, input.cutOffSensors ?? new Set(), nowMs);
  const tachometers = stepTachometers(config, state, input, nowMs, dtS);
  const health = new Map([...tachometers].map(([fan, tachometer]) => [fan, tachometer.health]));
  const outcomes = new Map(
    config.zones.map((zone) => {
      const before = state.zones[zone.id] ?? initialZone(zone);
      const { readings, plannedRatios: planned, deafFans, alertedSlots } = input;
      return [
        zone,
        stepZone(config, zone, before, { estimates, readings, planned, deafFans, alertedSlots, nowMs, dtS }),
      ];
    }),
  );
  const ratios = fanRatios(config, state, input, outcomes, health, dtS);
  const powerDowns = stepPowerDowns(config, state, input.readings, nowMs);
  const zones = Object.fromEntries([...outcomes].map(([zone, outcome]) => [zone.id, outcome.state]));
  const fans = Object.fromEntries(
    config.fans.map(({ id }) => [
      id,
      { ratio: ratios.get(id) ?? 1, tachometer: tachometers.get(id) ?? initialTachometer() },
    ]),
  );
  return {
    state: { atMs: nowMs, tracks, zones, fans, powerDowns: powerDowns.states },
    ratios,
    health,
    zones: config.zones.map((zone) => viewOf(zone, outcomes.get(zone), ratios, input.manualRatios)),
    effects: [...fanEvents(config, state.fans, fans), ...zoneEvents(config, state.zones, zones), ...powerDowns.effects],
  };
}

function stepTracks(
  config: CoolingConfig,
  state: CoolingState,
  readings: ReadonlyMap<string, Reading>,
  nowMs: number,
): Record<string, SensorTrack> {
  const tracks: Record<string, SensorTrack> = {};
  for (const sensor of config.sensors.values()) {
    tracks[sensor.name] = observe(state.tracks[sensor.name], sensor, readings.get(sensor.name), nowMs);
  }
  return tracks;
}

function estimateAll(
  config: CoolingConfig,
  tracks: Readonly<Record<string, SensorTrack>>,
  cutOff: ReadonlySet<string>,
  nowMs: number,
): Map<string, Estimate> {
  const estimates = new Map<string, Estimate>();
  for (const sensor of config.sensors.values()) {
    const track = tracks[sensor.name];
    if (track === undefined) continue;
    const reachable = estimate(track, sensor, nowMs);
    estimates.set(sensor.name, cutOff.has(sensor.name) ? withoutBus(reachable) : reachable);
  }
  return estimates;
}

function stepTachometers(
  config: CoolingConfig,
  state: CoolingState,
  input: CoolingInput,
  nowMs: number,
  dtS: number,
): Map<string, TachometerState> {
  return new Map(
    config.fans.map((fan) => {
      const before = state.fans[fan.id];
      const next = stepTachometer(fan, before?.tachometer ?? initialTachometer(), {
        rpm: input.tachometers.get(fan.id) ?? [],
        present: !input.absentFans.has(fan.id),
        commandedRatio: before?.ratio ?? 1,
        nowMs,
        dtS,
      });
      return [fan.id, next];
    }),
  );
}

function fanRatios(
  config: CoolingConfig,
  state: CoolingState,
  input: CoolingInput,
  outcomes: ReadonlyMap<CoolingZone, ZoneOutcome>,
  health: ReadonlyMap<string, FanHealth>,
  dtS: number,
): Map<string, number> {
  return new Map(
    config.fans.map((fan) => {
      const served = [...outcomes]
        .filter(([zone]) => zone.fans.includes(fan.id))
        .map(([zone, outcome]) => ({ zone, outcome }));
      const ratio = fanRatio(fan, {
        served,
        manualRatio: input.manualRatios[fan.id] ?? null,
        plannedRatios: input.plannedRatios,
        health,
        previousRatio: state.fans[fan.id]?.ratio ?? 1,
        dtS,
      });
      return [fan.id, ratio];
    }),
  );
}

function stepPowerDowns(
  config: CoolingConfig,
  state: CoolingState,
  readings: ReadonlyMap<string, Reading>,
  nowMs: number,
): { readonly states: Record<string, PowerDown>; readonly effects: readonly CoolingEffect[] } {
  const states: Record<string, PowerDown> = {};
  const effects: CoolingEffect[] = [];
  for (const sensor of config.sensors.values()) {
    if (sensor.powerDownC === null) continue;
    const before = state.powerDowns[sensor.name] ?? { kind: 'calm' };
    const next = stepPowerDown(sensor, before, readings.get(sensor.name), nowMs);
    states[sensor.name] = next.state;
    effects.push(...next.effects);
  }
  return { states, effects };
}

function viewOf(
  zone: CoolingZone,
  outcome: ZoneOutcome | undefined,
  ratios: ReadonlyMap<string, number>,
  manualRatios: Readonly<Record<string, number>>,
): ZoneView {
  let ratio = 0;
  for (const fan of zone.fans) ratio = Math.max(ratio, ratios.get(fan) ?? 0);
  const mode = outcome?.state.mode.kind ?? 'startup';
  const manual = zone.fans.every((fan) => manualRatios[fan] !== undefined);
  return {
    id: zone.id,
    mode: mode === 'control' && manual ? 'manual' : mode,
    ratio,
    leadingSensor: outcome?.worst?.sensor ?? null,
    worstMarginK: outcome?.worst?.marginK ?? null,
  };
}
