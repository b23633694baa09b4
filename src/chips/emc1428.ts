// EMC1428 and EMC1438 (SMSC): a local and seven remote-diode temperatures of 11 bits, two's complement. Registers as in
// Linux's emc1403 driver; the first four as on an EMC1404. Reading a high byte holds the low byte of the same conversion.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import type { StatusOnce } from './channel-sensor.ts';
import { channelReader, diodeFault, temperatureChannels } from './channel-sensor.ts';
import { EMC1403_CHANNELS, EMC1403_REGISTER, EMC1403_STOP } from './emc1403.ts';

/** High and low byte: the first four as on an EMC1404. */
const TEMPERATURES: readonly { readonly high: number; readonly low: number }[] = [
  ...EMC1403_CHANNELS.map(({ temperature }) => temperature),
  { high: 0x41, low: 0x42 },
  { high: 0x43, low: 0x44 },
  { high: 0x45, low: 0x46 },
  { high: 0x47, low: 0x48 },
];

export const emc1428Names: readonly string[] = ['emc1428', 'emc1438'];
export const EMC1428_CHANNELS = TEMPERATURES.length;

/** The coldest that the parts are made for; what is colder was not measured. */
const LOWEST_C = -64;

export function emc1428Temperature(high: number, low: number): number {
  return signed(((high << 8) | low) & 0xffe0, 16) / 256;
}

export function openEmc1428(name: string, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const statusRegister = EMC1403_REGISTER.diodeFault;

  const readIndex = async (index: number, nowMs: number, status: StatusOnce): Promise<Reading> => {
    const pair = TEMPERATURES[index] ?? { high: 0, low: 0 };
    const high = await registers.readByte(pair.high);
    if (high.kind === 'failed') return readingOf(high, nowMs);
    const low = await registers.readByte(pair.low);
    if (low.kind === 'failed') return readingOf(low, nowMs);
    if (index > 0) {
      const fault = await diodeFault(registers, statusRegister, status, 1 << index);
      if (fault !== null) return readingOf(fault, nowMs);
    }
    const valueC = emc1428Temperature(high.value, low.value);
    if (valueC >= LOWEST_C) return good(valueC, nowMs);
    return readingOf(registers.failure('implausible', pair.high, `${valueC} °C cannot be`), nowMs);
  };

  const channels = temperatureChannels(EMC1428_CHANNELS);
  const configure = () => registers.update(EMC1403_REGISTER.configuration, (value) => value & ~EMC1403_STOP);
  return { kind: 'sensor', ...channelReader({ registers, channels, configure, statusRegister, readIndex }) };
}
