// What ADS7828 and ADS7830 answer to each command, as the attributes of Linux's ads7828 driver
// (Documentation/hwmon/ads7828.rst): single-ended inputs against the internal reference.
import { ads7830Command } from '../ads7830.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Attributes } from './attributes.ts';
import { divideRounded } from './attributes.ts';

const INPUTS = [0, 1, 2, 3, 4, 5, 6, 7];
export const ADS7830_LAST_COMMAND = Math.max(...INPUTS.map(ads7830Command));

/** 2.5 V in 4096 or 256 steps; the driver reckons with whole µV. */
const MICRO_VOLT_PER_STEP = { 12: 610, 8: 9766 } as const;

export function ads7830Attributes(registers: RegisterDump, resolutionBits: 8 | 12): Attributes {
  const attributes: Attributes = {};
  for (const input of INPUTS) {
    const command = ads7830Command(input);
    const steps = resolutionBits === 8 ? registers.byte(command) : registers.word(command);
    attributes[`in${input}_input`] = divideRounded(steps * MICRO_VOLT_PER_STEP[resolutionBits], 1000);
  }
  return attributes;
}
