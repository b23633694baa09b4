// Registers of the MAX6639 as the attributes of Linux's max6639 driver (Documentation/hwmon/max6639.rst).
import { max6639Rpm } from '../max6639.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

/** Of channel 1; those of channel 2 follow, of the fan configuration at four registers. */
const REGISTER = {
  temperature: 0x00,
  fraction: 0x05,
  alertLimit: 0x08,
  overTemperatureLimit: 0x0a,
  thermLimit: 0x0c,
  fanConfiguration1: 0x10,
  fanConfiguration3: 0x13,
  count: 0x20,
  pulses: 0x24,
  duty: 0x26,
} as const;
const STATUS = 0x02;
const GLOBAL = 0x04;
const HIGH_FREQUENCIES = 0x08;
export const MAX6639_LAST_REGISTER = REGISTER.duty + 1;

/** Hz, by bits 1:0 of fan configuration 3; those from 5000 on with the global bit. */
const FREQUENCIES: readonly number[] = [20, 33, 50, 100, 5000, 8333, 12_500, 25_000];

export function max6639Attributes(registers: RegisterDump): Attributes {
  const status = registers.byte(STATUS);
  const highFrequencies = bitOf(registers.byte(GLOBAL), HIGH_FREQUENCIES);
  const attributes: Attributes = {};
  for (const index of [0, 1]) {
    const [temp, fan, pwm] = [`temp${index + 1}`, `fan${index + 1}`, `pwm${index + 1}`];
    const fraction = registers.byte(REGISTER.fraction + index);
    attributes[`${temp}_input`] = ((registers.byte(REGISTER.temperature + index) << 3) | (fraction >> 5)) * 125;
    attributes[`${temp}_fault`] = fraction & 1;
    attributes[`${temp}_max`] = registers.byte(REGISTER.thermLimit + index) * 1000;
    attributes[`${temp}_crit`] = registers.byte(REGISTER.alertLimit + index) * 1000;
    attributes[`${temp}_emergency`] = registers.byte(REGISTER.overTemperatureLimit + index) * 1000;
    attributes[`${temp}_crit_alarm`] = bitOf(status, 0x80 >> index);
    attributes[`${temp}_emergency_alarm`] = bitOf(status, 0x20 >> index);
    attributes[`${temp}_max_alarm`] = bitOf(status, 0x08 >> index);
    attributes[`${fan}_fault`] = bitOf(status, 0x02 >> index);
    const configuration = registers.byte(REGISTER.fanConfiguration1 + 4 * index);
    // a count of 0 is a standstill to the driver
    attributes[`${fan}_input`] = Math.floor(max6639Rpm(registers.byte(REGISTER.count + index), configuration) ?? 0);
    attributes[`${fan}_pulses`] = (registers.byte(REGISTER.pulses + index) >> 6) + 1;
    attributes[pwm] = Math.floor((registers.byte(REGISTER.duty + index) * 255) / 120);
    const frequency = (registers.byte(REGISTER.fanConfiguration3 + 4 * index) & 3) | (highFrequencies << 2);
    attributes[`${pwm}_freq`] = FREQUENCIES[frequency] ?? 0;
  }
  return attributes;
}
