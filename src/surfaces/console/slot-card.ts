// One slot as a card: number, sled and state in the frame, temperature and margin, how much of the way to the limit is
// used, power, and the work on it. The state is told by a word as well as by colour.
import { hasLeak, isOpenMove, type ChassisView, type SlotView } from '../../core/view.ts';
import { cellsOf } from './cells.ts';
import { bar, fit, span, spread, widthOf, type Line, type Span, type Style } from './styled-text.ts';

/** Frame, temperature and bar. */
export const CARD_LINES_WITHOUT_WORK = 4;
/** Inside a card, for a name and a power. */
const MIN_LIST_WIDTH = 16;
const ROOM_FOR_TENTHS = '100.5 °C +10.5 K'.length;
/** With where it will be in ten minutes. */
const ROOM_FOR_AHEAD = '100.5 °C → 101 +10.5 K'.length;

const STATE_STYLE: Readonly<Record<SlotView['state'], Style>> = {
  ok: 'good',
  warm: 'warn',
  hot: 'bad',
  unknown: 'dim',
};

function styleOf(slot: SlotView): Style {
  return hasLeak(slot) ? 'bad' : STATE_STYLE[slot.state];
}

/** How the work is shown: names side by side in so many lines, or one a line with its power. */
export type WorkLayout = { readonly kind: 'names' | 'list'; readonly lines: number };

/** @param width Whole card, frame included. */
export function slotCard(slot: SlotView, view: ChassisView, width: number, work: WorkLayout): Line[] {
  const inner = innerWidth(width);
  const style = styleOf(slot);
  const pad = ' '.repeat(paddingOf(width));
  const body = [
    temperatureLine(slot, style, inner),
    powerLine(slot, view.ambientC, style, inner),
    ...(work.kind === 'list'
      ? workList(slot.slot, view, inner, work.lines)
      : workNames(workSpans(slot.slot, view), inner, work.lines)),
  ];
  return [
    topEdge(slot, style, width),
    ...body.map((line) => fit([span(`│${pad}`, style), ...fit(line, inner), span(`${pad}│`, style)], width)),
    fit([span(`╰${'─'.repeat(Math.max(0, width - 2))}╯`, style)], width),
  ];
}

/** The layout for `lines` lines that shows most: a list where all of it fits, else as many lines of names as needed. */
export function workLayout(view: ChassisView, width: number, lines: number): WorkLayout {
  const inner = innerWidth(width);
  const perSlot = view.slots.map((slot) => workSpans(slot.slot, view));
  const most = Math.max(1, ...perSlot.map((work) => work.length));
  if (inner >= MIN_LIST_WIDTH && most <= lines) return { kind: 'list', lines: most };
  const needed = Math.max(1, ...perSlot.map((work) => linesNeeded(work, inner)));
  return { kind: 'names', lines: Math.min(lines, needed) };
}

/** The slot in one short line, where there is no room for a card. */
export function slotLine(slot: SlotView, view: ChassisView, width: number): Line {
  const style = styleOf(slot);
  const name: Line = [span(` ${String(slot.slot).padStart(2)} `, 'bold'), span(sledName(slot), 'dim')];
  const work = workSpans(slot.slot, view).flatMap((part) => [span(' '), part]);
  const heat: Line =
    slot.temperatureC === null || hasLeak(slot)
      ? [span(` ${noReading(slot)} `, style)]
      : [
          span(` ${slot.temperatureC.toFixed(1)} °C`, style),
          span(slot.marginK === null ? '' : ` ${signedKelvin(slot.marginK, 1)}`, 'dim'),
          span(` ${slot.state} `, style),
        ];
  return spread([...name, ...work], heat, width);
}

/** What runs in a slot, what leaves (`→name`) and what comes (`←name`); what moves first. */
export function workSpans(slot: number, view: ChassisView): Span[] {
  const open = view.moves.filter(isOpenMove);
  const leaving = new Set(open.filter((move) => move.from === slot).map((move) => move.workload));
  const coming = open.filter((move) => move.to === slot).map((move) => move.workload);
  const moving = new Set([...leaving, ...coming]);
  const staying = view.workloads.filter((entry) => entry.slot === slot && !moving.has(entry.id));
  return [
    ...[...leaving].map((id) => span(`→${id}`, 'accent')),
    ...coming.map((id) => span(`←${id}`, 'accent')),
    ...staying.map(({ id, state }) => (state === 'running' ? span(id) : span(`${id} (${state})`, 'warn'))),
  ];
}

