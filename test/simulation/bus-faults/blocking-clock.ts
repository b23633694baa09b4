// Virtual time in which a synchronous call may take time, as it does on hardware: meanwhile no timer fires, and what has
// come due fires late.
import type { Clock, Timer } from '../../../src/core/clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class BlockingClock implements Clock {
  #nowMs = 1000;
  #order = 0;
  #pending: Pending[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wall(): Date {
    return new Date(this.#nowMs);
  }

  after(_name: string, delayMs: number, callback: () => void): Timer {
    const pending = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#pending.push(pending);
    return { cancel: () => void (this.#pending = this.#pending.filter((other) => other !== pending)) };
  }

  /** The caller keeps the processor, or waits in a system call, for so long. */
  block(ms: number): void {
    this.#nowMs += ms;
  }

  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      const fired = next;
      this.#pending = this.#pending.filter((other) => other !== fired);
      this.#nowMs = Math.max(this.#nowMs, fired.dueMs);
      fired.callback();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #next(untilMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs > untilMs) continue;
      const earlier = first === undefined || pending.dueMs < first.dueMs;
      if (earlier || (pending.dueMs === first?.dueMs && pending.order < first.order)) first = pending;
    }
    return first;
  }
}

/** Promises that are ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
