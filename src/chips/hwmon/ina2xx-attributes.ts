// Registers of INA219/220/226/230/231 as the attributes of Linux's ina2xx driver (Documentation/hwmon/ina2xx.rst).
// Unlike the readings, current and power are the chip's registers, and each limit is the alert limit where it is the one enabled.
import { signed } from '../../core/units.ts';
import type { RegisterDump } from '../register-dump.ts';
import type { Ina2xxVariant } from '../ina2xx.ts';
import { busMicroVolt, checkedShuntMicroOhm, INA2XX_REGISTER, shuntNanoVolt } from '../ina2xx.ts';
import type { Attributes } from './attributes.ts';
import { divideRounded } from './attributes.ts';

/** Mask/Enable register (06h): which quantity the alert limit is for, and whether it was passed. */
const SHUNT_OVER = 0x8000;
const SHUNT_UNDER = 0x4000;
const BUS_OVER = 0x2000;
const BUS_UNDER = 0x1000;
const POWER_OVER = 0x0800;
const ALERT_FLAG = 0x0010;

/** Averages by the AVG bits of the configuration register (table "AVG Bit Settings"). */
const AVERAGES: readonly number[] = [1, 4, 16, 64, 128, 256, 512, 1024];
/** Shunt and bus conversion as the driver configures them. */
const CONVERSION_MICROSECONDS = 2200;

export function ina2xxAttributes(registers: RegisterDump, variant: Ina2xxVariant, shuntMicroOhm?: number): Attributes {
  const shunt = checkedShuntMicroOhm(shuntMicroOhm, registers.chip);
  // One bit of the current register, in whole µA as the driver reckons: nV/µΩ = mA.
  const currentBitMicroAmpere = divideRounded(variant.shuntNanoVoltPerBit * 1000, shunt);
  const powerBitMicroWatt = currentBitMicroAmpere * variant.powerFactor;
  const quantities = {
    shuntMilliVolt: (raw: number) => divideRounded(shuntNanoVolt(raw, variant), 1e6),
    busMilliVolt: (raw: number) => divideRounded(busMicroVolt(raw, variant), 1000),
    milliAmpere: (raw: number) => divideRounded(signed(raw, 16) * currentBitMicroAmpere, 1000),
    microWatt: (raw: number) => raw * powerBitMicroWatt,
  };
  return {
    in0_input: quantities.shuntMilliVolt(registers.word(INA2XX_REGISTER.shuntVoltage)),
    in1_input: quantities.busMilliVolt(registers.word(INA2XX_REGISTER.busVoltage)),
    curr1_input: quantities.milliAmpere(registers.word(INA2XX_REGISTER.current)),
    power1_input: quantities.microWatt(registers.word(INA2XX_REGISTER.power)),
    shunt_resistor: shunt,
    ...(variant.hasAlerts ? alertAttributes(registers, quantities) : {}),
  };
}

interface Quantities {
  readonly shuntMilliVolt: (raw: number) => number;
  readonly busMilliVolt: (raw: number) => number;
  readonly milliAmpere: (raw: number) => number;
  readonly microWatt: (raw: number) => number;
}

function alertAttributes(registers: RegisterDump, quantities: Quantities): Attributes {
  const mask = registers.word(INA2XX_REGISTER.maskEnable);
  const limit = registers.word(INA2XX_REGISTER.alertLimit);
  const configuration = registers.word(INA2XX_REGISTER.configuration);
  const averages = AVERAGES[(configuration >> 9) & 7] ?? 1;
  const attributes: Attributes = { update_interval: divideRounded(averages * CONVERSION_MICROSECONDS, 1000) };
  const add = (name: string, bit: number, convert: (raw: number) => number) => {
    const enabled = (mask & bit) !== 0;
    attributes[name] = enabled ? convert(limit) : 0;
    attributes[`${name}_alarm`] = enabled && (mask & ALERT_FLAG) !== 0 ? 1 : 0;
  };
  add('in0_crit', SHUNT_OVER, quantities.shuntMilliVolt);
  add('in0_lcrit', SHUNT_UNDER, quantities.shuntMilliVolt);
  add('curr1_crit', SHUNT_OVER, quantities.milliAmpere);
  add('curr1_lcrit', SHUNT_UNDER, quantities.milliAmpere);
  add('in1_crit', BUS_OVER, quantities.busMilliVolt);
  add('in1_lcrit', BUS_UNDER, quantities.busMilliVolt);
  add('power1_crit', POWER_OVER, quantities.microWatt);
  return attributes;
}
