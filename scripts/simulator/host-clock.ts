// The clocks of a machine: the monotonic one runs up to 1 % fast or slow and begins anew when the machine boots; the
// wall clock may jump.
import type { EventQueue, Happening } from './event-queue.ts';

/** Wall time at the beginning of a run: 1 January 2026. */
export const BEGAN_WALL_MS = Date.UTC(2026, 0, 1);

export class HostClock {
  readonly #queue: EventQueue;
  readonly #rate: number;
  #zeroMs = 0;
  /** How far the wall clock is off. */
  wallOffsetMs = 0;

  constructor(queue: EventQueue, rate: number) {
    this.#queue = queue;
    this.#rate = rate;
  }

  nowMs(): number {
    return this.atMs(this.#queue.nowMs);
  }

  /** What this clock shows, or showed, at a true time. */
  atMs(trueMs: number): number {
    return (trueMs - this.#zeroMs) * this.#rate;
  }

  wallMs(): number {
    return BEGAN_WALL_MS + this.#queue.nowMs + this.wallOffsetMs;
  }

  after(delayMs: number, what: Happening): void {
    this.#queue.after(delayMs / this.#rate, what);
  }

  /** It begins at zero again. */
  boot(): void {
    this.#zeroMs = this.#queue.nowMs;
  }
}
