// INA237 and INA238: shunt and bus voltage, die temperature; current and power reckoned from the shunt resistor. TI
// SBOSA20 (INA238), table "INA238 Registers". Most significant byte first; the range of ±163.84 mV is set (ADCRANGE 0).
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { registerSource, sensorOf } from './channel-table.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';
import { good } from '../core/reading.ts';

export const INA238_REGISTER = {
  configuration: 0x00,
  adcConfiguration: 0x01,
  calibration: 0x02,
  shuntVoltage: 0x04,
  busVoltage: 0x05,
  dieTemperature: 0x06,
};

/** As Linux sets them: 16 averages of 1052 µs; a calibration for which the current register reads as the shunt's does. */
const CONFIGURATION = 0x0000;
const ADC_CONFIGURATION = 0xfb6a;
const CALIBRATION = 0x4000;

const SHUNT_VOLT_PER_BIT = 5e-6;
const BUS_VOLT_PER_BIT = 3.125e-3;

/** in0 is the shunt voltage, in1 the bus voltage. */
export const INA238_CHANNELS: readonly ChannelInfo[] = [
  { channel: 'in0', unit: 'V' },
  { channel: 'in1', unit: 'V' },
  { channel: 'curr1', unit: 'A' },
  { channel: 'power1', unit: 'W' },
  { channel: 'temp1', unit: 'C' },
];

export const ina238Names: readonly string[] = ['ina237', 'ina238'];

export function ina238ShuntVolt(raw: number): number {
  return signed(raw, 16) * SHUNT_VOLT_PER_BIT;
}

/** Null where the register has its sign set, which a bus voltage never has. */
export function ina238BusVolt(raw: number): number | null {
  return raw < 0x8000 ? raw * BUS_VOLT_PER_BIT : null;
}

/** Bits 15:4, 0.125 °C. */
export function ina238Celsius(raw: number): number {
  return signed(raw >> 4, 12) * 0.125;
}

export function openIna238(name: string, bus: I2cBus, address: number, shuntMicroOhm?: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const shuntOhm = checkedShuntMicroOhm(shuntMicroOhm, registers.place()) / 1e6;
  const busVolt = (raw: number) => ina238BusVolt(raw) ?? `0x${raw.toString(16)} has a bit that always reads 0`;
  const register = INA238_REGISTER;
  const current = registerSource(registers, 'curr1', 'A', register.shuntVoltage, (raw) => ina238ShuntVolt(raw) / shuntOhm);
  const supply = registerSource(registers, 'in1', 'V', register.busVoltage, busVolt);

  // Power is voltage times current, as for the other power monitors here: the chip's own power register is 0 until it
  // has been calibrated, and again after a reset that nobody told us about.
  const power = async (nowMs: number) => {
    const [amperes, volts] = await Promise.all([current.read(nowMs), supply.read(nowMs)]);
    if (amperes.kind === 'none') return amperes;
    return volts.kind === 'none' ? volts : good(amperes.value * volts.value, nowMs);
  };

  const sources = [
    registerSource(registers, 'in0', 'V', register.shuntVoltage, ina238ShuntVolt),
    supply,
    current,
    { channel: 'power1', unit: 'W', read: power } as const,
    registerSource(registers, 'temp1', 'C', register.dieTemperature, ina238Celsius),
  ];

  return {
    ...sensorOf(registers, sources, async () => {
      for (const [at, value] of [
        [register.configuration, CONFIGURATION],
        [register.adcConfiguration, ADC_CONFIGURATION],
        [register.calibration, CALIBRATION],
      ] as const) {
        const result = await registers.write(at, value >> 8, value & 0xff);
        if (result.kind === 'failed') return result;
      }
      return CHIP_OK;
    }),
    // Shunt and bus voltage once for all that is made of them.
    readAll: async (nowMs) => {
      const [shunt, volts, temperature] = await Promise.all([
        registers.readWord(register.shuntVoltage),
        supply.read(nowMs),
        registerSource(registers, 'temp1', 'C', register.dieTemperature, ina238Celsius).read(nowMs),
      ]);
      const shuntReading = (convert: (raw: number) => number) =>
        shunt.kind === 'failed' ? readingOf(shunt, nowMs) : good(convert(shunt.value), nowMs);
      const amperes = shuntReading((raw) => ina238ShuntVolt(raw) / shuntOhm);
      const watts =
        amperes.kind === 'none' ? amperes : volts.kind === 'none' ? volts : good(amperes.value * volts.value, nowMs);
      return new Map([
        ['in0', shuntReading(ina238ShuntVolt)],
        ['in1', volts],
        ['curr1', amperes],
        ['power1', watts],
        ['temp1', temperature],
      ]);
    },
  };
}
