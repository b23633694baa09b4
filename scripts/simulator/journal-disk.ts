// The controller's disk with the bytes of its journal, read and written in the real format. A crash leaves of an append
// that was under way nothing, a part or all of it; a disk that lies loses one that it had confirmed.
import { encodeRecords, HEADER_AREA_BYTES, readHeader, RECORD_OVERHEAD_BYTES } from '../../src/moves/journal-format.ts';
import { encodeEntry, fold, type JournalEntry, type Ledger } from '../../src/moves/ledger.ts';
import { scanSegment } from '../../src/moves/segment-scan.ts';
import { compact, readPair, type PairReading, type Position } from '../../src/moves/segment-pair.ts';
import type { EventQueue } from './event-queue.ts';
import type { SyncMode } from './record-disk.ts';
import type { Weather } from './weather.ts';

/** Small, so that a run sees compactions. */
export const SEGMENT_ROOM_BYTES = 64 * 1024;
const LATE_MS = 4_000;

export interface JournalDiskParts {
  readonly queue: EventQueue;
  readonly weather: Weather;
  readonly sync: SyncMode;
  /** Whether an entry is written at all: false only in a system that is broken on purpose. */
  readonly keeps: (entry: JournalEntry) => boolean;
  /** Called with each entry that is durable, when that is known: when it is confirmed, or read. */
  readonly stored: (entry: JournalEntry) => void;
}

interface Append {
  readonly entries: readonly JournalEntry[];
  readonly appended: (error: string | null) => void;
}

export class JournalDisk {
  readonly #queue: EventQueue;
  readonly #weather: Weather;
  readonly #sync: SyncMode;
  /** What is on the platters; behind what was ever written there are zeros. */
  readonly #segments: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  readonly #keeps: (entry: JournalEntry) => boolean;
  readonly #stored: (entry: JournalEntry) => void;
  #position: Position | null = null;
  #ledger: Ledger | null = null;
  #dirtyEnd = 0;
  #waiting: Append[] = [];
  #busy = false;
  #life = 0;
  full = false;

  constructor({ queue, weather, sync, keeps, stored }: JournalDiskParts) {
    this.#queue = queue;
    this.#weather = weather;
    this.#sync = sync;
    this.#keeps = keeps;
    this.#stored = stored;
  }