/** The frame gives way to the state's word, the sled's name to both. */
function topEdge(slot: SlotView, style: Style, width: number): Line {
  const name: Line = [span(` ${slot.slot} `, 'bold'), span(`${sledName(slot)} `, slot.sled === null ? 'dim' : 'plain')];
  const state = hasLeak(slot) ? 'leak' : slot.state;
  const ends = slot.sled === null && !hasLeak(slot) ? ['─╮'] : [` ${state} ─╮`, ` ${state} ╮`, `${state} ╮`];
  const room = width - 1;
  const end = ends.find((text) => widthOf(name) + cellsOf(text) <= room) ?? ends.at(-1) ?? '';
  const left = Math.max(0, room - cellsOf(end));
  const named = widthOf(name) > left ? [...fit(name, left - 1), span(' ')] : name;
  const rule = '─'.repeat(Math.max(0, left - widthOf(named)));
  return fit([span('╭', style), ...named, span(`${rule}${end}`, style)], width);
}

function temperatureLine(slot: SlotView, style: Style, inner: number): Line {
  if (slot.temperatureC === null || hasLeak(slot)) return [span(noReading(slot), hasLeak(slot) ? style : 'dim')];
  const digits = inner < ROOM_FOR_TENTHS ? 0 : 1;
  const marginStyle = slot.marginK !== null && slot.marginK < 0 ? style : 'dim';
  const margin = slot.marginK === null ? [] : [span(` ${signedKelvin(slot.marginK, digits)}`, marginStyle)];
  const ahead: Line =
    slot.prediction === null || inner < ROOM_FOR_AHEAD
      ? []
      : [span(` → ${slot.prediction.temperatureC.toFixed(0)}`, 'dim')];
  return spread([span(`${slot.temperatureC.toFixed(digits)} °C`, style), ...ahead], margin, inner);
}

/** The bar is empty at the temperature of the air that comes in and full at the limit. */
function powerLine(slot: SlotView, ambientC: number | null, style: Style, inner: number): Line {
  if (slot.sled === null) return [];
  const power: Line = [span(slot.powerW === null ? ' – W' : ` ${slot.powerW.toFixed(0)} W`)];
  const inlet: Line = slot.inletC === null || inner < 24 ? [] : [span(` in ${slot.inletC.toFixed(0)} °C`, 'dim')];
  const right = [...inlet, ...power];
  const airC = slot.inletC ?? ambientC;
  if (slot.temperatureC === null || slot.marginK === null || airC === null) return spread([], right, inner);
  const limitC = slot.temperatureC + slot.marginK;
  const share = limitC > airC ? (slot.temperatureC - airC) / (limitC - airC) : 1;
  return spread([span(bar(share, Math.max(0, inner - widthOf(right))), style)], right, inner);
}

/** One a line, with the power it causes. */
function workList(slot: number, view: ChassisView, inner: number, count: number): Line[] {
  const powerOf = new Map(view.workloads.map((workload) => [workload.id, workload.powerW]));
  const lines = workSpans(slot, view).map((part): Line => {
    const powerW = powerOf.get(part.text.replace(/^[→←]| \(.*$/g, ''));
    return spread([part], powerW === undefined ? [] : [span(` ${powerW.toFixed(0)} W`, 'dim')], inner);
  });
  return Array.from({ length: count }, (_, index) => lines[index] ?? []);
}

/** Side by side in `count` lines; what does not fit is counted. */
function workNames(work: readonly Span[], inner: number, count: number): Line[] {
  let rest = work;
  return Array.from({ length: count }, (_, index) => {
    const taken = fitting(rest, inner, index === count - 1);
    const line = rest.slice(0, taken).flatMap((part, place) => (place === 0 ? [part] : [span(' '), part]));
    rest = rest.slice(taken);
    const isCounted = index === count - 1 && rest.length > 0;
    return isCounted ? spread(line, [span(` +${rest.length}`, 'dim')], inner) : line;
  });
}

function linesNeeded(work: readonly Span[], inner: number): number {
  let lines = 0;
  for (let rest = work; rest.length > 0; rest = rest.slice(fitting(rest, inner, false))) lines++;
  return lines;
}

/** How many of the names go into a line; at least one, cut if need be. The last line keeps room for a count. */
function fitting(work: readonly Span[], inner: number, isLast: boolean): number {
  let used = 0;
  let count = 0;
  for (const part of work) {
    const reserve = isLast && count < work.length - 1 ? ` +${work.length}`.length : 0;
    used += cellsOf(part.text) + (count === 0 ? 0 : 1);
    if (count > 0 && used + reserve > inner) break;
    count++;
  }
  return count;
}

/** Narrow cards do without the space inside their frame. */
function paddingOf(width: number): 0 | 1 {
  return width < 18 ? 0 : 1;
}

function innerWidth(width: number): number {
  return Math.max(0, width - 2 - 2 * paddingOf(width));
}

function sledName(slot: SlotView): string {
  return slot.sled?.id ?? 'empty';
}

function noReading(slot: SlotView): string {
  if (hasLeak(slot)) return slot.sled?.power === 'off' ? 'LEAK, cut' : 'LEAK, on!';
  if (slot.sled === null) return 'no sled';
  return slot.sled.power === 'off' ? 'off' : 'no reading';
}

function signedKelvin(marginK: number, digits: number): string {
  return `${marginK < 0 ? '−' : '+'}${Math.abs(marginK).toFixed(digits)} K`;
}
