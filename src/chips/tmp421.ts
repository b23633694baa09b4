// TMP421/422/423: a local and one to three remote-diode temperatures. TI SBOS398C: Tables 1 and 2 (temperature data),
// Table 3 (register map). High byte = whole °C, low byte = sixteenths and the flags PVLD and OPEN.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';

export const TMP421_REGISTER = {
  /** High byte of channel 1 (local); the others follow. */
  highByte: 0x00,
  configuration1: 0x09,
  lowByte: 0x10,
};

export const TMP421_SHUTDOWN = 0x40;
/** Configuration register 1: extended range, an offset of 64 °C in the data. */
export const TMP421_RANGE = 0x04;
/** Low byte: the conversion is invalid because the supply was too low. */
export const TMP421_PVLD = 0x02;
/** Low byte of a remote channel: the diode is open. */
export const TMP421_OPEN = 0x01;

/** Channels by chip: the local sensor and the remote diodes. */
export const tmp421Variants: Readonly<Record<string, number>> = { tmp421: 2, tmp422: 3, tmp423: 4 };

/** Temperature in °C; flags in the low byte are ignored. */
export function tmp421Temperature(high: number, low: number, range: 'standard' | 'extended'): number {
  const raw = (high << 8) | (low & 0xf0);
  return range === 'extended' ? raw / 256 - 64 : signed(raw, 16) / 256;
}

export function tmp421Channels(count: number): readonly ChannelInfo[] {
  return Array.from({ length: count }, (_, index) => ({ channel: `temp${index + 1}`, unit: 'C' }));
}

export function openTmp421(name: string, channelCount: number, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const channels = tmp421Channels(channelCount);

  // High byte first: the low byte read next is then of the same conversion (SBOS398C, Temperature Registers).
  const readIndex = async (index: number, nowMs: number): Promise<Reading> => {
    const [high, low] = await Promise.all([
      registers.readByte(TMP421_REGISTER.highByte + index),
      registers.readByte(TMP421_REGISTER.lowByte + index),
    ]);
    if (high.kind === 'failed') return readingOf(high, nowMs);
    if (low.kind === 'failed') return readingOf(low, nowMs);
    const flagsRegister = TMP421_REGISTER.lowByte + index;
    if (index > 0 && (low.value & TMP421_OPEN) !== 0) {
      return readingOf(registers.failure('fault', flagsRegister, 'the remote diode is open'), nowMs);
    }
    if ((low.value & TMP421_PVLD) !== 0) {
      return readingOf(registers.failure('fault', flagsRegister, 'not valid, the supply was too low'), nowMs);
    }
    return good(tmp421Temperature(high.value, low.value, 'standard'), nowMs);
  };

  return {
    kind: 'sensor',
    name,
    busId: bus.id,
    address,
    channels,
    // The standard range is also the power-on state: a chip that was reset unnoticed is not read 64 °C too low.
    configure: () =>
      registers.update(TMP421_REGISTER.configuration1, (value) => value & ~(TMP421_SHUTDOWN | TMP421_RANGE)),
    read: async (channel, nowMs) => {
      const index = channels.findIndex((info) => info.channel === channel);
      if (index < 0) return readingOf(registers.refusal(`no channel ${channel}`), nowMs);
      return readIndex(index, nowMs);
    },
    readAll: async (nowMs) => {
      const entries = channels.map(async ({ channel }, index) => [channel, await readIndex(index, nowMs)] as const);
      return new Map(await Promise.all(entries));
    },
  };
}
