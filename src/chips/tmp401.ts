// TMP401/411/431/432/435: a local and one or two remote-diode temperatures. TI SBOS371 (TMP401) and SBOS383 (TMP411)
// Table 1 "Temperature Data Format", Table 3 "Register Map"; SBOS441 (TMP431/432). A high-byte register read as two
// bytes gives the low byte too. In the standard range they measure 0 to 127 °C; below 0 they read 0.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChipResult, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import type { StatusOnce } from './channel-sensor.ts';
import { channelReader, diodeFault, temperatureChannels } from './channel-sensor.ts';

/** By channel (local, remote 1, remote 2) where it is a list. */
export const TMP401_REGISTER = {
  temperature: [0x00, 0x01, 0x23],
  low: [0x06, 0x08, 0x16],
  high: [0x05, 0x07, 0x15],
  therm: [0x20, 0x19, 0x1a],
  status: 0x02,
  configuration: 0x03,
  configurationWrite: 0x09,
  conversionRate: 0x04,
  thermHysteresis: 0x21,
  /** TMP411: lowest and highest seen. */
  lowest: [0x30, 0x34],
  highest: [0x32, 0x36],
  /** TMP432: one status register for each kind of event; bit n = channel n. */
  faultStatus: 0x1b,
  highStatus: 0x35,
  lowStatus: 0x36,
  thermStatus: 0x37,
} as const;

export const TMP401_STATUS = {
  localTherm: 0x01,
  remoteTherm: 0x02,
  open: 0x04,
  remoteLow: 0x08,
  remoteHigh: 0x10,
  localLow: 0x20,
  localHigh: 0x40,
};

export const TMP401_SHUTDOWN = 0x40;
/** Extended range, an offset of 64 °C in the data. */
export const TMP401_RANGE = 0x04;

export interface Tmp401Variant {
  readonly channelCount: 2 | 3;
  /** Keeps the lowest and highest temperature since power-up. */
  readonly history: boolean;
}

const TWO_CHANNELS: Tmp401Variant = { channelCount: 2, history: false };

export const tmp401Variants: Readonly<Record<string, Tmp401Variant>> = {
  tmp401: TWO_CHANNELS,
  tmp411: { channelCount: 2, history: true },
  tmp431: TWO_CHANNELS,
  tmp432: { channelCount: 3, history: false },
  tmp435: TWO_CHANNELS,
};

/** Temperature in °C of a 16-bit temperature or limit register. */
export function tmp401Temperature(raw: number, range: 'standard' | 'extended'): number {
  return range === 'extended' ? raw / 256 - 64 : raw / 256;
}

/** Where the chip tells open diodes, and the bit of a remote channel there. */
export function tmp401Open(variant: Tmp401Variant, index: number): { readonly register: number; readonly bit: number } {
  if (variant.channelCount === 2) return { register: TMP401_REGISTER.status, bit: TMP401_STATUS.open };
  return { register: TMP401_REGISTER.faultStatus, bit: 1 << index };
}

export function openTmp401(name: string, variant: Tmp401Variant, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const statusRegister = tmp401Open(variant, 1).register;

  const readIndex = async (index: number, nowMs: number, status: StatusOnce): Promise<Reading> => {
    if (index > 0) {
      const fault = await diodeFault(registers, statusRegister, status, tmp401Open(variant, index).bit);
      if (fault !== null) return readingOf(fault, nowMs);
    }
    const register = TMP401_REGISTER.temperature[index] ?? 0;
    const answer = await registers.readWord(register);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    if ((answer.value & 0x8000) !== 0) {
      const what = `${answer.value / 256} °C cannot be in the standard range`;
      return readingOf(registers.failure('implausible', register, what), nowMs);
    }
    return good(tmp401Temperature(answer.value & 0xfff0, 'standard'), nowMs);
  };

  const channels = temperatureChannels(variant.channelCount);
  const configure = () => runInStandardRange(registers, TMP401_SHUTDOWN | TMP401_RANGE);
  return { kind: 'sensor', ...channelReader({ registers, channels, configure, statusRegister, readIndex }) };
}

/**
 * Out of shutdown, into the standard range, which is also the power-on state: a chip that was reset unnoticed is not
 * read 64 °C off. The configuration register is read and written at different addresses.
 */
export async function runInStandardRange(registers: ChipRegisters, clearBits: number): Promise<ChipResult> {
  const before = await registers.readByte(TMP401_REGISTER.configuration);
  if (before.kind === 'failed') return before;
  if ((before.value & clearBits) === 0) return CHIP_OK;
  return registers.write(TMP401_REGISTER.configurationWrite, before.value & ~clearBits);
}
