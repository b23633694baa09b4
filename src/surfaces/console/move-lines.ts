// Moves as lines: what goes where, how far it has come, how long it stood still.
import { isOpenMove, type MoveStateName, type MoveView } from '../../core/view.ts';
import { bar, span, type Line, type Style } from './styled-text.ts';

/** How far each state is on the way, of 9 steps. */
const STEP: Readonly<Record<MoveStateName, number>> = {
  planned: 1,
  staged: 2,
  frozen: 3,
  shipped: 4,
  thawed: 5,
  committed: 6,
  claimed: 7,
  fenced: 8,
  done: 9,
  undoing: 0,
  undone: 0,
};
const LAST_STEP = STEP.done;
const ROOM_FOR_BAR = 66;

/** At most `room` lines of about `columns`: open Moves, then the newest closed ones, oldest first. */
export function moveLines(moves: readonly MoveView[], columns: number, room: number): Line[] {
  if (room <= 0) return [];
  const open = moves.filter(isOpenMove);
  if (open.length > room)
    return [
      ...shown(open.slice(0, room - 1), columns),
      [span(`${open.length - room + 1} more Moves under way`, 'accent')],
    ];
  const spare = room - open.length;
  const closed = moves.filter((move) => !isOpenMove(move)).toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const recent = spare === 0 ? [] : closed.slice(-spare);
  return shown([...recent, ...open], columns);
}

function shown(moves: readonly MoveView[], columns: number): Line[] {
  const width = (text: (move: MoveView) => string) => Math.max(0, ...moves.map((move) => text(move).length));
  const workload = Math.min(
    24,
    width((move) => move.workload),
  );
  const way = width(wayOf);
  return moves.map((move) => [
    span(`${move.workload.padEnd(workload)}  `, 'bold'),
    span(`${wayOf(move).padEnd(way)}  `),
    span(columns < ROOM_FOR_BAR ? '' : `${bar(STEP[move.state] / LAST_STEP, LAST_STEP)} `, styleOf(move)),
    span(move.state.padEnd(9), styleOf(move)),
    span(figures(move), 'dim'),
    span(move.error === null ? '' : `  ${move.error}`, 'warn'),
  ]);
}

function wayOf(move: MoveView): string {
  return `slot ${move.from} → ${move.to}`;
}

function styleOf(move: MoveView): Style {
  if (move.state === 'done') return 'good';
  return move.state === 'undoing' || move.state === 'undone' ? 'warn' : 'accent';
}

function figures(move: MoveView): string {
  const bytes = move.progress.bytes === 0 ? '' : `  ${bytesInWords(move.progress.bytes)}`;
  return bytes + (move.downtimeMs === null ? '' : `  gap ${(move.downtimeMs / 1000).toFixed(2)} s`);
}

export function bytesInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(1)} ${units[unit]}`;
}
