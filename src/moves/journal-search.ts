// Looking for records and marks at any offset of a segment: what shows that something which cannot be read was durable,
// and what can be saved from behind it.
import { assertNever } from '../core/errors.ts';
import {
  MARK_BYTES,
  readMark,
  readRecord,
  RECORD_OVERHEAD_BYTES,
  WRONG_CRC,
  type JournalRecord,
} from './journal-format.ts';

/**
 * Bytes that one search may put through the CRC. Records are stepped over, and in what is left of a torn one hardly a
 * place looks like a record, so no real segment comes near it; one made up to be slow does.
 */
const MAX_CHECKED_BYTES = 32 << 20;

export type Found =
  | { readonly kind: 'record'; readonly offset: number; readonly bytes: number; readonly record: JournalRecord }
  | { readonly kind: 'mark'; readonly offset: number; readonly bytes: number; readonly durable: number }
  /** Too much here looks like records and is none; the rest was not searched. */
  | { readonly kind: 'given-up'; readonly offset: number };

/** Whole records and marks from `from` on, in the order they lie there, whatever is between them. */
export function* searchFrom(segment: Uint8Array, from: number): Generator<Found> {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  let leftBytes = MAX_CHECKED_BYTES;
  for (let at = from; at + MARK_BYTES <= segment.length;) {
    const first = view.getUint32(at, true); // a record's length or the mark's magic
    const found = first === 0 ? null : foundAt(segment, at);
    if (found === null) at++;
    else if (found === 'looks-like-one') {
      leftBytes -= first;
      if (leftBytes < 0) return yield { kind: 'given-up', offset: at };
      at++;
    } else {
      yield found;
      at += found.bytes;
    }
  }
}

function foundAt(segment: Uint8Array, offset: number): Exclude<Found, { kind: 'given-up' }> | 'looks-like-one' | null {
  const durable = readMark(segment, offset);
  if (durable !== null) return { kind: 'mark', offset, bytes: MARK_BYTES, durable };
  const record = readRecord(segment, offset);
  if (record === WRONG_CRC) return 'looks-like-one';
  if (typeof record === 'string') return null;
  return { kind: 'record', offset, bytes: record.entry.length + RECORD_OVERHEAD_BYTES, record };
}

export interface Proof {
  readonly kind: Found['kind'];
  readonly offset: number;
  /** Of the record, or what the mark says is durable. */
  readonly sequence: number;
}

/**
 * Something at or behind `from` that was written when `sequence` was durable already; null when there is nothing. A
 * search that was given up counts as found: what cannot be ruled out is not dropped.
 */
export function findProof(segment: Uint8Array, from: number, sequence: number): Proof | null {
  for (const found of searchFrom(segment, from)) {
    const { kind, offset } = found;
    if (kind === 'given-up') return { kind, offset, sequence };
    if (kind === 'mark') {
      if (found.durable >= sequence) return { kind, offset, sequence: found.durable };
    } else if (found.record.durable >= sequence && found.record.sequence > found.record.durable) {
      return { kind, offset, sequence: found.record.sequence };
    }
  }
  return null;
}

export function proofText({ kind, offset, sequence }: Proof): string {
  switch (kind) {
    case 'record':
      return `record ${sequence} at byte ${offset} was written after it`;
    case 'mark':
      return `the mark at byte ${offset} says that it was durable`;
    case 'given-up':
      return `what follows, to byte ${offset}, cannot be told from records`;
    default:
      return assertNever(kind);
  }
}
