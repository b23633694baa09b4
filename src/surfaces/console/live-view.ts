// The live view: the chassis as it is laid out, fans, Moves, the plan in words and the last events, as lines that fit
// a terminal of 80 × 24 and use more when there is more. Pure: a view and a size in, lines out.
import type { ChassisView, EventRecord, FanView, MoveView } from '../../core/view.ts';
import { CARD_LINES, slotCard } from './slot-card.ts';
import { bar, fit, span, widthOf, type Line, type Span, type Style } from './styled-text.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const MIN_CARD_WIDTH = 12;
const MAX_CARD_WIDTH = 28;

/** Exactly `rows` lines, each exactly `columns` wide. */
export function liveView(view: ChassisView, size: ScreenSize, footer: string): Line[] {
  const head = [header(view, size.columns), ...slotLines(view, size.columns), ...fanLines(view, size.columns)];
  const low = [...moveLines(view), ...planLines(view, size.columns)];
  const space = size.rows - head.length - low.length - 1;
  const lines = [...head, ...low, ...eventLines(view.events, Math.max(0, space))].slice(0, size.rows - 1);
  while (lines.length < size.rows - 1) lines.push([]);
  return [...lines, [span(footer, 'dim')]].map((line) => fit(line, size.columns));
}

function header(view: ChassisView, columns: number): Line {
  const ambient = view.ambientC === null ? '' : `  ambient ${view.ambientC.toFixed(1)} °C`;
  const modes = view.zones.map((zone) => `${zone.id} ${zone.mode}`).join(', ');
  const left: Span[] = [span(' coldslot ', 'bold'), span(view.name), span(ambient, 'dim')];
  const right: Span[] =
    view.guardian === 'lost'
      ? [span('GUARDIAN LOST ', 'bad')]
      : [span(`${modes} `, modes.includes('failsafe') ? 'bad' : 'dim')];
  if (!view.movesAllowed) right.unshift(span('moves off  ', 'warn'));
  const gap = Math.max(1, columns - widthOf(left) - widthOf(right));
  return [...left, span(' '.repeat(gap)), ...right];
}

/** The rows of the chassis; where a row does not fit side by side it wraps. */
function slotLines(view: ChassisView, columns: number): Line[] {
  const open = view.moves.filter(isOpen);
  const rows = [...new Set(view.layout.map((place) => place.row))].toSorted((a, b) => a - b);
  const perRow = Math.max(1, ...rows.map((row) => view.layout.filter((place) => place.row === row).length));
  const width = Math.min(MAX_CARD_WIDTH, Math.max(MIN_CARD_WIDTH, Math.floor(columns / perRow)));
  const fitting = Math.max(1, Math.floor(columns / width));
  return rows.flatMap((row) => {
    const places = view.layout.filter((place) => place.row === row).toSorted((a, b) => a.column - b.column);
    const slots = places.flatMap((place) => view.slots.filter((slot) => slot.slot === place.slot));
    const lines: Line[] = [];
    for (let first = 0; first < slots.length; first += fitting) {
      const cards = slots.slice(first, first + fitting).map((slot) => slotCard(slot, view.workloads, open, width));
      for (let line = 0; line < CARD_LINES; line++) lines.push(cards.flatMap((card) => card[line] ?? []));
    }
    return lines;
  });
}

const FAN_STYLE: Readonly<Record<FanView['state'], Style>> = {
  ok: 'plain',
  degraded: 'warn',
  failed: 'bad',
  absent: 'dim',
};

function fanLines(view: ChassisView, columns: number): Line[] {
  const perLine = Math.max(1, Math.floor(columns / 26));
  const lines: Line[] = [];
  for (let first = 0; first < view.fans.length; first += perLine) {
    const fans = view.fans.slice(first, first + perLine);
    lines.push(fans.flatMap((fan) => fit(fanLine(fan), Math.floor(columns / perLine))));
  }
  return lines;
}

function fanLine(fan: FanView): Line {
  const rpm = fan.rpm.map((value) => (value === null ? '–' : String(value))).join('/');
  const state = fan.state === 'ok' ? '' : ` ${fan.state}`;
  return [
    span(` ${fan.id} `, FAN_STYLE[fan.state]),
    span(bar(fan.ratio, 5), 'accent'),
    span(` ${Math.round(fan.ratio * 100)} %`),
    span(` ${rpm}`, 'dim'),
    span(state, FAN_STYLE[fan.state]),
  ];
}

const MOVES_SHOWN = 2;

function moveLines(view: ChassisView): Line[] {
  const open = view.moves.filter(isOpen);
  const closed = view.moves.filter((move) => !isOpen(move)).slice(-Math.max(0, MOVES_SHOWN - open.length));
  return [...closed, ...open].slice(-Math.max(MOVES_SHOWN, open.length)).map(moveLine);
}

function moveLine(move: MoveView): Line {
  const style: Style =
    move.state === 'done' ? 'good' : move.state === 'undone' || move.state === 'undoing' ? 'warn' : 'accent';
  const gap = move.downtimeMs === null ? '' : `  gap ${(move.downtimeMs / 1000).toFixed(1)} s`;
  const bytes = move.progress.bytes === 0 ? '' : `  ${formatBytes(move.progress.bytes)}`;
  return [
    span(` ${move.id} `, 'bold'),
    span(`${move.workload}  slot ${move.from} → ${move.to}  `),
    span(move.state, style),
    span(`${bytes}${gap}`, 'dim'),
    span(move.error === null ? '' : `  ${move.error}`, 'warn'),
  ];
}

/** The reason of the last move that was started, in words; else what the plan says now. */
function planLines(view: ChassisView, columns: number): Line[] {
  const why = view.plan?.moves[0]?.reason.text ?? view.events.findLast((event) => event.code.startsWith('move-'))?.text;
  const text = why ?? (view.plan === null ? 'no plan yet' : 'the work is where it should be');
  const words: Line[] = wrap(`plan: ${text}`, columns - 2)
    .slice(0, 2)
    .map((line) => [span(` ${line}`, why === undefined ? 'dim' : 'plain')]);
  return words;
}

const SEVERITY_STYLE: Readonly<Record<EventRecord['severity'], Style>> = {
  info: 'dim',
  warning: 'warn',
  critical: 'bad',
};

function eventLines(events: readonly EventRecord[], count: number): Line[] {
  return events
    .slice(-count || events.length)
    .slice(0, count)
    .map((event) => [span(` ${event.at.slice(11, 19)} `, 'dim'), span(event.text, SEVERITY_STYLE[event.severity])]);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function isOpen(move: MoveView): boolean {
  return move.state !== 'done' && move.state !== 'undone';
}
