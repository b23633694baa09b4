// The chip that a board's device entry names, as a register model wired to probes and lines.
import { ColdslotError } from '../../src/core/errors.ts';
import type { BoardDevice } from '../board-file.ts';
import type { LineBank } from '../lines/line-bank.ts';
import type { ProbeBench } from '../probes.ts';
import type { ChipModel, Probe } from './chip-model.ts';
import { EepromModel, eepromGeometry } from './eeprom24c.ts';
import { HotSwapModel, type HotSwapName } from './hot-swap.ts';
import { HwmonFanModel } from './hwmon-fan.ts';
import { Ina2xxModel, type Ina2xxName } from './ina2xx.ts';
import { Ina238Model } from './ina238.ts';
import { Lm75Model, lm75Variants } from './lm75.ts';
import { Max31790Model } from './max31790.ts';
import { Pca9552Model } from './pca9552.ts';
import { ExpanderModel, expanderLayouts } from './pca955x.ts';
import { Tmp421Model, type Tmp42xName } from './tmp421.ts';

/** INA220 and INA231 are the same registers in another package or for another bus voltage. */
const inaNames: Readonly<Record<string, Ina2xxName>> = {
  ina219: 'ina219',
  ina220: 'ina219',
  ina226: 'ina226',
  ina230: 'ina230',
  ina231: 'ina230',
};
const ina238Names: ReadonlySet<string> = new Set(['ina237', 'ina238']);
const hotSwapNames: ReadonlySet<string> = new Set(['ltc4286', 'ltc4287', 'mp5023']);
const tmp42xNames: ReadonlySet<string> = new Set(['tmp421', 'tmp422', 'tmp423']);

export interface ChipWiring {
  readonly probes: ProbeBench;
  readonly lines: LineBank;
  /** What an EEPROM holds when the chassis is made. */
  readonly eepromContent: (device: BoardDevice) => Uint8Array;
}

/** @throws ColdslotError `bad-input` for a chip that is not simulated */
export function makeChip(device: BoardDevice, wiring: ChipWiring): ChipModel {
  const chip = device.chip.toLowerCase();
  const { probes, lines } = wiring;
  const pin = (index: number) => lines.pin(device.id, index);
  const lm75 = lm75Variants[chip];
  if (lm75 !== undefined) return new Lm75Model(lm75, probes.temperature(device, 'temp1', 'ambient') ?? (() => 25));
  if (tmp42xNames.has(chip)) {
    const remotes = ['temp2', 'temp3', 'temp4'].map((channel) => probes.temperature(device, channel, 'none'));
    return new Tmp421Model(chip as Tmp42xName, [probes.temperature(device, 'temp1', 'ambient'), ...remotes]);
  }
  const ina = inaNames[chip];
  if (ina !== undefined) {
    return new Ina2xxModel(ina, device.shuntMicroOhm / 1e6, probes.busVoltage(device), probes.current(device));
  }
  if (ina238Names.has(chip)) {
    const dieC = probes.temperature(device, 'temp1', 'ambient') ?? (() => 25);
    return new Ina238Model(device.shuntMicroOhm / 1e6, {
      busV: probes.busVoltage(device),
      currentA: probes.current(device),
      dieC,
    });
  }
  if (hotSwapNames.has(chip)) {
    const temperatureC = probes.temperature(device, 'temp1', 'ambient') ?? (() => 25);
    return new HotSwapModel(chip as HotSwapName, device.shuntMicroOhm, {
      supplyV: probes.busVoltage(device),
      currentA: probes.current(device),
      temperatureC,
    });
  }
  if (chip === 'max31790') return new Max31790Model(tachometers(device, probes, 12));
  if (chip === 'hwmon-fan') return new HwmonFanModel(tachometers(device, probes, 16));
  const expander = expanderLayouts[chip];
  if (expander !== undefined) return new ExpanderModel(expander, pin);
  if (chip === 'pca9552') return new Pca9552Model(pin);
  const eeprom = eepromGeometry(chip);
  if (eeprom !== null) return new EepromModel(eeprom, wiring.eepromContent(device));
  throw new ColdslotError(
    'bad-input',
    `device ${device.id}`,
    `the simulator has no chip ${device.chip}`,
    `it has ${knownChips().join(', ')}`,
  );
}

function tachometers(device: BoardDevice, probes: ProbeBench, count: number): (tachometer: number) => Probe | null {
  const rotors = Array.from({ length: count }, (_, index) => probes.rotor(device, index + 1));
  return (tachometer) => rotors[tachometer - 1] ?? null;
}

function knownChips(): string[] {
  const names = [
    ...Object.keys(lm75Variants),
    ...tmp42xNames,
    'max31790',
    'hwmon-fan',
    ...Object.keys(inaNames),
    ...ina238Names,
  ];
  return [...names, ...Object.keys(expanderLayouts), 'pca9552', '24c01 to 24c512'];
}
