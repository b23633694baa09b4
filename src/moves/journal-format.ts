// The journal's bytes. Two segments of equal size; the one with the higher generation counts. All numbers little-endian.
// A segment starts with two copies of its header, in different disk sectors, and goes on with records:
//   length u32 | sequence u32 | durable u32 | entry (length bytes: kind u8, JSON) | separator 0x0A | CRC-32 u32
// The CRC is over everything before it. `sequence` grows by 1 from record to record, through segments; `durable` is the
// last sequence that was safely on the disk when the record was made: that tells a torn tail from later damage.
import { crc32 } from './crc32.ts';

export const SEGMENT_BYTES = 1 << 20;
/** Entries start here; the second header copy is half way. */
export const HEADER_AREA_BYTES = 4096;
export const MAX_ENTRY_BYTES = 64 * 1024;
/** What a record needs besides its entry. */
export const RECORD_OVERHEAD_BYTES = 17;

const MAGIC = 0x314a5343; // "CSJ1"
const HEADER_BYTES = 16;
const RECORD_HEAD_BYTES = 12;
const SEPARATOR = 0x0a;

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

/**
 * Where a scan stopped. `torn`: the rest was never acknowledged and may be dropped. `damaged`: a record that was
 * acknowledged cannot be read, which a later one proves.
 */
export type ScanEnd =
  | { readonly kind: 'clean' }
  | { readonly kind: 'torn'; readonly droppedBytes: number; readonly reason: string }
  | { readonly kind: 'damaged'; readonly laterSequence: number; readonly reason: string };

export interface Scan {
  readonly records: readonly JournalRecord[];
  /** Where the next record goes. */
  readonly tailOffset: number;
  readonly nextSequence: number;
  readonly end: ScanEnd;
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

/** The header of a segment, from whichever copy is whole; null when neither is. */
export function readHeader(segment: Uint8Array): SegmentHeader | null {
  for (const offset of [0, HEADER_AREA_BYTES / 2]) {
    if (segment.length < offset + HEADER_BYTES) return null;
    const view = viewOf(segment.subarray(offset, offset + HEADER_BYTES));
    const whole =
      view.getUint32(0, true) === MAGIC &&
      view.getUint32(12, true) === crc32(segment.subarray(offset, offset + HEADER_BYTES - 4));
    if (whole) return { generation: view.getUint32(4, true), firstSequence: view.getUint32(8, true) };
  }
  return null;
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

/** The record at `offset`, or what is wrong with it. */
function readRecord(segment: Uint8Array, offset: number): JournalRecord | string {
  if (offset + RECORD_OVERHEAD_BYTES > segment.length) return 'the segment ends';
  const view = viewOf(segment.subarray(offset));
  const length = view.getUint32(0, true);
  if (length === 0 || length > MAX_ENTRY_BYTES || length + RECORD_OVERHEAD_BYTES > view.byteLength) {
    return `a length of ${length} bytes`;
  }
  const crcAt = RECORD_HEAD_BYTES + length + 1;
  if (view.getUint8(crcAt - 1) !== SEPARATOR) return 'no separator';
  if (view.getUint32(crcAt, true) !== crc32(segment.subarray(offset, offset + crcAt))) return 'wrong CRC';
  const entry = segment.slice(offset + RECORD_HEAD_BYTES, offset + RECORD_HEAD_BYTES + length);
  return { sequence: view.getUint32(4, true), durable: view.getUint32(8, true), entry };
}

function endOf(segment: Uint8Array, offset: number, sequence: number, reason: string): ScanEnd {
  let last = segment.length;
  while (last > offset && segment[last - 1] === 0) last--;
  if (last === offset) return { kind: 'clean' };
  for (let at = offset + 1; at + RECORD_OVERHEAD_BYTES <= last; at++) {
    const later = readRecord(segment, at);
    if (typeof later !== 'string' && later.sequence > sequence && later.durable >= sequence) {
      return { kind: 'damaged', laterSequence: later.sequence, reason };
    }
  }
  return { kind: 'torn', droppedBytes: last - offset, reason };
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
