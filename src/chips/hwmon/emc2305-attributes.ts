// Registers of EMC2301/2302/2303/2305 as the attributes of Linux's emc2305 driver (Documentation/hwmon/emc2305.rst).
// The driver takes every range to be the power-on one, of multiplier 2, and so does this.
import type { RegisterDump } from '../register-dump.ts';
import { EMC2305_FAN_STEP, EMC2305_REGISTER, emc2305Rpm } from '../emc2305.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

const MULTIPLIER = 2;

export function emc2305Attributes(registers: RegisterDump, count: number): Attributes {
  const failed = registers.byte(EMC2305_REGISTER.driveFailStatus);
  const attributes: Attributes = {};
  for (let index = 0; index < count; index++) {
    const step = EMC2305_FAN_STEP * index;
    const rpm = emc2305Rpm(registers.word(EMC2305_REGISTER.count1 + step)) ?? 0;
    attributes[`fan${index + 1}_input`] = rpm * MULTIPLIER;
    attributes[`fan${index + 1}_fault`] = bitOf(failed, 1 << index);
    attributes[`pwm${index + 1}`] = registers.byte(EMC2305_REGISTER.drive1 + step);
  }
  return attributes;
}
