// LM25056, LM25066, LM5064, LM5066 and LM5066I hot-swap controllers (TI): DIRECT format, with coefficients for a shunt of
// 1 mΩ and the current limit that DEVICE_SETUP selects. Coefficients, commands and what the auxiliary voltage's bit is
// worth as in Linux's lm25066 driver (TI data sheets, tables "Telemetry and Warning Conversion Coefficients").
import type { PmbusKind, PmbusNumber } from './pmbus.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';
import type { PmbusCoefficients } from './pmbus-format.ts';
import { railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailQuantity } from './pmbus-rails.ts';

const DEVICE_SETUP = 0xd9;
const LOW_CURRENT_LIMIT = 0x10;
/** All but the temperature are 12 bits. */
const ZERO_BITS = 0xf000;
const COMMANDS = { vmon: 0xd0, iin: 0xd1, pin: 0xd2 };
/** As Linux: 1 mΩ where nobody says, which is what the coefficients are for. */
const DEFAULT_SHUNT_MICRO_OHM = 1000;

interface Lm25066 {
  readonly vin: PmbusCoefficients;
  readonly vout: PmbusCoefficients | null;
  readonly iin: PmbusCoefficients;
  readonly pin: PmbusCoefficients;
  /** With the lower current limit. */
  readonly iinLow: PmbusCoefficients;
  readonly pinLow: PmbusCoefficients;
  readonly temperature: PmbusCoefficients;
  readonly auxiliaryVoltPerBit: number;
}

const SIXTEENTHS: PmbusCoefficients = { m: 16, b: 0, r: 0 };

const VARIANTS: Readonly<Record<string, Lm25066>> = {
  lm25056: {
    vin: { m: 16296, b: 1343, r: -2 },
    vout: null,
    iin: { m: 13797, b: -1833, r: -2 },
    iinLow: { m: 6726, b: -537, r: -2 },
    pin: { m: 5501, b: -2908, r: -3 },
    pinLow: { m: 26882, b: -5646, r: -4 },
    temperature: { m: 1580, b: -14500, r: -2 },
    auxiliaryVoltPerBit: 293e-6,
  },
  lm25066: {
    vin: { m: 22070, b: -1800, r: -2 },
    vout: { m: 22070, b: -1800, r: -2 },
    iin: { m: 13661, b: -5200, r: -2 },
    iinLow: { m: 6854, b: -3100, r: -2 },
    pin: { m: 736, b: -3300, r: -2 },
    pinLow: { m: 369, b: -1900, r: -2 },
    temperature: SIXTEENTHS,
    auxiliaryVoltPerBit: 283.2e-6,
  },
  lm5064: {
    vin: { m: 4611, b: -642, r: -2 },
    vout: { m: 4621, b: 423, r: -2 },
    iin: { m: 5456, b: 2118, r: -2 },
    iinLow: { m: 10742, b: 1552, r: -2 },
    pin: { m: 612, b: 11202, r: -3 },
    pinLow: { m: 1204, b: 8524, r: -3 },
    temperature: SIXTEENTHS,
    auxiliaryVoltPerBit: 700e-6,
  },
  lm5066: {
    vin: { m: 4587, b: -1200, r: -2 },
    vout: { m: 4587, b: -2400, r: -2 },
    iin: { m: 5405, b: -600, r: -2 },
    iinLow: { m: 10753, b: -1200, r: -2 },
    pin: { m: 605, b: -8000, r: -3 },
    pinLow: { m: 1204, b: -6000, r: -3 },
    temperature: SIXTEENTHS,
    auxiliaryVoltPerBit: 725e-6,
  },
  lm5066i: {
    vin: { m: 4617, b: -140, r: -2 },
    vout: { m: 4602, b: 500, r: -2 },
    iin: { m: 7645, b: 100, r: -2 },
    iinLow: { m: 15076, b: -504, r: -2 },
    pin: { m: 861, b: -965, r: -3 },
    pinLow: { m: 1701, b: -4000, r: -3 },
    temperature: SIXTEENTHS,
    auxiliaryVoltPerBit: 725e-6,
  },
};

export const lm25066Kinds: Readonly<Record<string, PmbusKind>> = Object.fromEntries(
  Object.entries(VARIANTS).map(([name, variant]) => [name, kind(variant)]),
);

function kind(variant: Lm25066): PmbusKind {
  const output: readonly RailQuantity[] = variant.vout === null ? [] : ['vout'];
  const channels = railChannels([['vin', 'vmon', ...output, 'iin', 'pin', 'temperature1']]);
  return {
    channels,
    usesShunt: true,
    identify: async (device, { shuntMicroOhm = DEFAULT_SHUNT_MICRO_OHM }) => {
      const setup = await device.readByte(DEVICE_SETUP);
      if (setup.kind === 'failed') return setup;
      const low = (setup.value & LOW_CURRENT_LIMIT) !== 0;
      const shuntMilliOhm = checkedShuntMicroOhm(shuntMicroOhm, device.chip.place()) / 1000;
      const throughShunt = (coefficients: PmbusCoefficients): PmbusNumber =>
        number({ ...coefficients, m: coefficients.m * shuntMilliOhm });
      const numbers: Partial<Record<RailQuantity, PmbusNumber>> = {
        vmon: number({ m: 1 / variant.auxiliaryVoltPerBit, b: 0, r: 0 }),
        vout: number(variant.vout ?? variant.vin),
        iin: throughShunt(low ? variant.iinLow : variant.iin),
        pin: throughShunt(low ? variant.pinLow : variant.pin),
        temperature1: number(variant.temperature),
      };
      return railIdentity(channels, (quantity) => numbers[quantity] ?? number(variant.vin), {
        commands: COMMANDS,
        also: (quantity) => (quantity === 'temperature1' ? {} : { zeroBits: ZERO_BITS }),
      });
    },
  };
}

function number(coefficients: PmbusCoefficients): PmbusNumber {
  return { kind: 'direct', coefficients };
}
