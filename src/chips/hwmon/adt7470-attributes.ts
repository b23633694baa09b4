// Registers of the ADT7470 as the attributes of Linux's adt7470 driver (Documentation/hwmon/adt7470.rst).
import { signed } from '../../core/units.ts';
import {
  ADT7470_AUTOMATIC,
  ADT7470_FANS,
  ADT7470_FAN_ALARMS,
  ADT7470_FULL_SPEED,
  ADT7470_REGISTER,
  adt7470Rpm,
} from '../adt7470.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

const TEMPERATURES = 10;
/** How often the driver reads the temperatures by itself. */
const AUTO_UPDATE_INTERVAL_MS = 2000;
/** An output with no sensor of its own follows the hottest of all. */
const ALL_SENSORS = 0x3ff;
/** Automatic control goes from the least to the most duty within these, m°C. */
const AUTOMATIC_SPAN = 20_000;
const OUT_OF_LIMIT = 0x80;
const LOW_FREQUENCY = 0x40;
/** By bits 6:4 of configuration register 2, first at low, then at high frequency. */
const FREQUENCIES_HZ: readonly number[] = [11, 15, 22, 29, 35, 44, 59, 88, 1400, 22_500];

export function adt7470Attributes(registers: RegisterDump): Attributes {
  const r = ADT7470_REGISTER;
  const configuration = registers.byte(r.configuration1);
  const alarms1 = registers.byte(r.alarms1);
  const alarms2 = (alarms1 & OUT_OF_LIMIT) === 0 ? 0 : registers.byte(r.alarms2);
  const alarms = (alarms1 & ~OUT_OF_LIMIT) | ((alarms2 & 0x07) << 7);
  const attributes: Attributes = {
    alarm_mask: littleEndian(registers, r.alarmMask),
    auto_update_interval: AUTO_UPDATE_INTERVAL_MS,
    force_pwm_max: bitOf(configuration, ADT7470_FULL_SPEED),
    num_temp_sensors: -1,
    pwm1_freq: frequencyHz(configuration, registers.byte(r.configuration2)),
  };
  for (let index = 0; index < TEMPERATURES; index++) {
    const name = `temp${index + 1}`;
    const milli = (register: number) => signed(registers.byte(register), 8) * 1000;
    const input = milli(r.temperature1 + index);
    if (input !== 0) attributes['num_temp_sensors'] = index + 1;
    attributes[`${name}_input`] = input;
    attributes[`${name}_min`] = milli(r.temperatureLow1 + 2 * index);
    attributes[`${name}_max`] = milli(r.temperatureHigh1 + 2 * index);
    attributes[`${name}_alarm`] = (alarms >> index) & 1;
  }
  for (let index = 0; index < ADT7470_FANS; index++) {
    const name = `fan${index + 1}`;
    const rpm = (register: number) => Math.floor(adt7470Rpm(littleEndian(registers, register)) ?? 0);
    attributes[`${name}_input`] = rpm(r.count1 + 2 * index);
    attributes[`${name}_min`] = rpm(r.countMin1 + 2 * index);
    attributes[`${name}_max`] = rpm(r.countMax1 + 2 * index);
    attributes[`${name}_alarm`] = bitOf(alarms2, ADT7470_FAN_ALARMS[index] ?? 0);
    Object.assign(attributes, outputAttributes(registers, index));
  }
  return attributes;
}

function outputAttributes(registers: RegisterDump, index: number): Attributes {
  const r = ADT7470_REGISTER;
  const pair = index >> 1;
  const odd = index % 2 === 0;
  const configuration = registers.byte(r.pwmConfiguration12 + pair);
  const sensors = registers.byte(r.sensors12 + pair);
  const sensor = odd ? sensors >> 4 : sensors & 0x0f;
  const least = signed(registers.byte(r.temperatureMin1 + index), 8) * 1000;
  const name = `pwm${index + 1}`;
  return {
    [name]: registers.byte(r.duty1 + index),
    [`${name}_enable`]: 1 + bitOf(configuration, ADT7470_AUTOMATIC[odd ? 0 : 1]),
    [`${name}_auto_channels_temp`]: sensor === 0 ? ALL_SENSORS : 1 << (sensor - 1),
    [`${name}_auto_point1_pwm`]: registers.byte(r.dutyMin1 + index),
    [`${name}_auto_point2_pwm`]: registers.byte(r.dutyMax1 + index),
    [`${name}_auto_point1_temp`]: least,
    [`${name}_auto_point2_temp`]: least + AUTOMATIC_SPAN,
  };
}

function frequencyHz(configuration1: number, configuration2: number): number {
  const high = (configuration1 & LOW_FREQUENCY) === 0 ? 8 : 0;
  return FREQUENCIES_HZ[((configuration2 >> 4) & 7) + high] ?? 22_500;
}

function littleEndian(registers: RegisterDump, register: number): number {
  return registers.byte(register) | (registers.byte(register + 1) << 8);
}
