// The journal over its two open segments: what arrives together shares one fdatasync, a full segment is compacted into
// the other one. It knows no directory and no lock, so the same code runs over segments that are only simulated.
import { ColdslotError } from '../core/errors.ts';
import type { Journal } from '../core/ports.ts';
import {
  encodeMark,
  encodeRecords,
  HEADER_AREA_BYTES,
  MARK_BYTES,
  RECORD_OVERHEAD_BYTES,
  SEGMENT_BYTES,
} from '../moves/journal-format.ts';
import { decodeEntry, fold, type Ledger } from '../moves/ledger.ts';
import { compact, readPair, type PairReading, type Position } from '../moves/segment-pair.ts';
import { ioProblem } from './io-problem.ts';
import type { SegmentFile } from './segment-file.ts';

interface Waiting {
  readonly entries: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export type SegmentFiles = readonly [SegmentFile, SegmentFile];

export class SegmentedJournal implements Journal {
  /** What was dropped from the tail when it was opened; null when nothing was. */
  readonly dropped: string | null;
  readonly #subject: string;
  readonly #segments: SegmentFiles;
  readonly #segmentBytes: number;
  #position: Position;
  #ledger: Ledger;
  /** End of what a failed append may have left behind the tail. */
  #dirtyEnd = 0;
  #failure: ColdslotError | null = null;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | null = null;

  private constructor(
    subject: string,
    segments: SegmentFiles,
    segmentBytes: number,
    found: Extract<PairReading, { kind: 'whole' }>,
  ) {
    this.#subject = subject;
    this.#segments = segments;
    this.#segmentBytes = segmentBytes;
    this.#position = found.position;
    this.#ledger = found.ledger;
    this.dropped = found.dropped;
  }

  /**
   * Reads the segments and makes them ready for appends. `subject` is what errors are about.
   * @throws ColdslotError `io` when they cannot be read or written or an acknowledged record is damaged, `bad-input`
   *   when another version wrote them
   */
  static async open(
    subject: string,
    segments: SegmentFiles,
    segmentBytes: number = SEGMENT_BYTES,
  ): Promise<SegmentedJournal> {
    const found = readPair([await segments[0].read(), await segments[1].read()]);
    if (found.kind === 'damaged') throw damaged(subject, found.what);
    const journal = new SegmentedJournal(subject, segments, segmentBytes, found);
    if (found.position.compaction === 'pending') await journal.#compact();
    return journal;
  }

  /** What the durable records say. */
  ledger(): Ledger {
    return this.#ledger;
  }

  /** Why the last append failed; null when it did not. */
  failure(): ColdslotError | null {
    return this.#failure;
  }

  /**
   * Resolves when the entries are durable. None at all: resolves when the journal can be written, at once when the last
   * append went well. @throws ColdslotError `io`; the entries are then not in the journal, and may be given again
   */
  append(entries: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** When nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(batch.flatMap((waiting) => waiting.entries));
        this.#failure = null;
        for (const waiting of batch) waiting.resolve();
      } catch (error) {
        this.#failure = ioProblem(this.#subject, error);
        for (const waiting of batch) waiting.reject(this.#failure);
      }
    }
    this.#flushing = null; // in the same turn as the last look at what waits, or an append could be overlooked
  }

  async #write(entries: readonly Uint8Array[]): Promise<void> {
    if (entries.length === 0 && this.#failure === null) return;
    const decoded = entries.map(decodeEntry); // what could not be read again must not be written
    const neededBytes = entries.reduce((sum, entry) => sum + entry.length + RECORD_OVERHEAD_BYTES, 0);
    if (this.#position.compaction === 'pending' || this.#position.tailOffset + neededBytes > this.#segmentBytes) {
      await this.#compact();
    }
    const { current, tailOffset, nextSequence } = this.#position;
    const end = tailOffset + neededBytes;
    if (end > this.#segmentBytes) throw this.#tooMuch();
    // What a failed append left behind the new tail must not be taken for records later: zeros go over it.
    const probeBytes = entries.length === 0 ? Math.min(RECORD_OVERHEAD_BYTES, this.#segmentBytes - end) : 0;
    const bytes = new Uint8Array(Math.max(end + probeBytes, this.#dirtyEnd) - tailOffset);
    bytes.set(encodeRecords(entries, nextSequence, nextSequence - 1));
    this.#dirtyEnd = tailOffset + bytes.length;
    await this.#segments[current].write(bytes, tailOffset);
    await this.#segments[current].datasync();
    this.#dirtyEnd = end;
    this.#position = { ...this.#position, tailOffset: end, nextSequence: nextSequence + entries.length };
    this.#ledger = decoded.reduce(fold, this.#ledger);
    await this.#mark();
  }

  /** Without a datasync: that it may be lost does no harm, and flash is spared. */
  async #mark(): Promise<void> {
    const { current, tailOffset, nextSequence } = this.#position;
    if (tailOffset + MARK_BYTES > this.#segmentBytes) return;
    await this.#segments[current].write(encodeMark(nextSequence - 1), tailOffset).catch(() => {}); // the next append tells
  }

  /**
   * Writes what the records say into the other segment, its header last. Done again it writes the same bytes, so that a
   * failure at any point leaves either the old segment or the whole new one; until it succeeds nothing is appended.
   */
  async #compact(): Promise<void> {
    this.#position = { ...this.#position, compaction: 'pending' };
    const compacted = compact(this.#position, this.#ledger, this.#segmentBytes);
    if (compacted === null) throw this.#tooMuch();
    const segment = this.#segments[compacted.position.current];
    await segment.write(compacted.body, HEADER_AREA_BYTES);
    await segment.datasync();
    await segment.write(compacted.header, 0);
    await segment.datasync();
    this.#dirtyEnd = 0;
    this.#position = compacted.position;
  }

  #tooMuch(): ColdslotError {
    const what = 'open Moves and epochs fill it up';
    return new ColdslotError('io', this.#subject, what, 'let the open Moves end');
  }
}

function damaged(subject: string, what: string): ColdslotError {
  const hint = `see what can be saved with: coldslot journal inspect ${subject}`;
  return new ColdslotError('io', subject, what, hint);
}
