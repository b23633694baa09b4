// Registers of the SPD5118 as the attributes of Linux's spd5118 driver (Documentation/hwmon/spd5118.rst).
import type { RegisterDump } from '../register-dump.ts';
import { SPD5118_DISABLE, SPD5118_REGISTER, SPD5118_STATUS, spd5118Temperature } from '../spd5118.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

export function spd5118Attributes(registers: RegisterDump): Attributes {
  const r = SPD5118_REGISTER;
  const milli = (register: number) => spd5118Temperature(registers.byte(register), registers.byte(register + 1)) * 1000;
  const status = registers.byte(r.status);
  return {
    temp1_input: milli(r.temperature),
    temp1_max: milli(r.high),
    temp1_min: milli(r.low),
    temp1_crit: milli(r.criticalHigh),
    temp1_lcrit: milli(r.criticalLow),
    temp1_max_alarm: bitOf(status, SPD5118_STATUS.high),
    temp1_min_alarm: bitOf(status, SPD5118_STATUS.low),
    temp1_crit_alarm: bitOf(status, SPD5118_STATUS.criticalHigh),
    temp1_lcrit_alarm: bitOf(status, SPD5118_STATUS.criticalLow),
    temp1_enable: 1 - bitOf(registers.byte(r.configuration), SPD5118_DISABLE),
  };
}
