// A sensor chip as a table: each channel is one register or more, and a conversion of what they hold.
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { BytesAnswer, ChannelInfo, ChipResult, ChipUnit, SensorChip } from './chip.ts';
import type { ChipRegisters } from './chip-registers.ts';
import { readingOf } from './chip-registers.ts';

/** The value, or in words why the registers' contents cannot be. */
export type Converted = number | string;

export interface ChannelSource extends ChannelInfo {
  readonly registers: readonly number[];
  /** Of each register; most significant byte first. */
  readonly lengthBytes: 1 | 2;
  readonly convert: (...raw: readonly number[]) => Converted;
}

/** A channel that is one 16-bit register. */
export function wordSource(
  channel: string,
  unit: ChipUnit,
  register: number,
  convert: (raw: number) => Converted,
): ChannelSource {
  return { channel, unit, registers: [register], lengthBytes: 2, convert: (raw = 0) => convert(raw) };
}

/** As `convert`, for a register with bits that the data sheet says always read 0. */
export function withoutBits(zeroBits: number, convert: (raw: number) => number): (raw: number) => Converted {
  return (raw) => ((raw & zeroBits) === 0 ? convert(raw) : `0x${raw.toString(16)} has a bit that always reads 0`);
}

type Fetch = (register: number, lengthBytes: number) => Promise<BytesAnswer>;

/** `readAll` reads each register once, however many channels are made of it. */
export function sensorOf(
  registers: ChipRegisters,
  sources: readonly ChannelSource[],
  configure: () => Promise<ChipResult>,
): SensorChip {
  const fetch: Fetch = (register, lengthBytes) => registers.read(register, lengthBytes);
  const readSource = async (source: ChannelSource, from: Fetch, nowMs: number): Promise<Reading> => {
    const raw: number[] = [];
    for (const answer of await Promise.all(source.registers.map((register) => from(register, source.lengthBytes)))) {
      if (answer.kind === 'failed') return readingOf(answer, nowMs);
      raw.push(answer.data.reduce((value, byte) => value * 256 + byte, 0));
    }
    const value = source.convert(...raw);
    if (typeof value === 'number') return good(value, nowMs);
    return readingOf(registers.failure('implausible', source.registers[0] ?? 0, value), nowMs);
  };
  return {
    kind: 'sensor',
    name: registers.name,
    busId: registers.busId,
    address: registers.address,
    channels: sources.map(({ channel, unit }) => ({ channel, unit })),
    configure,
    read: async (channel, nowMs) => {
      const source = sources.find((candidate) => candidate.channel === channel);
      if (source === undefined) return readingOf(registers.refusal(`no channel ${channel}`), nowMs);
      return readSource(source, fetch, nowMs);
    },
    readAll: async (nowMs) => {
      const fetched = new Map<number, Promise<BytesAnswer>>();
      const fetchOnce: Fetch = (register, lengthBytes) => {
        const known = fetched.get(register) ?? fetch(register, lengthBytes);
        fetched.set(register, known);
        return known;
      };
      const entries = sources.map(
        async (source) => [source.channel, await readSource(source, fetchOnce, nowMs)] as const,
      );
      return new Map(await Promise.all(entries));
    },
  };
}

/** Writes 16-bit registers one after the other. */
export async function writeWords(
  registers: ChipRegisters,
  values: readonly (readonly [register: number, value: number])[],
): Promise<ChipResult> {
  for (const [register, value] of values) {
    const result = await registers.write(register, value >> 8, value & 0xff);
    if (result.kind === 'failed') return result;
  }
  return { kind: 'ok' };
}
