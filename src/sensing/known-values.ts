// What is known of a chip's channels: the median of the values believed last, so that one value which was corrupted by
// less than shows does not pass on to what the next is compared with.
import type { ChannelInfo } from '../chips/chip.ts';
import { isClose, type ChannelReadings } from './agreement.ts';

const KEPT = 3;

interface Believed {
  /** Oldest first; how many of them are set. */
  readonly values: [number, number, number];
  count: number;
}

export class KnownValues {
  readonly #believed = new Map<string, Believed>();

  /** What was believed now. A channel without a value is unknown from here on; one that jumped begins anew. */
  take(channels: readonly ChannelInfo[], readings: ChannelReadings): void {
    for (const { channel, unit } of channels) {
      const reading = readings.get(channel);
      const before = this.#believed.get(channel);
      if (reading?.kind !== 'value') this.#believed.delete(channel);
      else if (before === undefined || !isClose(unit, reading.value, middle(before))) {
        this.#believed.set(channel, { values: [reading.value, 0, 0], count: 1 });
      } else remember(before, reading.value);
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

/** In place: this is done for every channel of every sweep. */
function remember(believed: Believed, value: number): void {
  const { values } = believed;
  if (believed.count < KEPT) values[believed.count++] = value;
  else {
    values[0] = values[1];
    values[1] = values[2];
    values[2] = value;
  }
}

/** The older of two. */
function middle({ values: [first, second, third], count }: Believed): number {
  if (count < KEPT) return first;
  return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
}
