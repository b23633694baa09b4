// INA219/220 and INA226/230/231: shunt and bus voltage, and from the shunt resistor current and power.
// TI SBOS448 (INA219) and SBOS547 (INA226), tables "Summary of Register Set". Registers are 16 bits, most significant byte first.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { ColdslotError } from '../core/errors.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, ChipResult, SensorChip } from './chip.ts';
import type { ByteAnswer } from './chip-registers.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';

export const INA2XX_REGISTER = {
  configuration: 0x00,
  shuntVoltage: 0x01,
  busVoltage: 0x02,
  power: 0x03,
  current: 0x04,
  calibration: 0x05,
  maskEnable: 0x06,
  alertLimit: 0x07,
};

export interface Ina2xxVariant {
  readonly configuration: number;
  /** With it the current register reads as the shunt voltage register does. */
  readonly calibration: number;
  readonly shuntNanoVoltPerBit: number;
  readonly busShift: number;
  readonly busMicroVoltPerBit: number;
  /** A power bit is worth this many current bits · V. */
  readonly powerFactor: number;
  /** Bits of the bus voltage register that the data sheet says always read 0. */
  readonly busZeroBits: number;
  readonly hasAlerts: boolean;
}

const INA219: Ina2xxVariant = {
  configuration: 0x399f,
  calibration: 4096,
  shuntNanoVoltPerBit: 10_000,
  busShift: 3,
  busMicroVoltPerBit: 4000,
  powerFactor: 20,
  busZeroBits: 0,
  hasAlerts: false,
};
/** 16 averages: a new value every 35 ms. */
export const INA226: Ina2xxVariant = {
  configuration: 0x4527,
  calibration: 2048,
  shuntNanoVoltPerBit: 2500,
  busShift: 0,
  busMicroVoltPerBit: 1250,
  powerFactor: 25,
  busZeroBits: 0x8000,
  hasAlerts: true,
};

export const ina2xxVariants: Readonly<Record<string, Ina2xxVariant>> = {
  ina219: INA219,
  ina220: INA219,
  ina226: INA226,
  ina230: INA226,
  ina231: INA226,
};

/** As Linux: 10 mΩ where nobody says. */
export const DEFAULT_SHUNT_MICRO_OHM = 10_000;

/** in0 is the shunt voltage, in1 the bus voltage. */
export const INA2XX_CHANNELS: readonly ChannelInfo[] = [
  { channel: 'in0', unit: 'V' },
  { channel: 'in1', unit: 'V' },
  { channel: 'curr1', unit: 'A' },
  { channel: 'power1', unit: 'W' },
];

export function shuntNanoVolt(raw: number, variant: Ina2xxVariant): number {
  return signed(raw, 16) * variant.shuntNanoVoltPerBit;
}

export function busMicroVolt(raw: number, variant: Ina2xxVariant): number {
  return (raw >> variant.busShift) * variant.busMicroVoltPerBit;
}

/** The resistance to reckon with; refuses what no shunt can be. */
export function checkedShuntMicroOhm(shuntMicroOhm: number | undefined, subject: string): number {
  const value = shuntMicroOhm ?? DEFAULT_SHUNT_MICRO_OHM;
  if (Number.isFinite(value) && value >= 1 && value <= 1e9) return value;
  throw new ColdslotError('bad-input', subject, `a shunt of ${value} µΩ`, 'give 1 to 1000000000 micro-ohms');
}

export function openIna2xx(
  name: string,
  variant: Ina2xxVariant,
  bus: I2cBus,
  address: number,
  shuntMicroOhm?: number,
): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const shuntOhm = checkedShuntMicroOhm(shuntMicroOhm, registers.place()) / 1e6;

  const shunt = () => registers.readWord(INA2XX_REGISTER.shuntVoltage);
  const supply = async (): Promise<ByteAnswer> => {
    const answer = await registers.readWord(INA2XX_REGISTER.busVoltage);
    if (answer.kind === 'failed' || (answer.value & variant.busZeroBits) === 0) return answer;
    const what = `0x${answer.value.toString(16)} has a bit that always reads 0`;
    return registers.failure('implausible', INA2XX_REGISTER.busVoltage, what);
  };
  const reading = (nowMs: number, value: (...raw: number[]) => number, ...answers: ByteAnswer[]): Reading => {
    const raw: number[] = [];
    for (const answer of answers) {
      if (answer.kind === 'failed') return readingOf(answer, nowMs);
      raw.push(answer.value);
    }
    return good(value(...raw), nowMs);
  };
  const volts = (raw = 0) => shuntNanoVolt(raw, variant) / 1e9;
  const amperes = (raw = 0) => volts(raw) / shuntOhm;
  const supplyVolts = (raw = 0) => busMicroVolt(raw, variant) / 1e6;
  // Power is voltage times current: the chip's own power register is 0 until it has been calibrated, and again after
  // a reset that nobody told us about.
  const watts = (rawShunt = 0, rawSupply = 0) => amperes(rawShunt) * supplyVolts(rawSupply);

  return {
    kind: 'sensor',
    name,
    busId: bus.id,
    address,
    channels: INA2XX_CHANNELS,
    configure: () => configure(registers, variant),
    read: async (channel, nowMs) => {
      switch (channel) {
        case 'in0':
          return reading(nowMs, volts, await shunt());
        case 'in1':
          return reading(nowMs, supplyVolts, await supply());
        case 'curr1':
          return reading(nowMs, amperes, await shunt());
        case 'power1':
          return reading(nowMs, watts, ...(await Promise.all([shunt(), supply()])));
        default:
          return readingOf(registers.refusal(`no channel ${channel}`), nowMs);
      }
    },
    readAll: async (nowMs) => {
      const [rawShunt, rawSupply] = await Promise.all([shunt(), supply()]);
      return new Map([
        ['in0', reading(nowMs, volts, rawShunt)],
        ['in1', reading(nowMs, supplyVolts, rawSupply)],
        ['curr1', reading(nowMs, amperes, rawShunt)],
        ['power1', reading(nowMs, watts, rawShunt, rawSupply)],
      ]);
    },
  };
}

/** Continuous conversion, and calibrated for whoever reads the chip's current and power registers. */
async function configure(registers: ChipRegisters, variant: Ina2xxVariant): Promise<ChipResult> {
  for (const [register, value] of [
    [INA2XX_REGISTER.configuration, variant.configuration],
    [INA2XX_REGISTER.calibration, variant.calibration],
  ] as const) {
    const result = await registers.write(register, value >> 8, value & 0xff);
    if (result.kind === 'failed') return result;
  }
  return { kind: 'ok' };
}
