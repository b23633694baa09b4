// What PMBus hot-swap controllers have in common: input and output voltage, output current, input power, temperature.
import type { ChannelInfo } from './chip.ts';
import type { PmbusIdentity, PmbusNumber, PmbusSensor } from './pmbus.ts';
import { PMBUS_READ } from './pmbus.ts';

/** in1 input, in2 output voltage, curr1 output current, power1 input power. */
export const HOT_SWAP_CHANNELS: readonly ChannelInfo[] = [
  { channel: 'in1', unit: 'V' },
  { channel: 'in2', unit: 'V' },
  { channel: 'curr1', unit: 'A' },
  { channel: 'power1', unit: 'W' },
  { channel: 'temp1', unit: 'C' },
];

export interface HotSwapNumbers {
  readonly voltage: PmbusNumber;
  readonly current: PmbusNumber;
  readonly power: PmbusNumber;
  readonly temperature: PmbusNumber;
  /** Bits of voltages, current and temperature that always read 0. */
  readonly zeroBits?: number;
}

/** DIRECT with these coefficients. */
export function direct(m: number, b = 0, r = 0): PmbusNumber {
  return { kind: 'direct', coefficients: { m, b, r } };
}

export function hotSwapIdentity(numbers: HotSwapNumbers): PmbusIdentity {
  const { voltage, current, power, temperature, zeroBits = 0 } = numbers;
  const sensors: readonly PmbusSensor[] = [
    { channel: 'in1', unit: 'V', command: PMBUS_READ.vin, page: 0, number: voltage, zeroBits },
    { channel: 'in2', unit: 'V', command: PMBUS_READ.vout, page: 0, number: voltage, zeroBits },
    { channel: 'curr1', unit: 'A', command: PMBUS_READ.iout, page: 0, number: current, zeroBits },
    { channel: 'power1', unit: 'W', command: PMBUS_READ.pin, page: 0, number: power },
    { channel: 'temp1', unit: 'C', command: PMBUS_READ.temperature1, page: 0, number: temperature, zeroBits },
  ];
  return { kind: 'ok', pages: 1, sensors };
}
