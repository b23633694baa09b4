// A clock that only moves when told: timers fire in order of their due time, ties in the order they were set.
import type { Clock, Timer } from './clock.ts';

interface Pending {
  readonly name: string;
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #pending: Pending[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wall(): Date {
    return new Date(this.#nowMs);
  }

  after(name: string, delayMs: number, callback: () => void): Timer {
    const pending: Pending = { name, dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#pending.push(pending);
    return { cancel: () => void (this.#pending = this.#pending.filter((other) => other !== pending)) };
  }

  /** What is waiting, for a test's message when it hangs. */
  pendingNames(): string[] {
    return this.#pending.map((pending) => pending.name);
  }

  /** Moves time on, firing every timer that comes due on the way, those set by fired ones included. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#earliest(); next !== undefined && next.dueMs <= untilMs; next = this.#earliest()) {
      this.#fire(next);
    }
    this.#nowMs = untilMs;
  }

  /** As advance, but lets promises settle after every timer, so code that awaits runs in step with time. */
  async advanceAsync(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#earliest(); next !== undefined && next.dueMs <= untilMs; next = this.#earliest()) {
      this.#fire(next);
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #fire(next: Pending): void {
    this.#pending = this.#pending.filter((other) => other !== next);
    this.#nowMs = next.dueMs;
    next.callback();
  }

  #earliest(): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (
        first === undefined ||
        pending.dueMs < first.dueMs ||
        (pending.dueMs === first.dueMs && pending.order < first.order)
      ) {
        first = pending;
      }
    }
    return first;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
