// The journal's bytes. Two segments of equal size; the one with the higher generation counts. All numbers little-endian.
// A segment starts with two copies of its header, in different disk sectors, and goes on with records:
//   length u32 | sequence u32 | durable u32 | entry (length bytes: kind u8, JSON) | separator 0x0A | CRC-32 u32
// The CRC is over everything before it. `sequence` grows by 1 from record to record, through segments; `durable` is the
// last sequence that was safely on the disk when the record was made: that tells a torn tail from later damage.
// Behind the last record stands a mark, written after the records were durable and never waited for; the next record
// goes over it:  "CSM1" u32 | durable u32 | CRC-32 u32.  It proves of the last record what later ones prove of others.
//
// What is told apart: a record that cannot be read although something shows that it was durable is damage, and refused.
// One without such proof is taken for the tail that a crash tore, and dropped: nothing was done on its strength unless
// it was acknowledged, and then only a crash before the mark reached the disk, followed by damage to just this record,
// leaves no proof. A Move then goes on from the state before, whose commands the agents answer as done already.
import { crc32 } from './crc32.ts';

export const SEGMENT_BYTES = 1 << 20;
/** Entries start here; the second header copy is half way. */
export const HEADER_AREA_BYTES = 4096;
export const MAX_ENTRY_BYTES = 64 * 1024;
/** What a record needs besides its entry. */
export const RECORD_OVERHEAD_BYTES = 17;

export const RECORD_HEAD_BYTES = 12;
/** Shorter than any record, so that the next one covers it. */
export const MARK_BYTES = 12;

const MAGIC = 0x314a5343; // "CSJ1"
const MARK_MAGIC = 0x314d5343; // "CSM1"; no length of a record
const HEADER_BYTES = 16;
const SEPARATOR = 0x0a;
/** What is wrong with a record that has the form of one. */
export const WRONG_CRC = 'wrong CRC';

export interface SegmentHeader {
  readonly generation: number;
  /** Of the first record in it. */
  readonly firstSequence: number;
}

export interface JournalRecord {
  readonly sequence: number;
  readonly durable: number;
  readonly entry: Uint8Array;
}

export function encodeHeaderArea(header: SegmentHeader): Uint8Array {
  const one = new Uint8Array(HEADER_BYTES);
  const view = viewOf(one);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.generation, true);
  view.setUint32(8, header.firstSequence, true);
  view.setUint32(12, crc32(one.subarray(0, 12)), true);
  const area = new Uint8Array(HEADER_AREA_BYTES);
  area.set(one, 0);
  area.set(one, HEADER_AREA_BYTES / 2);
  return area;
}

/** Both copies; null for one that is not whole. */
export function readHeaderCopies(segment: Uint8Array): readonly [SegmentHeader | null, SegmentHeader | null] {
  return [readHeaderAt(segment, 0), readHeaderAt(segment, HEADER_AREA_BYTES / 2)];
}

/** The header of a segment; of copies that differ, as a torn header leaves them, the newer. Null when none is whole. */
export function readHeader(segment: Uint8Array): SegmentHeader | null {
  const [first, second] = readHeaderCopies(segment);
  return (second?.generation ?? 0) > (first?.generation ?? 0) ? second : first;
}

function readHeaderAt(segment: Uint8Array, offset: number): SegmentHeader | null {
  if (segment.length < offset + HEADER_BYTES) return null;
  const bytes = segment.subarray(offset, offset + HEADER_BYTES);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) return null;
  if (view.getUint32(12, true) !== crc32(bytes.subarray(0, 12))) return null;
  return { generation: view.getUint32(4, true), firstSequence: view.getUint32(8, true) };
}

/** Says that everything up to `durable` is. */
export function encodeMark(durable: number): Uint8Array {
  const bytes = new Uint8Array(MARK_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, MARK_MAGIC, true);
  view.setUint32(4, durable, true);
  view.setUint32(8, crc32(bytes.subarray(0, 8)), true);
  return bytes;
}

/** What the mark at `offset` says is durable; null when there is none. */
export function readMark(segment: Uint8Array, offset: number): number | null {
  if (offset + MARK_BYTES > segment.length) return null;
  const view = viewOf(segment.subarray(offset, offset + MARK_BYTES));
  if (view.getUint32(0, true) !== MARK_MAGIC) return null;
  return view.getUint32(8, true) === crc32(segment.subarray(offset, offset + 8)) ? view.getUint32(4, true) : null;
}

export function encodeRecord(record: JournalRecord): Uint8Array {
  const { entry } = record;
  if (entry.length === 0 || entry.length > MAX_ENTRY_BYTES) {
    throw new RangeError(`a journal entry has 1 to ${MAX_ENTRY_BYTES} bytes, not ${entry.length}`);
  }
  const bytes = new Uint8Array(entry.length + RECORD_OVERHEAD_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, entry.length, true);
  view.setUint32(4, record.sequence, true);
  view.setUint32(8, record.durable, true);
  bytes.set(entry, RECORD_HEAD_BYTES);
  bytes[RECORD_HEAD_BYTES + entry.length] = SEPARATOR;
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, bytes.length - 4)), true);
  return bytes;
}

/** The records laid one after the other; the first gets `firstSequence`. */
export function encodeRecords(entries: readonly Uint8Array[], firstSequence: number, durable: number): Uint8Array {
  return concat(entries.map((entry, index) => encodeRecord({ sequence: firstSequence + index, durable, entry })));
}

/** The record at `offset`, or what is wrong with it. */
export function readRecord(segment: Uint8Array, offset: number): JournalRecord | string {
  if (offset + RECORD_OVERHEAD_BYTES > segment.length) return 'the segment ends';
  const view = viewOf(segment.subarray(offset));
  const length = view.getUint32(0, true);
  if (length === 0 || length > MAX_ENTRY_BYTES || length + RECORD_OVERHEAD_BYTES > view.byteLength) {
    return `a length of ${length} bytes`;
  }
  const crcAt = RECORD_HEAD_BYTES + length + 1;
  if (view.getUint8(crcAt - 1) !== SEPARATOR) return 'no separator';
  if (view.getUint32(crcAt, true) !== crc32(segment.subarray(offset, offset + crcAt))) return WRONG_CRC;
  const entry = segment.slice(offset + RECORD_HEAD_BYTES, offset + RECORD_HEAD_BYTES + length);
  return { sequence: view.getUint32(4, true), durable: view.getUint32(8, true), entry };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
