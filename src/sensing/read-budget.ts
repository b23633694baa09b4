// How many extra reads one sweep may spend on one bus: what keeps a noisy bus from using up the tick.

/** A read of a chip takes 0.5 to 3 ms at 100 kHz: under 100 ms of a deadline that is 250 ms at least. */
export const EXTRA_READS_PER_SWEEP = 32;

export class ReadBudget {
  #left: number;

  constructor(count: number = EXTRA_READS_PER_SWEEP) {
    this.#left = count;
  }

  /** Whether one more read may be made. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left--;
    return true;
  }
}
