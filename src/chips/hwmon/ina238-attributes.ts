// Registers of INA237/238 as the attributes of Linux's ina238 driver (Documentation/hwmon/ina238.rst), with the shunt's
// range of ±163.84 mV. Without `power1_input`: power is a register of three bytes, and a dump of words has two of them.
import { signed } from '../../core/units.ts';
import { checkedShuntMicroOhm } from '../ina2xx.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

const CURRENT = 0x07;
const ALERT_FLAGS = 0x0b;
const POWER_LIMIT = 0x11;
export const INA238_LAST_REGISTER = POWER_LIMIT;

/** The shunt that a bit of the current register is 1 mA of, as the driver calibrates it. */
const SHUNT_OF_1_MA_MICRO_OHM = 20_000;
/** A bit of the power limit, without its lowest eight, in µW through that shunt. */
const MICRO_WATT_PER_LIMIT_BIT = 256 * 200;

export function ina238Attributes(registers: RegisterDump, shuntMicroOhm?: number): Attributes {
  const shunt = checkedShuntMicroOhm(shuntMicroOhm, registers.chip);
  const flags = registers.word(ALERT_FLAGS);
  // The driver divides whole numbers: fractions are cut off towards zero.
  const shuntMilliVolt = (register: number) => whole((signed(registers.word(register), 16) * 5) / 1000);
  const busMilliVolt = (register: number) => whole((signed(registers.word(register), 16) * 3125) / 1000);
  const milliDegree = (register: number) => (signed(registers.word(register), 16) >> 4) * 125;
  return {
    in0_input: shuntMilliVolt(0x04),
    in0_max: shuntMilliVolt(0x0c),
    in0_min: shuntMilliVolt(0x0d),
    in0_max_alarm: bitOf(flags, 0x40),
    in0_min_alarm: bitOf(flags, 0x20),
    in1_input: busMilliVolt(0x05),
    in1_max: busMilliVolt(0x0e),
    in1_min: busMilliVolt(0x0f),
    in1_max_alarm: bitOf(flags, 0x10),
    in1_min_alarm: bitOf(flags, 0x08),
    curr1_input: whole((signed(registers.word(CURRENT), 16) * SHUNT_OF_1_MA_MICRO_OHM) / shunt),
    power1_max: whole((registers.word(POWER_LIMIT) * MICRO_WATT_PER_LIMIT_BIT * SHUNT_OF_1_MA_MICRO_OHM) / shunt),
    power1_max_alarm: bitOf(flags, 0x04),
    temp1_input: milliDegree(0x06),
    temp1_max: milliDegree(0x10),
    temp1_max_alarm: bitOf(flags, 0x80),
  };
}

function whole(value: number): number {
  return Math.trunc(value) + 0; // no -0
}
