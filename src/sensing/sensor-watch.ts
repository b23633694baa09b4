// One sensor over time: reading → plausible reading, state for people, and events when that state changes.
import { assertNever } from '../core/errors.ts';
import type { Reading } from '../core/reading.ts';
import type { SensorState } from '../core/view.ts';
import type { LogEntry } from './event-log.ts';
import { checkPlausible, type Plausibility } from './plausibility.ts';
import type { Sensor } from './sensor.ts';
import { nextLevel, type Level } from './threshold.ts';

/** Failures in a row after which a sensor is reported lost; one missed reading is not worth an event. */
export const LOST_AFTER = 3;

export interface SensorWatch {
  readonly plausibility: Plausibility;
  readonly level: Level;
  readonly failures: number;
}

export interface SensorStep {
  readonly watch: SensorWatch;
  readonly reading: Reading;
  readonly state: SensorState;
  readonly events: readonly LogEntry[];
}

export const NEW_WATCH: SensorWatch = { plausibility: { kind: 'nothing' }, level: 'ok', failures: 0 };

export function stepSensor(sensor: Sensor, watch: SensorWatch, raw: Reading): SensorStep {
  const { state: plausibility, reading } = checkPlausible(sensor, watch.plausibility, raw);
  if (reading.kind === 'value') return withValue(sensor, watch, plausibility, reading);
  const state = stateWithout(reading);
  if (state === 'absent') return { watch: { ...NEW_WATCH, plausibility }, reading, state, events: [] };
  const failures = watch.failures + 1;
  const events = failures === LOST_AFTER ? [lost(sensor, reading)] : [];
  return { watch: { plausibility, level: watch.level, failures }, reading, state, events };
}

function withValue(
  sensor: Sensor,
  watch: SensorWatch,
  plausibility: Plausibility,
  reading: Reading & { kind: 'value' },
): SensorStep {
  const level = nextLevel(sensor.limits, sensor.hysteresis, watch.level, reading.value);
  const events: LogEntry[] = [];
  if (watch.failures >= LOST_AFTER) events.push(entry(sensor, 'info', 'sensor-back', 'can be read again', reading));
  if (level !== watch.level) events.push(levelEvent(sensor, level, reading));
  return { watch: { plausibility, level, failures: 0 }, reading, state: level, events };
}

function stateWithout(reading: Reading & { kind: 'none' }): SensorState {
  switch (reading.reason) {
    case 'absent':
    case 'off':
      return 'absent';
    case 'timeout':
      return 'timeout';
    case 'fault':
    case 'implausible':
      return 'fault';
    default:
      return assertNever(reading.reason, 'reason');
  }
}

function levelEvent(sensor: Sensor, level: Level, reading: Reading & { kind: 'value' }): LogEntry {
  const at = `is at ${Number(reading.value.toFixed(2))} ${sensor.unit === 'C' ? '°C' : sensor.unit}`;
  switch (level) {
    case 'ok':
      return entry(sensor, 'info', 'sensor-ok', `${at}, within its limits again`, reading);
    case 'warning':
      return entry(sensor, 'warning', 'sensor-warning', `${at}, beyond its warning limit`, reading);
    case 'critical':
      return entry(sensor, 'critical', 'sensor-critical', `${at}, beyond its critical limit`, reading);
    default:
      return assertNever(level, 'level');
  }
}

function lost(sensor: Sensor, reading: Reading & { kind: 'none' }): LogEntry {
  // the detail says more than the reason, where there is one
  return entry(sensor, 'warning', 'sensor-lost', `cannot be read: ${reading.detail || reading.reason}`, reading);
}

function entry(sensor: Sensor, severity: LogEntry['severity'], code: string, text: string, reading: Reading): LogEntry {
  const data = reading.kind === 'value' ? { value: reading.value, unit: sensor.unit } : { reason: reading.reason };
  const slot = sensor.slot === null ? {} : { slot: sensor.slot };
  return {
    severity,
    source: `sensor/${sensor.name}`,
    code,
    text: `${sensor.name} ${text}`,
    data: { ...data, ...slot },
  };
}
