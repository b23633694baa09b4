// Timers that are known by name: setting one replaces the one of that name.
import type { Clock, Timer } from '../../core/clock.ts';

export class NamedTimers {
  readonly #clock: Clock;
  readonly #fired: (name: string) => void;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, fired: (name: string) => void) {
    this.#clock = clock;
    this.#fired = fired;
  }

  /** Null: none any more. */
  set(name: string, delayMs: number | null): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    if (delayMs === null) return;
    const fire = () => {
      this.#timers.delete(name);
      this.#fired(name);
    };
    this.#timers.set(name, this.#clock.after(name, delayMs, fire));
  }

  cancelAll(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
