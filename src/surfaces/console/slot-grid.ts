// The slots as the chassis lays them out, in as much detail as there is room for: cards with much or little of the
// work, then one short line a slot, at last only the hottest.
import { hasLeak, type ChassisView, type SlotView } from '../../core/view.ts';
import { CARD_LINES_WITHOUT_WORK, slotCard, slotLine, workLayout } from './slot-card.ts';
import { fit, span, type Line } from './styled-text.ts';

const MIN_CARD_WIDTH = 14;
const MAX_CARD_WIDTH = 36;
const MIN_LINE_WIDTH = 38;
/** More lines of work than this make the cards too tall to be taken in. */
const MAX_WORK_LINES = 6;

/** At most `room` lines of `columns`. */
export function slotGrid(view: ChassisView, columns: number, room: number): Line[] {
  const rows = rowsOf(view);
  const widest = Math.max(1, ...rows.map((row) => row.length));
  const perLine = cardsPerLine(rows, Math.min(widest, Math.max(1, Math.floor(columns / MIN_CARD_WIDTH))));
  const width = Math.min(MAX_CARD_WIDTH, Math.floor(columns / perLine));
  const bands = rows.flatMap((row) => chunks(row, evenly(row.length, perLine)));
  const spare = Math.floor(room / Math.max(1, bands.length)) - CARD_LINES_WITHOUT_WORK;
  if (spare < 0 || width < MIN_CARD_WIDTH) return shortLines(view, rows.flat(), columns, room);
  const work = workLayout(view, width, Math.min(MAX_WORK_LINES, spare));
  return bands.flatMap((slots) => {
    const cards = slots.map((slot) => slotCard(slot, view, width, work));
    return Array.from({ length: CARD_LINES_WITHOUT_WORK + work.lines }, (_, line) =>
      cards.flatMap((card) => card[line] ?? []),
    );
  });
}

/** As few as may be without another band of cards: the cards get as wide as that allows. */
function cardsPerLine(rows: readonly (readonly unknown[])[], most: number): number {
  const bands = (perLine: number) => rows.reduce((sum, row) => sum + Math.ceil(row.length / perLine), 0);
  let perLine = most;
  while (perLine > 1 && bands(perLine - 1) === bands(most)) perLine--;
  return perLine;
}

/** A row that does not fit in one line is divided evenly, so that no card is left alone. */
function evenly(count: number, perLine: number): number {
  return Math.ceil(count / Math.max(1, Math.ceil(count / perLine)));
}

function shortLines(view: ChassisView, slots: readonly SlotView[], columns: number, room: number): Line[] {
  const perLine = Math.max(1, Math.floor(columns / MIN_LINE_WIDTH));
  const shown = slots.length <= perLine * room ? slots : hottest(slots, Math.max(0, perLine * room - 1));
  const width = Math.floor(columns / perLine);
  const cells = shown.map((slot) => slotLine(slot, view, width));
  if (shown.length < slots.length) {
    const more = `${slots.length - shown.length} more slots, all cooler`;
    cells.push(fit([span(`  ${shown.length === 0 ? `${slots.length} slots` : more}`, 'dim')], width));
  }
  return chunks(cells, perLine)
    .slice(0, room)
    .map((line) => line.flat());
}

/** The `count` with a leak or else the least margin, in their order. */
function hottest(slots: readonly SlotView[], count: number): SlotView[] {
  const margin = (slot: SlotView) => (hasLeak(slot) ? -Infinity : (slot.marginK ?? Infinity));
  const chosen = new Set(slots.toSorted((a, b) => margin(a) - margin(b)).slice(0, count));
  return slots.filter((slot) => chosen.has(slot));
}

/** Rows of the chassis, front first, each from left to right; slots that have no place come last. */
function rowsOf(view: ChassisView): SlotView[][] {
  const place = new Map(view.layout.map((entry) => [entry.slot, entry]));
  const rows = new Map<number, SlotView[]>();
  for (const slot of view.slots) {
    const row = place.get(slot.slot)?.row ?? Infinity;
    rows.set(row, [...(rows.get(row) ?? []), slot]);
  }
  return [...rows]
    .toSorted(([a], [b]) => a - b)
    .map(([, slots]) =>
      slots.toSorted((a, b) => (place.get(a.slot)?.column ?? a.slot) - (place.get(b.slot)?.column ?? b.slot)),
    );
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
