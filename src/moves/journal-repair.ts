// What a repaired journal says. Everything that can be read is kept; what is open and may have gone on in records that
// cannot be read is put into the one state from which every such course ends well.
//
// Why not simply go on from the last state that can be read, as a restart does? A restart knows that nothing was done
// beyond that state, and a repair does not:
// - Read is "frozen", lost are shipped, thawed and committed. The Move ships again; if that fails, undo from "frozen"
//   resumes the source without waiting for the destination, which was never told to thaw, as it believes. It runs: two
//   copies.
// - Read is "shipped", lost are undoing and undone. To thaw again starts the destination beside the source.
// So a Move before Committed is undone, as one whose destination may run: the source stays as it is until the
// destination has confirmed the abort (undo.ts).
// - The destination never ran for good: it drops its copy, confirms, and the source resumes, or says that it runs.
// - The source was resumed in what was lost: the destination aborts, and the source answers that it has resumed.
// - Committed was lost: a destination that was told to commit refuses to abort (agent: decideEnded), and says that it
//   has committed; the Move goes on forwards from there. One that was not told yet aborts as any other, and the source
//   resumes: nothing ran for good anywhere else.
// - What the destination owned has moved on in Moves that are lost, too: it refuses, its record is not "committed", and
//   the Move stays open and says so. Its source's copy stays frozen; nothing is started.
// Committed, claimed, fenced go on: from there all courses lead forwards, and what was done is answered as done. Undoing
// goes on: it was never less careful than this. A Move that a later one of its workload followed had ended.
//
// Numbers of Moves and epochs jump ahead of all that the lost records can have used, also for workloads of which nothing
// is left. Who owned what is forgotten: a lost Committed makes it wrong, and a wrong owner's floor would drop the right one's copy.
// A power fence is not for such Moves: cutting the slot of a destination that may own the only copy, and then raising its
// floor, would lose the workload. They wait.
import { compact, type Position } from './segment-pair.ts';
import { encodeHeaderArea, HEADER_AREA_BYTES, SEGMENT_BYTES } from './journal-format.ts';
import { salvage, type Lost, type Salvage } from './journal-salvage.ts';
import type { Segments, Survey, SurveyedRecord } from './journal-survey.ts';
import { ANY_OTHER, emptyLedger, fold, type Ledger } from './ledger.ts';
import { moveRecordSchema, type MoveRecord } from './move-record.ts';

/** Two segments hold fewer edges than this, so no more numbers or epochs can have been used in them. */
const STRIDE = 10_000;

/** What a repair does with a Move that the readable records leave open. */
export interface MoveVerdict {
  readonly move: MoveRecord;
  readonly becomes: MoveRecord;
  readonly why: string;
}

export interface Repair {
  readonly ledger: Ledger;
  readonly keptRecords: number;
  readonly lost: readonly Lost[];
  /** Open Moves, also those that simply go on. */
  readonly moves: readonly MoveVerdict[];
  readonly salvage: Salvage;
}

export function repairOf(survey: Survey): Repair {
  const saved = salvage(survey);
  const { records, lost } = saved;
  const read = records.reduce((ledger, { entry }) => (entry === null ? ledger : fold(ledger, entry)), emptyLedger);
  const moves = [...read.open.values()].map((move) => verdictOn(move, records, lost));
  const resolved = moves.reduce((ledger, { becomes }) => fold(ledger, { kind: 'edge', move: becomes }), read);
  const ledger = lost.length === 0 ? resolved : withDistance(resolved);
  return { ledger, keptRecords: records.length, lost, moves, salvage: saved };
}

function verdictOn(move: MoveRecord, records: readonly SurveyedRecord[], lost: readonly Lost[]): MoveVerdict {
  const after = laterMove(move, records);
  if (after !== null) return closed(move, after);
  const last = Math.max(...records.map((record) => (moveIn(record)?.id === move.id ? record.sequence : 0)));
  const isExact = lost.every((gap) => gap.to !== null && gap.to < last);
  if (isExact) return { move, becomes: move, why: 'its last edge is here; it goes on' };
  switch (move.state.kind) {
    case 'planned':
    case 'staged':
    case 'frozen':
    case 'shipped':
    case 'thawed':
      return undone(move);
    default:
      return {
        move,
        becomes: move,
        why: 'later edges may be lost; it only goes on this way, and what was done is answered so',
      };
  }
}

function undone(move: MoveRecord): MoveVerdict {
  const error = `its edges after ${move.state.kind} may be lost; the destination is asked whether it owns the workload`;
  const becomes = moveRecordSchema.parse({
    ...move,
    fence: 'wait',
    error,
    state: { kind: 'undoing', thaw: 'unknown', abort: 'pending', resume: 'blocked' },
  });
  return {
    move,
    becomes,
    why: 'later edges may be lost; it is undone, or goes on if its destination owns the workload',
  };
}

/** One Move of a workload at a time: this one had ended before the later one was planned, on the sled where that began. */
function closed(move: MoveRecord, after: MoveRecord): MoveVerdict {
  const isDone = ['committed', 'claimed', 'fenced'].includes(move.state.kind) || after.fromSled === move.toSled;
  const state = isDone ? { kind: 'done' } : { kind: 'undone', abort: 'owed' };
  const becomes = moveRecordSchema.parse({ ...move, state });
  return { move, becomes, why: `it had ended when ${after.id} began; the record of that is lost` };
}

function laterMove(move: MoveRecord, records: readonly SurveyedRecord[]): MoveRecord | null {
  const later = records.flatMap((record) => moveIn(record) ?? []);
  return later.find((other) => other.workload === move.workload && other.epoch > move.epoch) ?? null;
}

function moveIn({ entry }: SurveyedRecord): MoveRecord | null {
  return entry?.kind === 'edge' ? entry.move : null;
}

function withDistance(ledger: Ledger): Ledger {
  const jumped = [...ledger.epochs].map(([workload, epoch]) => [workload, epoch + STRIDE] as const);
  const highest = Math.max(STRIDE, ...jumped.map(([, epoch]) => epoch));
  const epochs = new Map([...jumped, [ANY_OTHER, highest] as const]);
  return { ...ledger, owners: new Map(), epochs, lastMove: ledger.lastMove + STRIDE };
}

/** Both segments of the repaired journal; null when what it says does not fit into one. */
export function repairedSegments({ ledger, salvage: saved }: Repair, segmentBytes = SEGMENT_BYTES): Segments | null {
  const generation = saved.highestGeneration + 1;
  const nextSequence = saved.highestSequence + 1;
  const before: Position = { current: 1, generation, tailOffset: 0, nextSequence, compaction: 'pending' };
  const compacted = compact(before, ledger, segmentBytes);
  if (compacted === null) return null;
  const first = new Uint8Array(segmentBytes);
  first.set(compacted.header);
  first.set(compacted.body, HEADER_AREA_BYTES);
  const second = new Uint8Array(segmentBytes);
  second.set(encodeHeaderArea({ generation, firstSequence: nextSequence }));
  return [first, second];
}
