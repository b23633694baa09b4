// A day with and without coldslot as an SVG: the hottest slot beside its limit, what the fans take, and when work moved.
import type { DayRun, DaySample } from '../../test/simulation/day/run.ts';

export interface DayPlotInput {
  readonly title: string;
  readonly limitC: number;
  readonly without: DayRun;
  readonly withColdslot: DayRun;
}

interface Panel {
  readonly top: number;
  readonly height: number;
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly label: string;
  readonly of: (sample: DaySample) => number;
}

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 24;
const HEIGHT = 600;
const COLORS = { without: '#c2571a', coldslot: '#1f6fb2', limit: '#b00020', grid: '#dde1e6', ink: '#24292f' } as const;
/** Of the day, at its first second. */
const FIRST_HOUR = 8;
const TICK_HOURS = 3;

export function dayPlot(input: DayPlotInput): string {
  const { title, limitC, without, withColdslot } = input;
  const samples = [...without.samples, ...withColdslot.samples];
  const most = (of: Panel['of']) => Math.max(...samples.map(of));
  const least = (of: Panel['of']) => Math.min(...samples.map(of));
  const hottest: Panel = {
    ...{ top: 112, height: 180, step: 10, label: 'hottest slot, °C', of: ({ hottestC }) => hottestC },
    low: 10 * Math.floor(least(({ hottestC }) => hottestC) / 10),
    high:
      10 *
      Math.ceil(
        Math.max(
          limitC + 1,
          most(({ hottestC }) => hottestC),
        ) / 10,
      ),
  };
  const fans: Panel = {
    ...{ top: 334, height: 150, low: 0, step: 20, label: 'fan power, W', of: ({ fanPowerW }) => fanPowerW },
    high: 20 * Math.ceil(most(({ fanPowerW }) => fanPowerW) / 20),
  };
  const scale = new Scale(without.lengthS);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="${COLORS.ink}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 26, `A day with and without coldslot`, 'font-size="17" font-weight="600"'),
    text(LEFT, 44, escaped(title), 'fill="#57606a"'),
    legend(input),
    axes(hottest, scale),
    axes(fans, scale),
    limitLine(hottest, limitC),
    ...[hottest, fans].flatMap((panel) => [
      line(panel, scale, without, COLORS.without),
      line(panel, scale, withColdslot, COLORS.coldslot),
    ]),
    moveMarks(withColdslot, scale),
    hours(without.lengthS, scale),
    '</svg>',
    '',
  ].join('\n');
}

class Scale {
  readonly #lengthS: number;

  constructor(lengthS: number) {
    this.#lengthS = lengthS;
  }

  x(atS: number): number {
    return round(LEFT + ((WIDTH - LEFT - RIGHT) * atS) / this.#lengthS);
  }
}

function y({ top, height, low, high }: Panel, value: number): number {
  return round(top + height * (1 - (value - low) / (high - low)));
}

function axes(panel: Panel, scale: Scale): string {
  const { top, height, low, high, step, label } = panel;
  const parts = [text(LEFT, top - 8, label, 'font-weight="600"')];
  for (let value = low; value <= high; value += step) {
    const at = y(panel, value);
    parts.push(`<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="${COLORS.grid}"/>`);
    parts.push(text(LEFT - 8, at + 4, String(value), 'text-anchor="end"'));
  }
  parts.push(`<path d="M${scale.x(0)} ${top}v${height}" stroke="${COLORS.ink}"/>`);
  return parts.join('\n');
}

function limitLine(panel: Panel, limitC: number): string {
  const at = y(panel, limitC);
  return [
    `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="${COLORS.limit}" stroke-dasharray="6 4"/>`,
    text(WIDTH - RIGHT, at - 5, `limit ${limitC} °C`, `text-anchor="end" fill="${COLORS.limit}"`),
  ].join('\n');
}

function line(panel: Panel, scale: Scale, run: DayRun, color: string): string {
  const points = run.samples.map((sample) => `${scale.x(sample.atS)} ${y(panel, panel.of(sample))}`);
  return `<path d="M${points.join('L')}" fill="none" stroke="${color}" stroke-width="1.3" stroke-linejoin="round"/>`;
}

function moveMarks(run: DayRun, scale: Scale): string {
  const top = 508;
  const marks = run.marks.map(({ atS }) => `M${scale.x(atS)} ${top}v18`).join('');
  return [
    text(LEFT, top - 6, `moves (${run.marks.length})`, 'font-weight="600"'),
    `<path d="M${LEFT} ${top + 18}H${WIDTH - RIGHT}" stroke="${COLORS.grid}"/>`,
    `<path d="${marks}" stroke="${COLORS.coldslot}" stroke-width="1" stroke-opacity="0.7"/>`,
  ].join('\n');
}

function hours(lengthS: number, scale: Scale): string {
  const parts: string[] = [];
  for (let hour = 0; hour * 3600 <= lengthS; hour += TICK_HOURS) {
    const clock = `${String((FIRST_HOUR + hour) % 24).padStart(2, '0')}:00`;
    parts.push(`<path d="M${scale.x(hour * 3600)} 526v6" stroke="${COLORS.ink}"/>`);
    parts.push(text(scale.x(hour * 3600), 548, clock, 'text-anchor="middle"'));
  }
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, 572, 'time of day', 'text-anchor="middle"'));
  return parts.join('\n');
}

function legend({ without, withColdslot }: DayPlotInput): string {
  const kJ = (run: DayRun) =>
    `${(run.fanEnergyJ / 1000).toFixed(0)} kJ of fans, ${run.overLimitS.toFixed(0)} s over the limit`;
  return [
    { color: COLORS.without, words: `without: ${kJ(without)}` },
    { color: COLORS.coldslot, words: `coldslot: ${kJ(withColdslot)}` },
  ]
    .map(({ color, words }, i) => {
      const from = LEFT + 380 * i;
      return `<path d="M${from} 66h26" stroke="${color}" stroke-width="3"/>\n${text(from + 34, 70, words, '')}`;
    })
    .join('\n');
}

function text(x: number, at: number, words: string, attributes: string): string {
  return `<text x="${x}" y="${at}" ${attributes}>${words}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
