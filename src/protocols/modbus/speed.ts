// Speeds of actuators: ratio → register, and what to write before the first one.
import type { ModbusActuator } from './register-map.ts';

/** The register's value for a ratio, kept within 0 and 1; null for NaN. Rounded up: never less than asked for. */
export function encodeSpeed({ fullScale }: ModbusActuator, ratio: number): number | null {
  if (Number.isNaN(ratio)) return null;
  const clamped = Math.min(1, Math.max(0, ratio));
  return Math.max(0, Math.ceil(clamped * fullScale - 1e-9)); // 0.29 · 100 is a little more than 29
}

/** What a register of the wanted speed says. */
export function decodeSpeed({ fullScale }: ModbusActuator, word: number): number {
  return Math.min(1, word / fullScale);
}

export interface RegisterWrite {
  readonly at: number;
  readonly value: number;
}

/** What all these actuators want written first, in their order; what several ask for in one register is joined by OR. */
export function preparationOf(actuators: readonly ModbusActuator[]): readonly RegisterWrite[] {
  const values = new Map<number, number>();
  for (const { prepare } of actuators) {
    for (const { at, value } of prepare) values.set(at, (values.get(at) ?? 0) | value);
  }
  return [...values].map(([at, value]) => ({ at, value }));
}
