// INA3221: bus and shunt voltages of three channels, and currents by their shunt resistors. TI SBOS576, table "Summary of
// Register Set". Values are 13 bits, signed, left-aligned: 40 µV of shunt, 8 mV of bus voltage.
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, SensorChip } from './chip.ts';
import { sensorOf, wordSource, writeWords } from './channel-table.ts';
import { ChipRegisters } from './chip-registers.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';

const CONFIGURATION = 0x00;
/** Of the first channel; the others follow at two registers. */
const SHUNT1 = 0x01;
const BUS1 = 0x02;

/** All channels on, 16 averages, 1.1 ms, continuous: a new value every 106 ms. */
const SETTINGS = [[CONFIGURATION, 0x7527]] as const;

const CHANNELS = [0, 1, 2];
const SHUNT_VOLT_PER_BIT = 40e-6;
const BUS_VOLT_PER_BIT = 8e-3;

/** As in Linux: in1 to in3 are the bus voltages, in4 to in6 the shunt voltages. */
export const INA3221_CHANNELS: readonly ChannelInfo[] = [
  ...CHANNELS.map((index) => ({ channel: `in${index + 1}`, unit: 'V' }) as const),
  ...CHANNELS.map((index) => ({ channel: `in${index + 4}`, unit: 'V' }) as const),
  ...CHANNELS.map((index) => ({ channel: `curr${index + 1}`, unit: 'A' }) as const),
];

/** `shuntMicroOhm` is that of all three channels. */
export function openIna3221(bus: I2cBus, address: number, shuntMicroOhm?: number): SensorChip {
  const registers = new ChipRegisters('ina3221', bus, address);
  const shuntOhm = checkedShuntMicroOhm(shuntMicroOhm, registers.place()) / 1e6;
  const bits = (raw: number) => signed(raw >> 3, 13);
  const shuntVolts = (raw: number) => bits(raw) * SHUNT_VOLT_PER_BIT;
  const sources = [
    ...CHANNELS.map((index) =>
      wordSource(`in${index + 1}`, 'V', BUS1 + 2 * index, (raw) => bits(raw) * BUS_VOLT_PER_BIT),
    ),
    ...CHANNELS.map((index) => wordSource(`in${index + 4}`, 'V', SHUNT1 + 2 * index, shuntVolts)),
    ...CHANNELS.map((index) =>
      wordSource(`curr${index + 1}`, 'A', SHUNT1 + 2 * index, (raw) => shuntVolts(raw) / shuntOhm),
    ),
  ];
  return sensorOf(registers, sources, () => writeWords(registers, SETTINGS));
}
