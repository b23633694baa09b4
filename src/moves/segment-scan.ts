// A segment read from its start: the records that follow one another, and why it ends where it ends.
import {
  HEADER_AREA_BYTES,
  MARK_BYTES,
  readMark,
  readRecord,
  RECORD_OVERHEAD_BYTES,
  type JournalRecord,
  type SegmentHeader,
} from './journal-format.ts';
import { findProof, type Proof } from './journal-search.ts';

/**
 * Where a scan stopped. `torn`: the rest was never acknowledged and may be dropped. `damaged`: a record that was
 * acknowledged cannot be read, and `proof` shows it.
 */
export type ScanEnd =
  | { readonly kind: 'clean' }
  | { readonly kind: 'torn'; readonly droppedBytes: number; readonly reason: string }
  | { readonly kind: 'damaged'; readonly proof: Proof; readonly reason: string };

export interface Scan {
  readonly records: readonly JournalRecord[];
  /** Where the next record goes. */
  readonly tailOffset: number;
  readonly nextSequence: number;
  readonly end: ScanEnd;
}

/** Reads a segment's records up to the first that is not whole. */
export function scanSegment(segment: Uint8Array, header: SegmentHeader): Scan {
  const records: JournalRecord[] = [];
  let offset = HEADER_AREA_BYTES;
  let nextSequence = header.firstSequence;
  for (;;) {
    const record = readRecord(segment, offset);
    if (typeof record === 'string' || record.sequence !== nextSequence) {
      const reason = typeof record === 'string' ? record : `sequence ${record.sequence} where ${nextSequence} follows`;
      return { records, tailOffset: offset, nextSequence, end: endOf(segment, offset, nextSequence, reason) };
    }
    records.push(record);
    offset += record.entry.length + RECORD_OVERHEAD_BYTES;
    nextSequence++;
  }
}

function endOf(segment: Uint8Array, offset: number, sequence: number, reason: string): ScanEnd {
  const end = endOfBytes(segment, offset);
  if (end === offset) return { kind: 'clean' };
  const proof = findProof(segment.subarray(0, end), offset, sequence);
  if (proof !== null) return { kind: 'damaged', proof, reason };
  if (readMark(segment, offset) !== null && end <= offset + MARK_BYTES) return { kind: 'clean' };
  return { kind: 'torn', droppedBytes: end - offset, reason };
}

/** Where the zeros begin that go on to the end of the segment. */
export function endOfBytes(segment: Uint8Array, from: number): number {
  let end = segment.length;
  while (end > from && segment[end - 1] === 0) end--;
  return end;
}
