// One chip that the sweep polls: configured once it is there, read in one go, again at once when what it said is doubtful,
// asked less often while it fails. An answer that comes after its sweep has ended is kept for the next one.
import { none, type NoReason } from '../core/reading.ts';
import { CHIP_OK, type ChannelReader } from '../chips/chip.ts';
import { isSettledBy, judgeReads, MOST_READS, type ChannelReadings } from './agreement.ts';
import { KnownValues } from './known-values.ts';
import { ReadBudget } from './read-budget.ts';

/** Whether a device should be there to answer. */
export type Expected = 'present' | 'absent' | 'off';

export type { ChannelReadings } from './agreement.ts';

/** After so many failures in a row the next tries are spaced out, up to `LONGEST_BACKOFF_MS`. */
const PATIENT_FAILURES = 3;
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 5000;

export class PolledDevice {
  readonly id: string;
  /** Slot whose sled carries it; null = part of the chassis. */
  readonly slot: number | null;
  readonly chip: ChannelReader;
  #configured = false;
  /** Answers of an older attempt do not count. */
  #attempt = 0;
  #pending = false;
  #failures = 0;
  #notBeforeMs = -Infinity;
  #answer: ChannelReadings | null = null;
  #failure: ChannelReadings | null = null;
  /** Values last believed, by channel. */
  readonly #known = new KnownValues();

  constructor(id: string, slot: number | null, chip: ChannelReader) {
    this.id = id;
    this.slot = slot;
    this.chip = chip;
  }

  get pending(): boolean {
    return this.#pending;
  }

  /** It failed when it was last asked. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  due(nowMs: number): boolean {
    return !this.#pending && nowMs >= this.#notBeforeMs;
  }

  /** Issues its transfers now; resolves with what the bus did: `silent` when nothing but timeouts came. */
  async poll(nowMs: number, budget: ReadBudget = new ReadBudget()): Promise<'answered' | 'silent'> {
    const attempt = ++this.#attempt;
    this.#pending = true;
    const readings = await this.#readUntilSettled(nowMs, budget);
    const reason = failureOf(readings);
    if (attempt === this.#attempt) {
      this.#pending = false;
      this.#take(readings, reason, nowMs);
    }
    return reason === 'timeout' ? 'silent' : 'answered';
  }

  /** Gives up what is under way: it may never come. */
  abandon(): void {
    this.#attempt++;
    this.#pending = false;
  }

  /** What there is to say now, in one piece for all channels. */
  collect(expected: Expected, nowMs: number): ChannelReadings {
    if (expected !== 'present') {
      this.#forget();
      return this.#all(expected, nowMs, '');
    }
    const answer = this.#answer;
    this.#answer = null;
    if (answer !== null) return answer;
    if (!this.#pending && this.#failure !== null) return this.#failure; // not asked this time: still failing
    return this.#all('timeout', nowMs, `${this.id}: no answer in time on ${this.chip.busId}`);
  }

  async #readUntilSettled(nowMs: number, budget: ReadBudget): Promise<ChannelReadings> {
    const attempt = this.#attempt;
    const first = await this.#read(nowMs);
    if (isSettledBy(this.chip.channels, this.#known, first)) return first;
    const reads = [first];
    for (;;) {
      const { readings, settled, jumped } = judgeReads(this.chip.channels, this.#known, reads);
      const goesOn = !settled && reads.length < MOST_READS && attempt === this.#attempt;
      if (!goesOn || !budget.take()) return readings;
      if (jumped) {
        // perhaps another chip answers now
        const identity = (await this.chip.identify?.()) ?? CHIP_OK;
        if (identity.kind === 'failed') {
          reads.push(this.#all(identity.reason, nowMs, identity.detail));
          continue;
        }
      }
      reads.push(await this.#read(nowMs));
    }
  }

  async #read(nowMs: number): Promise<ChannelReadings> {
    if (!this.#configured) {
      const attempt = this.#attempt;
      const result = await this.chip.configure();
      if (result.kind === 'failed') return this.#all(result.reason, nowMs, result.detail);
      if (attempt === this.#attempt) this.#configured = true;
    }
    return this.chip.readAll(nowMs);
  }

  #take(readings: ChannelReadings, reason: NoReason | null, nowMs: number): void {
    this.#answer = readings;
    this.#known.take(this.chip.channels, readings);
    if (reason === null) {
      this.#failures = 0;
      this.#failure = null;
      this.#notBeforeMs = -Infinity;
      return;
    }
    this.#failures++;
    this.#failure = readings;
    this.#configured = false; // whatever came over it may have reset it
    const extra = this.#failures - PATIENT_FAILURES;
    if (extra > 0) this.#notBeforeMs = nowMs + Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (extra - 1));
  }

  #forget(): void {
    this.abandon();
    this.#configured = false;
    this.#failures = 0;
    this.#failure = null;
    this.#answer = null;
    this.#known.forget();
    this.#notBeforeMs = -Infinity;
  }

  #all(reason: NoReason, nowMs: number, detail: string): ChannelReadings {
    return new Map(this.chip.channels.map(({ channel }) => [channel, none(reason, nowMs, detail)]));
  }
}

/** The reason when no channel has a value; null when any has. */
function failureOf(readings: ChannelReadings): NoReason | null {
  let reason: NoReason | null = null;
  for (const reading of readings.values()) {
    if (reading.kind === 'value') return null;
    reason ??= reading.reason;
  }
  return reason;
}
