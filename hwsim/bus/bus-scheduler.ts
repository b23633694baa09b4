// Delivers the answers of all buses when they are due: spins through the event loop while something is due soon, so
// that other buses' sockets stay served; sleeps on a timer for what is far off; does nothing while all are idle.
import type { Clock, Timer } from '../../src/core/clock.ts';
import type { I2cAnswer } from '../../src/core/ports.ts';
import { BusTimeline } from './timeline.ts';
import type { Outcome } from './topology.ts';

export class BusScheduler {
  readonly #clock: Clock;
  /** Clock milliseconds before a due time from which on it spins; timers are not exact enough for the rest. */
  readonly #spinMs: number;
  readonly #timelines = new Map<string, BusTimeline>();
  readonly #afterDelivery: () => void;
  #armed: { readonly dueMs: number; readonly cancel: () => void } | null = null;
  #closed = false;

  constructor(clock: Clock, spinMs: number, afterDelivery: () => void = () => {}) {
    this.#clock = clock;
    this.#spinMs = spinMs;
    this.#afterDelivery = afterDelivery;
  }

  submit(root: string, execute: (startMs: number) => Outcome, deliver: (answer: I2cAnswer) => void): void {
    let timeline = this.#timelines.get(root);
    if (timeline === undefined) this.#timelines.set(root, (timeline = new BusTimeline()));
    timeline.submit(this.#clock.nowMs(), execute, deliver);
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#armed?.cancel();
    this.#armed = null;
  }

  #run(): void {
    this.#armed = null;
    const nowMs = this.#clock.nowMs();
    for (const timeline of this.#timelines.values()) timeline.deliverDue(nowMs);
    this.#afterDelivery();
    this.#arm();
  }

  #arm(): void {
    if (this.#closed) return;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const timeline of this.#timelines.values()) dueMs = Math.min(dueMs, timeline.nextDueMs() ?? dueMs);
    if (dueMs === Number.POSITIVE_INFINITY || (this.#armed !== null && this.#armed.dueMs <= dueMs)) return;
    this.#armed?.cancel();
    const leftMs = dueMs - this.#clock.nowMs();
    if (leftMs <= this.#spinMs) {
      const handle = setImmediate(() => this.#run());
      this.#armed = { dueMs, cancel: () => clearImmediate(handle) };
      return;
    }
    const timer: Timer = this.#clock.after('bus answer', leftMs - this.#spinMs, () => this.#run());
    this.#armed = { dueMs, cancel: () => timer.cancel() };
  }
}
