// What every sensor of several channels does the same way: channels found by name, one status register read once for
// all of them, readings by index.
import type { Reading } from '../core/reading.ts';
import type { ChannelInfo, ChannelReader, ChipResult } from './chip.ts';
import type { ByteAnswer, ChipRegisters } from './chip-registers.ts';
import { readingOf } from './chip-registers.ts';

/** The status byte of a sweep: read when first asked for, then the same for every channel. */
export type StatusOnce = () => Promise<ByteAnswer>;

export interface ChannelSensorParts {
  readonly registers: ChipRegisters;
  readonly channels: readonly ChannelInfo[];
  readonly configure: () => Promise<ChipResult>;
  /** The register that tells open diodes; where a chip has none, it is never asked for. */
  readonly statusRegister?: number;
  /** `index` counts from 0, in the order of `channels`. */
  readonly readIndex: (index: number, nowMs: number, status: StatusOnce) => Promise<Reading>;
}

export function temperatureChannels(count: number): readonly ChannelInfo[] {
  return Array.from({ length: count }, (_, index) => ({ channel: `temp${index + 1}`, unit: 'C' }));
}

export function channelReader(parts: ChannelSensorParts): ChannelReader {
  const { registers, channels } = parts;
  const statusOnce = (): StatusOnce => {
    let answer: Promise<ByteAnswer> | null = null;
    return () => (answer ??= registers.readByte(parts.statusRegister ?? 0));
  };
  return {
    name: registers.name,
    busId: registers.busId,
    address: registers.address,
    channels,
    configure: parts.configure,
    read: async (channel, nowMs) => {
      const index = channels.findIndex((info) => info.channel === channel);
      if (index < 0) return readingOf(registers.refusal(`no channel ${channel}`), nowMs);
      return parts.readIndex(index, nowMs, statusOnce());
    },
    readAll: async (nowMs) => {
      const status = statusOnce();
      const entries = channels.map(
        async ({ channel }, index) => [channel, await parts.readIndex(index, nowMs, status)] as const,
      );
      return new Map(await Promise.all(entries));
    },
  };
}

/** The diode's fault as a failure, when the status byte has its bit set or could not be read; else null. */
export async function diodeFault(
  registers: ChipRegisters,
  statusRegister: number,
  status: StatusOnce,
  openBit: number,
): Promise<Extract<ByteAnswer, { readonly kind: 'failed' }> | null> {
  const answer = await status();
  if (answer.kind === 'failed') return answer;
  if ((answer.value & openBit) === 0) return null;
  return registers.failure('fault', statusRegister, 'the remote diode is open');
}
