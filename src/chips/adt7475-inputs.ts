// Voltage inputs of the ADT7473 family: ten bits of 2.25 V behind a divider in the chip, which can be bypassed; some
// share a pin with something else. Dividers and pins as in Linux's adt7475 driver (onsemi ADT7490/D).
import type { ChipFailure } from './chip.ts';
import type { ByteAnswer, ChipRegisters } from './chip-registers.ts';
import { ADT7475_REGISTER as R } from './adt7475-registers.ts';

export interface Adt7475Input {
  /** Linux' in0 to in6. */
  readonly number: number;
  readonly register: number;
  /** Where its lowest two bits are. */
  readonly extended: number;
  readonly shift: number;
  /** Resistances of the divider, kΩ. */
  readonly upper: number;
  readonly lower: number;
  /** Why the pin is not this input now; null when it is. */
  readonly pin: (registers: ChipRegisters) => Promise<ChipFailure | null>;
  /** Whether the divider is bypassed; not 0 when it is. */
  readonly bypassed: (registers: ChipRegisters) => Promise<ByteAnswer>;
}

const REFERENCE_VOLT = 2.25;
const FULL_SCALE = 1024;
const ALL_BYPASSED = 0x20;
const THERM = 0x02;
const PIN_FUNCTION = 0x03;
const TWELVE_VOLT_IS_VID = 0x80;

export function adt7475Volt(raw: number, { upper, lower }: Adt7475Input, bypassed: boolean): number {
  return ((raw * REFERENCE_VOLT) / FULL_SCALE) * (bypassed ? 1 : (upper + lower) / lower);
}

/** +2.5 V or Vtt, Vccp, Vcc, +5 V, +12 V, Vtt, Imon. */
const DIVIDERS: readonly (readonly [upper: number, lower: number])[] = [
  [45, 94],
  [175, 525],
  [68, 71],
  [93, 47],
  [120, 20],
  [45, 45],
  [45, 45],
];
/** Of configuration 4, by input; Vcc's divider stays. */
const BYPASSED: Readonly<Record<number, number>> = { 0: 0x10, 1: 0x20, 3: 0x40, 4: 0x80 };

const ALWAYS = () => Promise.resolve(null);
const NEVER_BYPASSED = () => Promise.resolve({ kind: 'ok', value: 0 } as const);

function input(number: number, pin: Adt7475Input['pin'] = ALWAYS): Adt7475Input {
  const [upper, lower] = DIVIDERS[number] ?? [0, 1];
  const place =
    number < 4
      ? { register: R.voltage1 + number, extended: R.extended1, shift: 2 * number }
      : { register: R.voltage1 + 4, extended: R.extended2, shift: 0 };
  const bit = BYPASSED[number] ?? 0;
  return { number, ...place, upper, lower, pin, bypassed: bit === 0 ? NEVER_BYPASSED : isBypassed(bit) };
}

function isBypassed(bit: number): Adt7475Input['bypassed'] {
  return async (registers) => {
    const all = await registers.readByte(R.configuration2);
    if (all.kind === 'failed' || (all.value & ALL_BYPASSED) !== 0) return all;
    const own = await registers.readByte(R.configuration4);
    return own.kind === 'failed' ? own : { kind: 'ok', value: own.value & bit };
  };
}

/** The +2.5 V pin is THERM unless that is off or elsewhere. */
async function isVoltage0(registers: ChipRegisters): Promise<ChipFailure | null> {
  const configuration3 = await registers.readByte(R.configuration3);
  if (configuration3.kind === 'failed') return configuration3;
  if ((configuration3.value & THERM) === 0) return null;
  const configuration4 = await registers.readByte(R.configuration4);
  if (configuration4.kind === 'failed') return configuration4;
  if ((configuration4.value & PIN_FUNCTION) === 1) return null;
  return registers.failure('fault', R.configuration3, 'the pin of in0 is used as THERM');
}

async function isVoltage4(registers: ChipRegisters): Promise<ChipFailure | null> {
  const vid = await registers.readByte(R.vid);
  if (vid.kind === 'failed') return vid;
  if ((vid.value & TWELVE_VOLT_IS_VID) === 0) return null;
  return registers.failure('fault', R.vid, 'the pin of in4 is used as VID5');
}

const VTT: Adt7475Input = { ...input(5), register: R.vtt, extended: R.extended3, shift: 4 };
const IMON: Adt7475Input = { ...input(6), register: R.imon, extended: R.extended3, shift: 6 };

export const adt7475Inputs = {
  adt7475: [input(1), input(2)],
  adt7476: [input(0, isVoltage0), input(1), input(2), input(3), input(4, isVoltage4)],
  adt7490: [input(0, isVoltage0), input(1), input(2), input(3), input(4), VTT, IMON],
} as const;
