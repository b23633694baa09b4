// One timer by name, as both machines ask for them: a later one of the same name takes its place.
import type { HostClock } from './host-clock.ts';

export class NamedTimers {
  readonly #clock: HostClock;
  readonly #due: (name: string) => void;
  readonly #current = new Map<string, number>();
  #last = 0;

  constructor(clock: HostClock, due: (name: string) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Null cancels it. */
  set(name: string, delayMs: number | null): void {
    if (delayMs === null) {
      this.#current.delete(name);
      return;
    }
    const mine = ++this.#last;
    this.#current.set(name, mine);
    this.#clock.after(delayMs, () => {
      if (this.#current.get(name) !== mine) return;
      this.#current.delete(name);
      this.#due(name);
    });
  }

  clear(): void {
    this.#current.clear();
  }
}
