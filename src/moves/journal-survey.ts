// Everything that can still be read in the two segments of a journal, and where it cannot: what an inspection shows and
// a repair works from. Nothing here decides what to trust.
import {
  HEADER_AREA_BYTES,
  readHeader,
  readHeaderCopies,
  readRecord,
  type JournalRecord,
  type SegmentHeader,
} from './journal-format.ts';
import { searchFrom } from './journal-search.ts';
import { decodeEntry, type JournalEntry } from './ledger.ts';
import { currentOf, readPair } from './segment-pair.ts';
import { endOfBytes } from './segment-scan.ts';

export type Segments = readonly [Uint8Array, Uint8Array];

export interface SurveyedRecord {
  readonly offset: number;
  readonly bytes: number;
  readonly sequence: number;
  readonly durable: number;
  /** Null: whole, but not an entry of this version. */
  readonly entry: JournalEntry | null;
}

/** Bytes that are no record and no mark, and not the zeros behind the last record. */
export interface Unreadable {
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
}

export interface SegmentSurvey {
  readonly header: SegmentHeader | null;
  readonly isCopyWhole: readonly [boolean, boolean];
  readonly records: readonly SurveyedRecord[];
  readonly unreadable: readonly Unreadable[];
  /** The highest sequence that a mark calls durable; 0 when there is no mark. */
  readonly markedDurable: number;
}

/** `torn`: the next start drops the tail. `foreign`: written by another version. */
export type Verdict = 'empty' | 'whole' | 'torn' | 'damaged' | 'foreign';

export interface Survey {
  readonly verdict: Verdict;
  /** What is wrong, in words; null when nothing is. */
  readonly what: string | null;
  /** The segment that counts by its header; null when neither has one. */
  readonly current: 0 | 1 | null;
  readonly segments: readonly [SegmentSurvey, SegmentSurvey];
}

export function surveyOf(segments: Segments): Survey {
  const both = [surveySegment(segments[0]), surveySegment(segments[1])] as const;
  return { ...verdictOf(segments, both), current: currentOf(segments), segments: both };
}

function verdictOf(segments: Segments, surveys: readonly SegmentSurvey[]): Pick<Survey, 'verdict' | 'what'> {
  if (surveys.some((survey) => survey.records.some((record) => record.entry === null)))
    return { verdict: 'foreign', what: 'it has entries of another version of coldslot' };
  const reading = readPair(segments);
  if (reading.kind === 'damaged') return { verdict: 'damaged', what: reading.what };
  if (reading.position.generation === 0) return { verdict: 'empty', what: null };
  return { verdict: reading.dropped === null ? 'whole' : 'torn', what: reading.dropped };
}

function surveySegment(segment: Uint8Array): SegmentSurvey {
  const records: SurveyedRecord[] = [];
  const unreadable: Unreadable[] = [];
  let markedDurable = 0;
  const end = endOfBytes(segment, Math.min(HEADER_AREA_BYTES, segment.length));
  let next = Math.min(HEADER_AREA_BYTES, segment.length);
  const skipTo = (offset: number) => {
    if (offset > next) unreadable.push({ offset: next, bytes: offset - next, reason: reasonAt(segment, next) });
  };
  for (const found of searchFrom(segment, next)) {
    if (found.kind === 'given-up') break;
    skipTo(found.offset);
    next = found.offset + found.bytes;
    if (found.kind === 'mark') markedDurable = Math.max(markedDurable, found.durable);
    else records.push(surveyed(found.offset, found.bytes, found.record));
  }
  skipTo(end);
  const [first, second] = readHeaderCopies(segment);
  const isCopyWhole = [first !== null, second !== null] as const;
  return { header: readHeader(segment), isCopyWhole, records, unreadable, markedDurable };
}

function reasonAt(segment: Uint8Array, offset: number): string {
  const record = readRecord(segment, offset);
  return typeof record === 'string' ? record : 'no record';
}

function surveyed(offset: number, bytes: number, { sequence, durable, entry }: JournalRecord): SurveyedRecord {
  return { offset, bytes, sequence, durable, entry: entryOrNull(entry) };
}

function entryOrNull(bytes: Uint8Array): JournalEntry | null {
  try {
    return decodeEntry(bytes);
  } catch {
    return null; // the survey shows it as one that cannot be understood
  }
}
