// ADM1272, ADM1278 and ADM1281 hot-swap controllers: DIRECT format, with coefficients for the ranges that PMON_CONFIG
// selects, and for a shunt of 1 mΩ. Analog Devices ADM1272 and ADM1278, tables of the PMBus coefficients and of
// PMON_CONFIG; values as in Linux's adm1275 driver.
import type { ChipFailure } from './chip.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';
import type { PmbusIdentity, PmbusKind } from './pmbus.ts';
import type { PmbusCoefficients } from './pmbus-format.ts';
import { direct, HOT_SWAP_CHANNELS, hotSwapIdentity } from './pmbus-hot-swap.ts';
import type { PmbusRegisters } from './pmbus-registers.ts';

const PMON_CONFIG = 0xd4;
/** Bits of PMON_CONFIG. The ranges are of the ADM1272 only. */
const VOLTAGE_100V = 0x20;
const CURRENT_30MV = 0x01;
const VOUT_ENABLE = 0x02;
const VIN_ENABLE = 0x04;
const TEMPERATURE_ENABLE = 0x08;
const TEMPERATURE_FILTER = 0x8000;
const WANTED = VOUT_ENABLE | VIN_ENABLE | TEMPERATURE_ENABLE | TEMPERATURE_FILTER;

/** As Linux: 1 mΩ where nobody says, which is what the coefficients are for. */
const DEFAULT_SHUNT_MICRO_OHM = 1000;
/** Voltages, currents and temperatures are 12 bits. */
const ZERO_BITS = 0xf000;

interface Ranges {
  readonly voltageM: number;
  readonly current: PmbusCoefficients;
  readonly power: PmbusCoefficients;
  readonly temperatureB: number;
}

function adm1272(config: number): Ranges {
  const is100V = (config & VOLTAGE_100V) !== 0;
  const is30mV = (config & CURRENT_30MV) !== 0;
  return {
    voltageM: is100V ? 4062 : 6770,
    current: { m: is30mV ? 663 : 1326, b: 20480, r: -1 },
    power: adm1272Power(is100V, is30mV),
    temperatureB: 31871,
  };
}

function adm1272Power(is100V: boolean, is30mV: boolean): PmbusCoefficients {
  if (is30mV) return { m: is100V ? 10535 : 17561, b: 0, r: -3 };
  return is100V ? { m: 21071, b: 0, r: -3 } : { m: 3512, b: 0, r: -2 };
}

function adm1278(): Ranges {
  return {
    voltageM: 19599,
    current: { m: 800, b: 20475, r: -1 },
    power: { m: 6123, b: 0, r: -2 },
    temperatureB: 31880,
  };
}

export const adm127xKinds: Readonly<Record<string, PmbusKind>> = {
  adm1272: kind(adm1272),
  adm1273: kind(adm1272),
  adm1278: kind(adm1278),
  adm1281: kind(adm1278),
};

function kind(ranges: (pmonConfig: number) => Ranges): PmbusKind {
  return {
    channels: HOT_SWAP_CHANNELS,
    usesShunt: true,
    identify: (device, { shuntMicroOhm }) => identify(device, ranges, shuntMicroOhm),
  };
}

/** All quantities are sampled; the ranges stay as the board's hardware or firmware has set them. */
async function identify(
  device: PmbusRegisters,
  rangesOf: (pmonConfig: number) => Ranges,
  shuntMicroOhm = DEFAULT_SHUNT_MICRO_OHM,
): Promise<PmbusIdentity | ChipFailure> {
  const config = await device.readWord(PMON_CONFIG);
  if (config.kind === 'failed') return config;
  if ((config.value & WANTED) !== WANTED) {
    const written = await device.writeWord(PMON_CONFIG, config.value | WANTED);
    if (written.kind === 'failed') return written;
  }
  const shuntMilliOhm = checkedShuntMicroOhm(shuntMicroOhm, device.chip.place()) / 1000;
  const { voltageM, current, power, temperatureB } = rangesOf(config.value);
  return hotSwapIdentity({
    voltage: direct(voltageM, 0, -2),
    current: direct(current.m * shuntMilliOhm, current.b, current.r),
    power: direct(power.m * shuntMilliOhm, power.b, power.r),
    temperature: direct(42, temperatureB, -1),
    zeroBits: ZERO_BITS,
  });
}
