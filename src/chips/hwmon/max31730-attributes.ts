// Registers of the MAX31730 as the attributes of Linux's max31730 driver (Documentation/hwmon/max31730.rst). A channel
// that is off has no `temp…_input`.
import type { RegisterDump } from '../register-dump.ts';
import { MAX31730_CHANNELS, MAX31730_REGISTER, max31730Temperature } from '../max31730.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, divideRounded } from './attributes.ts';

const OFFSET_OF_0 = 0x77;
const MILLI_PER_OFFSET = 125;

export function max31730Attributes(registers: RegisterDump): Attributes {
  const r = MAX31730_REGISTER;
  const milli = (register: number) => divideRounded(max31730Temperature(registers.word(register)) * 1000, 1);
  const byte = (register: number) => registers.byte(register);
  const enabled = byte(r.channelEnable);
  const attributes: Attributes = {};
  for (let index = 0; index < MAX31730_CHANNELS; index++) {
    const name = `temp${index + 1}`;
    const bit = 1 << index;
    if ((enabled & bit) !== 0) attributes[`${name}_input`] = milli(r.temperature + 2 * index);
    attributes[`${name}_enable`] = bitOf(enabled, bit);
    attributes[`${name}_max`] = milli(r.high + 2 * index);
    attributes[`${name}_min`] = milli(r.low);
    attributes[`${name}_max_alarm`] = bitOf(byte(r.highStatus), bit);
    attributes[`${name}_min_alarm`] = bitOf(byte(r.lowStatus), bit);
    if (index === 0) continue;
    const hasOffset = (byte(r.offsetEnable) & bit) !== 0;
    attributes[`${name}_offset`] = hasOffset ? (byte(r.offset) - OFFSET_OF_0) * MILLI_PER_OFFSET : 0;
    attributes[`${name}_fault`] = bitOf(byte(r.diodeFault), bit);
  }
  return attributes;
}
