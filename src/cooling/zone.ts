// One control step of a zone, in named stages: judge the sensors and the alerts → choose the mode → PI on the worst margin → tables →
// feed-forward → what the zone demands of fans on the loop, and of fans an operator has set.
import type { Reading } from '../core/reading.ts';
import { clamp } from '../core/units.ts';
import { stepAlarms } from './alarm.ts';
import type { CoolingConfig, CoolingZone } from './config.ts';
import { stepPowerMeans, type PowerMeans } from './feed-forward.ts';
import { judge, type Findings, type Worst } from './margin.ts';
import { floorOf, nextMode, type ZoneMode } from './mode.ts';
import { stepPi } from './pi.ts';
import type { Estimate } from './staleness.ts';
import { nextStep, tableRatio } from './table.ts';

export interface ZoneState {
  readonly mode: ZoneMode;
  readonly integral: number;
  /** Step in force of each table, −1 below the first. */
  readonly tableSteps: readonly number[];
  readonly powerMeans: PowerMeans;
  /** Slots in alarm. */
  readonly alarms: readonly number[];
}

export interface ZoneInput {
  readonly estimates: ReadonlyMap<string, Estimate>;
  readonly readings: ReadonlyMap<string, Reading>;
  /** Planned ratios by fan; empty without a valid intent. */
  readonly planned: Readonly<Record<string, number>>;
  readonly deafFans: ReadonlySet<string>;
  readonly alertedSlots: ReadonlySet<number>;
  readonly nowMs: number;
  readonly dtS: number;
}

export interface ZoneOutcome {
  readonly state: ZoneState;
  readonly worst: Worst | null;
  /** Least ratio for fans on the loop. */
  readonly demandRatio: number;
  /** Least ratio for fans that an operator has set: only what protects. */
  readonly protectRatio: number;
}

export function initialZone(zone: CoolingZone): ZoneState {
  const tableSteps = zone.tables.map(() => -1);
  return { mode: { kind: 'startup' }, integral: 1, tableSteps, powerMeans: {}, alarms: [] };
}

export function stepZone(config: CoolingConfig, zone: CoolingZone, state: ZoneState, input: ZoneInput): ZoneOutcome {
  const findings = judgeZone(config, zone, input.estimates);
  const deaf = zone.fans.filter((fan) => input.deafFans.has(fan));
  const alarms = stepAlarms(config, zone, state.alarms, input);
  const mode = nextMode(state.mode, findings, { deafFans: deaf, alarms }, input.nowMs);
  const tableSteps = stepTables(zone, state.tableSteps, input.estimates);
  const power = stepPowerMeans(state.powerMeans, zone.powerSensors, input.readings, input.dtS);
  const pi = stepPi(zone.pi, state.integral, {
    marginK: findings.worst?.marginK ?? null,
    dtS: mode.kind === 'startup' ? 0 : input.dtS,
    minRatio: zone.minRatio,
    plannedRatio: leastPlanned(zone, input.planned),
  });
  const hardRatio = Math.max(
    floorOf(mode, zone),
    tablesRatio(zone, tableSteps),
    findings.overheated.length + alarms.length > 0 ? 1 : 0,
  );
  const demandRatio = Math.max(hardRatio, pi.output + zone.feedForwardPerW * power.excessW);
  return {
    state: { mode, integral: pi.integral, tableSteps, powerMeans: power.means, alarms },
    worst: findings.worst,
    demandRatio: clamp(demandRatio, zone.minRatio, 1),
    protectRatio: clamp(Math.max(hardRatio, nearLimitRatio(zone, findings)), zone.minRatio, 1),
  };
}

function judgeZone(config: CoolingConfig, zone: CoolingZone, estimates: ReadonlyMap<string, Estimate>): Findings {
  return judge(
    zone.sensors.flatMap((name) => {
      const sensor = config.sensors.get(name);
      const estimate = estimates.get(name);
      return sensor === undefined || estimate === undefined ? [] : [{ sensor, estimate }];
    }),
  );
}

function stepTables(
  zone: CoolingZone,
  steps: readonly number[],
  estimates: ReadonlyMap<string, Estimate>,
): readonly number[] {
  return zone.tables.map((table, index) => {
    const estimate = estimates.get(table.sensor);
    if (estimate?.kind === 'away') return -1;
    return nextStep(table, steps[index] ?? -1, estimate?.kind === 'temperature' ? estimate.valueC : null);
  });
}

function tablesRatio(zone: CoolingZone, steps: readonly number[]): number {
  let ratio = 0;
  for (const [index, table] of zone.tables.entries()) ratio = Math.max(ratio, tableRatio(table, steps[index] ?? -1));
  return ratio;
}

/** The plan's ratio that all fans of the zone have at least; 0 while one of them is not planned. */
function leastPlanned(zone: CoolingZone, planned: Readonly<Record<string, number>>): number {
  let least = 1;
  for (const fan of zone.fans) least = Math.min(least, planned[fan] ?? 0);
  return least;
}

/** For fans set by an operator: nothing down to half the target margin, then rising to full speed at the limit. */
function nearLimitRatio(zone: CoolingZone, findings: Findings): number {
  const reserveK = zone.pi.targetMarginK / 2;
  if (findings.worst === null || findings.worst.marginK >= reserveK) return 0;
  return reserveK === 0 ? 1 : (reserveK - findings.worst.marginK) / reserveK;
}
