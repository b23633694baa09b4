// What of a damaged journal still counts, in the order it was written, and which records are missing in between.
//
// A segment starts with a snapshot of all that the other one said, so nothing but the newer segment is needed while its
// snapshot can be read, and the older one stands in for the snapshot while it is complete itself. Only when both are
// broken is everything readable of both put together.
import { HEADER_AREA_BYTES } from './journal-format.ts';
import type { SegmentSurvey, Survey, SurveyedRecord } from './journal-survey.ts';

/** Records that cannot be read. */
export interface Lost {
  readonly segment: 0 | 1;
  readonly offset: number;
  readonly from: number;
  /** Null: nobody knows how many followed. */
  readonly to: number | null;
}

export interface Salvage {
  readonly newer: 0 | 1;
  readonly records: readonly SurveyedRecord[];
  readonly lost: readonly Lost[];
  /** Nothing that was ever written is above these. */
  readonly highestSequence: number;
  readonly highestGeneration: number;
}

export function salvage(survey: Survey): Salvage {
  const newer = newerOf(survey);
  const { [newer]: fresh, [newer === 0 ? 1 : 0]: old } = survey.segments as [SegmentSurvey, SegmentSurvey];
  const firstSequence = fresh.header?.firstSequence ?? fresh.records[0]?.sequence ?? Infinity;
  const lost = lostIn(newer, fresh, firstSequence);
  const highest = Math.max(...survey.segments.map(highestIn), ...lost.map((gap) => gap.to ?? gap.from));
  const common = {
    newer,
    highestSequence: highest,
    highestGeneration: Math.max(...survey.segments.map((segment) => segment.header?.generation ?? 0)),
  };
  const snapshotEnd = fresh.records.find((record) => record.durable >= firstSequence)?.sequence ?? Infinity;
  const isSnapshotRead = lost.every((gap) => gap.from > snapshotEnd);
  if (isSnapshotRead) return { ...common, records: fresh.records, lost };
  const before = old.records.filter((record) => record.sequence < firstSequence);
  const inSnapshot = (gap: Lost) =>
    fresh.records.some((record) => record.sequence > (gap.to ?? Infinity) && record.durable < firstSequence);
  return {
    ...common,
    records: [...before, ...fresh.records],
    lost: isComplete(old, firstSequence) ? lost.filter((gap) => !inSnapshot(gap)) : lost,
  };
}

/** By the headers, unless the other segment has records that were made when this one's were durable. */
function newerOf({ current, segments }: Survey): 0 | 1 {
  if (current === null) return highestIn(segments[1]) > highestIn(segments[0]) ? 1 : 0;
  const other = current === 0 ? 1 : 0;
  const end = highestIn(segments[current]);
  const { records, markedDurable } = segments[other];
  return markedDurable > end || records.some((record) => record.durable > end) ? other : current;
}

function highestIn({ records, markedDurable, header }: SegmentSurvey): number {
  return Math.max((header?.firstSequence ?? 1) - 1, markedDurable, ...records.map((record) => record.sequence));
}

function lostIn(segment: 0 | 1, { records, unreadable, markedDurable }: SegmentSurvey, first: number): Lost[] {
  const lost: Lost[] = [];
  let expected = Number.isFinite(first) ? first : 1;
  let offset = HEADER_AREA_BYTES;
  for (const record of records) {
    const isNext = record.sequence === expected && record.offset === offset;
    const to = record.sequence - 1; // without a header nobody knows which sequence came first
    if (!isNext) lost.push({ segment, offset, from: Math.min(expected, to), to });
    expected = record.sequence + 1;
    offset = record.offset + record.bytes;
  }
  if (unreadable.some((gap) => gap.offset >= offset)) lost.push({ segment, offset, from: expected, to: null });
  else if (markedDurable >= expected) lost.push({ segment, offset, from: expected, to: markedDurable });
  return lost;
}

/** Every record from its header's first sequence up to `end`. */
function isComplete({ header, records }: SegmentSurvey, end: number): boolean {
  if (header === null) return false;
  let expected = header.firstSequence;
  for (const record of records) if (record.sequence === expected) expected++;
  return expected >= end;
}
