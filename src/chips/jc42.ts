// JC-42.4 temperature sensors of memory modules: JEDEC Standard 21-C, 4.1.6 "Temperature Register Value Definition".
// 13 bits of two's complement (1/16 °C) below three alarm flags.
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import { ChipRegisters } from './chip-registers.ts';
import { channelReader, temperatureChannels } from './channel-sensor.ts';
import { readWordTemperature, updateWord } from './word-registers.ts';

export const JC42_REGISTER = { configuration: 0x01, upper: 0x02, lower: 0x03, critical: 0x04, temperature: 0x05 };
/** Flags above the temperature. */
export const JC42_ALARM = { critical: 0x8000, upper: 0x4000, lower: 0x2000 };
const SHUTDOWN = 0x0100;
const RANGE = { lowestC: -64, highestC: 191 };

/** Parts that are the standard's and no more. */
export const jc42Names: readonly string[] = [
  'jc42',
  'adt7408',
  'mcp9804',
  'mcp9808',
  'mcp98243',
  'mcp98244',
  'se97',
  'se98',
  'stts2004',
  'tse2004',
];

export function jc42Temperature(raw: number): number {
  return signed(raw & 0x1fff, 13) / 16;
}

export function openJc42(name: string, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  return {
    kind: 'sensor',
    ...channelReader({
      registers,
      channels: temperatureChannels(1),
      configure: () => updateWord(registers, JC42_REGISTER.configuration, SHUTDOWN, 0),
      readIndex: (_, nowMs) => readWordTemperature(registers, JC42_REGISTER.temperature, jc42Temperature, RANGE, nowMs),
    }),
  };
}
