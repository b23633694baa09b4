// Registers of the LM75 family as the attributes of Linux's lm75 driver (Documentation/hwmon/lm75.rst).
import type { ChipRegisters } from '../chip-registers.ts';
import type { Lm75Variant } from '../lm75.ts';
import { LM75_REGISTER, lm75Temperature } from '../lm75.ts';
import type { Attributes } from './attributes.ts';
import { wordOf } from './attributes.ts';

export async function lm75Attributes(registers: ChipRegisters, variant: Lm75Variant): Promise<Attributes> {
  // The kernel shifts, so fractions of a m°C are cut off towards minus infinity.
  const milli = async (register: number) =>
    Math.floor(lm75Temperature(await wordOf(registers, register), variant) * 1000);
  return {
    temp1_input: await milli(LM75_REGISTER.temperature),
    temp1_max: await milli(LM75_REGISTER.overTemperature),
    temp1_max_hyst: await milli(LM75_REGISTER.hysteresis),
    update_interval: variant.intervalMs,
  };
}
