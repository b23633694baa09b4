// The journal of Moves on disk: two preallocated segments in a directory of their own, with a lock, so that one
// controller uses them.
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { ColdslotError } from '../core/errors.ts';
import type { Journal } from '../core/ports.ts';
import type { Ledger } from '../moves/ledger.ts';
import { ioProblem } from './io-problem.ts';
import { takeLock, type LockFile } from './lock-file.ts';
import { openSegment, type OpenSegment, type SegmentFile } from './segment-file.ts';
import { SegmentedJournal, type SegmentFiles } from './segmented-journal.ts';

/** Of the files in the journal's directory. */
export const SEGMENT_NAMES = ['segment-0', 'segment-1'] as const;
export const LOCK_NAME = 'lock';

export class JournalFile implements Journal {
  readonly directory: string;
  readonly #segments: SegmentFiles;
  readonly #lock: LockFile;
  readonly #journal: SegmentedJournal;

  private constructor(directory: string, segments: SegmentFiles, lock: LockFile, journal: SegmentedJournal) {
    this.directory = directory;
    this.#segments = segments;
    this.#lock = lock;
    this.#journal = journal;
  }

  /**
   * Opens the journal, or makes a new one.
   * @throws ColdslotError `conflict` when another controller uses it, `io` when it cannot be read or written or an
   *   acknowledged record is damaged, `bad-input` when another version wrote it
   */
  static async open(directory: string, openWith: OpenSegment = openSegment): Promise<JournalFile> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const lock = await takeLock(path.join(directory, LOCK_NAME));
      const opened: SegmentFile[] = [];
      try {
        for (const name of SEGMENT_NAMES) opened.push(await openWith(path.join(directory, name)));
        await syncDirectory(directory);
        const segments = opened as unknown as SegmentFiles;
        return new JournalFile(directory, segments, lock, await SegmentedJournal.open(directory, segments));
      } catch (error) {
        for (const segment of opened) await segment.close().catch(() => {});
        await lock.release();
        throw error;
      }
    } catch (error) {
      throw ioProblem(directory, error);
    }
  }

  /** What was dropped from the tail when it was opened; null when nothing was. */
  get dropped(): string | null {
    return this.#journal.dropped;
  }

  /** What the durable records say. */
  ledger(): Ledger {
    return this.#journal.ledger();
  }

  /** Why the last append failed; null when it did not. */
  failure(): ColdslotError | null {
    return this.#journal.failure();
  }

  /** As `SegmentedJournal.append`. */
  append(entries: readonly Uint8Array[]): Promise<void> {
    return this.#journal.append(entries);
  }

  async close(): Promise<void> {
    await this.#journal.settled();
    for (const segment of this.#segments) await segment.close();
    await this.#lock.release();
  }
}

/** The names of new files are durable only when their directory is. */
export async function syncDirectory(directory: string): Promise<void> {
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
