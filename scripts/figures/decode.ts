// How fast registers in memory become values: by the tables of `chip decode`, beside bare arithmetic of as many values,
// and by the drivers, which wait for a bus.
import { decoders } from '../../src/chips/decoders.ts';
import { openChip } from '../../src/chips/registry.ts';
import { RegisterDump } from '../../src/chips/register-dump.ts';
import { RegisterFileBus, type RegisterWidth } from '../../src/chips/register-file-bus.ts';
import type { ChannelReader } from '../../src/chips/chip.ts';
import { figure, type Figure, type Measurement } from './figure.ts';
import { median } from './statistics.ts';

const ADDRESS = 0x48;
const SHUNT_MICRO_OHM = 1000;
const ROUNDS = 5;
const ROUND_MS = 150;
const AT_ONCE = 200;
const LEAST_VALUES_PER_S = 1e6;

/** One of each kind: from a single temperature to all that a fan controller has. */
const chips = ['tmp75', 'tmp421', 'ina219', 'ina238', 'lm90', 'adc128d818', 'max6639', 'max31790', 'nct7802'];

export const decode: Measurement = {
  text: 'values (channels, limits, alarms) and whole chips decoded per second, beside bare arithmetic; channels per second by the drivers',
  run: async () => {
    const figures: Figure[] = [];
    for (const name of chips) figures.push(...tableFigures(name), await driverFigure(name));
    return figures;
  },
};

/** Of plausible contents: no open diodes, no counts of 0. */
function registersOf(width: RegisterWidth): readonly number[] {
  return Array.from({ length: 256 }, (_, n) => (width === 'word' ? 0x1900 + n : 0x10));
}

function tableFigures(name: string): readonly Figure[] {
  const decoder = decoders.get(name);
  if (decoder === undefined) throw new Error(`${name} cannot be decoded`);
  const dump = new RegisterDump(name, decoder.width, registersOf(decoder.width));
  const values = Object.keys(decoder.attributes(dump, SHUNT_MICRO_OHM)).length;
  const chipsPerS = perSecond(() => decoder.attributes(dump, SHUNT_MICRO_OHM));
  return [
    figure(`decode-${name}`, values * chipsPerS, 'values/s', LEAST_VALUES_PER_S),
    figure(`decode-${name}-chips`, chipsPerS, 'chips/s', bareChipsPerS(dump, values)),
  ];
}

/** As many temperatures of two bytes as the chip has values, to an array: no names, no differences. */
function bareChipsPerS(dump: RegisterDump, values: number): number {
  return perSecond(() => {
    const results: number[] = [];
    for (let n = 0; n < values; n++) results.push(((dump.word(n) << 16) >> 20) / 16);
    return results;
  });
}

/** @param once Gives its result, so that none of its work can be left out. */
function perSecond(once: () => object): number {
  const rates: number[] = [];
  const results: object[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const beganMs = performance.now();
    let count = 0;
    for (; performance.now() - beganMs < ROUND_MS; count += AT_ONCE) {
      for (let n = 0; n < AT_ONCE; n++) results[n] = once();
    }
    rates.push((1000 * count) / (performance.now() - beganMs));
  }
  return median(rates);
}

async function driverFigure(name: string): Promise<Figure> {
  const width = decoders.get(name)?.width ?? 'byte';
  const bus = new RegisterFileBus(ADDRESS, width, registersOf(width));
  const chip = openChip(name, bus, ADDRESS, { shuntMicroOhm: SHUNT_MICRO_OHM });
  if (chip.kind !== 'sensor' && chip.kind !== 'fan') throw new Error(`${name} has no channels`);
  return figure(`decode-${name}-driver`, await channelsPerS(chip), 'channels/s');
}

async function channelsPerS(chip: ChannelReader): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const beganMs = performance.now();
    let channels = 0;
    while (performance.now() - beganMs < ROUND_MS) {
      for (let n = 0; n < AT_ONCE; n++) channels += (await chip.readAll(n)).size;
    }
    rates.push((1000 * channels) / (performance.now() - beganMs));
  }
  return median(rates);
}
