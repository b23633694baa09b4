// LM90 family: a local and a remote-diode temperature with the LM90's register map. National SNOS990 (LM90) section
// "Register Map"; ADI ADM1032 Tables 4 to 7; onsemi ADT7461/NCT1008/NCT72 Table "Temperature Data Format"; Maxim
// 19-2034 (MAX6657); NXP SA56004 Table 7; TI SBOS686 (TMP451) and SBOS722 (TMP461) "Register Map".
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import type { ByteAnswer } from './chip-registers.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import type { StatusOnce } from './channel-sensor.ts';
import { channelReader, diodeFault, temperatureChannels } from './channel-sensor.ts';
import { runInStandardRange } from './tmp401.ts';

export const LM90_REGISTER = {
  local: 0x00,
  remote: 0x01,
  status: 0x02,
  configuration: 0x03,
  localHigh: 0x05,
  localLow: 0x06,
  remoteHigh: 0x07,
  remoteLow: 0x08,
  remoteFraction: 0x10,
  offset: 0x11,
  offsetFraction: 0x12,
  remoteHighFraction: 0x13,
  remoteLowFraction: 0x14,
  remoteCritical: 0x19,
  localCritical: 0x20,
  criticalHysteresis: 0x21,
  consecutiveAlert: 0x22,
};

export const LM90_OPEN = 0x04;
const STANDBY = 0x40;
/** ADT7461, TMP451, TMP461 and their kin: an offset of 64 °C in the data. On others the bit means something else. */
export const LM90_RANGE = 0x04;

export interface Lm90Variant {
  /** Significant bits of temperatures that have a fraction. */
  readonly bits: 10 | 11 | 12;
  /** Register of the local temperature's fraction, where it has one. */
  readonly localFraction?: number;
  /** Below 0 °C it reads 0, so that the top bit is no sign. */
  readonly unsigned?: true;
  readonly extendedRange?: true;
  /** Degrees that the remote diode is hotter than the register says. */
  readonly remoteShiftC?: number;
  readonly hasOffset: boolean;
  /** Remote limits have fractions. */
  readonly limitFractions: boolean;
  /** Linux shows the raw status as `alarms`. */
  readonly showsAlarms: boolean;
  /** How many readings out of limits make an alarm: a bit of the configuration, or a register of its own. */
  readonly faultQueue: 'none' | 'register' | { readonly mask: number; readonly depth: number };
}

const LM90: Lm90Variant = {
  bits: 11,
  hasOffset: true,
  limitFractions: true,
  showsAlarms: true,
  faultQueue: { mask: 0x01, depth: 3 },
};
const ADM1032: Lm90Variant = { ...LM90, faultQueue: 'register' };
const ADT7461A: Lm90Variant = { ...ADM1032, extendedRange: true };
const NCT72: Lm90Variant = { ...ADT7461A, bits: 10, unsigned: true, showsAlarms: false };
const MAX6657: Lm90Variant = {
  bits: 11,
  localFraction: 0x11,
  hasOffset: false,
  limitFractions: false,
  showsAlarms: true,
  faultQueue: 'none',
};
const TMP461: Lm90Variant = { ...ADT7461A, bits: 12, localFraction: 0x15 };

export const lm90Variants: Readonly<Record<string, Lm90Variant>> = {
  lm86: LM90,
  lm89: LM90,
  lm90: LM90,
  lm99: { ...LM90, remoteShiftC: 16 },
  adm1032: ADM1032,
  g781: ADM1032,
  adt7461: { ...ADT7461A, bits: 10 },
  adt7461a: ADT7461A,
  nct1008: ADT7461A,
  nct72: NCT72,
  nct214: NCT72,
  nct218: NCT72,
  max6657: MAX6657,
  max6658: MAX6657,
  sa56004: { ...LM90, localFraction: 0x22 },
  w83l771: { ...LM90, faultQueue: 'none' },
  tmp451: { ...TMP461, unsigned: true },
  tmp461: TMP461,
};

/** Colder than any of them measures in the standard range: the data sheets' lowest, −55 °C, with their offset. */
const LOWEST_C = -65;

/** Temperature in °C of a temperature or limit register: whole degrees and fraction (0 where it has none). */
export function lm90Temperature(
  high: number,
  fraction: number,
  variant: Lm90Variant,
  range: 'standard' | 'extended',
): number {
  const raw = ((high << 8) | fraction) & (0xffff << (16 - variant.bits)) & 0xffff;
  if (range === 'extended') return raw / 256 - 64;
  return (variant.unsigned ? raw : signed(raw, 16)) / 256;
}

export function openLm90(name: string, variant: Lm90Variant, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const statusRegister = LM90_REGISTER.status;

  const readIndex = async (index: number, nowMs: number, status: StatusOnce): Promise<Reading> => {
    const register = index === 0 ? LM90_REGISTER.local : LM90_REGISTER.remote;
    const fractionRegister = index === 0 ? variant.localFraction : LM90_REGISTER.remoteFraction;
    const answer = await readWhole(registers, register, fractionRegister);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    if (index > 0) {
      const fault = await diodeFault(registers, statusRegister, status, LM90_OPEN);
      if (fault !== null) return readingOf(fault, nowMs);
    }
    const valueC = lm90Temperature(answer.value >> 8, answer.value & 0xff, variant, 'standard');
    if (valueC < LOWEST_C || valueC >= 128) {
      return readingOf(registers.failure('implausible', register, `${valueC} °C cannot be`), nowMs);
    }
    return good(index === 0 ? valueC : valueC + (variant.remoteShiftC ?? 0), nowMs);
  };

  const channels = temperatureChannels(2);
  const configure = () => runInStandardRange(registers, STANDBY | (variant.extendedRange ? LM90_RANGE : 0));
  return { kind: 'sensor', ...channelReader({ registers, channels, configure, statusRegister, readIndex }) };
}

/**
 * Both bytes of one temperature as 16 bits. Not every chip of the family holds the fraction while the whole degrees
 * are read, so those are read again; when they moved, so was the fraction that came between.
 */
async function readWhole(
  registers: ChipRegisters,
  register: number,
  fractionRegister: number | undefined,
): Promise<ByteAnswer> {
  const before = await registers.readByte(register);
  if (before.kind === 'failed') return before;
  if (fractionRegister === undefined) return { kind: 'ok', value: before.value << 8 };
  const fraction = await registers.readByte(fractionRegister);
  if (fraction.kind === 'failed') return fraction;
  const after = await registers.readByte(register);
  if (after.kind === 'failed') return after;
  if (after.value === before.value) return { kind: 'ok', value: (after.value << 8) | fraction.value };
  const again = await registers.readByte(fractionRegister);
  return again.kind === 'failed' ? again : { kind: 'ok', value: (after.value << 8) | again.value };
}
