// The journal of Moves on disk: two preallocated segments in a directory of their own, positional writes, one fdatasync
// for all records that arrive together. A full segment is compacted into the other one.
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { ColdslotError } from '../core/errors.ts';
import type { Journal } from '../core/ports.ts';
import { encodeRecords, HEADER_AREA_BYTES, RECORD_OVERHEAD_BYTES, SEGMENT_BYTES } from '../moves/journal-format.ts';
import { decodeEntry, fold, type Ledger } from '../moves/ledger.ts';
import { compact, readPair, type PairReading, type Position } from '../moves/segment-pair.ts';
import { ioProblem } from './io-problem.ts';
import { takeLock, type LockFile } from './lock-file.ts';
import { openSegment, type OpenSegment, type SegmentFile } from './segment-file.ts';

interface Waiting {
  readonly entries: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Pair = readonly [SegmentFile, SegmentFile];

export class JournalFile implements Journal {
  readonly directory: string;
  /** What was dropped from the tail when it was opened; null when nothing was. */
  readonly dropped: string | null;
  readonly #segments: Pair;
  readonly #lock: LockFile;
  #position: Position;
  #ledger: Ledger;
  /** End of what a failed append may have left behind the tail. */
  #dirtyEnd = 0;
  #failure: ColdslotError | null = null;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | null = null;

  private constructor(
    directory: string,
    segments: Pair,
    lock: LockFile,
    found: Extract<PairReading, { kind: 'whole' }>,
  ) {
    this.directory = directory;
    this.#segments = segments;
    this.#lock = lock;
    this.#position = found.position;
    this.#ledger = found.ledger;
    this.dropped = found.dropped;
  }

  /**
   * Opens the journal, or makes a new one.
   * @throws ColdslotError `conflict` when another controller uses it, `io` when it cannot be read or written or an
   *   acknowledged record is damaged, `bad-input` when another version wrote it
   */
  static async open(directory: string, openWith: OpenSegment = openSegment): Promise<JournalFile> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const lock = await takeLock(path.join(directory, 'lock'));
      const opened: SegmentFile[] = [];
      try {
        for (const name of ['segment-0', 'segment-1']) opened.push(await openWith(path.join(directory, name)));
        await syncDirectory(directory);
        const segments = opened as unknown as Pair;
        const found = readPair([await segments[0].read(), await segments[1].read()]);
        if (found.kind === 'damaged') throw damaged(directory, found.what);
        const journal = new JournalFile(directory, segments, lock, found);
        if (found.position.compaction === 'pending') await journal.#compact();
        return journal;
      } catch (error) {
        for (const segment of opened) await segment.close().catch(() => {});
        await lock.release();
        throw error;
      }
    } catch (error) {
      throw ioProblem(directory, error);
    }
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

  async close(): Promise<void> {
    await this.#flushing;
    for (const segment of this.#segments) await segment.close();
    await this.#lock.release();
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
        this.#failure = ioProblem(this.directory, error);
        for (const waiting of batch) waiting.reject(this.#failure);
      }
    }
    this.#flushing = null; // in the same turn as the last look at what waits, or an append could be overlooked
  }

  async #write(entries: readonly Uint8Array[]): Promise<void> {
    if (entries.length === 0 && this.#failure === null) return;
    const decoded = entries.map(decodeEntry); // what could not be read again must not be written
    const neededBytes = entries.reduce((sum, entry) => sum + entry.length + RECORD_OVERHEAD_BYTES, 0);
    if (this.#position.compaction === 'pending' || this.#position.tailOffset + neededBytes > SEGMENT_BYTES) {
      await this.#compact();
    }
    const { current, tailOffset, nextSequence } = this.#position;
    const end = tailOffset + neededBytes;
    if (end > SEGMENT_BYTES) throw this.#tooMuch();
    // What a failed append left behind the new tail must not be taken for records later: zeros go over it.
    const probeBytes = entries.length === 0 ? Math.min(RECORD_OVERHEAD_BYTES, SEGMENT_BYTES - end) : 0;
    const bytes = new Uint8Array(Math.max(end + probeBytes, this.#dirtyEnd) - tailOffset);
    bytes.set(encodeRecords(entries, nextSequence, nextSequence - 1));
    this.#dirtyEnd = tailOffset + bytes.length;
    await this.#segments[current].write(bytes, tailOffset);
    await this.#segments[current].datasync();
    this.#dirtyEnd = end;
    this.#position = { ...this.#position, tailOffset: end, nextSequence: nextSequence + entries.length };
    this.#ledger = decoded.reduce(fold, this.#ledger);
  }

  /**
   * Writes what the records say into the other segment, its header last. Done again it writes the same bytes, so that a
   * failure at any point leaves either the old segment or the whole new one; until it succeeds nothing is appended.
   */
  async #compact(): Promise<void> {
    this.#position = { ...this.#position, compaction: 'pending' };
    const compacted = compact(this.#position, this.#ledger);
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
    return new ColdslotError('io', this.directory, what, 'let the open Moves end');
  }
}

function damaged(directory: string, what: string): ColdslotError {
  const hint =
    'make sure that every workload runs on one sled only, then move this directory away; no Moves until then';
  return new ColdslotError('io', directory, what, hint);
}

/** The names of new files are durable only when their directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Stands in when the journal cannot be opened: every append fails with that reason, so no Move starts. */
export function unavailableJournal(reason: ColdslotError): Journal {
  return { append: () => Promise.reject(reason) };
}
