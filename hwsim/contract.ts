// What the simulator's parts say to each other: plant truth → chips, chips' fan commands → plant, scenario → everything.

import type { LiquidTruth } from './plant/liquid-loop.ts';

/** True state of one slot; what sensors see is derived from it by the chips. */
export interface SlotTruth {
  readonly slot: number;
  readonly present: boolean;
  readonly powered: boolean;
  readonly inletC: number;
  readonly cpuC: number;
  readonly memoryC: number;
  readonly outletC: number;
  /** Input power of the sled, W, and its supply voltage, V. */
  readonly powerW: number;
  readonly supplyV: number;
}

export interface FanTruth {
  readonly id: string;
  /** One for each rotor. */
  readonly rpm: readonly number[];
  readonly powerW: number;
}

export interface PlantTruth {
  readonly timeS: number;
  readonly ambientC: number;
  readonly slots: ReadonlyMap<number, SlotTruth>;
  /** Fans, and the pumps of a coolant loop. */
  readonly fans: ReadonlyMap<string, FanTruth>;
  /** Of the coolant loop, where the plant has one. */
  readonly liquid?: LiquidTruth;
}

/** What was true over the run so far; the figures of the summary line. */
export interface PlantMetrics {
  readonly plantSeconds: number;
  /** Hottest true slot temperature (the sensor's node) so far, °C. */
  readonly peakC: number;
  /** Slot-seconds above a slot's limit. */
  readonly overLimitS: number;
  readonly fanEnergyJ: number;
  /** Seconds for which all slots have been within limits up to now. */
  readonly withinLimitsS: number;
}

/** What can be done to the plant. */
export interface PlantControls {
  setFanRatio(fan: string, ratio: number): void;
  /** Power of the work on a slot, on top of its idle power. */
  setSlotLoadPower(slot: number, powerW: number): void;
  setPresent(slot: number, present: boolean): void;
  setPowered(slot: number, powered: boolean): void;
  /** Share of the slot's normal flow that still passes: 1 = free, 0.5 = half blocked. */
  setOpenness(slot: number, openness: number): void;
  setAmbient(ambientC: number): void;
  /** Share of the speed it should have: 0 = stalled. `rotor` null = all. */
  setFanHealth(fan: string, rotor: number | null, factor: number): void;
}

/** `corrupt`: a bit of a byte read is flipped and nobody notices; `pec`: it is flipped, and a packet error code tells. */
export type TransferFault = 'corrupt' | 'pec' | 'nack' | 'arbitration';

/** What a scenario step does. Sensor, device, bus, line names are the board's. */
export type ScenarioAction =
  | { readonly kind: 'load'; readonly workload: string; readonly cores: number }
  | { readonly kind: 'block-slot'; readonly slot: number; readonly openness: number }
  | { readonly kind: 'ambient'; readonly ambientC: number }
  | { readonly kind: 'fan-health'; readonly fan: string; readonly rotor: number | null; readonly factor: number }
  | { readonly kind: 'sensor-stuck'; readonly sensor: string }
  | { readonly kind: 'device-nack'; readonly device: string }
  | { readonly kind: 'bus-hung'; readonly bus: string }
  /** A share of the bus's transfers goes wrong, in one of these ways each. */
  | {
      readonly kind: 'bus-noise';
      readonly bus: string;
      readonly share: number;
      readonly faults: readonly TransferFault[];
    }
  /** A device holds the data line low until the clock line has seen so many pulses. */
  | { readonly kind: 'bus-held'; readonly bus: string; readonly pulses: number }
  /** The switch takes no commands and stands on this channel. */
  | { readonly kind: 'mux-stuck'; readonly mux: string; readonly channel: number }
  /** Another chip sits in the device's place. */
  | { readonly kind: 'chip-swapped'; readonly device: string; readonly chip: string }
  /** The device stretches the clock by so long in every transfer; beyond the SMBus time-out it is given up. */
  | { readonly kind: 'device-slow'; readonly device: string; readonly delayMs: number }
  /** The sled is pulled while the next transfer to one of its chips is on the wire. */
  | { readonly kind: 'sled-unplug'; readonly slot: number }
  /** Part of a Modbus line's answers is damaged: 0.1 = every tenth, by chance. */
  | { readonly kind: 'line-noise'; readonly bus: string; readonly rate: number }
  /** Coolant runs out of a pumping unit. */
  | { readonly kind: 'coolant-leak'; readonly device: string }
  /** Ends whatever was begun under the name of that sensor, device, mux or bus. */
  | { readonly kind: 'heal'; readonly name: string }
  /** Water at the detector of a slot (its number) or of the chassis (its id), or dry again. */
  | { readonly kind: 'leak'; readonly place: number | string; readonly wet: boolean }
  | { readonly kind: 'sled-pull'; readonly slot: number }
  | { readonly kind: 'sled-push'; readonly slot: number };
