// INA237, INA238 and SQ52206 (Silergy): shunt and bus voltage, die temperature; current and power reckoned from the shunt
// resistor. TI INA238 data sheet, table "INA238 Registers"; the SQ52206's steps as in Linux's ina238 driver. Most
// significant byte first; the shunt's range is ±163.84 mV (ADCRANGE 0).
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { sensorOf, withoutBits, wordSource, writeWords } from './channel-table.ts';
import { ChipRegisters } from './chip-registers.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';

const CONFIGURATION = 0x00;
const ADC_CONFIGURATION = 0x01;
const CALIBRATION = 0x02;
const SHUNT_VOLTAGE = 0x04;
const BUS_VOLTAGE = 0x05;
const DIE_TEMPERATURE = 0x06;

/** As Linux: 16 averages of 1052 µs; the current register counts as the shunt's does. */
const SETTINGS = [
  [ADC_CONFIGURATION, 0xfb6a],
  [CALIBRATION, 0x4000],
] as const;

const SHUNT_VOLT_PER_BIT = 5e-6;
const NEGATIVE = 0x8000;

export interface Ina238Variant {
  /** ADCRANGE 0, the rest as after a reset. */
  readonly configuration: number;
  readonly busVoltPerBit: number;
  readonly temperature: (raw: number) => number;
}

const INA238: Ina238Variant = {
  configuration: 0x0000,
  busVoltPerBit: 3.125e-3,
  temperature: (raw) => signed(raw >> 4, 12) * 0.125,
};

/** in0 is the shunt voltage, in1 the bus voltage. */
export const INA238_CHANNELS: readonly ChannelInfo[] = [
  { channel: 'in0', unit: 'V' },
  { channel: 'in1', unit: 'V' },
  { channel: 'curr1', unit: 'A' },
  { channel: 'power1', unit: 'W' },
  { channel: 'temp1', unit: 'C' },
];

export const ina238Variants: Readonly<Record<string, Ina238Variant>> = {
  ina237: INA238,
  ina238: INA238,
  sq52206: { configuration: 0x0005, busVoltPerBit: 3.75e-3, temperature: (raw) => signed(raw, 16) / 128 },
};

export function openIna238(
  name: string,
  variant: Ina238Variant,
  bus: I2cBus,
  address: number,
  shuntMicroOhm?: number,
): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const shuntOhm = checkedShuntMicroOhm(shuntMicroOhm, registers.place()) / 1e6;
  const shuntVolts = (raw: number) => signed(raw, 16) * SHUNT_VOLT_PER_BIT;
  const busVolts = withoutBits(NEGATIVE, (raw) => raw * variant.busVoltPerBit);
  const sources = [
    wordSource('in0', 'V', SHUNT_VOLTAGE, shuntVolts),
    wordSource('in1', 'V', BUS_VOLTAGE, busVolts),
    wordSource('curr1', 'A', SHUNT_VOLTAGE, (raw) => shuntVolts(raw) / shuntOhm),
    {
      channel: 'power1',
      unit: 'W',
      registers: [SHUNT_VOLTAGE, BUS_VOLTAGE],
      lengthBytes: 2,
      // Voltage times current, as for the other power monitors: the chip's own power register is 0 until it has been
      // calibrated, and again after a reset that nobody told us about.
      convert: (shunt = 0, bus = 0) => {
        const volts = busVolts(bus);
        return typeof volts === 'string' ? volts : (volts * shuntVolts(shunt)) / shuntOhm;
      },
    } as const,
    wordSource('temp1', 'C', DIE_TEMPERATURE, variant.temperature),
  ];
  return sensorOf(registers, sources, () =>
    writeWords(registers, [[CONFIGURATION, variant.configuration], ...SETTINGS]),
  );
}
