// Registers of the ADC128D818 as the attributes of Linux's adc128d818 driver (drivers/hwmon/adc128d818.c), which takes a
// full scale of 4095 steps.
import { signed } from '../../core/units.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, divideRounded } from './attributes.ts';

const REGISTER = { alarms: 0x01, advanced: 0x0b, input0: 0x20, temperature: 0x27, max0: 0x2a, min0: 0x2b } as const;
const TEMPERATURE_MAX = 0x38;
const TEMPERATURE_HYSTERESIS = 0x39;
export const ADC128D818_LAST_REGISTER = TEMPERATURE_HYSTERESIS;

/** Inputs by mode, bits 2:1 of the advanced configuration (SNAS483, "Modes of Operation"). */
const INPUTS: readonly number[] = [7, 8, 4, 6];
/** Has an eighth input instead of the temperature. */
const MODE_WITHOUT_TEMPERATURE = 1;
const REFERENCE_MILLI_VOLT = 2560;
const FULL_SCALE = 4095;
const TEMPERATURE_ALARM = 0x80;

export function adc128d818Attributes(registers: RegisterDump): Attributes {
  const alarms = registers.byte(REGISTER.alarms);
  const mode = (registers.byte(REGISTER.advanced) >> 1) & 3;
  const milliVolt = (steps: number) => divideRounded(steps * REFERENCE_MILLI_VOLT, FULL_SCALE);
  const attributes: Attributes = {};
  for (let index = 0; index < (INPUTS[mode] ?? 0); index++) {
    attributes[`in${index}_input`] = milliVolt(registers.word(REGISTER.input0 + index) >> 4);
    attributes[`in${index}_max`] = milliVolt(registers.byte(REGISTER.max0 + 2 * index) << 4);
    attributes[`in${index}_min`] = milliVolt(registers.byte(REGISTER.min0 + 2 * index) << 4);
    attributes[`in${index}_alarm`] = bitOf(alarms, 1 << index);
  }
  if (mode === MODE_WITHOUT_TEMPERATURE) return attributes;
  const milliDegree = (register: number) => signed(registers.byte(register), 8) * 1000;
  attributes['temp1_input'] = signed(registers.word(REGISTER.temperature) >> 7, 9) * 500;
  attributes['temp1_max'] = milliDegree(TEMPERATURE_MAX);
  attributes['temp1_max_hyst'] = milliDegree(TEMPERATURE_HYSTERESIS);
  attributes['temp1_max_alarm'] = bitOf(alarms, TEMPERATURE_ALARM);
  return attributes;
}
