// An inspection of the journal, for people and for programs.
import type { Inspection } from '../controller/journal-doctor.ts';
import { SEGMENT_NAMES } from '../controller/journal-file.ts';
import { assertNever } from '../core/errors.ts';
import type { MoveVerdict, Repair } from '../moves/journal-repair.ts';
import type { Lost } from '../moves/journal-salvage.ts';
import type { SegmentSurvey, SurveyedRecord } from '../moves/journal-survey.ts';
import { ANY_OTHER } from '../moves/ledger.ts';
import type { MoveRecord } from '../moves/move-record.ts';
import { table } from '../surfaces/console/table.ts';

export function inspectionJson({ directory, holder, survey, repair }: Inspection) {
  return {
    directory,
    controllerPid: holder,
    verdict: survey.verdict,
    what: survey.what,
    segments: survey.segments.map((segment, index) => ({
      name: SEGMENT_NAMES[index],
      isCurrent: survey.current === index,
      generation: segment.header?.generation ?? null,
      firstNumber: segment.header?.firstSequence ?? null,
      headerCopiesWhole: segment.isCopyWhole,
      records: segment.records.map(recordJson),
      unreadable: segment.unreadable,
    })),
    repair: repair === null ? null : planJson(repair),
  };
}

function recordJson(record: SurveyedRecord) {
  const { sequence: number, offset, bytes, entry } = record;
  const common = { number, offset, bytes, kind: entry?.kind ?? 'unknown' };
  if (entry?.kind !== 'edge') return common;
  const { id, workload, epoch, state, wallMs } = entry.move;
  return { ...common, move: id, workload, state: state.kind, epoch, at: new Date(wallMs).toISOString() };
}

function planJson({ keptRecords, lost, moves, ledger }: Repair) {
  return {
    keptRecords,
    lost: lost.map(({ segment, offset, from, to }) => ({ segment: SEGMENT_NAMES[segment], offset, from, to })),
    moves: moves.map(({ move, becomes, why }) => ({
      move: move.id,
      workload: move.workload,
      state: move.state.kind,
      becomes: becomes.state.kind,
      why,
    })),
    lastMove: ledger.lastMove,
  };
}

export function inspectionText(inspection: Inspection): string {
  const { directory, holder, survey, repair } = inspection;
  const used = holder === null ? 'no controller uses it' : `a controller uses it, process ${holder}`;
  return [
    `${directory}: ${used}`,
    ...survey.segments.flatMap((segment, index) => ['', ...segmentLines(segment, index, survey.current)]),
    '',
    verdictText(inspection),
    ...(repair === null ? [] : ['', ...repairLines(repair), '', 'To do that: coldslot journal repair --yes']),
  ].join('\n');
}

function segmentLines(segment: SegmentSurvey, index: number, current: 0 | 1 | null): string[] {
  const { header, isCopyWhole, records, unreadable } = segment;
  const copies = isCopyWhole.map((isWhole, copy) => (isWhole ? '' : `, header copy ${copy + 1} cannot be read`));
  const kept = current === index ? ', this one counts' : '';
  const state =
    header === null ? 'no header' : `generation ${header.generation}, from record ${header.firstSequence}${kept}`;
  const holes = unreadable.map((hole) => ({
    offset: hole.offset,
    cells: ['?', String(hole.offset), `${hole.bytes} bytes`, `cannot be read: ${hole.reason}`],
  }));
  const rows = [...records.map((record) => ({ offset: record.offset, cells: recordCells(record) })), ...holes]
    .toSorted((a, b) => a.offset - b.offset)
    .map((row) => row.cells);
  const head = `${SEGMENT_NAMES[index]}: ${state}${header === null ? '' : copies.join('')}`;
  if (rows.length === 0) return [head];
  const titles = ['record', 'byte', 'kind', 'Move', 'workload', 'state', 'epoch', 'time'];
  return [head, table([titles, ...rows], ['right', 'right'])];
}

function recordCells({ sequence, offset, entry }: SurveyedRecord): string[] {
  const place = [String(sequence), String(offset)];
  if (entry === null) return [...place, 'unknown'];
  switch (entry.kind) {
    case 'edge':
      return [...place, 'edge', ...moveCells(entry.move)];
    case 'epochs':
      return [...place, 'epochs', '', `${Object.keys(entry.epochs).length} workloads`];
    case 'owners':
      return [...place, 'owners', '', `${Object.keys(entry.owners).length} workloads`];
    case 'counter':
      return [...place, 'counter', `m${entry.lastMove}`];
    default:
      return assertNever(entry);
  }
}

function moveCells({ id, workload, state, epoch, wallMs }: MoveRecord): string[] {
  return [id, workload, state.kind, String(epoch), new Date(wallMs).toISOString()];
}

function verdictText({ survey: { verdict, what } }: Inspection): string {
  switch (verdict) {
    case 'whole':
      return 'whole';
    case 'empty':
      return 'empty: no Move was ever begun';
    case 'torn':
      return `whole up to a torn tail, as a power loss leaves it; the next start drops ${what}`;
    case 'damaged':
      return `DAMAGED, the controller makes no Moves: ${what}`;
    case 'foreign':
      return `${what}: use that version to look at it`;
    default:
      return assertNever(verdict);
  }
}

/** Of a repair that was done, or would be. */
export function repairText(inspection: Inspection, asideDirectory: string | null): string {
  const { repair } = inspection;
  if (repair === null) return `nothing to repair: ${verdictText(inspection)}`;
  const end =
    asideDirectory === null
      ? 'Nothing was changed. To do it, with the controller stopped: coldslot journal repair --yes'
      : `repaired; what was there before is in ${asideDirectory}`;
  return [verdictText(inspection), '', ...repairLines(repair), '', end].join('\n');
}

function repairLines({ keptRecords, lost, moves, ledger }: Repair): string[] {
  const workloads = [...ledger.epochs.keys()].filter((workload) => workload !== ANY_OTHER).length;
  const known = `${keptRecords} records are kept: epochs of ${workloads} workloads, ${moves.length} open Moves`;
  if (lost.length === 0) return [`A repair loses nothing. ${known}.`, ...moves.map(moveLine)];
  return [
    `A repair loses ${lost.map(lostText).join('; ')}. ${known}.`,
    ...moves.map(moveLine),
    `The next Move is m${ledger.lastMove + 1}, and epochs jump as far: none that was used in what is lost comes again.`,
    'A Move of which no record is left is forgotten. Look whether each workload runs (coldslot workload list); an agent',
    'that holds something for such a Move refuses the next one of that workload and names it.',
  ];
}

function lostText({ segment, offset, from, to }: Lost): string {
  const which =
    to === null ? `what follows record ${from - 1}` : from === to ? `record ${from}` : `records ${from} to ${to}`;
  return `${which} (${SEGMENT_NAMES[segment]}, byte ${offset})`;
}

function moveLine({ move, becomes, why }: MoveVerdict): string {
  const { id, workload, state, fromSled, toSled } = move;
  const change = state.kind === becomes.state.kind ? state.kind : `${state.kind} → ${becomes.state.kind}`;
  return `  ${id} ${workload}, ${fromSled} → ${toSled}: ${change} (${why})`;
}
