// Fans as cells side by side: commanded speed as a bar and in per cent, tachometers, and a word when one is not well.
import type { FanView } from '../../core/view.ts';
import { bar, span, widthOf, type Line, type Style } from './styled-text.ts';

/** Widths that are tried; the widest that takes the fewest lines. */
const BAR_CELLS = [8, 6, 4, 3];
const SUMMARY_BAR_CELLS = 8;

const FAN_STYLE: Readonly<Record<FanView['state'], Style>> = {
  ok: 'plain',
  degraded: 'warn',
  failed: 'bad',
  absent: 'dim',
};

/** At most `room` lines of `columns`; where not all fit, those that are not well and the range of the others. */
export function fanLines(fans: readonly FanView[], columns: number, room: number): Line[] {
  if (fans.length === 0 || room <= 0) return [];
  const layouts = BAR_CELLS.map((cells) => flow(fanCells(fans, cells), columns));
  const fewest = Math.min(...layouts.map((lines) => lines.length));
  const best = layouts.find((lines) => lines.length === fewest) ?? [];
  return best.length <= room ? best : [summary(fans)];
}

/** Cells one after the other, a new line where the next does not fit. */
function flow(cells: readonly Line[], columns: number): Line[] {
  const lines: Line[] = [];
  let line: Line = [];
  for (const cell of cells) {
    if (line.length > 0 && widthOf(line) + widthOf(cell) > columns) {
      lines.push(line);
      line = [];
    }
    line = [...line, ...cell];
  }
  return [...lines, line];
}

/** As wide as each other, but for the word of one that is not well. */
function fanCells(fans: readonly FanView[], barCells: number): Line[] {
  const idWidth = Math.max(...fans.map((fan) => fan.id.length));
  const rpmWidth = Math.max(...fans.map((fan) => rpmOf(fan).length));
  return fans.map((fan) => {
    const style = FAN_STYLE[fan.state];
    return [
      span(` ${fan.id.padEnd(idWidth)} `, style),
      span(bar(fan.ratio, barCells), fan.state === 'ok' ? 'accent' : style),
      span(` ${percent(fan.ratio).padStart(3)} % `),
      span(rpmOf(fan).padEnd(rpmWidth), 'dim'),
      span(fan.state === 'ok' ? '' : ` ${fan.state}`, style),
      span(' '),
    ];
  });
}

function rpmOf(fan: FanView): string {
  return fan.rpm.map((value) => (value === null ? '–' : String(value))).join('/');
}

function summary(fans: readonly FanView[]): Line {
  const ratios = fans.map((fan) => fan.ratio);
  const [low, high] = [percent(Math.min(...ratios)), percent(Math.max(...ratios))];
  const unwell = fans.filter((fan) => fan.state !== 'ok');
  return [
    span(` ${fans.length} fans `),
    span(bar(Math.max(...ratios), SUMMARY_BAR_CELLS), 'accent'),
    span(` ${low === high ? low : `${low} to ${high}`} %`),
    ...unwell.flatMap((fan) => [span('  '), span(`${fan.id} ${fan.state}`, FAN_STYLE[fan.state])]),
  ];
}

function percent(ratio: number): string {
  return String(Math.round(ratio * 100));
}
