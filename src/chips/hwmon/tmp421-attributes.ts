// Registers of TMP421/422/423 as the attributes of Linux's tmp421 driver (Documentation/hwmon/tmp421.rst).
import type { RegisterDump } from '../register-dump.ts';
import { TMP421_OPEN, TMP421_PVLD, TMP421_RANGE, TMP421_REGISTER, tmp421Temperature } from '../tmp421.ts';
import type { Attributes } from './attributes.ts';
import { divideRounded } from './attributes.ts';

/** An open diode's `temp…_input` is shown all the same, as the driver does; `temp…_fault` tells. */
export function tmp421Attributes(registers: RegisterDump, channelCount: number): Attributes {
  const configuration = registers.byte(TMP421_REGISTER.configuration1);
  const range = (configuration & TMP421_RANGE) === 0 ? 'standard' : 'extended';
  const attributes: Attributes = {};
  for (let index = 0; index < channelCount; index++) {
    const high = registers.byte(TMP421_REGISTER.highByte + index);
    const low = registers.byte(TMP421_REGISTER.lowByte + index);
    const name = `temp${index + 1}`;
    attributes[`${name}_input`] = divideRounded(tmp421Temperature(high, low, range) * 1000, 1);
    if (index > 0) attributes[`${name}_fault`] = (low & (TMP421_OPEN | TMP421_PVLD)) === 0 ? 0 : 1;
  }
  return attributes;
}
