// Which of the chips we drive the kernel judges, and what their registers can hold.
import { decodableChips } from '../../../src/chips/decode.ts';
import { INA2XX_REGISTER, ina2xxVariants } from '../../../src/chips/ina2xx.ts';
import { emc1403Variants } from '../../../src/chips/emc1403.ts';
import { jc42Names } from '../../../src/chips/jc42.ts';
import { lm90Variants } from '../../../src/chips/lm90.ts';
import { lm25066Kinds } from '../../../src/chips/lm25066.ts';
import { renesasDmpvrKinds } from '../../../src/chips/renesas-dmpvr.ts';
import { tmp401Variants } from '../../../src/chips/tmp401.ts';
import { tmp421Variants } from '../../../src/chips/tmp421.ts';
import { knownChips } from '../../../src/chips/registry.ts';
import { signed } from '../../../src/core/units.ts';
import type { OracleCase } from './case.ts';
import type { Kernel } from '../machine/kernel.ts';

export interface JudgedChip {
  /** Registers that are written at one address and read at another, which i2c-stub does not know: to write, to read. */
  readonly writtenAt?: readonly (readonly [number, number])[];
  readonly chip: string;
  readonly kernelName: string;
  readonly dumped?: OracleCase['dumped'];
  /** The byte that a register of the chip has when it is given `byte`: bits that always read 0, what identifies it. */
  readonly possible?: (register: number, byte: number) => number;
  /** As `possible`, for a word (as an SMBus word read returns it) that is not two registers. */
  readonly possibleWord?: (register: number, word: number) => number;
  /** The word (as an SMBus word read returns it) of a register that the chip reckons from others. */
  readonly related?: (word: number, register: number, words: readonly number[]) => number;
}

type Particulars = Omit<JudgedChip, 'chip' | 'kernelName'> & { readonly kernelName?: string };

function swapped(word: number): number {
  return ((word & 0xff) << 8) | (word >> 8);
}

/**
 * Once calibrated as the driver does, the current register is the shunt voltage register, and power is current times
 * bus voltage over 5000 or 20000 (SBOS448 and SBOS547, "Programming the Calibration Register").
 */
function inaRelated(busShift: number, divisor: number): NonNullable<JudgedChip['related']> {
  return (word, register, words) => {
    const shunt = words[INA2XX_REGISTER.shuntVoltage] ?? 0;
    if (register === INA2XX_REGISTER.current) return shunt;
    if (register !== INA2XX_REGISTER.power) return word;
    const bus = swapped(words[INA2XX_REGISTER.busVoltage] ?? 0) >> busShift;
    return swapped(Math.min(0xffff, Math.floor((Math.abs(signed(swapped(shunt), 16)) * bus) / divisor)));
  };
}

/** MAX31790: counts are 11 bits, duties 9 bits, left-aligned in two registers; the others read 0. */
function max31790Possible(register: number, byte: number): number {
  if (register % 2 === 0) return byte;
  if ((register >= 0x18 && register < 0x30) || (register >= 0x50 && register < 0x5c)) return byte & 0xe0;
  return register >= 0x30 && register < 0x4c ? byte & 0x80 : byte;
}

/** LM90 and whatever has its registers: configuration, conversion rate, high and low limits. */
const LM90_WRITTEN_AT: NonNullable<JudgedChip['writtenAt']> = [
  [0x09, 0x03],
  [0x0a, 0x04],
  [0x0b, 0x05],
  [0x0c, 0x06],
  [0x0d, 0x07],
  [0x0e, 0x08],
];

/** TMP401 family: a word read of a temperature gives both its bytes, the last four bits 0 (SBOS371, "Two-Byte Interface"). */
function tmp401PossibleWord(register: number, word: number): number {
  return [0x00, 0x01, 0x23].includes(register) ? word & 0xf0ff : word;
}

const VOUT_MODE = 0x20;
const STATUS_WORD = 0x79;
const READ_VIN = 0x88;
const READ_PIN = 0x97;
const MANUFACTURER = 0xd0;

/** pmbus_core takes no device with a STATUS_WORD of all ones, and a VOUT_MODE only of the format that its driver has. */
function pmbusPossible(voutMode: (byte: number) => number): NonNullable<JudgedChip['possible']> {
  return (register, byte) => {
    if (register === VOUT_MODE) return voutMode(byte);
    return register === STATUS_WORD ? byte & 0x7f : byte;
  };
}

const DIRECT = pmbusPossible(() => 0x40);
/** Linear with any exponent, or one of the VID tables that it has. */
const LINEAR_OR_VID = pmbusPossible((byte) =>
  byte < 0x80 ? byte & 0x1f : ([0x21, 0x22, 0x23, 0x30][byte & 3] ?? 0x21),
);

/** LM25066 and its kin: readings are 12 bits. */
function lm25066PossibleWord(register: number, word: number): number {
  return (register >= READ_VIN && register <= READ_PIN) || register >= MANUFACTURER ? word & 0x0fff : word;
}

const EMC230X_PRODUCTS = { emc2305: 0x34, emc2303: 0x35, emc2302: 0x36, emc2301: 0x37 };

