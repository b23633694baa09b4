// Registers of the MAX31790 as the attributes of Linux's max31790 driver (Documentation/hwmon/max31790.rst).
import type { RegisterDump } from '../register-dump.ts';
import {
  MAX31790_FAN,
  MAX31790_PWMS,
  MAX31790_REGISTER,
  MAX31790_TACHOMETERS,
  rpmOfCount,
  speedRangeOf,
} from '../max31790.ts';
import type { Attributes } from './attributes.ts';

/** What the driver shows for a count of 0: the fastest speed that a count of 1 could mean. */
const FASTEST_RPM = 7_864_320;

export function max31790Attributes(registers: RegisterDump): Attributes {
  const attributes: Attributes = {};
  const faults =
    ((registers.byte(MAX31790_REGISTER.faults7to12) & 0x3f) << MAX31790_PWMS) |
    (registers.byte(MAX31790_REGISTER.faults1to6) & 0x3f);
  for (let index = 0; index < MAX31790_TACHOMETERS; index++) {
    const pwm = index % MAX31790_PWMS;
    const configuration = registers.byte(MAX31790_REGISTER.configuration1 + pwm);
    const pinIsTachometer = (configuration & MAX31790_FAN.pwmIsTachometer) !== 0;
    if (index >= MAX31790_PWMS && !pinIsTachometer) continue;
    const speedRange = speedRangeOf(registers.byte(MAX31790_REGISTER.dynamics1 + pwm));
    const count = registers.word(MAX31790_REGISTER.count1 + 2 * index);
    const fan = `fan${index + 1}`;
    attributes[`${fan}_input`] = Math.floor(rpmOfCount(count, speedRange) ?? FASTEST_RPM);
    attributes[`${fan}_fault`] = (faults >> index) & 1;
    if (index >= MAX31790_PWMS) continue;
    attributes[`${fan}_enable`] = (configuration & MAX31790_FAN.tachometerEnable) === 0 ? 0 : 1;
    if (!pinIsTachometer) Object.assign(attributes, outputAttributes(registers, pwm, configuration, speedRange));
  }
  return attributes;
}

/** What a PWM output has beside its tachometer: the target speed, which is the least one too, duty and mode. */
function outputAttributes(registers: RegisterDump, pwm: number, configuration: number, speedRange: number): Attributes {
  const target = targetRpm(registers.word(MAX31790_REGISTER.targetCount1 + 2 * pwm), speedRange);
  const duty = registers.word(MAX31790_REGISTER.duty1 + 2 * pwm);
  const rpmMode = (configuration & MAX31790_FAN.rpmMode) !== 0;
  const monitorOnly = (configuration & MAX31790_FAN.monitorOnly) !== 0;
  return {
    [`fan${pwm + 1}_target`]: target,
    [`fan${pwm + 1}_min`]: target,
    [`pwm${pwm + 1}`]: duty >> 8,
    [`pwm${pwm + 1}_enable`]: monitorOnly ? 0 : rpmMode ? 2 : 1,
  };
}

/** A target of all ones is a speed, unlike a count of all ones. */
function targetRpm(register: number, speedRange: number): number {
  const count = register >> 5;
  return count === 0 ? FASTEST_RPM : Math.floor((60 * 8192 * speedRange) / (2 * count));
}
