// What a simulated Modbus device does behind its registers. Its register map says how that looks on the wire.
import type { BoardDevice, BoardFile } from '../board-file.ts';
import type { PlantTruth } from '../contract.ts';
import type { FaultSwitches } from '../faults/fault-switches.ts';
import type { ModbusException } from './pdu.ts';

/** A number at a register, in the unit that the map must have there too; C, V, A, W and rpm come with a sensor's noise. */
export interface Quantity {
  readonly unit: string;
  readonly read: () => number;
}

export interface DeviceModel {
  /** By register address, as the flags and settings are. */
  readonly numbers: ReadonlyMap<number, Quantity>;
  /** Bits of a flags register. */
  readonly flags: ReadonlyMap<number, () => number>;
  /** Registers that keep what is written, with what they hold at first. */
  readonly settings: ReadonlyMap<number, number>;
  readonly identity: { readonly model: string; readonly partNumber: string };
  /** May refuse a value before it is written. */
  check?(address: number, value: number): ModbusException | null;
  /** Told after a register was written. */
  wrote?(address: number, value: number): void;
  /** Speed at which it drives mover `pwm` (from 1), 0..1. */
  ratio?(pwm: number): number;
  /** Plant time has passed. */
  tick?(dtS: number): void;
}

/** What a model sees of the chassis it is in, and of its own registers. */
export interface DeviceSurroundings {
  readonly board: BoardFile;
  readonly device: BoardDevice;
  readonly faults: FaultSwitches;
  truth(): PlantTruth;
  /** What a settings register holds. */
  setting(address: number): number;
  change(address: number, value: number): void;
}

export function numbersAt(entries: readonly (readonly [number, string, () => number])[]): Map<number, Quantity> {
  return new Map(entries.map(([at, unit, read]) => [at, { unit, read }]));
}
