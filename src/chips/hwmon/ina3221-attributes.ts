// Registers of the INA3221 as the attributes of Linux's ina3221 driver (Documentation/hwmon/ina3221.rst): in1 to in3 are
// the buses in mV, in4 to in6 the shunts in µV, in7 and curr4 their sum. All shunts have the same resistance.
import { signed } from '../../core/units.ts';
import { checkedShuntMicroOhm } from '../ina2xx.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, divideRounded } from './attributes.ts';

const REGISTER = { configuration: 0x00, shunt1: 0x01, bus1: 0x02, critical1: 0x07, warning1: 0x08 } as const;
const SUM = { shunt: 0x0d, critical: 0x0e } as const;
const FLAGS = 0x0f;
export const INA3221_LAST_REGISTER = FLAGS;

const CHANNELS = [0, 1, 2];
const SHUNT_MICRO_VOLT = 40;
const BUS_MILLI_VOLT = 8;
/** By the bits of the configuration: samples averaged; µs that a voltage is converted for. */
const SAMPLES: readonly number[] = [1, 4, 16, 64, 128, 256, 512, 1024];
const CONVERSION_MICROSECONDS: readonly number[] = [140, 204, 332, 588, 1100, 2116, 4156, 8244];

export function ina3221Attributes(registers: RegisterDump, shuntMicroOhm?: number): Attributes {
  const shunt = checkedShuntMicroOhm(shuntMicroOhm, registers.chip);
  const configuration = registers.word(REGISTER.configuration);
  const flags = registers.word(FLAGS);
  const bits = (register: number) => signed(registers.word(register) >> 3, 13);
  const sumBits = (register: number) => signed(registers.word(register) >> 1, 15);
  const milliAmpere = (shuntBits: number) => divideRounded(shuntBits * SHUNT_MICRO_VOLT * 1000, shunt);
  const attributes: Attributes = {
    samples: SAMPLES[(configuration >> 9) & 7] ?? 0,
    update_interval: intervalMs(configuration),
  };
  for (const index of CHANNELS) {
    const enabled = bitOf(configuration, 0x4000 >> index);
    const measured = registerOf(REGISTER.shunt1, index);
    attributes[`in${index + 1}_enable`] = enabled;
    attributes[`shunt${index + 1}_resistor`] = shunt;
    attributes[`curr${index + 1}_max`] = milliAmpere(bits(registerOf(REGISTER.warning1, index)));
    attributes[`curr${index + 1}_crit`] = milliAmpere(bits(registerOf(REGISTER.critical1, index)));
    attributes[`curr${index + 1}_max_alarm`] = enabled && bitOf(flags, 0x20 >> index);
    attributes[`curr${index + 1}_crit_alarm`] = enabled && bitOf(flags, 0x200 >> index);
    if (enabled === 0) continue;
    attributes[`in${index + 1}_input`] = bits(registerOf(REGISTER.bus1, index)) * BUS_MILLI_VOLT;
    attributes[`in${index + 4}_input`] = bits(measured) * SHUNT_MICRO_VOLT;
    attributes[`curr${index + 1}_input`] = milliAmpere(bits(measured));
  }
  attributes['in7_input'] = sumBits(SUM.shunt) * SHUNT_MICRO_VOLT;
  attributes['curr4_input'] = milliAmpere(sumBits(SUM.shunt));
  attributes['curr4_crit'] = milliAmpere(sumBits(SUM.critical));
  attributes['curr4_crit_alarm'] = bitOf(flags, 0x40);
  return attributes;
}

/** Measured values and limits of a channel are each two registers after those of the channel before. */
function registerOf(first: number, index: number): number {
  return first + 2 * index;
}

function intervalMs(configuration: number): number {
  const channels = CHANNELS.filter((index) => bitOf(configuration, 0x4000 >> index) === 1).length;
  const bus = CONVERSION_MICROSECONDS[(configuration >> 6) & 7] ?? 0;
  const shunt = CONVERSION_MICROSECONDS[(configuration >> 3) & 7] ?? 0;
  return divideRounded(channels * (bus + shunt), 1000);
}
