// Linux hwmon attributes: integers in m°C, mV, mA, µW, rpm. What the decoders share: rounding, and registers that
// must be readable.
import { ColdslotError } from '../../core/errors.ts';
import type { ByteAnswer, ChipRegisters } from '../chip-registers.ts';

export type Attributes = Record<string, number>;

/** Integer division rounded to the nearest, halves away from zero: the kernel's DIV_ROUND_CLOSEST. */
export function divideRounded(value: number, divisor: number): number {
  const quotient = Math.sign(value) * Math.round(Math.abs(value) / divisor);
  return quotient === 0 ? 0 : quotient; // no -0
}

export async function byteOf(registers: ChipRegisters, register: number): Promise<number> {
  return valueOf(await registers.readByte(register));
}

export async function wordOf(registers: ChipRegisters, register: number): Promise<number> {
  return valueOf(await registers.readWord(register));
}

/** 1 when any bit of the mask is set. */
export function bitOf(value: number, mask: number): 0 | 1 {
  return (value & mask) === 0 ? 0 : 1;
}

function valueOf(answer: ByteAnswer): number {
  if (answer.kind === 'ok') return answer.value;
  throw new ColdslotError('io', 'chip decode', answer.detail);
}
