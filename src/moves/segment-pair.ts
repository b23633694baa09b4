// The two segments of a journal as one thing, over bytes: which of them counts and what it says, and what the other one
// is filled with when the first is full.
import {
  encodeHeaderArea,
  encodeRecords,
  HEADER_AREA_BYTES,
  readHeader,
  readHeaderCopies,
  SEGMENT_BYTES,
} from './journal-format.ts';
import { findProof, proofText } from './journal-search.ts';
import { decodeEntry, emptyLedger, encodeEntry, fold, snapshotOf, type JournalEntry, type Ledger } from './ledger.ts';
import { scanSegment, type ScanEnd } from './segment-scan.ts';

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

/** Which segment counts, by the generations in their headers. Null when neither header can be read. */
export function currentOf(segments: readonly [Uint8Array, Uint8Array]): 0 | 1 | null {
  const generations = [generationOf(segments[0]), generationOf(segments[1])] as const;
  if (generations[0] === 0 && generations[1] === 0) return null;
  return generations[1] > generations[0] ? 1 : 0;
}

function generationOf(segment: Uint8Array): number {
  return readHeader(segment)?.generation ?? 0;
}

/** Reads both segments. A torn tail or header, and a new pair, ask for a compaction before the first append. */
export function readPair(segments: readonly [Uint8Array, Uint8Array]): PairReading {
  const current = currentOf(segments);
  const header = current === null ? null : readHeader(segments[current]);
  if (current === null || header === null) return readHeaderless(segments);
  const { records, tailOffset, nextSequence, end } = scanSegment(segments[current], header);
  if (end.kind === 'damaged') {
    const where = `record ${nextSequence} of segment-${current}, at byte ${tailOffset},`;
    return { kind: 'damaged', what: `${where} cannot be read (${end.reason}), and ${proofText(end.proof)}` };
  }
  const lost = lostSegment(segments, current, header.generation, nextSequence);
  if (lost !== null) return { kind: 'damaged', what: lost };
  const [first, second] = readHeaderCopies(segments[current]);
  const isHeaderWhole = first?.generation === second?.generation;
  return {
    kind: 'whole',
    position: {
      current,
      generation: header.generation,
      tailOffset,
      nextSequence,
      compaction: end.kind === 'torn' || !isHeaderWhole ? 'pending' : 'none',
    },
    ledger: records.map((record) => decodeEntry(record.entry)).reduce(fold, emptyLedger),
    dropped: droppedText(end, nextSequence),
  };
}

/**
 * Whether the other segment is really the newer one, in words; null when it is not. A compaction that was cut off also
 * leaves a segment without a header, but nothing was appended there: no record in it says that its snapshot was durable.
 */
function lostSegment(
  segments: readonly [Uint8Array, Uint8Array],
  current: 0 | 1,
  generation: number,
  nextSequence: number,
): string | null {
  const other = current === 0 ? 1 : 0;
  const proof = findProof(segments[other], HEADER_AREA_BYTES, nextSequence);
  if (proof !== null) {
    const ends = `segment-${other} has lost its header: segment-${current} ends with record ${nextSequence - 1}`;
    return `${ends}, and in the other one ${proofText(proof)}`;
  }
  // the first generation's neighbour has never been written; every later one's has
  const isBlank = segments[other].subarray(0, HEADER_AREA_BYTES).every((byte) => byte === 0);
  return generation > 1 && isBlank ? `segment-${other} is gone: its header area, from byte 0, holds nothing` : null;
}

const NO_HEADER = 'neither segment has a readable header, at byte 0 or 2048, but there are records';
/** Before the first compaction, which makes segment 0 the first that counts. */
const START: Position = { current: 1, generation: 0, tailOffset: 0, nextSequence: 1, compaction: 'pending' };

/** A new pair, perhaps one whose very first header was torn; but other records without a header are damage. */
function readHeaderless(segments: readonly [Uint8Array, Uint8Array]): PairReading {
  const first = compact(START, emptyLedger)?.body;
  const isNew = segments.every((segment, index) =>
    segment
      .subarray(HEADER_AREA_BYTES)
      .every((byte, offset) => byte === 0 || (index === 0 && byte === first?.[offset])),
  );
  if (!isNew) return { kind: 'damaged', what: NO_HEADER };
  return { kind: 'whole', position: START, ledger: emptyLedger, dropped: null };
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
export function compact(position: Position, ledger: Ledger, segmentBytes = SEGMENT_BYTES): Compacted | null {
  const { nextSequence } = position;
  const generation = position.generation + 1;
  const entries = entriesOf(ledger).map(encodeEntry);
  const records = encodeRecords(entries, nextSequence, nextSequence - 1);
  const body = new Uint8Array(segmentBytes - HEADER_AREA_BYTES);
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

/** Never none: it is by the snapshot's sequences that a record appended after it shows that the segment was in use. */
function entriesOf(ledger: Ledger): readonly JournalEntry[] {
  const entries = snapshotOf(ledger);
  return entries.length > 0 ? entries : [{ kind: 'counter', lastMove: 0 }];
}
