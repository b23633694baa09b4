// Registers of TMP464/468 as the attributes of Linux's tmp464 driver (Documentation/hwmon/tmp464.rst), which enables
// every channel when it takes the chip.
import { signed } from '../../core/units.ts';
import type { RegisterDump } from '../register-dump.ts';
import { TMP464_REGISTER, tmp464Bit, tmp464Temperature } from '../tmp464.ts';
import type { Attributes } from './attributes.ts';
import { bitOf, divideRounded } from './attributes.ts';

const UPDATE_INTERVAL_MS = 500;

export function tmp464Attributes(registers: RegisterDump, channelCount: number): Attributes {
  const r = TMP464_REGISTER;
  const milli = (raw: number) => divideRounded(tmp464Temperature(raw) * 1000, 1);
  const hysteresis = registers.word(r.hysteresis);
  const [therm, therm2, open] = [registers.word(r.thermStatus), registers.word(r.therm2Status), registers.word(r.open)];
  const attributes: Attributes = { update_interval: UPDATE_INTERVAL_MS };
  for (let index = 0; index < channelCount; index++) {
    const block = 8 * (index - 1);
    const max = registers.word(index === 0 ? r.localTherm : r.remoteTherm1 + block);
    const crit = registers.word(index === 0 ? r.localTherm2 : r.remoteTherm21 + block);
    const name = `temp${index + 1}`;
    Object.assign(attributes, {
      [`${name}_input`]: milli(registers.word(index)),
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
    attributes[`${name}_offset`] = milli(registers.word(r.remoteOffset1 + block));
  }
  return attributes;
}
