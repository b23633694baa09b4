// The edges of Moves on their way to the journal, and the ledger of those that are durable. When the journal cannot be
// written, that is told once and tried again until it can: no Move starts meanwhile, and open ones stand still.
import { sleep, type Clock } from '../core/clock.ts';
import { ColdslotError, describeError } from '../core/errors.ts';
import type { Journal } from '../core/ports.ts';
import { encodeEntry, fold, type JournalEntry, type Ledger } from '../moves/ledger.ts';
import type { MoveState } from '../moves/move.ts';
import { toRecord, type Moment } from '../moves/move-record.ts';

const RETRY_MS = 5_000;

export interface MoveJournalOptions {
  readonly journal: Journal;
  /** What the journal said when it was opened. */
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: { info(text: string): void; warn(text: string): void };
}

export type Appended = 'durable' | 'late' | 'closing';

export class MoveJournal {
  readonly #options: MoveJournalOptions;
  readonly #closing: AbortSignal;
  #ledger: Ledger;
  #failure: string | null = null;
  #healing = false;

  constructor(options: MoveJournalOptions, closing: AbortSignal) {
    this.#options = options;
    this.#closing = closing;
    this.#ledger = options.ledger;
  }

  ledger(): Ledger {
    return this.#ledger;
  }

  moment(): Moment {
    const { clock } = this.#options;
    return { nowMs: clock.nowMs(), wallMs: clock.wall().getTime() };
  }

  /** Why nothing can be written, in words; null when all is well. */
  problem(): string | null {
    return this.#failure === null ? null : `journal cannot be written: ${this.#failure}`;
  }

  /** @throws ColdslotError `io` while the journal cannot be written */
  check(): void {
    const problem = this.problem();
    if (problem !== null) throw new ColdslotError('io', 'moves', problem, 'moves are refused, cooling goes on');
  }

  /** Finds out whether the journal can be written. */
  async probe(): Promise<void> {
    await this.#options.journal.append([]).then(
      () => this.#isWell(),
      (error: unknown) => this.#failed(error),
    );
  }

  /** One try, for what can still be refused. @throws ColdslotError `io` */
  async append(states: readonly MoveState[]): Promise<void> {
    try {
      await this.#write(states);
    } catch (error) {
      this.#failed(error);
      this.check();
    }
  }

  /**
   * An edge of an open Move cannot be given up: whether the last try has reached the disk is not known. `late`: durable
   * in the end, but times that were taken before it do not hold any more.
   */
  async appendUntilDurable(states: readonly MoveState[], onTrouble: () => void): Promise<Appended> {
    let result: Appended = 'durable';
    while (!this.#closing.aborted) {
      try {
        await this.#write(states);
        this.#isWell();
        return result;
      } catch (error) {
        this.#failed(error);
        result = 'late';
        onTrouble();
        await sleep(this.#options.clock, RETRY_MS, this.#closing);
      }
    }
    return 'closing';
  }

  async #write(states: readonly MoveState[]): Promise<void> {
    const moment = this.moment();
    const entries = states.map((state): JournalEntry => ({ kind: 'edge', move: toRecord(state, moment) }));
    await this.#options.journal.append(entries.map(encodeEntry));
    this.#ledger = entries.reduce(fold, this.#ledger);
  }

  #failed(error: unknown): void {
    const text = describeError(error);
    if (this.#failure !== text) this.#options.log.warn(`journal cannot be written: ${text}; moves are refused`);
    this.#failure = text;
    if (!this.#healing) void this.#heal();
  }

  async #heal(): Promise<void> {
    this.#healing = true;
    while (this.#failure !== null && !this.#closing.aborted) {
      await sleep(this.#options.clock, RETRY_MS, this.#closing);
      if (!this.#closing.aborted) await this.probe();
    }
    this.#healing = false;
  }

  #isWell(): void {
    if (this.#failure !== null) this.#options.log.info('the journal can be written again');
    this.#failure = null;
  }
}
