// Registers of the NCT7802Y as the attributes of Linux's nct7802 driver (drivers/hwmon/nct7802.c). Voltage alarms are
// not bits of the chip: the driver compares each voltage with its limits, and so does this.
import type { ChipRegisters } from '../chip-registers.ts';
import type { Nct7802Mode } from '../nct7802.ts';
import {
  NCT7802_REGISTER,
  NCT7802_VOLTAGES,
  nct7802MilliVolt,
  nct7802Mode,
  nct7802Rpm,
  nct7802Temperature,
} from '../nct7802.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, byteOf, divideRounded } from './attributes.ts';

const LOW_ALARM = 0x18;
const HIGH_ALARM = 0x19;
const CRITICAL_ALARM = 0x1b;
const VOLTAGE_BEEP = 0x5a;
const FAN_BEEP = 0x5b;
const TEMPERATURE_BEEP = 0x5c;
const OUTPUT_TYPE = 0x5e;

/** Limits by temp1 to temp5: high, low, critical. */
const TEMPERATURE_LIMITS = [
  [0x30, 0x31, 0x3a],
  [0x32, 0x33, 0x3b],
  [0x34, 0x35, 0x3c],
  [0x36, 0x37, 0x3d],
  [0x38, 0x39, 0x3e],
] as const;

interface VoltageLimits {
  readonly channel: number;
  readonly low: number;
  readonly high: number;
  /** The register of both limits' top bits, and where they are in it. */
  readonly top: number;
  readonly lowShift: number;
  readonly highShift: number;
  readonly beepBit: number;
}

const VOLTAGE_LIMITS: readonly VoltageLimits[] = [
  { channel: 0, low: 0x46, high: 0x45, top: 0x48, lowShift: 0, highShift: 2, beepBit: 3 },
  { channel: 2, low: 0x40, high: 0x3f, top: 0x47, lowShift: 4, highShift: 6, beepBit: 0 },
  { channel: 3, low: 0x42, high: 0x41, top: 0x47, lowShift: 0, highShift: 2, beepBit: 1 },
  { channel: 4, low: 0x44, high: 0x43, top: 0x48, lowShift: 4, highShift: 6, beepBit: 2 },
];

/** Temperatures and duties of the automatic curves, by output. */
const CURVES = [0x80, 0x90, 0xa0];
/** What a curve has after its last point, and a limit of 0 counts stands for. */
const FULL_DUTY = 255;
const FASTEST_RPM = 1_350_000;

export async function nct7802Attributes(registers: ChipRegisters): Promise<Attributes> {
  const mode = await byteOf(registers, NCT7802_REGISTER.mode);
  return {
    ...(await temperatureAttributes(registers, mode)),
    ...(await voltageAttributes(registers, mode)),
    ...(await fanAttributes(registers)),
    ...(await outputAttributes(registers)),
  };
}

async function temperatureAttributes(registers: ChipRegisters, mode: number): Promise<Attributes> {
  const r = NCT7802_REGISTER;
  const attributes: Attributes = {};
  const milli = async (high: number, low?: number) =>
    nct7802Temperature(await byteOf(registers, high), low === undefined ? 0 : await byteOf(registers, low)) * 1000;
  const bit = async (register: number, index: number) => bitOf(await byteOf(registers, register), 1 << index);
  for (const [index, [high, low, critical]] of TEMPERATURE_LIMITS.entries()) {
    const name = `temp${index + 1}`;
    const isInput = index < 3;
    const found: Nct7802Mode = isInput ? nct7802Mode(mode, index) : 'off';
    if (isInput && found !== 'thermistor' && (found !== 'diode' || index === 2)) continue;
    if (index === 4 && (await bit(r.peciEnable, 0)) === 0) continue;
    const register = index === 4 ? r.peci1 : r.temperature1 + index;
    attributes[`${name}_input`] = await milli(
      register,
      isInput ? r.temperatureLow : index === 4 ? r.peciLow : undefined,
    );
    attributes[`${name}_max`] = await milli(high);
    attributes[`${name}_min`] = await milli(low);
    attributes[`${name}_crit`] = await milli(critical);
    attributes[`${name}_min_alarm`] = await bit(LOW_ALARM, index);
    attributes[`${name}_max_alarm`] = await bit(HIGH_ALARM, index);
    attributes[`${name}_crit_alarm`] = await bit(CRITICAL_ALARM, index);
    attributes[`${name}_beep`] = await bit(TEMPERATURE_BEEP, index);
    if (!isInput) continue;
    attributes[`${name}_fault`] = await bit(r.diodeFault, index);
    attributes[`${name}_type`] = found === 'diode' ? 3 : 4;
  }
  // The driver means to hide the second PECI temperature while it is off, but never does.
  attributes['temp6_input'] = await milli(r.peci1 + 1, r.peciLow);
  attributes['temp6_beep'] = await bit(TEMPERATURE_BEEP, 5);
  return attributes;
}

