// The smallest plant, with round figures a hand calculation can follow: one slot, one single-rotor fan, no losses.
//   fan at full speed: 0.0101 m³/s, of which 1/1.01 goes through the slot: Q = 0.010 m³/s, 1200·Q = 12 W/K
//   UA at that flow: 12·ln 2 W/K, so the air takes 12·(1 − e^(−ln 2)) = 6 W/K from the CPU
import { parsePlant, type PlantParameters } from '../../../hwsim/plant/parameters.ts';

export const ONE_SLOT_JSON = {
  format: 'coldslot-plant/1',
  name: 'one-slot',
  text: 'for hand calculation',
  ambient: { baseC: 25 },
  supply: { volts: 12, ohms: 0.006 },
  inletTimeS: 0.001,
  exhaustRecirculation: 0,
  impedance: { laminar: 0, turbulent: 0 },
  bypass: 0.01,
  backflow: 0,
  sled: {
    referenceFlowM3s: 0.01,
    naturalFlowM3s: 1e-9,
    emptyOpenness: 1,
    cpuPowerShare: 1,
    memoryPowerShare: 0,
    leakage: { share: 0, atC: 45, doublingK: 20 },
    cpu: { heatCapacityJPerK: 300, naturalWPerK: 0, forcedWPerK: 12 * Math.LN2, exponent: 0.5 },
    memory: { heatCapacityJPerK: 100, naturalWPerK: 0, forcedWPerK: 12 * Math.LN2, exponent: 0.5 },
    couplingWPerK: 0,
    memoryInWake: 0,
  },
  fans: [
    {
      id: 'fan0',
      rotors: [{ fullRpm: 10_000 }],
      maxFlowM3s: 0.0101,
      idlePowerW: 2,
      maxPowerW: 30,
      riseTimeS: 1,
      fallTimeS: 3,
    },
  ],
  slots: [{ slot: 1, idlePowerW: 20, share: { fan0: 1 } }],
  mixing: [],
};

/** The plant, with parts of its sled replaced. */
export function oneSlot(sled: Partial<PlantParameters['sled']> = {}): PlantParameters {
  return parsePlant(JSON.stringify({ ...ONE_SLOT_JSON, sled: { ...ONE_SLOT_JSON.sled, ...sled } }), 'one-slot.json');
}
