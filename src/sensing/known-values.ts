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

  values(): ReadonlyMap<string, number> {
    return new Map([...this.#believed].map(([channel, believed]) => [channel, middle(believed)]));
  }

  forget(): void {
    this.#believed.clear();
  }
}

/** The older of two. */
function middle(values: readonly number[]): number {
  if (values.length < KEPT) return values[0] ?? Number.NaN;
  return values.toSorted((a, b) => a - b)[1] ?? Number.NaN;
}
