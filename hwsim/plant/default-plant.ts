// A sensible plant for a board nobody has written one for: typical servers, fans sized for the number of slots,
// a row warmed by the row in front of it.
import type { PlantParameters, SledParameters } from './parameters.ts';

export interface DefaultSlot {
  readonly slot: number;
  /** Row 0 takes in fresh air. */
  readonly row: number;
  readonly column: number;
}

export interface DefaultFan {
  readonly id: string;
  /** One for each rotor. */
  readonly fullRpm: readonly number[];
  readonly maxFlowM3s?: number;
  readonly idlePowerW?: number;
  /** On top of idle, at full speed. */
  readonly maxPowerW?: number;
}

const SLOT_FLOW_M3S = 0.0165;
const FLOW_FACTOR = 1.6; // free delivery over what reaches the slots: impedance and bypass
const FAN_POWER_W_PER_SLOT = 13;
const FRONT_TO_REAR = 0.55;
const SIDE_MIXING = 0.03;

const typicalSled: SledParameters = {
  referenceFlowM3s: SLOT_FLOW_M3S,
  naturalFlowM3s: 0.0005,
  emptyOpenness: 0.7,
  cpuPowerShare: 0.7,
  memoryPowerShare: 0.15,
  leakage: { share: 0.08, atC: 60, doublingK: 30 },
  cpu: { heatCapacityJPerK: 250, naturalWPerK: 0.4, forcedWPerK: 6.6, exponent: 0.66 },
  memory: { heatCapacityJPerK: 130, naturalWPerK: 0.3, forcedWPerK: 2.2, exponent: 0.58 },
  couplingWPerK: 0.25,
  memoryInWake: 0.4,
};

/** @returns parameters as a plant file would have them; slots and fans must not be empty. */
export function defaultPlantFor(
  name: string,
  slots: readonly DefaultSlot[],
  fans: readonly DefaultFan[],
): PlantParameters {
  const columns = Math.max(...slots.map((slot) => slot.column)) + 1;
  const freeFlowM3s = (SLOT_FLOW_M3S * FLOW_FACTOR * slots.length) / fans.length;
  const givenM3s = fans.reduce((sum, fan) => sum + (fan.maxFlowM3s ?? freeFlowM3s), 0);
  return {
    format: 'coldslot-plant/1',
    name,
    text: 'Typical sleds and fans sized for them; made for a board that has no plant file of its own.',
    ambient: { baseC: 25, swingK: 0, periodS: 86_400 },
    supply: { volts: 12.2, ohms: 0.004 },
    inletTimeS: 6,
    exhaustRecirculation: 0.03,
    impedance: { laminar: 0.06, turbulent: 0.6 },
    bypass: 0.15,
    backflow: 0.5,
    // heat sinks fit the air the board's fans can bring
    sled: { ...typicalSled, referenceFlowM3s: givenM3s / FLOW_FACTOR / slots.length },
    fans: fans.map((fan) => ({
      id: fan.id,
      rotors: fan.fullRpm.map((fullRpm) => ({ fullRpm, speedFactor: 1 })),
      maxFlowM3s: fan.maxFlowM3s ?? freeFlowM3s,
      idlePowerW: fan.idlePowerW ?? 1.5,
      maxPowerW: fan.maxPowerW ?? (FAN_POWER_W_PER_SLOT * slots.length) / fans.length,
      speedExponent: 1,
      stopBelowRatio: 0.05,
      riseTimeS: 1.2,
      fallTimeS: 2.5,
    })),
    slots: slots.map((slot) => ({
      slot: slot.slot,
      idlePowerW: 70,
      coolingFactor: 1,
      share: Object.fromEntries(fans.map((fan, m) => [fan.id, nearness(slot.column, columns, m, fans.length)])),
    })),
    mixing: slots.flatMap((to) => slots.flatMap((from) => mixed(from, to))),
  };
}

/** A fan's air favours the columns it stands behind: 1 beside it, 0.25 far away. */
function nearness(column: number, columns: number, fan: number, fans: number): number {
  const distance = Math.abs((column + 0.5) / columns - (fan + 0.5) / fans);
  return Math.round(Math.max(0.25, 1 - 1.2 * distance) * 100) / 100;
}

function mixed(from: DefaultSlot, to: DefaultSlot): PlantParameters['mixing'] {
  const sideways = Math.abs(from.column - to.column);
  if (from.row === to.row - 1 && sideways === 0) return [{ from: from.slot, to: to.slot, fraction: FRONT_TO_REAR }];
  if (from.row === to.row - 1 && sideways === 1) return [{ from: from.slot, to: to.slot, fraction: SIDE_MIXING }];
  return [];
}
