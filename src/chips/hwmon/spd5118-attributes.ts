// Registers of the SPD5118 as the attributes of Linux's spd5118 driver (Documentation/hwmon/spd5118.rst).
import type { ChipRegisters } from '../chip-registers.ts';
import { SPD5118_DISABLE, SPD5118_REGISTER, SPD5118_STATUS, spd5118Temperature } from '../spd5118.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, byteOf } from './attributes.ts';

export async function spd5118Attributes(registers: ChipRegisters): Promise<Attributes> {
  const r = SPD5118_REGISTER;
  const milli = async (register: number) =>
    spd5118Temperature(await byteOf(registers, register), await byteOf(registers, register + 1)) * 1000;
  const status = await byteOf(registers, r.status);
  return {
    temp1_input: await milli(r.temperature),
    temp1_max: await milli(r.high),
    temp1_min: await milli(r.low),
    temp1_crit: await milli(r.criticalHigh),
    temp1_lcrit: await milli(r.criticalLow),
    temp1_max_alarm: bitOf(status, SPD5118_STATUS.high),
    temp1_min_alarm: bitOf(status, SPD5118_STATUS.low),
    temp1_crit_alarm: bitOf(status, SPD5118_STATUS.criticalHigh),
    temp1_lcrit_alarm: bitOf(status, SPD5118_STATUS.criticalLow),
    temp1_enable: 1 - bitOf(await byteOf(registers, r.configuration), SPD5118_DISABLE),
  };
}
