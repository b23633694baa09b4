// Registers of the TMP108 as the attributes of Linux's tmp108 driver (Documentation/hwmon/tmp108.rst).
import type { RegisterDump } from '../register-dump.ts';
import { TMP108_CONFIGURATION, TMP108_REGISTER, tmp108Temperature } from '../tmp108.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

/** By bits 14:13 of the configuration, ms. */
const INTERVALS: readonly number[] = [4000, 1000, 250, 63];
/** By bits 5:4, m°C. */
const HYSTERESIS: readonly number[] = [0, 1000, 2000, 4000];

export function tmp108Attributes(registers: RegisterDump): Attributes {
  const configuration = registers.word(TMP108_REGISTER.configuration);
  // The kernel divides, so fractions of a m°C are cut off towards zero.
  const milli = (register: number) => Math.trunc(tmp108Temperature(registers.word(register)) * 1000) + 0;
  const hysteresis = HYSTERESIS[(configuration & TMP108_CONFIGURATION.hysteresis) >> 4] ?? 0;
  const low = milli(TMP108_REGISTER.low);
  const high = milli(TMP108_REGISTER.high);
  return {
    temp1_input: milli(TMP108_REGISTER.temperature),
    temp1_min: low,
    temp1_min_hyst: low + hysteresis,
    temp1_max: high,
    temp1_max_hyst: high - hysteresis,
    temp1_min_alarm: bitOf(configuration, TMP108_CONFIGURATION.lowFlag),
    temp1_max_alarm: bitOf(configuration, TMP108_CONFIGURATION.highFlag),
    update_interval: INTERVALS[(configuration & TMP108_CONFIGURATION.rate) >> 13] ?? 4000,
  };
}