async function voltageAttributes(registers: ChipRegisters, mode: number): Promise<Attributes> {
  const input = async (channel: number) => {
    const high = await byteOf(registers, NCT7802_VOLTAGES[channel] ?? 0);
    const low = await byteOf(registers, NCT7802_REGISTER.voltageLow);
    return nct7802MilliVolt((high << 2) | (low >> 6), channel);
  };
  const attributes: Attributes = { in1_input: await input(1) };
  for (const { channel, low, high, top, lowShift, highShift, beepBit } of VOLTAGE_LIMITS) {
    if (channel >= 2 && nct7802Mode(mode, channel - 2) !== 'voltage') continue;
    const topBits = await byteOf(registers, top);
    const limit = async (register: number, shift: number) =>
      nct7802MilliVolt((await byteOf(registers, register)) | (((topBits >> shift) & 3) << 8), channel);
    const milliVolt = await input(channel);
    const min = await limit(low, lowShift);
    const max = await limit(high, highShift);
    attributes[`in${channel}_input`] = milliVolt;
    attributes[`in${channel}_min`] = min;
    attributes[`in${channel}_max`] = max;
    attributes[`in${channel}_alarm`] = milliVolt < min || milliVolt > max ? 1 : 0;
    attributes[`in${channel}_beep`] = bitOf(await byteOf(registers, VOLTAGE_BEEP), 1 << beepBit);
  }
  return attributes;
}

async function fanAttributes(registers: ChipRegisters): Promise<Attributes> {
  const r = NCT7802_REGISTER;
  const attributes: Attributes = {};
  const enabled = await byteOf(registers, r.fanEnable);
  for (const index of [0, 1, 2]) {
    if ((enabled & (1 << index)) === 0) continue;
    const count = ((await byteOf(registers, r.count1 + index)) << 5) | ((await byteOf(registers, r.countLow)) >> 3);
    const limit = (await byteOf(registers, 0x49 + index)) | (((await byteOf(registers, 0x4c + index)) & 0xf8) << 5);
    const name = `fan${index + 1}`;
    attributes[`${name}_input`] = divideRounded(nct7802Rpm(count) ?? 0, 1);
    attributes[`${name}_min`] = divideRounded(nct7802Rpm(limit) ?? FASTEST_RPM, 1);
    attributes[`${name}_alarm`] = bitOf(await byteOf(registers, r.fanAlarm), 1 << index);
    attributes[`${name}_beep`] = bitOf(await byteOf(registers, FAN_BEEP), 1 << index);
  }
  return attributes;
}

async function outputAttributes(registers: ChipRegisters): Promise<Attributes> {
  const r = NCT7802_REGISTER;
  const attributes: Attributes = {};
  const type = await byteOf(registers, OUTPUT_TYPE);
  for (const [index, curve] of CURVES.entries()) {
    const name = `pwm${index + 1}`;
    const smartFan = await byteOf(registers, r.smartFan12 + (index >> 1));
    attributes[name] = await byteOf(registers, r.duty1 + index);
    attributes[`${name}_enable`] = 1 + bitOf(smartFan, index === 1 ? 0x10 : 0x01);
    attributes[`${name}_mode`] = index === 2 ? 1 : 1 - bitOf(type, 1 << index);
    for (let point = 0; point < 5; point++) {
      const temperature = nct7802Temperature(await byteOf(registers, curve + point), 0) * 1000;
      attributes[`${name}_auto_point${point + 1}_temp`] = temperature;
      attributes[`${name}_auto_point${point + 1}_pwm`] =
        point === 4 ? FULL_DUTY : await byteOf(registers, curve + 5 + point);
    }
  }
  return attributes;
}
