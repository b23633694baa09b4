// TMP108: one temperature, 12 bits left-aligned (1/16 °C). TI SBOS663, Table 1 "12-Bit Temperature Data Format" and
// Table 6 "Configuration Register Format".
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import { ChipRegisters } from './chip-registers.ts';
import { channelReader, temperatureChannels } from './channel-sensor.ts';
import { readWordTemperature, updateWord } from './word-registers.ts';

export const TMP108_REGISTER = { temperature: 0x00, configuration: 0x01, low: 0x02, high: 0x03 };
export const TMP108_CONFIGURATION = { rate: 0x6000, highFlag: 0x1000, lowFlag: 0x0800, hysteresis: 0x0030 };
const CONTINUOUS = 0x0200;
const RANGE = { lowestC: -55, highestC: 128 };

export function tmp108Temperature(raw: number): number {
  return signed(raw & 0xfff0, 16) / 256;
}

export function openTmp108(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('tmp108', bus, address);
  // All ones: nobody drove the bus, the low bits of the register read 0.
  const convert = (raw: number) => (raw === 0xffff ? Number.NEGATIVE_INFINITY : tmp108Temperature(raw));
  return {
    kind: 'sensor',
    ...channelReader({
      registers,
      channels: temperatureChannels(1),
      configure: () => updateWord(registers, TMP108_REGISTER.configuration, 0, CONTINUOUS),
      readIndex: (_, nowMs) => readWordTemperature(registers, TMP108_REGISTER.temperature, convert, RANGE, nowMs),
    }),
  };
}
