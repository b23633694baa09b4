// MAX31730: a local and three remote-diode temperatures of 12 bits (1/16 °C). Maxim 19-7000, Table 1 "Temperature Data
// Format" and Table 5 "Register Memory Map".
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { updateAll } from './byte-outputs.ts';
import type { StatusOnce } from './channel-sensor.ts';
import { channelReader, diodeFault, temperatureChannels } from './channel-sensor.ts';
import { readWordTemperature } from './word-registers.ts';

/** Temperatures and high limits follow at two bytes. */
export const MAX31730_REGISTER = {
  temperature: 0x00,
  configuration: 0x13,
  offset: 0x16,
  offsetEnable: 0x17,
  high: 0x20,
  low: 0x30,
  highStatus: 0x32,
  lowStatus: 0x33,
  channelEnable: 0x35,
  diodeFault: 0x36,
};
export const MAX31730_CHANNELS = 4;
const STOP = 0x80;
const EXTENDED_RANGE = 0x02;
const RANGE = { lowestC: -64, highestC: 128 };

export function max31730Temperature(raw: number): number {
  return signed(raw & 0xfff0, 16) / 256;
}

export function openMax31730(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('max31730', bus, address);
  const r = MAX31730_REGISTER;
  const readIndex = async (index: number, nowMs: number, status: StatusOnce): Promise<Reading> => {
    if (index > 0) {
      const fault = await diodeFault(registers, r.diodeFault, status, 1 << index);
      if (fault !== null) return readingOf(fault, nowMs);
    }
    return readWordTemperature(registers, r.temperature + 2 * index, max31730Temperature, RANGE, nowMs);
  };
  // All channels convert, in the standard range, which is also the power-on state.
  const configure = () =>
    updateAll(registers, [
      [r.channelEnable, 0, 0x0f],
      [r.configuration, STOP | EXTENDED_RANGE, 0],
    ]);
  const channels = temperatureChannels(MAX31730_CHANNELS);
  return {
    kind: 'sensor',
    ...channelReader({ registers, channels, configure, statusRegister: r.diodeFault, readIndex }),
  };
}
