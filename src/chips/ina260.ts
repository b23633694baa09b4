// INA260: current through its own 2 mΩ shunt, bus voltage, power. TI INA260 data sheet, table "Register Map"; registers
// are 16 bits, most significant byte first.
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { sensorOf, withoutBits, wordSource, writeWords } from './channel-table.ts';
import { ChipRegisters } from './chip-registers.ts';

const CONFIGURATION = 0x00;
const CURRENT = 0x01;
const BUS_VOLTAGE = 0x02;
const POWER = 0x03;

/** 16 averages of 1.1 ms each, continuous; bits 14:12 always read 110b. */
const SETTINGS = [[CONFIGURATION, 0x6527]] as const;

const AMPERE_PER_BIT = 1.25e-3;
const VOLT_PER_BIT = 1.25e-3;
const WATT_PER_BIT = 10e-3;

/** in1 is the bus voltage. */
export const INA260_CHANNELS: readonly ChannelInfo[] = [
  { channel: 'in1', unit: 'V' },
  { channel: 'curr1', unit: 'A' },
  { channel: 'power1', unit: 'W' },
];

/** Power is the chip's own, without the sign of the current. It needs no calibration that a reset would lose. */
export function openIna260(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('ina260', bus, address);
  const sources = [
    wordSource(
      'in1',
      'V',
      BUS_VOLTAGE,
      withoutBits(0x8000, (raw) => raw * VOLT_PER_BIT),
    ),
    wordSource('curr1', 'A', CURRENT, (raw) => signed(raw, 16) * AMPERE_PER_BIT),
    wordSource('power1', 'W', POWER, (raw) => raw * WATT_PER_BIT),
  ];
  return sensorOf(registers, sources, () => writeWords(registers, SETTINGS));
}