  /** As a controller that starts does it. */
  open(): PairReading {
    const reading = readPair(this.#segments);
    if (reading.kind === 'damaged') return reading;
    this.#position = reading.position;
    this.#ledger = reading.ledger;
    this.#dirtyEnd = 0;
    const { open, closed } = reading.ledger;
    for (const move of [...closed, ...open.values()]) this.#stored({ kind: 'edge', move }); // also what nobody was told of
    if (reading.position.compaction === 'pending') this.#compact();
    return reading;
  }

  append(entries: readonly JournalEntry[], appended: (error: string | null) => void): void {
    this.#waiting.push({ entries: entries.filter(this.#keeps), appended });
    if (!this.#busy) this.#work();
  }

  #work(): void {
    const append = this.#waiting[0];
    this.#busy = append !== undefined;
    if (append === undefined) return;
    const life = this.#life;
    const { random } = this.#weather;
    const slow = this.#weather.strikes('disk', 0.2);
    const delayMs = 0.5 + random.next() * 4 + (slow ? random.next() ** 2 * 5_000 : 0);
    if (this.#sync === 'late') this.#queue.after(1, () => life === this.#life && append.appended(null));
    this.#queue.after(delayMs + (this.#sync === 'late' ? LATE_MS : 0), () => {
      if (life !== this.#life) return;
      this.#waiting.shift();
      const error = this.#errorOf(append);
      if (error === null) this.#write(append.entries);
      if (this.#sync === 'waits') append.appended(error);
      this.#work();
    });
  }

  #errorOf(append: Append): string | null {
    if (this.full) return 'no space left on device';
    if (!this.#weather.strikes('disk', 0.03)) return null;
    this.#writePart(append.entries); // whether it has reached the disk is not known
    return 'input/output error';
  }

  #write(entries: readonly JournalEntry[]): void {
    const encoded = entries.map(encodeEntry);
    const neededBytes = encoded.reduce((sum, entry) => sum + entry.length + RECORD_OVERHEAD_BYTES, 0);
    if (this.#at().compaction === 'pending' || this.#at().tailOffset + neededBytes > SEGMENT_ROOM_BYTES)
      this.#compact();
    const { current, tailOffset, nextSequence } = this.#at();
    const end = tailOffset + neededBytes;
    const bytes = new Uint8Array(Math.max(end, this.#dirtyEnd) - tailOffset);
    bytes.set(encodeRecords(encoded, nextSequence, nextSequence - 1));
    this.#put(current, bytes, tailOffset);
    this.#dirtyEnd = end;
    this.#position = { ...this.#at(), tailOffset: end, nextSequence: nextSequence + entries.length };
    for (const entry of entries) {
      this.#ledger = fold(this.#ledger as Ledger, entry);
      this.#stored(entry);
    }
  }

  /** The first so many bytes of an append, of which nobody is told. */
  #writePart(entries: readonly JournalEntry[]): void {
    if (this.#position === null || this.#position.compaction === 'pending') return;
    const { current, tailOffset, nextSequence } = this.#position;
    const bytes = encodeRecords(entries.map(encodeEntry), nextSequence, nextSequence - 1);
    if (tailOffset + bytes.length > SEGMENT_ROOM_BYTES) return;
    const { random } = this.#weather;
    const part = random.next() < 0.4 ? bytes.length : random.int(bytes.length + 1);
    this.#put(current, bytes.subarray(0, part), tailOffset);
    this.#dirtyEnd = Math.max(this.#dirtyEnd, tailOffset + part);
  }

  #compact(): void {
    const compacted = compact(this.#at(), this.#ledger as Ledger);
    if (compacted === null) throw new Error('the simulated journal is too small');
    const segment = new Uint8Array(compacted.position.tailOffset);
    segment.set(compacted.body.subarray(0, segment.length - HEADER_AREA_BYTES), HEADER_AREA_BYTES);
    segment.set(compacted.header);
    this.#segments[compacted.position.current] = segment;
    this.#dirtyEnd = 0;
    this.#position = compacted.position;
  }

  #at(): Position {
    if (this.#position === null) throw new Error('the simulated journal was written before it was opened');
    return this.#position;
  }

  #put(segment: 0 | 1, bytes: Uint8Array, offset: number): void {
    const before = this.#segments[segment];
    if (offset + bytes.length > before.length) {
      const grown = new Uint8Array(Math.max(offset + bytes.length, Math.min(SEGMENT_ROOM_BYTES, 2 * before.length)));
      grown.set(before);
      this.#segments[segment] = grown;
    }
    this.#segments[segment].set(bytes, offset);
  }

  /** `power`: what was under way is lost, torn or whole; a killed process has handed it over or has not. */
  crash(how: 'process' | 'power'): void {
    this.#life++;
    const [under, ...later] = this.#waiting;
    this.#waiting = [];
    this.#busy = false;
    if (this.full || under === undefined) return;
    if (this.#sync === 'late') {
      if (how === 'process') for (const append of [under, ...later]) this.#write(append.entries);
    } else if (how === 'power') {
      this.#writePart(under.entries);
    } else if (this.#weather.random.next() < 0.5) {
      this.#write(under.entries);
    }
    this.#position = null;
  }

  /**
   * A disk that confirmed what it had not written: a record is lost that a later one knows to be durable. False when
   * there is no such record.
   */
  loseRecord(): boolean {
    const reading = readPair(this.#segments);
    if (reading.kind === 'damaged') return false;
    const segment = this.#segments[reading.position.current];
    const header = readHeader(segment);
    if (header === null) return false;
    const { records } = scanSegment(segment, header);
    const known = records.filter(({ sequence }) => sequence <= (records.at(-1)?.durable ?? 0));
    if (known.length === 0) return false;
    const lost = this.#weather.random.int(known.length);
    let offset = HEADER_AREA_BYTES;
    for (const record of known.slice(0, lost)) offset += record.entry.length + RECORD_OVERHEAD_BYTES;
    segment.fill(0, offset, offset + (known[lost]?.entry.length ?? 0) + RECORD_OVERHEAD_BYTES);
    return true;
  }
}
