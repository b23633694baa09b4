// ISL28022 power monitor (Renesas): bus voltage in steps of 4 mV up to 60 V, shunt voltage in steps of 10 µV up to
// ±320 mV; current and power reckoned from the shunt resistor. Registers, steps and settings as in Linux's isl28022 driver
// (Renesas ISL28022 data sheet, register descriptions). Most significant byte first.
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { sensorOf, wordSource, writeWords } from './channel-table.ts';
import { ChipRegisters } from './chip-registers.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';

const CONFIGURATION = 0x00;
const SHUNT_VOLTAGE = 0x01;
const BUS_VOLTAGE = 0x02;
const CALIBRATION = 0x05;

/** As Linux: 60 V, ±320 mV, 15 bits, shunt and bus continuously; the current register counts as the shunt's does. */
const SETTINGS = [
  [CONFIGURATION, 0x7c47],
  [CALIBRATION, 0x1000],
] as const;

const SHUNT_VOLT_PER_BIT = 10e-6;
const BUS_VOLT_PER_BIT = 4e-3;

/** Unlike TI's monitors, and as in Linux: in0 is the bus voltage, in1 the shunt voltage. */
export const ISL28022_CHANNELS: readonly ChannelInfo[] = [
  { channel: 'in0', unit: 'V' },
  { channel: 'in1', unit: 'V' },
  { channel: 'curr1', unit: 'A' },
  { channel: 'power1', unit: 'W' },
];

export function openIsl28022(bus: I2cBus, address: number, shuntMicroOhm?: number): SensorChip {
  const registers = new ChipRegisters('isl28022', bus, address);
  const shuntOhm = checkedShuntMicroOhm(shuntMicroOhm, registers.place()) / 1e6;
  const busVolts = (raw: number) => (raw >> 2) * BUS_VOLT_PER_BIT;
  const shuntVolts = (raw: number) => signed(raw, 16) * SHUNT_VOLT_PER_BIT;
  const sources = [
    wordSource('in0', 'V', BUS_VOLTAGE, busVolts),
    wordSource('in1', 'V', SHUNT_VOLTAGE, shuntVolts),
    wordSource('curr1', 'A', SHUNT_VOLTAGE, (raw) => shuntVolts(raw) / shuntOhm),
    {
      channel: 'power1',
      unit: 'W',
      registers: [SHUNT_VOLTAGE, BUS_VOLTAGE],
      lengthBytes: 2,
      convert: (shunt = 0, busRaw = 0) => (busVolts(busRaw) * shuntVolts(shunt)) / shuntOhm,
    } as const,
  ];
  return sensorOf(registers, sources, () => writeWords(registers, SETTINGS));
}
