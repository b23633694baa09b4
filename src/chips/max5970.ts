// MAX5970 (two channels) and MAX5978 (one) hot-swap controllers (Maxim): voltage and shunt voltage of each channel, 10 bits
// of the ranges that MON_RANGE and STATUS2 tell; current by the shunt resistor. Registers, ranges and fault bits as in
// Linux's max5970 driver and its header include/linux/mfd/max5970.h.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChannelInfo, ChipCondition, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { channelReader } from './channel-sensor.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';

/** Of the first channel; the second one's follow at four bytes. The upper eight bits come first, then the lower two. */
const CURRENT = 0x00;
const VOLTAGE = 0x02;
const MON_RANGE = 0x18;
const STATUS2 = 0x33;
const FAULTS = [0x35, 0x36, 0x37] as const;

const FULL_SCALE = 1024;
const WIDEST_VOLT = 16;
/** By the two bits of STATUS2, which the IRNG pin sets; 3 is none. */
const SHUNT_RANGES_VOLT: readonly number[] = [0.1, 0.05, 0.025];

/** Of FAULTS: the bit of the first channel, which the second channel's follows. */
const CONDITIONS: readonly { readonly register: number; readonly bit: number; readonly name: string }[] = [
  { register: 0, bit: 0, name: 'vout-under-voltage-warning' },
  { register: 0, bit: 4, name: 'vout-under-voltage-fault' },
  { register: 1, bit: 0, name: 'vout-over-voltage-warning' },
  { register: 1, bit: 4, name: 'vout-over-voltage-fault' },
  { register: 2, bit: 0, name: 'iout-over-current-warning' },
];

export const max5970Variants: Readonly<Record<string, 1 | 2>> = { max5970: 2, max5978: 1 };

/** As in Linux: in0 and curr1 are the first channel's. */
export function max5970Channels(count: number): readonly ChannelInfo[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  return [
    ...indices.map((index) => ({ channel: `in${index}`, unit: 'V' }) as const),
    ...indices.map((index) => ({ channel: `curr${index + 1}`, unit: 'A' }) as const),
  ];
}

/** `shuntMicroOhm` is that of both channels. */
export function openMax5970(
  name: string,
  count: 1 | 2,
  bus: I2cBus,
  address: number,
  shuntMicroOhm?: number,
): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const shuntOhm = checkedShuntMicroOhm(shuntMicroOhm, registers.place()) / 1e6;

  /** The range is read along: a board's firmware may have set it, and a reset sets it back. */
  const share = async (
    rangeRegister: number,
    index: number,
    register: number,
    rangeOf: (bits: number) => number | undefined,
    nowMs: number,
  ): Promise<Reading> => {
    const ranges = await registers.readByte(rangeRegister);
    if (ranges.kind === 'failed') return readingOf(ranges, nowMs);
    const range = rangeOf((ranges.value >> (2 * index)) & 3);
    if (range === undefined) {
      const what = `0x${ranges.value.toString(16)} names no range for channel ${index + 1}`;
      return readingOf(registers.failure('implausible', rangeRegister, what), nowMs);
    }
    const answer = await registers.readWord(register + 4 * index);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    const bits = ((answer.value >> 8) << 2) | (answer.value & 3);
    return good((bits / FULL_SCALE) * range, nowMs);
  };
  const volts = (index: number, nowMs: number) =>
    share(MON_RANGE, index, VOLTAGE, (bits) => WIDEST_VOLT / 2 ** bits, nowMs);
  const amperes = async (index: number, nowMs: number): Promise<Reading> => {
    const shunt = await share(STATUS2, index, CURRENT, (bits) => SHUNT_RANGES_VOLT[bits], nowMs);
    return shunt.kind === 'none' ? shunt : good(shunt.value / shuntOhm, nowMs);
  };

  return {
    kind: 'sensor',
    ...channelReader({
      registers,
      channels: max5970Channels(count),
      // It measures all the time; nothing is to be set. That it is there is seen by what it says of its ranges.
      configure: async () => {
        const answer = await registers.readByte(STATUS2);
        return answer.kind === 'failed' ? answer : CHIP_OK;
      },
      readIndex: (index, nowMs) => (index < count ? volts(index, nowMs) : amperes(index - count, nowMs)),
    }),
    readConditions: async () => {
      const faults: number[] = [];
      for (const register of FAULTS) {
        const answer = await registers.readByte(register);
        if (answer.kind === 'failed') return answer;
        faults.push(answer.value);
      }
      const conditions = Array.from({ length: count }, (_, page): ChipCondition[] =>
        CONDITIONS.filter(({ register, bit }) => (((faults[register] ?? 0) >> (bit + page)) & 1) === 1).map(
          ({ name: condition }) => ({ page, name: condition }),
        ),
      );
      return { kind: 'ok', conditions: conditions.flat() };
    },
  };
}
