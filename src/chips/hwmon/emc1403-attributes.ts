// Registers of EMC14xx as the attributes of Linux's emc1403 driver (Documentation/hwmon/emc1403.rst). The driver takes
// the registers as they are: in the extended range its values are 64 °C too high, and so are these.
import type { RegisterDump } from '../register-dump.ts';
import type { Emc1403Pair } from '../emc1403.ts';
import { EMC1403_CHANNELS, EMC1403_REGISTER, EMC1403_STOP, emc1403Temperature } from '../emc1403.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';
import { diodeAlarms } from './diode-alarms.ts';

/** Milliseconds at conversion rate 0; each step halves them. */
const SLOWEST_INTERVAL_MS = 16_000;

export function emc1403Attributes(registers: RegisterDump, channelCount: number): Attributes {
  const r = EMC1403_REGISTER;
  const milli = ({ high, low }: Emc1403Pair) =>
    emc1403Temperature(registers.byte(high), low === undefined ? 0 : registers.byte(low)) * 1000;
  const hysteresis = registers.byte(r.thermHysteresis) * 1000;
  const attributes: Attributes = {
    power_state: bitOf(registers.byte(r.configuration), EMC1403_STOP),
    update_interval: Math.floor(SLOWEST_INTERVAL_MS / 2 ** (registers.byte(r.conversionRate) & 0x0f)),
  };
  for (const [index, channel] of EMC1403_CHANNELS.slice(0, channelCount).entries()) {
    const name = `temp${index + 1}`;
    const [max, min, crit] = [milli(channel.highLimit), milli(channel.lowLimit), channel.therm];
    const critical = registers.byte(crit) * 1000;
    Object.assign(attributes, {
      [`${name}_input`]: milli(channel.temperature),
      [`${name}_max`]: max,
      [`${name}_max_hyst`]: max - hysteresis,
      [`${name}_min`]: min,
      [`${name}_min_hyst`]: min + hysteresis,
      [`${name}_crit`]: critical,
      [`${name}_crit_hyst`]: critical - hysteresis,
      ...diodeAlarms(registers, channelCount, index),
    });
  }
  return attributes;
}
