// The live view: the chassis as it is laid out, fans, Moves, the plan's reason in words and the last events, as lines
// that fill a terminal. Pure: a view and a size in, lines out. What has no room gives way in this order: events, work
// on the cards, cards, fans one by one; the header, a hot slot, the plan's reason and the footer stay.
import type { ChassisView, EventRecord } from '../../core/view.ts';
import { cellsOf } from './cells.ts';
import { fanLines } from './fan-lines.ts';
import { moveLines } from './move-lines.ts';
import { slotGrid } from './slot-grid.ts';
import { fit, span, spread, widthOf, wrap, type Line, type Span, type Style } from './styled-text.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Width of the word that begins each section of text. */
const GUTTER = 6;
const TALL_ROWS = 34;
/** Of the header: the product's name and what is left of the chassis'. */
const MIN_NAME = 20;

/** Exactly `rows` lines, each exactly `columns` wide. */
export function liveView(view: ChassisView, size: ScreenSize, footer: string): Line[] {
  const { columns, rows } = size;
  const isTall = rows >= TALL_ROWS;
  const textWidth = columns - GUTTER - 1;
  const fans = fanLines(view.fans, columns, isTall ? 4 : 2);
  const moves = section('moves', moveSection(view, textWidth, isTall ? 5 : 2));
  const plan = section('plan', planSection(view, textWidth, isTall ? 4 : 3));
  const fewestEvents = isTall ? 6 : rows < 24 ? 1 : 3;
  const taken = 2 + fans.length + moves.length + plan.length;
  const slots = slotGrid(view, columns, Math.max(1, rows - taken - fewestEvents));
  const space = Math.max(0, rows - taken - slots.length);
  const events = section('log', eventSection(view.events, textWidth, space));
  const body = [header(view, columns), ...slots, ...fans, ...moves, ...plan, ...events].slice(0, Math.max(0, rows - 1));
  while (body.length < rows - 1) body.push([]);
  return [...body, [span(` ${footer}`, 'dim')]].slice(0, rows).map((line) => fit(line, columns));
}

function header(view: ChassisView, columns: number): Line {
  const figures = [
    view.ambientC === null ? '' : `air ${view.ambientC.toFixed(1)} °C`,
    view.slots.some((slot) => slot.powerW !== null)
      ? `sleds ${view.slots.reduce((sum, slot) => sum + (slot.powerW ?? 0), 0).toFixed(0)} W`
      : '', // a board that measures no power
  ];
  const left: Span[] = [span(' coldslot ', 'bold'), span(view.name)];
  const facts = figures.filter((text) => text !== '').join('  ');
  const right: Span[] = [
    ...(view.movesAllowed ? [] : [span('  moves off', 'warn')]),
    ...(view.guardian === 'lost' ? [span('  GUARDIAN LOST', 'bad')] : zoneSpans(view, columns)),
    span(' '),
  ];
  const middle = [span(`  ${facts}`, 'dim')];
  const hasRoom = MIN_NAME + widthOf(middle) + widthOf(right) <= columns;
  return spread(left, hasRoom ? [...middle, ...right] : right, columns);
}

/** Zones one by one where they fit into half the line, else only those that are not simply in control. */
function zoneSpans(view: ChassisView, columns: number): Span[] {
  const all = view.zones.map((zone) => span(`  ${zone.id} ${zone.mode}`, zoneStyle(zone.mode)));
  if (widthOf(all) <= columns / 2) return all;
  return view.zones
    .filter((zone) => zone.mode !== 'control')
    .slice(0, 2)
    .map((zone) => span(`  ${zone.id} ${zone.mode}`, zoneStyle(zone.mode)));
}

function zoneStyle(mode: ChassisView['zones'][number]['mode']): Style {
  if (mode === 'failsafe') return 'bad';
  return mode === 'control' ? 'dim' : 'warn';
}

/** A word before the first line, the others under its text. */
function section(name: string, lines: readonly Line[]): Line[] {
  return lines.map((line, index) => [span((index === 0 ? ` ${name}` : '').padEnd(GUTTER), 'dim'), span(' '), ...line]);
}

function moveSection(view: ChassisView, width: number, room: number): Line[] {
  const lines = moveLines(view.moves, width, room);
  return lines.length > 0 ? lines : [[span('none yet', 'dim')]];
}

/** Why the last plan moves what it moves; once nothing is left to move, why the last Move was made. */
function planSection(view: ChassisView, width: number, room: number): Line[] {
  const reason = view.plan?.moves[0]?.reason.text;
  const past = view.events.findLast(isReasonOfMove);
  const text = reason ?? (past === undefined ? restingWords(view) : `${past.text} (${clockTime(past.at)})`);
  return clipped(wrap(text, width), room, width, reason === undefined && past === undefined ? 'dim' : 'plain');
}

/** Events of a Move's start carry the plan's sentence; their code is the plan's reason code. */
function isReasonOfMove(event: EventRecord): boolean {
  return /^move-(?:hot-slot|makes-room|saves-energy|rule|capacity)$/.test(event.code);
}

function restingWords(view: ChassisView): string {
  if (view.plan === null) return 'no plan yet';
  if (view.plan.status === 'infeasible') return 'no assignment keeps the rules';
  return 'the work is where it should be';
}

const SEVERITY_STYLE: Readonly<Record<EventRecord['severity'], Style>> = {
  info: 'plain',
  warning: 'warn',
  critical: 'bad',
};
const TIME_WIDTH = '12:00:00  '.length;
const EVENT_LINES = 3;

/** The newest events that fit whole, oldest first; a long one is broken between words. */
function eventSection(events: readonly EventRecord[], width: number, room: number): Line[] {
  const lines: Line[] = [];
  for (const event of events.toReversed()) {
    const style = SEVERITY_STYLE[event.severity];
    const most = lines.length === 0 ? Math.min(EVENT_LINES, room) : EVENT_LINES;
    const text = clipped(wrap(event.text, width - TIME_WIDTH), most, width - TIME_WIDTH, style);
    if (lines.length + text.length > room) break;
    const times = text.map((_, index) => (index === 0 ? `${clockTime(event.at)}  ` : ' '.repeat(TIME_WIDTH)));
    lines.unshift(...text.map((line, index): Line => [span(times[index] ?? '', 'dim'), ...line]));
  }
  return lines;
}

/** At most `room` lines; when there are more the last one that is shown ends, after a whole word, in an ellipsis. */
function clipped(lines: readonly string[], room: number, width: number, style: Style): Line[] {
  const shown = lines.slice(0, room);
  if (shown.length < lines.length) shown.push(`${withoutLastWords(shown.pop() ?? '', width - 2)} …`);
  return shown.map((text) => [span(text, style)]);
}

function withoutLastWords(text: string, width: number): string {
  const words = text.split(' ');
  while (words.length > 1 && cellsOf(words.join(' ')) > width) words.pop();
  return words.join(' ');
}

function clockTime(at: string): string {
  return at.slice(11, 19);
}
