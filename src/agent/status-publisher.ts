// Publishes the agent's record, retained: at once when something changed, at most twice a second, at least every 5 s.
import { every, type Clock, type Timer } from '../core/clock.ts';

export const MIN_STATUS_INTERVAL_MS = 500;
export const MAX_STATUS_INTERVAL_MS = 5000;

export class StatusPublisher {
  readonly #clock: Clock;
  readonly #publish: () => void;
  readonly #beat: Timer;
  #lastMs = -Infinity;
  #pending: Timer | null = null;

  constructor(clock: Clock, publish: () => void) {
    this.#clock = clock;
    this.#publish = publish;
    this.#beat = every(clock, 'agent status', MIN_STATUS_INTERVAL_MS, () => {
      if (clock.nowMs() - this.#lastMs > MAX_STATUS_INTERVAL_MS - MIN_STATUS_INTERVAL_MS) this.#send();
    });
  }

  /** Something changed: soon. Changes up to then go together. */
  changed(): void {
    if (this.#pending !== null) return;
    const waitMs = Math.max(0, this.#lastMs + MIN_STATUS_INTERVAL_MS - this.#clock.nowMs());
    this.#pending = this.#clock.after('agent status', waitMs, () => this.#send());
  }

  stop(): void {
    this.#beat.cancel();
    this.#pending?.cancel();
  }

  #send(): void {
    this.#pending?.cancel();
    this.#pending = null;
    this.#lastMs = this.#clock.nowMs();
    this.#publish();
  }
}
