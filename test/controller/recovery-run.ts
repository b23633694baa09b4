// One journal on a disk that lies, over many lives: what was appended, what of it was confirmed, and what each recovery
// may say. The journal's own code runs; only the files are simulated.
import assert from 'node:assert/strict';
import { SegmentedJournal } from '../../src/controller/segmented-journal.ts';
import { seededRandom, type Random } from '../../src/core/random.ts';
import { emptyLedger, decodeEntry, fold, type JournalEntry, type Ledger } from '../../src/moves/ledger.ts';
import { edgeEntry } from './edge-entry.ts';
import { LyingDisk } from './lying-disk.ts';

/** Small, so that a segment is full after a few dozen records: the 64 closed Moves of a snapshot are 30 KiB of it. */
export const SEGMENT_BYTES = 44 * 1024;

const STATES = ['planned', 'staged', 'frozen', 'shipped', 'committed', 'done'] as const;

export class RecoveryRun {
  readonly random: Random;
  readonly disk: LyingDisk;
  /** Fold of everything that was confirmed, or found by a recovery. */
  confirmed: Ledger = emptyLedger;
  /** Before the last append that was confirmed. */
  confirmedBefore: Ledger = emptyLedger;
  lastAppend: readonly JournalEntry[] = [];
  /** Appends since then that failed, or that the power loss cut off. */
  attempts: (readonly JournalEntry[])[] = [];
  journal: SegmentedJournal | null = null;
  #number = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.disk = new LyingDisk(SEGMENT_BYTES, this.random);
  }

  /** Opens the journal, checks what it says, and appends until the power goes or `appends` are done. */
  async live(operations: number, appends: number, errorRate = 0): Promise<void> {
    this.disk.powerOn(operations, errorRate);
    this.journal = await this.#open();
    if (this.journal === null) return;
    for (let n = 0; n < appends && this.disk.isPowered; n++) await this.#append(this.journal);
  }

  async #open(): Promise<SegmentedJournal | null> {
    try {
      const journal = await SegmentedJournal.open('journal', this.disk.files, SEGMENT_BYTES);
      this.check(journal.ledger());
      return journal;
    } catch (error) {
      if (error instanceof assert.AssertionError || (this.disk.isPowered && !isDiskError(error))) throw error;
      return null; // the power went, or the disk failed, in the compaction
    }
  }

  async #append(journal: SegmentedJournal): Promise<void> {
    const batches = Array.from({ length: 1 + this.random.int(2) }, () => this.#batch());
    const results = await Promise.allSettled(batches.map((batch) => journal.append(batch)));
    for (const [index, { status }] of results.entries()) {
      const entries = (batches[index] as readonly Uint8Array[]).map(decodeEntry);
      if (status === 'rejected') this.attempts.push(entries);
      else this.#confirm(entries);
    }
  }

  #confirm(entries: readonly JournalEntry[]): void {
    this.confirmedBefore = this.confirmed;
    this.lastAppend = entries;
    this.confirmed = entries.reduce(fold, this.confirmed);
    this.attempts = [];
  }

  #batch(): Uint8Array[] {
    return Array.from({ length: 1 + this.random.int(3) }, () => {
      if (this.random.next() < 0.5) this.#number++;
      return edgeEntry(Math.max(1, this.#number - this.random.int(3)), { kind: this.random.pick(STATES) });
    });
  }

  /** What was confirmed, and after it nothing or the beginning of what was attempted; this is then what is so. */
  check(found: Ledger): void {
    const tail = this.explained(found);
    if (tail === null) {
      assert.deepEqual(found, this.confirmed, `not what was confirmed, with any of ${this.attempts.length} attempts`);
      return;
    }
    if (tail.length > 0) this.#confirm(tail);
    this.attempts = [];
  }

  /**
   * Entries after what was confirmed that explain this ledger; null: none do. Attempts were written to the same place
   * one after the other, so that any of them may have left its n-th record there.
   */
  explained(found: Ledger): readonly JournalEntry[] | null {
    const wanted = textOf(found);
    let tails: (readonly JournalEntry[])[] = [[]];
    for (let position = 0; tails.length > 0; position++) {
      for (const tail of tails) if (textOf(tail.reduce(fold, this.confirmed)) === wanted) return tail;
      tails = tails.flatMap((tail) =>
        this.attempts.flatMap((attempt) => {
          const next = attempt[position];
          return next === undefined ? [] : [[...tail, next]];
        }),
      );
    }
    return null;
  }
}

function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EIO', 'ENOSPC'].includes(String(error.code));
}

export function textOf(ledger: Ledger): string {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(ledger.open), sorted(ledger.epochs), ledger.closed, ledger.lastMove]);
}
