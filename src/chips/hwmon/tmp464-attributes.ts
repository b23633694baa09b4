// Registers of TMP464/468 as the attributes of Linux's tmp464 driver (Documentation/hwmon/tmp464.rst), which enables
// every channel when it takes the chip.
import { signed } from '../../core/units.ts';
import type { ChipRegisters } from '../chip-registers.ts';
import { TMP464_REGISTER, tmp464Bit, tmp464Temperature } from '../tmp464.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, divideRounded, wordOf } from './attributes.ts';

const UPDATE_INTERVAL_MS = 500;

export async function tmp464Attributes(registers: ChipRegisters, channelCount: number): Promise<Attributes> {
  const r = TMP464_REGISTER;
  const milli = (raw: number) => divideRounded(tmp464Temperature(raw) * 1000, 1);
  const hysteresis = await wordOf(registers, r.hysteresis);
  const [therm, therm2, open] = [
    await wordOf(registers, r.thermStatus),
    await wordOf(registers, r.therm2Status),
    await wordOf(registers, r.open),
  ];
  const attributes: Attributes = { update_interval: UPDATE_INTERVAL_MS };
  for (let index = 0; index < channelCount; index++) {
    const block = 8 * (index - 1);
    const max = await wordOf(registers, index === 0 ? r.localTherm : r.remoteTherm1 + block);
    const crit = await wordOf(registers, index === 0 ? r.localTherm2 : r.remoteTherm21 + block);
    const name = `temp${index + 1}`;
    Object.assign(attributes, {
      [`${name}_input`]: milli(await wordOf(registers, index)),
      [`${name}_enable`]: 1,
      [`${name}_max`]: milli(max),
      [`${name}_max_hyst`]: milli((signed(max, 16) - hysteresis) & 0xffff),
      [`${name}_max_alarm`]: bitOf(therm, tmp464Bit(index)),
      [`${name}_crit`]: milli(crit),
      [`${name}_crit_hyst`]: milli((signed(crit, 16) - hysteresis) & 0xffff),
      [`${name}_crit_alarm`]: bitOf(therm2, tmp464Bit(index)),
    });
    if (index === 0) continue;
    attributes[`${name}_fault`] = bitOf(open, tmp464Bit(index));
    attributes[`${name}_offset`] = milli(await wordOf(registers, r.remoteOffset1 + block));
  }
  return attributes;
}
