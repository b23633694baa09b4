// The chips the tests' boards may use, written down from their data sheets.
import { chipCatalogue, type ChipCatalogue, type KnownChipRow } from '../../src/board/chip-catalogue.ts';

const temperatures = (count: number) => Array.from({ length: count }, (_, i) => `temp${i + 1}`);
const rows = (names: string, rest: Omit<KnownChipRow, 'name'>): KnownChipRow[] =>
  names.split(' ').map((name) => Object.assign({ name }, rest));

export function knownChips(): ChipCatalogue {
  return chipCatalogue([
    ...rows('lm75 lm75a tmp75 tmp105 tmp112 tmp175 ds75', { kind: 'sensor', channels: temperatures(1), outputs: 0 }),
    ...rows('tmp421', { kind: 'sensor', channels: temperatures(2), outputs: 0 }),
    ...rows('tmp422', { kind: 'sensor', channels: temperatures(3), outputs: 0 }),
    ...rows('tmp423', { kind: 'sensor', channels: temperatures(4), outputs: 0 }),
    ...rows('ina219 ina220 ina226 ina230 ina231', {
      kind: 'sensor',
      channels: ['in0', 'in1', 'curr1', 'power1'],
      outputs: 0,
    }),
    ...rows('pmbus', { kind: 'sensor', channels: ['in1', 'in2', 'curr1', 'power1'], outputs: 0, pec: true }),
    ...rows('ina237 ina238', {
      kind: 'sensor',
      channels: ['in0', 'in1', 'curr1', 'power1', 'temp1'],
      outputs: 0,
    }),
    ...rows('ltc4287 mp5023', { kind: 'sensor', channels: ['in1', 'in2', 'curr1', 'power1', 'temp1'], outputs: 0 }),
    // MAX31790: 6 PWM outputs, and 12 tachometers when the PWM pins are used as inputs
    ...rows('max31790', { kind: 'fan', channels: Array.from({ length: 12 }, (_, i) => `fan${i + 1}`), outputs: 6 }),
    ...rows('pca9555 pca9535 pca9539', { kind: 'expander', channels: [], outputs: 16 }),
    ...rows('pca9534 pca9538', { kind: 'expander', channels: [], outputs: 8 }),
    ...rows('pca9536', { kind: 'expander', channels: [], outputs: 4 }),
    ...rows('tca6424', { kind: 'expander', channels: [], outputs: 24 }),
    ...rows('pca9506', { kind: 'expander', channels: [], outputs: 40 }),
    ...rows('pca9552', { kind: 'led', channels: [], outputs: 16 }),
    ...rows('24c02 24c04 24c08 24c16 24c32 24c64 24c128 24c256', { kind: 'eeprom', channels: [], outputs: 0 }),
    ...rows('pca9546 pca9548', { kind: 'mux', channels: [], outputs: 0 }),
  ]);
}

export const boardNames = ['sim-8', 'bletchley', 'yosemite-v4', 'minerva-cmm', 'sim-liquid-4'] as const;

export function boardFile(name: string): string {
  return `boards/${name}.json`;
}
