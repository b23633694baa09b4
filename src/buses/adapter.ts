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
/**
 * Within a turn of the event loop synchronous transfers follow one another at once, so the clock is looked at only after
 * so many that were answered: where it is a system call (no vDSO) it costs as much as a third of a transfer.
 */
const STRIDE = 16;
/** After so many together took too long each is timed for a while, to find the one. */
const WARY_TRANSFERS = 512;
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

/** Calls back when the present turn of the event loop is over. */
export type TurnEnd = (ended: () => void) => void;

export class Adapter {
  readonly #id: string;
  readonly #nowMs: () => number;
  readonly #onTurnEnd: TurnEnd;
  #trust: Trust = { kind: 'new' };
  /** Addresses at which a time-out was met: asked through the pool until they answer, so that one bad chip blocks once. */
  readonly #slow = new Set<number>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isTurn = false;
  /** When the clock was looked at last in this turn, and how many transfers were made since. */
  #lookedMs = 0;
  #untimed = 0;
  #wary = 0;

  /** @param onTurnEnd `setImmediate` where the clock runs on while the process is busy; else each transfer is a turn */
  constructor(id: string, nowMs: () => number, onTurnEnd: TurnEnd = (ended) => ended()) {
    this.#id = id;
    this.#nowMs = nowMs;
    this.#onTurnEnd = onTurnEnd;
  }

  /** Whether the next transfer may be made at once, synchronously: then `settle` must be told what came of it. */
  mayAskNow(address: number): boolean {
    const trust = this.#trust;
    if (trust.kind !== 'trusted' || this.#waiting > 0 || this.#slow.has(address)) return false;
    if (this.#isTurn) return true;
    const nowMs = this.#nowMs();
    if (nowMs - trust.answeredMs >= TRUST_MS) return false;
    this.#beginTurn(nowMs);
    return true;
  }

  /** Takes in what a transfer answered that `mayAskNow` allowed. */
  settle(address: number, answer: I2cAnswer): I2cAnswer {
    this.#untimed++;
    if (answer.kind === 'ok' && this.#isTurn && this.#wary === 0 && this.#untimed < STRIDE) return answer;
    if (this.#wary > 0) this.#wary--;
    const startMs = this.#lookedMs;
    const nowMs = this.#nowMs();
    const alone = this.#untimed === 1;
    this.#beginTurn(nowMs);
    if (answer.kind === 'ok' && !alone && nowMs - startMs > SLOW_MS) {
      this.#wary = WARY_TRANSFERS; // it may have been any of them; a failure is blamed itself
      return this.#judge(address, answer, nowMs, nowMs);
    }
    return this.#judge(address, answer, startMs, nowMs);
  }

  /** In the order of the calls; waits for its turn. */
  ask(job: TransferJob): Promise<I2cAnswer> {
    const refused = this.#refusal();
    if (refused !== null) return Promise.resolve(refused);
    this.#waiting++;
    const answer = this.#last.then(() => this.#inTurn(job)).finally(() => void this.#waiting--);
    this.#last = answer;
    return answer;
  }

  #beginTurn(nowMs: number): void {
    this.#lookedMs = nowMs;
    this.#untimed = 0;
    if (this.#isTurn) return;
    this.#isTurn = true;
    this.#onTurnEnd(() => (this.#isTurn = false));
  }

  async #inTurn(job: TransferJob): Promise<I2cAnswer> {
    const startMs = this.#nowMs();
    const trust = this.#trust;
    if (trust.kind === 'hanging' && startMs < trust.notBeforeMs) return this.#notAsked(trust);
    const isTrusted = trust.kind === 'trusted' && startMs - trust.answeredMs < TRUST_MS && !this.#slow.has(job.address);
    const answer = isTrusted ? job.now() : await job.inPool();
    return this.#judge(job.address, answer, startMs, this.#nowMs());
  }

  #judge(address: number, answer: I2cAnswer, startMs: number, nowMs: number): I2cAnswer {
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