function each(chips: readonly string[], particular: Particulars): Readonly<Record<string, Particulars>> {
  return Object.fromEntries(chips.map((chip) => [chip, particular]));
}

const particulars: Readonly<Record<string, Particulars>> = {
  // The local sensor has no diode that could be open: bit 0 of its low byte reads 0 (SBOS398C, Table 3).
  ...each(Object.keys(tmp421Variants), { possible: (register, byte) => (register === 0x10 ? byte & 0xfe : byte) }),
  ...each(Object.keys(tmp401Variants), { writtenAt: LM90_WRITTEN_AT, possibleWord: tmp401PossibleWord }),
  ...each(Object.keys(lm90Variants), { writtenAt: LM90_WRITTEN_AT }),
  ...each(Object.keys(emc1403Variants), { writtenAt: LM90_WRITTEN_AT }),
  ...Object.fromEntries(
    Object.entries(ina2xxVariants).map(([chip, { busShift, hasAlerts }]) => [
      chip,
      { related: inaRelated(busShift, hasAlerts ? 20_000 : 5000) },
    ]),
  ),
  // One name in the kernel for all that follow JEDEC's standard.
  ...each(jc42Names, { kernelName: 'jc42' }),
  // Product and manufacturer (DS20006532, registers FDh and FEh): the driver takes no other.
  ...Object.fromEntries(
    Object.entries(EMC230X_PRODUCTS).map(([chip, product]) => [
      chip,
      { possible: (register: number, byte: number) => (register === 0xfd ? product : register === 0xfe ? 0x5d : byte) },
    ]),
  ),
  // A thread of the driver takes the outputs over while it measures, and gives them back.
  adt7470: { dumped: 'once let go' },
  // A conversion is 12 bits; the four before them read 0 (SBAS181, "Reading Data").
  ...each(['ads7828', 'ads7830'], { possibleWord: (_, word) => word & 0xff0f }),
  max31790: { possible: max31790Possible },
  w83773g: { writtenAt: [[0x0a, 0x04]] },
  // The lower five bits of the fraction read 0.
  sbtsi: { kernelName: 'sbtsi', possible: (register, byte) => (register === 0x10 ? byte & 0xe0 : byte) },
  ...each(Object.keys(lm25066Kinds), { possible: DIRECT, possibleWord: lm25066PossibleWord }),
  ...each(Object.keys(renesasDmpvrKinds), { possible: DIRECT }),
  pli1209bc: { possible: DIRECT },
  ...each(['xdpe11280', 'xdpe12254', 'xdpe12284'], { possible: LINEAR_OR_VID }),
};

const PMBUS = 'its driver asks for blocks and pages of PMBus, which i2c-stub does not have';

/** One for each table of the family; in the kernel's table of names, too, the others only stand beside one of these. */
const RENESAS_JUDGED = ['isl68137', 'isl69243', 'isl69260', 'isl69269', 'raa228228', 'raa228004'];

/** The judged chip that this one has the very table of; undefined where it is judged itself, or by none. */
function judgedWith(chip: string): string | undefined {
  if (RENESAS_JUDGED.includes(chip) || renesasDmpvrKinds[chip] === undefined) return undefined;
  return RENESAS_JUDGED.find((judged) => renesasDmpvrKinds[judged] === renesasDmpvrKinds[chip]);
}

/** Chips that the kernel drives, but not on i2c-stub. */
const notJudged: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['pmbus', 'adm1272', 'adm1278', 'max31785', 'max31785a', 'max31785b'].map((chip) => [chip, PMBUS]),
  ),
  ina238: 'its power is one register of three bytes, which i2c-stub does not have',
};

export interface Judged {
  readonly chips: readonly JudgedChip[];
  /** Chips with the very table of one that is judged: which. */
  readonly alike: Readonly<Record<string, string>>;
  /** Chips that measure, but are not judged: why not. */
  readonly others: Readonly<Record<string, string>>;
}

/** The sensors and fan controllers that we drive or decode. Linux has no hwmon driver for the other kinds. */
export function judgedChips(kernel: Kernel): Judged {
  const measuring = knownChips().filter(({ kind }) => kind === 'sensor' || kind === 'fan');
  const named = [...new Set([...measuring.map(({ name }) => name), ...decodableChips()])];
  const alike = named.flatMap((chip) => {
    const judged = judgedWith(chip);
    return judged === undefined ? [] : [[chip, judged] as const];
  });
  const names = named.filter((chip) => judgedWith(chip) === undefined);
  const all = names.map((chip): JudgedChip => ({ chip, kernelName: chip, ...particulars[chip] }));
  const isKnown = ({ kernelName }: JudgedChip) => kernel.moduleOf(kernelName) !== undefined;
  const why = (judged: JudgedChip) => (isKnown(judged) ? notJudged[judged.chip] : 'this kernel has no driver for it');
  return {
    chips: all.filter((judged) => why(judged) === undefined),
    alike: Object.fromEntries(alike),
    others: Object.fromEntries(
      all.flatMap((judged) => {
        const reason = why(judged);
        return reason === undefined ? [] : [[judged.chip, reason]];
      }),
    ),
  };
}
