// A tick out of turn, for what cannot wait for the next one. A line that chatters gets no more than one an interval.

export class EarlyTick {
  readonly #intervalMs: number;
  #notBeforeMs = -Infinity;
  #waiting = false;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Whether to tick now. While a tick is under way the next one is to follow at its end: it may have looked already. */
  ask(nowMs: number, busy: boolean): boolean {
    if (nowMs < this.#notBeforeMs) return false;
    this.#waiting = busy;
    if (!busy) this.#notBeforeMs = nowMs + this.#intervalMs;
    return !busy;
  }

  /** At the end of a tick: whether another is to follow. */
  takeWaiting(nowMs: number): boolean {
    return this.#waiting && this.ask(nowMs, false);
  }
}
