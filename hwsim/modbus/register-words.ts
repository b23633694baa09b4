// Numbers and texts as 16-bit registers, by what a register map says of them.
import { clamp } from '../../src/core/units.ts';
import type { ModbusRegister } from '../../src/protocols/modbus/register-map.ts';

export type NumberRegister = Exclude<ModbusRegister, { type: 'string' | 'flags' }>;

const bitsOf: Readonly<Record<NumberRegister['type'], number>> = {
  u16: 16,
  i16: 16,
  u32: 32,
  i32: 32,
  u64: 64,
  f32: 32,
};

/** How many registers it takes. */
export function wordCount(register: ModbusRegister): number {
  if (register.type === 'string') return register.length;
  return register.type === 'flags' ? 1 : bitsOf[register.type] / 16;
}

/** A value in the register's unit, or the raw number; what does not fit shows as the nearest that does. */
export function encodeNumber(
  register: NumberRegister,
  number: { readonly value: number } | { readonly raw: number },
): number[] {
  const raw = 'raw' in number ? number.raw : (number.value - register.offset) / register.scale;
  if (!Number.isFinite(raw)) throw new Error(`${register.name} cannot be measured`);
  const words = register.type === 'f32' ? floatWords(raw) : integerWords(raw, register.type);
  return register.wordOrder === 'big' ? words : words.toReversed();
}

/** Two characters in a register, the high byte first; NUL behind the end. */
export function encodeText(text: string, length: number): number[] {
  const bytes = Buffer.alloc(2 * length);
  bytes.write(text, 'latin1');
  return Array.from({ length }, (_, i) => bytes.readUInt16BE(2 * i));
}

function integerWords(raw: number, type: Exclude<NumberRegister['type'], 'f32'>): number[] {
  const bits = bitsOf[type];
  const isSigned = type.startsWith('i');
  const low = isSigned ? -(2 ** (bits - 1)) : 0;
  const high = isSigned ? 2 ** (bits - 1) - 1 : 2 ** Math.min(bits, 53) - 1;
  let rest = BigInt.asUintN(bits, BigInt(Math.round(clamp(raw, low, high))));
  const words: number[] = [];
  for (let i = 0; i < bits / 16; i++, rest >>= 16n) words.unshift(Number(rest & 0xffffn));
  return words;
}

function floatWords(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
}
