// The time line of one physical bus: a transfer starts when the bus is free and the one before it is done, and its
// answer is due when its last bit would have left the wire. Nothing here waits; whoever owns it looks at `nextDueMs`.
import type { I2cAnswer } from '../../src/core/ports.ts';
import type { Outcome } from './topology.ts';

interface Waiting {
  readonly arrivedMs: number;
  readonly execute: (startMs: number) => Outcome;
  readonly deliver: (answer: I2cAnswer) => void;
}

export class BusTimeline {
  readonly #queue: Waiting[] = [];
  #current: { readonly dueMs: number; readonly answer: I2cAnswer; readonly deliver: Waiting['deliver'] } | null = null;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  /** Queues a transfer that arrived now. `execute` is called when it gets the bus. */
  submit(nowMs: number, execute: Waiting['execute'], deliver: Waiting['deliver']): void {
    this.#queue.push({ arrivedMs: nowMs, execute, deliver });
    if (this.#current === null) this.#start();
  }

  /** When the transfer on the wire is done; null while the bus is idle. */
  nextDueMs(): number | null {
    return this.#current?.dueMs ?? null;
  }

  /** Delivers all that is due. A late call does not slow the bus down: the next transfer began when the last ended. */
  deliverDue(nowMs: number): void {
    while (this.#current !== null && this.#current.dueMs <= nowMs) {
      const { answer, deliver } = this.#current;
      this.#current = null;
      this.#start();
      deliver(answer);
    }
  }

  #start(): void {
    const next = this.#queue.shift();
    if (next === undefined) return;
    const startMs = Math.max(this.#freeAtMs, next.arrivedMs);
    const { answer, wireMs } = next.execute(startMs);
    this.#freeAtMs = startMs + wireMs;
    this.#current = { dueMs: this.#freeAtMs, answer, deliver: next.deliver };
  }
}
