// Registers of JC-42.4 sensors as the attributes of Linux's jc42 driver (Documentation/hwmon/jc42.rst).
import type { RegisterDump } from '../register-dump.ts';
import { JC42_ALARM, JC42_REGISTER, jc42Temperature } from '../jc42.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

/** m°C by bits 10:9 of the configuration. */
const HYSTERESIS: readonly number[] = [0, 1500, 3000, 6000];

export function jc42Attributes(registers: RegisterDump): Attributes {
  const r = JC42_REGISTER;
  // The kernel divides, so fractions of a m°C are cut off towards zero.
  const milli = (raw: number) => Math.trunc(jc42Temperature(raw) * 1000) + 0;
  const hysteresis = HYSTERESIS[(registers.word(r.configuration) >> 9) & 3] ?? 0;
  const temperature = registers.word(r.temperature);
  const max = milli(registers.word(r.upper));
  const crit = milli(registers.word(r.critical));
  return {
    temp1_input: milli(temperature),
    temp1_min: milli(registers.word(r.lower)),
    temp1_max: max,
    temp1_max_hyst: max - hysteresis,
    temp1_crit: crit,
    temp1_crit_hyst: crit - hysteresis,
    temp1_min_alarm: bitOf(temperature, JC42_ALARM.lower),
    temp1_max_alarm: bitOf(temperature, JC42_ALARM.upper),
    temp1_crit_alarm: bitOf(temperature, JC42_ALARM.critical),
  };
}
