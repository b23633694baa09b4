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

/**
 * At most `room` lines of `columns`; where not all fit, neighbours at one speed together; where those do not, the ones
 * that are not well and the range of the others.
 */
export function fanLines(fans: readonly FanView[], columns: number, room: number): Line[] {
  if (fans.length === 0 || room <= 0) return [];
  const single = tightest((cells) => fanCells(fans, cells), columns);
  if (single.length <= room) return single;
  const runs = runsOf(fans);
  const together = tightest((cells) => runs.flatMap((run) => runCell(run, cells)), columns);
  return together.length <= room ? together : [summary(fans)];
}

/** The fewest lines, with the widest bar that they allow. */
function tightest(cellsWith: (barCells: number) => Line[], columns: number): Line[] {
  const layouts = BAR_CELLS.map((cells) => flow(cellsWith(cells), columns));
  const fewest = Math.min(...layouts.map((lines) => lines.length));
  return layouts.find((lines) => lines.length === fewest) ?? [];
}

/** Neighbours that are well and run at the same speed; one that is not well is by itself. */
function runsOf(fans: readonly FanView[]): FanView[][] {
  const runs: FanView[][] = [];
  for (const fan of fans) {
    const last = runs.at(-1)?.at(-1);
    const joins = last?.state === 'ok' && fan.state === 'ok' && percent(last.ratio) === percent(fan.ratio);
    if (joins) runs.at(-1)?.push(fan);
    else runs.push([fan]);
  }
  return runs;
}

/** ` fan1…fan8 ███░░░░░ 26 % 4610–4750 ` */
function runCell(run: readonly FanView[], barCells: number): Line[] {
  const [first] = run;
  const last = run.at(-1);
  if (first === undefined || last === undefined) return [];
  if (run.length === 1) return fanCells(run, barCells);
  const rpm = run.flatMap((fan) => fan.rpm).filter((value) => value !== null);
  const range = rpm.length === 0 ? '–' : `${Math.min(...rpm)}–${Math.max(...rpm)}`;
  return [
    [
      span(` ${first.id}…${last.id} `),
      span(bar(first.ratio, barCells), 'accent'),
      span(` ${percent(first.ratio).padStart(3)} % `),
      span(range, 'dim'),
      span(' '),
    ],
  ];
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
