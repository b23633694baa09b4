// The two segments of a journal as one thing, over bytes: which of them counts and what it says, and what the other one
// is filled with when the first is full.
import {
  encodeHeaderArea,
  encodeRecords,
  HEADER_AREA_BYTES,
  readHeader,
  scanSegment,
  SEGMENT_BYTES,
  type ScanEnd,
} from './journal-format.ts';
import { decodeEntry, emptyLedger, encodeEntry, fold, snapshotOf, type Ledger } from './ledger.ts';

/** Where the journal stands. */
export interface Position {
  /** The segment that counts. */
  readonly current: 0 | 1;
  readonly generation: number;
  /** Where the next record goes. */
  readonly tailOffset: number;
  readonly nextSequence: number;
  /** `pending`: nothing may be appended before a compaction into the other segment. */
  readonly compaction: 'none' | 'pending';
}

export type PairReading =
  | {
      readonly kind: 'whole';
      readonly position: Position;
      readonly ledger: Ledger;
      /** What was dropped from the tail, in words; null when nothing was. */
      readonly dropped: string | null;
    }
  /** An acknowledged record cannot be read. */
  | { readonly kind: 'damaged'; readonly what: string };

/** Reads both segments. A torn tail, and a new pair, ask for a compaction before the first append. */
export function readPair(segments: readonly [Uint8Array, Uint8Array]): PairReading {
  const headers = [readHeader(segments[0]), readHeader(segments[1])] as const;
  const current = (headers[1]?.generation ?? 0) > (headers[0]?.generation ?? 0) ? 1 : 0;
  const header = headers[current];
  if (header === null) return readHeaderless(segments);
  const { records, tailOffset, nextSequence, end } = scanSegment(segments[current], header);
  if (end.kind === 'damaged') {
    const what = `record ${nextSequence} of segment-${current} cannot be read (${end.reason})`;
    return { kind: 'damaged', what: `${what} although record ${end.laterSequence} came after it` };
  }
  const compaction = end.kind === 'torn' ? 'pending' : 'none';
  return {
    kind: 'whole',
    position: { current, generation: header.generation, tailOffset, nextSequence, compaction },
    ledger: records.map((record) => decodeEntry(record.entry)).reduce(fold, emptyLedger),
    dropped: droppedText(end, nextSequence),
  };
}

/** A new pair, perhaps one whose very first header was torn; but records without a header are damage. */
function readHeaderless(segments: readonly Uint8Array[]): PairReading {
  if (segments.some((segment) => segment.subarray(HEADER_AREA_BYTES).some((byte) => byte !== 0))) {
    return { kind: 'damaged', what: 'neither segment has a readable header, but there are records' };
  }
  const position: Position = { current: 1, generation: 0, tailOffset: 0, nextSequence: 1, compaction: 'pending' };
  return { kind: 'whole', position, ledger: emptyLedger, dropped: null };
}

function droppedText(end: ScanEnd, nextSequence: number): string | null {
  if (end.kind !== 'torn') return null;
  return `${end.droppedBytes} bytes after record ${nextSequence - 1} (${end.reason}), never acknowledged`;
}

export interface Compacted {
  /** Everything after the header area, zeros behind the records. To be durable before the header is written. */
  readonly body: Uint8Array;
  readonly header: Uint8Array;
  /** Where the journal stands when both are durable. */
  readonly position: Position;
}

/** The other segment, filled with what the ledger says; the same bytes for the same ledger. Null: it does not fit. */
export function compact(position: Position, ledger: Ledger): Compacted | null {
  const { nextSequence } = position;
  const generation = position.generation + 1;
  const entries = snapshotOf(ledger).map(encodeEntry);
  const records = encodeRecords(entries, nextSequence, nextSequence - 1);
  const body = new Uint8Array(SEGMENT_BYTES - HEADER_AREA_BYTES);
  if (records.length > body.length) return null;
  body.set(records);
  return {
    body,
    header: encodeHeaderArea({ generation, firstSequence: nextSequence }),
    position: {
      current: position.current === 0 ? 1 : 0,
      generation,
      tailOffset: HEADER_AREA_BYTES + records.length,
      nextSequence: nextSequence + entries.length,
      compaction: 'none',
    },
  };
}
