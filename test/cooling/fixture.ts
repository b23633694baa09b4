// A small chassis for cooling tests: two slots with a must-have sensor each, a chassis sensor, three dual-rotor fans.
import type { CoolingConfig, CoolingSensor, CoolingZone } from '../../src/cooling/config.ts';
import {
  initialCooling,
  stepCooling,
  type CoolingInput,
  type CoolingState,
  type CoolingStep,
} from '../../src/cooling/step.ts';
import { good, none, type NoReason, type Reading } from '../../src/core/reading.ts';

export const FULL_RPM = 6000;

export function sensor(name: string, overrides: Partial<CoolingSensor> = {}): CoolingSensor {
  return {
    name,
    slot: null,
    limitC: 80,
    criticalC: 90,
    powerDownC: 100,
    mustHave: true,
    maxRisePerS: 1,
    timeoutS: 10,
    ...overrides,
  };
}

export const zone: CoolingZone = {
  id: 'main',
  fans: ['fan0', 'fan1', 'fan2'],
  sensors: ['cpu1', 'cpu2', 'board'],
  powerSensors: ['power1', 'power2'],
  slots: [
    { slot: 1, sensor: 'cpu1' },
    { slot: 2, sensor: 'cpu2' },
  ],
  pi: { proportionalPerK: 0.02, integralPerKS: 0.0003, targetMarginK: 8 },
  feedForwardPerW: 0,
  minRatio: 0.2,
  failsafeRatio: 0.9,
  slewDownPerS: 0.02,
  tables: [],
};

export function config(zoneOverrides: Partial<CoolingZone> = {}): CoolingConfig {
  const sensors = [sensor('cpu1', { slot: 1 }), sensor('cpu2', { slot: 2 }), sensor('board', { mustHave: false })];
  return {
    sensors: new Map(sensors.map((entry) => [entry.name, entry])),
    zones: [{ ...zone, ...zoneOverrides }],
    fans: zone.fans.map((id) => ({ id, minRatio: 0.2, fullRpm: [FULL_RPM, FULL_RPM] })),
  };
}

/** Values, or the reason there is none. */
export type Given = Readonly<Record<string, number | NoReason>>;

export function readings(given: Given, atMs: number): Map<string, Reading> {
  return new Map(
    Object.entries(given).map(([name, what]) => [name, typeof what === 'number' ? good(what, atMs) : none(what, atMs)]),
  );
}

/** Drives the loop one second at a time; fans turn exactly as told unless `health` says otherwise. */
export class Loop {
  readonly config: CoolingConfig;
  state: CoolingState;
  nowMs = 0;
  last: CoolingStep | null = null;
  /** Part of its commanded speed at which a fan turns. */
  health: Record<string, number> = {};
  extra: Partial<CoolingInput> = {};

  constructor(cooling: CoolingConfig) {
    this.config = cooling;
    this.state = initialCooling(cooling, 0);
  }

  step(given: Given, dtMs = 1000): CoolingStep {
    this.nowMs += dtMs;
    const tachometers = new Map(
      this.config.fans.map(({ id, fullRpm }) => {
        const ratio = (this.state.fans[id]?.ratio ?? 1) * (this.health[id] ?? 1);
        return [id, fullRpm.map((rpm) => good(rpm * ratio, this.nowMs))];
      }),
    );
    const step = stepCooling(this.config, this.state, {
      nowMs: this.nowMs,
      readings: readings(given, this.nowMs),
      tachometers,
      absentFans: new Set(),
      deafFans: new Set(),
      alertedSlots: new Set(),
      plannedRatios: {},
      manualRatios: {},
      ...this.extra,
    });
    this.state = step.state;
    this.last = step;
    return step;
  }

  run(given: Given, seconds: number): CoolingStep {
    let step = this.step(given);
    for (let second = 1; second < seconds; second++) step = this.step(given);
    return step;
  }

  ratio(fan = 'fan0'): number {
    return this.state.fans[fan]?.ratio ?? Number.NaN;
  }
}

export function codes(step: CoolingStep): string[] {
  return step.effects.map((effect) => (effect.kind === 'event' ? effect.code : effect.kind));
}
