// MAX11612 to MAX11617 (Maxim): 12-bit voltages of 4, 8 or 12 inputs against the internal reference, which is 4.096 V in
// those with an even number and 2.048 V in the others. A setup byte (bit 7 set) and a configuration byte; a read converts
// the channel that the configuration byte names. Both bytes as in Linux's max1363 driver, and the reference that it takes
// where the board's device tree names none.
import type { I2cBus } from '../core/ports.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import type { ChannelSource } from './channel-table.ts';
import { sensorOf } from './channel-table.ts';
import { ChipRegisters } from './chip-registers.ts';

/** Setup byte: internal reference, always on; the last input stays one; internal clock, unipolar, configuration kept. */
const SETUP = 0xd2;
/** Configuration byte: converts the one channel (bits 4:1), single-ended. */
const SINGLE_ENDED = 0x61;
const RESOLUTION_BITS = 12;

export interface Max11617Variant {
  readonly inputs: 4 | 8 | 12;
  readonly referenceVolt: 2.048 | 4.096;
}

export const max11617Variants: Readonly<Record<string, Max11617Variant>> = {
  max11612: { inputs: 4, referenceVolt: 4.096 },
  max11613: { inputs: 4, referenceVolt: 2.048 },
  max11614: { inputs: 8, referenceVolt: 4.096 },
  max11615: { inputs: 8, referenceVolt: 2.048 },
  max11616: { inputs: 12, referenceVolt: 4.096 },
  max11617: { inputs: 12, referenceVolt: 2.048 },
};

/** Numbered from 0, as Linux's IIO channels are. */
export function max11617Channels({ inputs }: Max11617Variant): readonly ChannelInfo[] {
  return Array.from({ length: inputs }, (_, input) => ({ channel: `in${input}`, unit: 'V' }));
}

export function openMax11617(name: string, variant: Max11617Variant, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const sources = max11617Channels(variant).map(({ channel, unit }, input): ChannelSource => ({
    channel,
    unit,
    registers: [SINGLE_ENDED | (input << 1)],
    lengthBytes: 2,
    // The four bits before the number are no part of it.
    convert: (raw = 0) => ((raw & 0x0fff) * variant.referenceVolt) / 2 ** RESOLUTION_BITS,
  }));
  const configure = async () => {
    const result = await registers.write(SETUP);
    return result.kind === 'failed' ? result : CHIP_OK;
  };
  return sensorOf(registers, sources, configure);
}
