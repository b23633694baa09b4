// Registers of TMP401/411/431/432/435 as the attributes of Linux's tmp401 driver (Documentation/hwmon/tmp401.rst).
import type { RegisterDump } from '../register-dump.ts';
import type { Tmp401Variant } from '../tmp401.ts';
import { TMP401_RANGE, TMP401_REGISTER, tmp401Temperature } from '../tmp401.ts';
import type { Attributes } from './attributes.ts';
import { divideRounded } from './attributes.ts';
import { diodeAlarms } from './diode-alarms.ts';

/** The driver sets the rate to two conversions a second when it takes the chip. */
const UPDATE_INTERVAL_MS = 500;

export function tmp401Attributes(registers: RegisterDump, variant: Tmp401Variant): Attributes {
  const configuration = registers.byte(TMP401_REGISTER.configuration);
  const range = (configuration & TMP401_RANGE) === 0 ? 'standard' : 'extended';
  const milli = (raw: number) => divideRounded(tmp401Temperature(raw, range) * 1000, 1);
  const hysteresis = registers.byte(TMP401_REGISTER.thermHysteresis) * 1000;
  const attributes: Attributes = { update_interval: UPDATE_INTERVAL_MS };
  for (let index = 0; index < variant.channelCount; index++) {
    const name = `temp${index + 1}`;
    const therm = milli(registers.byte(TMP401_REGISTER.therm[index] ?? 0) << 8);
    attributes[`${name}_input`] = milli(registers.word(TMP401_REGISTER.temperature[index] ?? 0));
    attributes[`${name}_min`] = milli(registers.word(TMP401_REGISTER.low[index] ?? 0));
    attributes[`${name}_max`] = milli(registers.word(TMP401_REGISTER.high[index] ?? 0));
    attributes[`${name}_crit`] = therm;
    attributes[`${name}_crit_hyst`] = therm - hysteresis;
    Object.assign(attributes, diodeAlarms(registers, variant.channelCount, index));
    if (!variant.history) continue;
    attributes[`${name}_lowest`] = milli(registers.word(TMP401_REGISTER.lowest[index] ?? 0));
    attributes[`${name}_highest`] = milli(registers.word(TMP401_REGISTER.highest[index] ?? 0));
  }
  return variant.history ? { ...attributes, temp_reset_history: 0 } : attributes;
}
