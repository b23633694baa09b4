// Which registers of a chip the attributes of its Linux driver are made of, and by what: one row a chip or family.
import { ads7830Variants } from './ads7830.ts';
import { ADT7470_REGISTER } from './adt7470.ts';
import { EMC1403_REGISTER, emc1403Variants } from './emc1403.ts';
import { EMC2305_FAN_STEP, EMC2305_REGISTER, emc2305Variants } from './emc2305.ts';
import { ADC128D818_LAST_REGISTER, adc128d818Attributes } from './hwmon/adc128d818-attributes.ts';
import { ADS7830_LAST_COMMAND, ads7830Attributes } from './hwmon/ads7830-attributes.ts';
import { adt7470Attributes } from './hwmon/adt7470-attributes.ts';
import type { Attributes } from './hwmon/attributes.ts';
import { emc1403Attributes } from './hwmon/emc1403-attributes.ts';
import { emc2305Attributes } from './hwmon/emc2305-attributes.ts';
import { INA238_LAST_REGISTER, ina238Attributes } from './hwmon/ina238-attributes.ts';
import { INA260_LAST_REGISTER, ina260Attributes } from './hwmon/ina260-attributes.ts';
import { ina2xxAttributes } from './hwmon/ina2xx-attributes.ts';
import { INA3221_LAST_REGISTER, ina3221Attributes } from './hwmon/ina3221-attributes.ts';
import { jc42Attributes } from './hwmon/jc42-attributes.ts';
import { lm75Attributes } from './hwmon/lm75-attributes.ts';
import { lm90Attributes } from './hwmon/lm90-attributes.ts';
import { max31730Attributes } from './hwmon/max31730-attributes.ts';
import { max31790Attributes } from './hwmon/max31790-attributes.ts';
import { MAX6639_LAST_REGISTER, max6639Attributes } from './hwmon/max6639-attributes.ts';
import { nct7802Attributes } from './hwmon/nct7802-attributes.ts';
import { spd5118Attributes } from './hwmon/spd5118-attributes.ts';
import { tmp108Attributes } from './hwmon/tmp108-attributes.ts';
import { tmp401Attributes } from './hwmon/tmp401-attributes.ts';
import { tmp421Attributes } from './hwmon/tmp421-attributes.ts';
import { tmp464Attributes } from './hwmon/tmp464-attributes.ts';
import { ina238Variants } from './ina238.ts';
import { INA2XX_REGISTER, ina2xxVariants } from './ina2xx.ts';
import { JC42_REGISTER, jc42Names } from './jc42.ts';
import { lm75Variants } from './lm75.ts';
import { LM90_REGISTER, lm90Variants } from './lm90.ts';
import { MAX31730_REGISTER } from './max31730.ts';
import { MAX31790_PWMS, MAX31790_REGISTER } from './max31790.ts';
import type { RegisterDump } from './register-dump.ts';
import type { RegisterWidth } from './register-file-bus.ts';
import { SPD5118_REGISTER } from './spd5118.ts';
import { TMP108_REGISTER } from './tmp108.ts';
import { TMP401_REGISTER, tmp401Variants } from './tmp401.ts';
import { TMP421_REGISTER, tmp421Variants } from './tmp421.ts';
import { TMP464_REGISTER, tmp464Variants } from './tmp464.ts';

export interface Decoder {
  /** Of the chip's registers. */
  readonly width: RegisterWidth;
  /** How many, from 0 on, the attributes are made of. */
  readonly registers: number;
  readonly attributes: (registers: RegisterDump, shuntMicroOhm?: number) => Attributes;
}

function family<V>(variants: Readonly<Record<string, V>>, decoder: (variant: V) => Decoder) {
  return Object.entries(variants).map(([name, variant]): [string, Decoder] => [name, decoder(variant)]);
}

