// One physical bus and the patience with it. A synchronous call on a bus that hangs blocks the whole process for the
// adapter's time-out (Linux: 1 s unless the driver says otherwise), so only a bus that has just answered is asked that way.
// One that has not for a while, or has timed out, is asked through libuv's pool, where a call costs 30 to 40 µs more and
// blocks nobody; and while it hangs one transfer at a time is let through, after pauses, and the others are refused. So
// of a sweep a second only the first transfer on each bus goes through the pool, and a bus that hangs is met by that one.
//
//   new ──answers──▶ trusted ──time-out──▶ hanging ──answers──▶ trusted
//    └───────────────────time-out─────────────▲
import { assertNever } from '../core/errors.ts';
import type { I2cAnswer } from '../core/ports.ts';

/** A call that failed after so long was a time-out, whatever the adapter's driver calls it. SMBus gives up after 35 ms. */
const SLOW_MS = 100;
/** Since its last answer. */
const TRUST_MS = 500;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 4000;
/** Transfers that may wait in line while the first one to a new bus is under way. */
const MAX_WAITING = 256;

/** The same transfer, to be made in one way or the other. */
export interface TransferJob {
  readonly address: number;
  now(): I2cAnswer;
  inPool(): Promise<I2cAnswer>;
}

type Trust =
  | { readonly kind: 'new' }
  | { readonly kind: 'trusted'; readonly answeredMs: number }
  | { readonly kind: 'hanging'; readonly notBeforeMs: number; readonly pauseMs: number };

export class Adapter {
  readonly #id: string;
  readonly #nowMs: () => number;
  #trust: Trust = { kind: 'new' };
  /** Addresses at which a time-out was met: asked through the pool until they answer, so that one bad chip blocks once. */
  readonly #slow = new Set<number>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(id: string, nowMs: () => number) {
    this.#id = id;
    this.#nowMs = nowMs;
  }

  /** In the order of the calls. On a bus that has just answered it is done when the call returns. */
  ask(job: TransferJob): Promise<I2cAnswer> {
    const nowMs = this.#nowMs();
    if (this.#waiting === 0 && this.#mayBlock(job, nowMs)) return Promise.resolve(this.#askNow(job, nowMs));
    const refused = this.#refusal();
    if (refused !== null) return Promise.resolve(refused);
    this.#waiting++;
    const answer = this.#last.then(() => this.#inTurn(job)).finally(() => void this.#waiting--);
    this.#last = answer;
    return answer;
  }

  #mayBlock({ address }: TransferJob, nowMs: number): boolean {
    const trust = this.#trust;
    return trust.kind === 'trusted' && nowMs - trust.answeredMs < TRUST_MS && !this.#slow.has(address);
  }

  async #inTurn(job: TransferJob): Promise<I2cAnswer> {
    const startMs = this.#nowMs();
    if (this.#mayBlock(job, startMs)) return this.#askNow(job, startMs);
    if (this.#trust.kind === 'hanging' && startMs < this.#trust.notBeforeMs) return this.#notAsked(this.#trust);
    return this.#judge(job, await job.inPool(), startMs);
  }

  #askNow(job: TransferJob, startMs: number): I2cAnswer {
    return this.#judge(job, job.now(), startMs);
  }

  /** Looks at the clock once: that is dear on a small processor, and a sweep is hundreds of transfers. */
  #judge({ address }: TransferJob, answer: I2cAnswer, startMs: number): I2cAnswer {
    const nowMs = this.#nowMs();
    const slow = nowMs - startMs > SLOW_MS;
    const timedOut = answer.kind === 'error' && (answer.error === 'timeout' || slow);
    if (slow || timedOut) this.#slow.add(address);
    else this.#slow.delete(address);
    if (timedOut) {
      const before = this.#trust.kind === 'hanging' ? this.#trust.pauseMs * 2 : FIRST_PAUSE_MS;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, before);
      this.#trust = { kind: 'hanging', notBeforeMs: nowMs + pauseMs, pauseMs };
      return { ...answer, error: 'timeout' };
    }
    // an adapter that cannot even be opened (`io`) has told nothing about the wire
    if (answer.kind === 'ok' || answer.error !== 'io') this.#trust = { kind: 'trusted', answeredMs: nowMs };
    return answer;
  }

  #refusal(): I2cAnswer | null {
    switch (this.#trust.kind) {
      case 'new':
      case 'trusted':
        if (this.#waiting < MAX_WAITING) return null;
        return { kind: 'error', error: 'timeout', detail: `${this.#id}: ${MAX_WAITING} transfers wait already` };
      case 'hanging':
        if (this.#waiting === 0 && this.#nowMs() >= this.#trust.notBeforeMs) return null;
        return this.#notAsked(this.#trust);
      default:
        return assertNever(this.#trust, 'trust');
    }
  }

  #notAsked({ pauseMs }: Trust & { readonly kind: 'hanging' }): I2cAnswer {
    const detail = `${this.#id} timed out: not asked, one transfer is tried every ${pauseMs} ms`;
    return { kind: 'error', error: 'timeout', detail };
  }
}
