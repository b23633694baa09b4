// Registers → numbers and back. Modbus Application Protocol 1.1b3, 4.3: a register is 16 bits, most significant byte
// first; numbers over several registers have no order of their own, so the map says which comes first.
import type { ModbusRegister } from './register-map.ts';

export type NumberRegister = Exclude<ModbusRegister, { readonly type: 'string' | 'flags' }>;
export type TextRegister = Extract<ModbusRegister, { readonly type: 'string' }>;
export type FlagsRegister = Extract<ModbusRegister, { readonly type: 'flags' }>;

const REGISTERS = { u16: 1, i16: 1, u32: 2, i32: 2, u64: 4, f32: 2 } as const;

/** How many registers it takes. */
export function registerCount(register: ModbusRegister): number {
  if (register.type === 'string') return register.length;
  return register.type === 'flags' ? 1 : REGISTERS[register.type];
}

export type NumberAnswer =
  | { readonly kind: 'value'; readonly value: number }
  /** The device says that there is none. */
  | { readonly kind: 'absent' }
  /** A float that is no number. */
  | { readonly kind: 'not-a-number' };

/** @param words `registerCount` registers, as they come from the wire */
export function decodeNumber(register: NumberRegister, words: readonly number[]): NumberAnswer {
  const raw = rawOf(register, words);
  if (register.absent.includes(Number(raw))) return { kind: 'absent' };
  const value = Number(raw) * register.scale + register.offset;
  return Number.isFinite(value) ? { kind: 'value', value } : { kind: 'not-a-number' };
}

/** The registers that say `value`, rounded and kept within what they can hold; null for what is no finite number. */
export function encodeNumber(register: NumberRegister, value: number): readonly number[] | null {
  const raw = (value - register.offset) / register.scale;
  if (!Number.isFinite(raw)) return null;
  const count = REGISTERS[register.type];
  const view = new DataView(new ArrayBuffer(count * 2));
  if (register.type === 'f32') view.setFloat32(0, raw);
  else setInteger(register.type, view, raw);
  const words = Array.from({ length: count }, (_, index) => view.getUint16(index * 2));
  return register.wordOrder === 'little' ? words.toReversed() : words;
}

/** What one step of the register is worth, in its unit; 0 for a float, which has no fixed one. */
export function resolutionOf(register: NumberRegister): number {
  return register.type === 'f32' ? 0 : Math.abs(register.scale);
}

type IntegerType = Exclude<NumberRegister['type'], 'f32'>;

const RANGES: Readonly<Record<IntegerType, readonly [bigint, bigint]>> = {
  u16: [0n, 0xffffn],
  i16: [-0x8000n, 0x7fffn],
  u32: [0n, 0xffff_ffffn],
  i32: [-0x8000_0000n, 0x7fff_ffffn],
  u64: [0n, 0xffff_ffff_ffff_ffffn],
};

function setInteger(type: IntegerType, view: DataView, raw: number): void {
  const [low, high] = RANGES[type];
  const rounded = BigInt(Math.round(raw));
  const held = rounded < low ? low : rounded > high ? high : rounded;
  if (view.byteLength === 8) view.setBigUint64(0, held);
  else if (view.byteLength === 4) view.setUint32(0, Number(BigInt.asUintN(32, held)));
  else view.setUint16(0, Number(BigInt.asUintN(16, held)));
}

function rawOf({ type, wordOrder }: NumberRegister, words: readonly number[]): number | bigint {
  const [first = 0, second = 0, third = 0, fourth = 0] = wordOrder === 'little' ? words.toReversed() : words;
  switch (type) {
    case 'u16':
      return first;
    case 'i16':
      return (first << 16) >> 16;
    case 'u32':
      return first * 0x1_0000 + second;
    case 'i32':
      return (first << 16) | second;
    case 'u64':
      return (BigInt(first * 0x1_0000 + second) << 32n) | BigInt(third * 0x1_0000 + fourth);
    case 'f32': {
      const view = new DataView(new ArrayBuffer(4));
      view.setUint16(0, first);
      view.setUint16(2, second);
      return view.getFloat32(0);
    }
  }
}
