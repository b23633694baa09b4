// ADS7828 (12 bits) and ADS7830 (8 bits): eight voltages against the internal 2.5 V reference. TI SBAS181 and SBAS302,
// tables "Command Byte" and "Channel Selection Control Addressed by Command Byte". A command starts a conversion.
import type { I2cBus } from '../core/ports.ts';
import type { ChannelInfo, ChipResult, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import type { ChannelSource } from './channel-table.ts';
import { sensorOf, withoutBits } from './channel-table.ts';
import { ChipRegisters } from './chip-registers.ts';

/** Single-ended inputs. */
const SINGLE_ENDED = 0x80;
/** Converter and internal reference stay on between conversions. */
const REFERENCE_ON = 0x0c;
const REFERENCE_VOLT = 2.5;
const INPUTS = [0, 1, 2, 3, 4, 5, 6, 7];

export const ads7830Variants: Readonly<Record<string, 8 | 12>> = { ads7828: 12, ads7830: 8 };

export const ADS7830_CHANNELS: readonly ChannelInfo[] = INPUTS.map((input) => ({ channel: `in${input}`, unit: 'V' }));

/** The channel bits are C2 = odd, C1 and C0 = half the input's number. */
export function ads7830Command(input: number): number {
  return SINGLE_ENDED | ((input & 1) << 6) | ((input >> 1) << 4) | REFERENCE_ON;
}

export function openAds7830(name: string, resolutionBits: 8 | 12, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const lengthBytes = resolutionBits === 8 ? 1 : 2;
  const zeroBits = resolutionBits === 8 ? 0 : 0xf000;
  const volts = withoutBits(zeroBits, (raw) => (raw * REFERENCE_VOLT) / 2 ** resolutionBits);
  const sources = INPUTS.map((input): ChannelSource => ({
    channel: `in${input}`,
    unit: 'V',
    registers: [ads7830Command(input)],
    lengthBytes,
    convert: (raw = 0) => volts(raw),
  }));
  // A first conversion switches the reference on; its result is not good yet.
  const configure = async (): Promise<ChipResult> => {
    const answer = await registers.read(ads7830Command(0), lengthBytes);
    return answer.kind === 'failed' ? answer : CHIP_OK;
  };
  return sensorOf(registers, sources, configure);
}
