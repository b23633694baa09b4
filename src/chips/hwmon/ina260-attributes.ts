// What an INA260 measures, as the attributes that Linux's ina2xx driver has for it (TI INA260 data sheet, "Register Map").
import { signed } from '../../core/units.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Attributes } from './attributes.ts';
import { divideRounded } from './attributes.ts';

export const INA260_LAST_REGISTER = 0x03;

/** 1.25 mA and 1.25 mV a bit, 10 mW a bit. */
export function ina260Attributes(registers: RegisterDump): Attributes {
  return {
    curr1_input: divideRounded(signed(registers.word(0x01), 16) * 1250, 1000),
    in1_input: divideRounded(registers.word(0x02) * 1250, 1000),
    power1_input: registers.word(INA260_LAST_REGISTER) * 10_000,
  };
}
