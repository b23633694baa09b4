// Registers of the MAX31730 as the attributes of Linux's max31730 driver (Documentation/hwmon/max31730.rst). A channel
// that is off has no `temp…_input`.
import type { ChipRegisters } from '../chip-registers.ts';
import { MAX31730_CHANNELS, MAX31730_REGISTER, max31730Temperature } from '../max31730.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, byteOf, divideRounded, wordOf } from './attributes.ts';

const OFFSET_OF_0 = 0x77;
const MILLI_PER_OFFSET = 125;

export async function max31730Attributes(registers: ChipRegisters): Promise<Attributes> {
  const r = MAX31730_REGISTER;
  const milli = async (register: number) =>
    divideRounded(max31730Temperature(await wordOf(registers, register)) * 1000, 1);
  const byte = (register: number) => byteOf(registers, register);
  const enabled = await byte(r.channelEnable);
  const attributes: Attributes = {};
  for (let index = 0; index < MAX31730_CHANNELS; index++) {
    const name = `temp${index + 1}`;
    const bit = 1 << index;
    if ((enabled & bit) !== 0) attributes[`${name}_input`] = await milli(r.temperature + 2 * index);
    attributes[`${name}_enable`] = bitOf(enabled, bit);
    attributes[`${name}_max`] = await milli(r.high + 2 * index);
    attributes[`${name}_min`] = await milli(r.low);
    attributes[`${name}_max_alarm`] = bitOf(await byte(r.highStatus), bit);
    attributes[`${name}_min_alarm`] = bitOf(await byte(r.lowStatus), bit);
    if (index === 0) continue;
    const hasOffset = ((await byte(r.offsetEnable)) & bit) !== 0;
    attributes[`${name}_offset`] = hasOffset ? ((await byte(r.offset)) - OFFSET_OF_0) * MILLI_PER_OFFSET : 0;
    attributes[`${name}_fault`] = bitOf(await byte(r.diodeFault), bit);
  }
  return attributes;
}
