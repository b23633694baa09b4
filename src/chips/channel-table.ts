// A sensor chip as a table: each channel is one register and a conversion.
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChannelInfo, ChipResult, ChipUnit, SensorChip } from './chip.ts';
import type { ChipRegisters } from './chip-registers.ts';
import { readingOf } from './chip-registers.ts';

export interface ChannelSource extends ChannelInfo {
  readonly read: (nowMs: number) => Promise<Reading>;
}

/** What a conversion makes of a raw value; a text says why it cannot be. */
export type Converted = number | string;

export function sensorOf(
  registers: ChipRegisters,
  sources: readonly ChannelSource[],
  configure: () => Promise<ChipResult>,
): SensorChip {
  return {
    kind: 'sensor',
    name: registers.name,
    busId: registers.busId,
    address: registers.address,
    channels: sources.map(({ channel, unit }) => ({ channel, unit })),
    configure,
    read: async (channel, nowMs) => {
      const source = sources.find((candidate) => candidate.channel === channel);
      return source === undefined ? readingOf(registers.refusal(`no channel ${channel}`), nowMs) : source.read(nowMs);
    },
    readAll: async (nowMs) => {
      const entries = sources.map(async ({ channel, read }) => [channel, await read(nowMs)] as const);
      return new Map(await Promise.all(entries));
    },
  };
}

/** A channel that is one register of `length` bytes, most significant first. */
export function registerSource(
  registers: ChipRegisters,
  channel: string,
  unit: ChipUnit,
  register: number,
  convert: (raw: number) => Converted,
  length: 1 | 2 | 3 = 2,
): ChannelSource {
  return {
    channel,
    unit,
    read: async (nowMs) => {
      const answer = await registers.read(register, length);
      if (answer.kind === 'failed') return readingOf(answer, nowMs);
      const raw = answer.data.reduce((value, byte) => value * 256 + byte, 0);
      const value = convert(raw);
      if (typeof value === 'number') return good(value, nowMs);
      return readingOf(registers.failure('implausible', register, value), nowMs);
    },
  };
}
