// LM75 family: one temperature, left-aligned two's complement of 9 to 12 bits in a 16-bit register.
// Tables: LM75 SNIS153 "Temperature Register Data Format"; TMP75/TMP175 SBOS288 and TMP105 SBOS648 "Temperature Data
// Format"; TMP112 SBOS473 "12-Bit" and "13-Bit Temperature Data Format"; DS75 "Temperature/Data Relationships".
import type { I2cBus } from '../core/ports.ts';
import { good, none } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';

export const LM75_REGISTER = { temperature: 0x00, configuration: 0x01, hysteresis: 0x02, overTemperature: 0x03 };

export interface Lm75Variant {
  /** Significant bits of the temperature once configured; the bits below are masked. */
  readonly bits: 9 | 11 | 12;
  /** Configuration bits to clear (shutdown, one-shot) and then to set (resolution). */
  readonly clearBits: number;
  readonly setBits: number;
  /** The bits below the resolution read 0, so all ones mean that nobody drove the bus. */
  readonly lowBitsRead0: boolean;
  /** Bit 0 of the temperature register tells 13-bit data up to 150 °C. */
  readonly extendedMode: boolean;
  /** Milliseconds between conversions as Linux's driver configures them. */
  readonly intervalMs: number;
}

const NATIONAL: Lm75Variant = {
  bits: 9,
  clearBits: 0x01,
  setBits: 0,
  lowBitsRead0: false,
  extendedMode: false,
  intervalMs: 100,
};
const TI_12_BIT: Lm75Variant = {
  bits: 12,
  clearBits: 0x81,
  setBits: 0x60,
  lowBitsRead0: true,
  extendedMode: false,
  intervalMs: 220,
};

export const lm75Variants: Readonly<Record<string, Lm75Variant>> = {
  lm75: NATIONAL,
  lm75a: NATIONAL,
  ds75: { bits: 11, clearBits: 0x61, setBits: 0x40, lowBitsRead0: true, extendedMode: false, intervalMs: 600 },
  tmp75: TI_12_BIT,
  tmp105: TI_12_BIT,
  tmp112: { ...TI_12_BIT, extendedMode: true, intervalMs: 125 },
  tmp175: TI_12_BIT,
};

/** Below this none of them measures: the data sheets' lowest operating temperature. */
const LOWEST_C = -55;

export const LM75_CHANNELS: readonly ChannelInfo[] = [{ channel: 'temp1', unit: 'C' }];

/** Temperature in °C of a temperature or limit register (most significant byte first). */
export function lm75Temperature(raw: number, variant: Lm75Variant): number {
  if (variant.extendedMode && (raw & 1) === 1) return signed(raw & 0xfff8, 16) / 128;
  return signed(raw & (0xffff << (16 - variant.bits)) & 0xffff, 16) / 256;
}

export function openLm75(name: string, variant: Lm75Variant, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const read = async (channel: string, nowMs: number) => {
    if (channel !== 'temp1') return readingOf(registers.refusal(`no channel ${channel}`), nowMs);
    const answer = await registers.readWord(LM75_REGISTER.temperature);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    const valueC = lm75Temperature(answer.value, variant);
    if (valueC < LOWEST_C || (variant.lowBitsRead0 && answer.value === 0xffff)) {
      const what = `0x${answer.value.toString(16).padStart(4, '0')} (${valueC} °C) cannot be`;
      return none('implausible', nowMs, registers.failure('implausible', LM75_REGISTER.temperature, what).detail);
    }
    return good(valueC, nowMs);
  };
  return {
    kind: 'sensor',
    name,
    busId: bus.id,
    address,
    channels: LM75_CHANNELS,
    configure: () =>
      registers.update(LM75_REGISTER.configuration, (value) => (value & ~variant.clearBits) | variant.setBits),
    read,
    readAll: async (nowMs) => new Map([['temp1', await read('temp1', nowMs)]]),
  };
}