/** By chip name. */
export const decoders: ReadonlyMap<string, Decoder> = new Map([
  ...family(lm75Variants, (variant) => ({
    width: 'word',
    registers: 4,
    attributes: (registers) => lm75Attributes(registers, variant),
  })),
  ...family(tmp421Variants, (channelCount) => ({
    width: 'byte',
    registers: TMP421_REGISTER.lowByte + channelCount,
    attributes: (registers) => tmp421Attributes(registers, channelCount),
  })),
  ...family(ina2xxVariants, (variant) => ({
    width: 'word',
    registers: (variant.hasAlerts ? INA2XX_REGISTER.alertLimit : INA2XX_REGISTER.current) + 1,
    attributes: (registers, shuntMicroOhm) => ina2xxAttributes(registers, variant, shuntMicroOhm),
  })),
  ...family({ max31790: MAX31790_REGISTER.targetCount1 + 2 * MAX31790_PWMS }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: max31790Attributes,
  })),
  ...family(tmp401Variants, (variant) => ({
    width: 'word',
    registers: TMP401_REGISTER.thermStatus + 1,
    attributes: (registers) => tmp401Attributes(registers, variant),
  })),
  ...family(lm90Variants, (variant) => ({
    width: 'byte',
    registers: LM90_REGISTER.consecutiveAlert + 1,
    attributes: (registers) => lm90Attributes(registers, variant),
  })),
  ...family(emc1403Variants, (channelCount) => ({
    width: 'byte',
    registers: EMC1403_REGISTER.thermStatus + 1,
    attributes: (registers) => emc1403Attributes(registers, channelCount),
  })),
  ...family({ adt7470: ADT7470_REGISTER.sensors12 + 2 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: adt7470Attributes,
  })),
  ...family({ nct7802: 0xa9 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: nct7802Attributes,
  })),
  ...family(tmp464Variants, (channelCount) => ({
    width: 'word',
    registers: TMP464_REGISTER.remoteTherm21 + 8 * (channelCount - 2) + 1,
    attributes: (registers) => tmp464Attributes(registers, channelCount),
  })),
  ...family(Object.fromEntries(jc42Names.map((name) => [name, JC42_REGISTER.temperature + 1])), (count) => ({
    width: 'word',
    registers: count,
    attributes: jc42Attributes,
  })),
  ...family({ spd5118: SPD5118_REGISTER.status + 1 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: spd5118Attributes,
  })),
  ...family({ max31730: MAX31730_REGISTER.diodeFault + 1 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: max31730Attributes,
  })),
  ...family({ tmp108: TMP108_REGISTER.high + 1 }, (count) => ({
    width: 'word',
    registers: count,
    attributes: tmp108Attributes,
  })),
  ...family(emc2305Variants, (count) => ({
    width: 'byte',
    registers: EMC2305_REGISTER.count1 + EMC2305_FAN_STEP * (count - 1) + 2,
    attributes: (registers) => emc2305Attributes(registers, count),
  })),
  ...family(ina238Variants, () => ({
    width: 'word',
    registers: INA238_LAST_REGISTER + 1,
    attributes: ina238Attributes,
  })),
  ...family({ ina260: INA260_LAST_REGISTER + 1 }, (count) => ({
    width: 'word',
    registers: count,
    attributes: ina260Attributes,
  })),
  ...family({ ina3221: INA3221_LAST_REGISTER + 1 }, (count) => ({
    width: 'word',
    registers: count,
    attributes: ina3221Attributes,
  })),
  ...family({ adc128d818: ADC128D818_LAST_REGISTER + 1 }, (count) => ({
    width: 'word', // inputs and temperature are words, limits bytes
    registers: count,
    attributes: adc128d818Attributes,
  })),
  ...family(ads7830Variants, (resolutionBits) => ({
    width: resolutionBits === 8 ? 'byte' : 'word',
    registers: ADS7830_LAST_COMMAND + 1,
    attributes: (registers) => ads7830Attributes(registers, resolutionBits),
  })),
  ...family({ max6639: MAX6639_LAST_REGISTER + 1 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: max6639Attributes,
  })),
]);
