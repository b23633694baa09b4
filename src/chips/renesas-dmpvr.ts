// Renesas (Intersil) digital multiphase regulators ISL68xxx, ISL69xxx and RAA22xxxx: one to three rails, DIRECT format
// with fixed coefficients. Rails, coefficients and READ_VMON as in Linux's isl68137 driver.
import type { PmbusKind, PmbusNumber } from './pmbus.ts';
import { direct } from './pmbus-hot-swap.ts';
import { railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailNumbers, RailQuantity } from './pmbus-rails.ts';

const READ_VMON = 0xc8;

const MAIN: readonly RailQuantity[] = ['vin', 'vout', 'iin', 'iout', 'pin', 'pout', 'temperature1', 'temperature2'];
const FURTHER: readonly RailQuantity[] = ['vout', 'iin', 'iout', 'pin', 'pout', 'temperature1'];

interface Numbers {
  readonly vin: PmbusNumber;
  readonly vout: PmbusNumber;
  readonly iin: PmbusNumber;
  readonly power: PmbusNumber;
}

const SECOND_GENERATION: Numbers = {
  vin: direct(1, 0, 2),
  vout: direct(1, 0, 3),
  iin: direct(1, 0, 2),
  power: direct(1),
};
const HIGH_VOLTAGE: Numbers = {
  vin: direct(1, 0, 1),
  vout: direct(2, 0, 2),
  iin: direct(2, 0, 2),
  power: direct(2, 0, -1),
};

const FIRST = kind(
  [
    [...MAIN, 'temperature3'],
    ['vout', 'iout', 'pout'],
  ],
  { ...SECOND_GENERATION, vin: direct(1, 0, 3) },
);
const ONE_RAIL = second(1);
const TWO_RAILS = second(2);
const THREE_RAILS = second(3);
/** No temperature of a thermistor. */
const TWO_RAILS_WITHOUT_NTC = kind([['vmon', ...MAIN], FURTHER], SECOND_GENERATION);
const HIGH_VOLTAGE_RAIL = kind([['vmon', ...MAIN, 'temperature3']], HIGH_VOLTAGE);

export const renesasDmpvrKinds: Readonly<Record<string, PmbusKind>> = {
  isl68137: FIRST,
  ...each('isl68227 isl69243', ONE_RAIL),
  ...each('isl68220 isl68222 isl68223 isl68225 isl68233 isl69222 isl69224 isl69225 isl69234 isl69236', TWO_RAILS),
  ...each('isl69242 isl69247 isl69248 isl69254 isl69255 isl69256 isl69259 isl69260 isl69268 isl69298', TWO_RAILS),
  ...each('raa229001 raa229004', TWO_RAILS),
  ...each('isl68221 isl68224 isl68226 isl68229 isl68239 isl69223 isl69227 isl69228 isl69239 isl69269', THREE_RAILS),
  raa228228: TWO_RAILS_WITHOUT_NTC,
  ...each('raa228000 raa228004 raa228006', HIGH_VOLTAGE_RAIL),
};

function second(rails: number): PmbusKind {
  const further = Array.from({ length: rails - 1 }, () => [...FURTHER, 'temperature3'] as const);
  return kind([['vmon', ...MAIN, 'temperature3'], ...further], SECOND_GENERATION);
}

function kind(pages: readonly (readonly RailQuantity[])[], { vin, vout, iin, power }: Numbers): PmbusKind {
  const channels = railChannels(pages);
  const numbers: RailNumbers = (quantity) => {
    switch (quantity) {
      case 'vin':
      case 'vmon':
        return vin;
      case 'vout':
        return vout;
      case 'iin':
        return iin;
      case 'iout':
        return direct(1, 0, 1);
      case 'pin':
      case 'pout':
        return power;
      default:
        return direct(1);
    }
  };
  const identity = railIdentity(channels, numbers, { commands: { vmon: READ_VMON } });
  return { channels, identify: () => Promise.resolve(identity) };
}

function each(names: string, own: PmbusKind): Record<string, PmbusKind> {
  return Object.fromEntries(names.split(' ').map((name) => [name, own]));
}
