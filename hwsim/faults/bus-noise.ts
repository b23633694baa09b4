// Transfers that go wrong by chance: which, how, and how many so far.
import type { Random } from '../../src/core/random.ts';
import type { TransferFault } from '../contract.ts';

export class BusNoise {
  readonly #random: Random;
  readonly #buses = new Map<string, { readonly share: number; readonly faults: readonly TransferFault[] }>();
  readonly #counts = new Map<TransferFault, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  disturb(bus: string, share: number, faults: readonly TransferFault[]): void {
    this.#buses.set(bus, { share, faults });
  }

  calm(bus: string): void {
    this.#buses.delete(bus);
  }

  /** What befalls the next transfer on a bus. */
  next(bus: string): TransferFault | null {
    const noise = this.#buses.get(bus);
    if (noise === undefined || this.#random.next() >= noise.share) return null;
    const fault = this.#random.pick(noise.faults);
    this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + 1);
    return fault;
  }

  /** One bit of one byte flipped. */
  corrupted(data: Uint8Array): Uint8Array {
    const flipped = Uint8Array.from(data);
    if (data.length === 0) return flipped;
    const at = this.#random.int(data.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << this.#random.int(8));
    return flipped;
  }

  /** Transfers that were made to fail so far, by kind. */
  counts(): ReadonlyMap<TransferFault, number> {
    return this.#counts;
  }
}
