// Registers of the LM75 family as the attributes of Linux's lm75 driver (Documentation/hwmon/lm75.rst).
import type { RegisterDump } from '../register-dump.ts';
import type { Lm75Variant } from '../lm75.ts';
import { LM75_REGISTER, lm75Temperature } from '../lm75.ts';
import type { Attributes } from './attributes.ts';

export function lm75Attributes(registers: RegisterDump, variant: Lm75Variant): Attributes {
  // The kernel shifts, so fractions of a m°C are cut off towards minus infinity.
  const milli = (register: number) => Math.floor(lm75Temperature(registers.word(register), variant) * 1000);
  return {
    temp1_input: milli(LM75_REGISTER.temperature),
    temp1_max: milli(LM75_REGISTER.overTemperature),
    temp1_max_hyst: milli(LM75_REGISTER.hysteresis),
    update_interval: variant.intervalMs,
  };
}
