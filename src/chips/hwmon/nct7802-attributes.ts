// Registers of the NCT7802Y as the attributes of Linux's nct7802 driver (drivers/hwmon/nct7802.c). Voltage alarms are
// not bits of the chip: the driver compares each voltage with its limits, and so does this.
import type { RegisterDump } from '../register-dump.ts';
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
import { bitOf, divideRounded } from './attributes.ts';

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

export function nct7802Attributes(registers: RegisterDump): Attributes {
  const mode = registers.byte(NCT7802_REGISTER.mode);
  const attributes: Attributes = {};
  addTemperatures(attributes, registers, mode);
  addVoltages(attributes, registers, mode);
  addFans(attributes, registers);
  addOutputs(attributes, registers);
  return attributes;
}

function addTemperatures(attributes: Attributes, registers: RegisterDump, mode: number): void {
  const r = NCT7802_REGISTER;
  const milli = (high: number, low?: number) =>
    nct7802Temperature(registers.byte(high), low === undefined ? 0 : registers.byte(low)) * 1000;
  const bit = (register: number, index: number) => bitOf(registers.byte(register), 1 << index);
  for (const [index, [high, low, critical]] of TEMPERATURE_LIMITS.entries()) {
    const name = `temp${index + 1}`;
    const isInput = index < 3;
    const found: Nct7802Mode = isInput ? nct7802Mode(mode, index) : 'off';
    if (isInput && found !== 'thermistor' && (found !== 'diode' || index === 2)) continue;
    if (index === 4 && bit(r.peciEnable, 0) === 0) continue;
    const register = index === 4 ? r.peci1 : r.temperature1 + index;
    attributes[`${name}_input`] = milli(register, isInput ? r.temperatureLow : index === 4 ? r.peciLow : undefined);
    attributes[`${name}_max`] = milli(high);
    attributes[`${name}_min`] = milli(low);
    attributes[`${name}_crit`] = milli(critical);
    attributes[`${name}_min_alarm`] = bit(LOW_ALARM, index);
    attributes[`${name}_max_alarm`] = bit(HIGH_ALARM, index);
    attributes[`${name}_crit_alarm`] = bit(CRITICAL_ALARM, index);
    attributes[`${name}_beep`] = bit(TEMPERATURE_BEEP, index);
    if (!isInput) continue;
    attributes[`${name}_fault`] = bit(r.diodeFault, index);
    attributes[`${name}_type`] = found === 'diode' ? 3 : 4;
  }
  // The driver means to hide the second PECI temperature while it is off, but never does.
  attributes['temp6_input'] = milli(r.peci1 + 1, r.peciLow);
  attributes['temp6_beep'] = bit(TEMPERATURE_BEEP, 5);
}

function addVoltages(attributes: Attributes, registers: RegisterDump, mode: number): void {
  const input = (channel: number) => {
    const high = registers.byte(NCT7802_VOLTAGES[channel] ?? 0);
    const low = registers.byte(NCT7802_REGISTER.voltageLow);
    return nct7802MilliVolt((high << 2) | (low >> 6), channel);
  };
  attributes['in1_input'] = input(1);
  for (const { channel, low, high, top, lowShift, highShift, beepBit } of VOLTAGE_LIMITS) {
    if (channel >= 2 && nct7802Mode(mode, channel - 2) !== 'voltage') continue;
    const topBits = registers.byte(top);
    const limit = (register: number, shift: number) =>
      nct7802MilliVolt(registers.byte(register) | (((topBits >> shift) & 3) << 8), channel);
    const milliVolt = input(channel);
    const min = limit(low, lowShift);
    const max = limit(high, highShift);
    attributes[`in${channel}_input`] = milliVolt;
    attributes[`in${channel}_min`] = min;
    attributes[`in${channel}_max`] = max;
    attributes[`in${channel}_alarm`] = milliVolt < min || milliVolt > max ? 1 : 0;
    attributes[`in${channel}_beep`] = bitOf(registers.byte(VOLTAGE_BEEP), 1 << beepBit);
  }
}

function addFans(attributes: Attributes, registers: RegisterDump): void {
  const r = NCT7802_REGISTER;
  const enabled = registers.byte(r.fanEnable);
  for (const index of [0, 1, 2]) {
    if ((enabled & (1 << index)) === 0) continue;
    const count = (registers.byte(r.count1 + index) << 5) | (registers.byte(r.countLow) >> 3);
    const limit = registers.byte(0x49 + index) | ((registers.byte(0x4c + index) & 0xf8) << 5);
    const name = `fan${index + 1}`;
    attributes[`${name}_input`] = divideRounded(nct7802Rpm(count) ?? 0, 1);
    attributes[`${name}_min`] = divideRounded(nct7802Rpm(limit) ?? FASTEST_RPM, 1);
    attributes[`${name}_alarm`] = bitOf(registers.byte(r.fanAlarm), 1 << index);
    attributes[`${name}_beep`] = bitOf(registers.byte(FAN_BEEP), 1 << index);
  }
}

function addOutputs(attributes: Attributes, registers: RegisterDump): void {
  const r = NCT7802_REGISTER;
  const type = registers.byte(OUTPUT_TYPE);
  for (const [index, curve] of CURVES.entries()) {
    const name = `pwm${index + 1}`;
    const smartFan = registers.byte(r.smartFan12 + (index >> 1));
    attributes[name] = registers.byte(r.duty1 + index);
    attributes[`${name}_enable`] = 1 + bitOf(smartFan, index === 1 ? 0x10 : 0x01);
    attributes[`${name}_mode`] = index === 2 ? 1 : 1 - bitOf(type, 1 << index);
    for (let point = 0; point < 5; point++) {
      const temperature = nct7802Temperature(registers.byte(curve + point), 0) * 1000;
      attributes[`${name}_auto_point${point + 1}_temp`] = temperature;
      attributes[`${name}_auto_point${point + 1}_pwm`] = point === 4 ? FULL_DUTY : registers.byte(curve + 5 + point);
    }
  }
}
