// What is known of a chip's channels: the median of the values believed last, so that one value which was corrupted by
// less than shows does not pass on to what the next is compared with.
import type { ChannelInfo } from '../chips/chip.ts';
import { isClose, type ChannelReadings } from './agreement.ts';

const KEPT = 3;

export class KnownValues {
  readonly #believed = new Map<string, readonly number[]>();

  /** What was believed now. A channel without a value is unknown from here on; one that jumped begins anew. */
  take(channels: readonly ChannelInfo[], readings: ChannelReadings): void {
    for (const { channel, unit } of channels) {
      const reading = readings.get(channel);
      const before = this.#believed.get(channel) ?? [];
      if (reading?.kind !== 'value') this.#believed.delete(channel);
      else if (before.length > 0 && !isClose(unit, reading.value, middle(before))) {
        this.#believed.set(channel, [reading.value]);
      } else this.#believed.set(channel, [...before, reading.value].slice(-KEPT));
    }
  }

  get(channel: string): number | undefined {
    const believed = this.#believed.get(channel);
    return believed === undefined ? undefined : middle(believed);
  }

  forget(): void {
    this.#believed.clear();
  }
}

/** The older of two. */
function middle(values: readonly number[]): number {
  const [first = Number.NaN, second, third] = values;
  if (second === undefined || third === undefined) return first;
  return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
}
