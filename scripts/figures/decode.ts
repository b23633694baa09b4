// How many channels of chips the drivers convert in a second, from registers in memory.
import { openChip } from '../../src/chips/registry.ts';
import { RegisterFileBus } from '../../src/chips/register-file-bus.ts';
import type { ChannelReader } from '../../src/chips/chip.ts';
import { figure, type Measurement } from './figure.ts';
import { median } from './statistics.ts';

const ADDRESS = 0x48;
const ROUNDS = 5;
const ROUND_MS = 200;
const READS_AT_ONCE = 200;

const chips = [
  { name: 'tmp75', width: 'word' },
  { name: 'tmp421', width: 'byte' },
  { name: 'ina219', width: 'word' },
  { name: 'max31790', width: 'byte' },
] as const;

export const decode: Measurement = {
  text: 'channels converted per second by the drivers, from registers in memory',
  run: async () => {
    const figures = [];
    for (const { name, width } of chips) {
      const registers = Array.from({ length: 256 }, (_, n) => (width === 'word' ? 0x1900 + n : 0x19));
      const chip = openChip(name, new RegisterFileBus(ADDRESS, width, registers), ADDRESS, { shuntMicroOhm: 1000 });
      if (chip.kind !== 'sensor' && chip.kind !== 'fan') throw new Error(`${name} has no channels`);
      figures.push(figure(`decode-${name}`, await channelsPerS(chip), '1/s'));
    }
    return figures;
  },
};

async function channelsPerS(chip: ChannelReader): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const beganMs = performance.now();
    let channels = 0;
    while (performance.now() - beganMs < ROUND_MS) {
      for (let n = 0; n < READS_AT_ONCE; n++) channels += (await chip.readAll(n)).size;
    }
    rates.push((1000 * channels) / (performance.now() - beganMs));
  }
  return median(rates);
}
