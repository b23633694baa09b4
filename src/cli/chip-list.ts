// `chip list`: what each chip can do, for people: chips that can do the same share a row, and rows fit 100 columns.
import type { ChannelInfo, ChipUnit } from '../chips/chip.ts';
import { cellsOf } from '../surfaces/console/cells.ts';
import { table } from '../surfaces/console/table.ts';
import type { ListedChip } from './listed-chips.ts';

const NAMES_WIDTH = 40;
const CHANNELS_WIDTH = 30;
const ABILITIES_WIDTH = 24;

const HEADINGS: readonly (readonly [kind: ListedChip['kind'], heading: string])[] = [
  ['sensor', 'Sensors'],
  ['fan', 'Fan controllers'],
  ['expander', 'Expanders'],
  ['led', 'LED drivers'],
  ['eeprom', 'EEPROMs'],
  ['mux', 'Muxes'],
  ['modbus', 'Modbus devices'],
];

const LEGEND = [
  'conditions  it tells what it finds wrong, such as by STATUS words; shown as events',
  'decode      `chip decode` shows its registers as Linux does',
  'identity    it is asked who it is: another chip at its place is not read as it',
  'pec         "pec": true on its device has packet error codes checked',
  'shunt       "shuntMicroOhm" on its device is needed for right currents and powers',
].join('\n');

const UNITS: Readonly<Record<ChipUnit, string>> = { C: '°C', V: 'V', A: 'A', W: 'W', rpm: 'rpm' };

export function chipListText(chips: readonly ListedChip[]): string {
  const sections = HEADINGS.flatMap(([kind, heading]) => {
    const rows = grouped(chips.filter((chip) => chip.kind === kind)).flatMap(linesOf);
    return rows.length === 0 ? [] : [`${heading}\n${table(rows)}`];
  });
  return [...sections, LEGEND].join('\n\n');
}

/** Chips that can do the same, in the order in which the first of each comes. */
function grouped(chips: readonly ListedChip[]): readonly (readonly ListedChip[])[] {
  const groups = new Map<string, ListedChip[]>();
  for (const chip of chips) {
    const { name: _, channels, ...rest } = chip;
    const key = JSON.stringify({ ...rest, channels: channelsText(channels) });
    groups.set(key, [...(groups.get(key) ?? []), chip]);
  }
  return [...groups.values()];
}

/** The lines of one group: each cell is wrapped by itself. */
function linesOf(group: readonly ListedChip[]): string[][] {
  const [first] = group;
  if (first === undefined) return [];
  const names = group.map(({ name }) => name).toSorted();
  const cells = [
    wrapped(names, ' ', NAMES_WIDTH),
    wrapped(channelsText(first.channels), ', ', CHANNELS_WIDTH),
    wrapped(abilities(first), ', ', ABILITIES_WIDTH),
  ];
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
}

/** `temp1-3 °C`, `in0-1 in3 V`: by unit, in the order of the chip. */
export function channelsText(channels: readonly ChannelInfo[]): readonly string[] {
  const units = [...new Set(channels.map(({ unit }) => unit))];
  return units.map((unit) => {
    const numbers = new Map<string, number[]>();
    for (const { channel } of channels.filter((info) => info.unit === unit)) {
      const prefix = channel.replace(/\d+$/, '');
      numbers.set(prefix, [...(numbers.get(prefix) ?? []), Number(channel.slice(prefix.length))]);
    }
    const ranges = [...numbers].flatMap(([prefix, own]) => runs(own).map((run) => `${prefix}${run}`));
    return `${ranges.join(' ')} ${UNITS[unit]}`;
  });
}

/** `1-3`, `5`. */
function runs(numbers: readonly number[]): readonly string[] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const found: { first: number; last: number }[] = [];
  for (const number of sorted) {
    const run = found.at(-1);
    if (run?.last === number - 1) run.last = number;
    else found.push({ first: number, last: number });
  }
  return found.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
}

function abilities(chip: ListedChip): readonly string[] {
  const { kind, outputs, sizeBytes, channelCount, watchdogS } = chip;
  return [
    ...(kind === 'fan' || (kind === 'modbus' && outputs > 0) ? [count(outputs, 'output')] : []),
    ...(kind === 'expander' || kind === 'led' ? [count(outputs, 'pin')] : []),
    ...(sizeBytes === undefined ? [] : [count(sizeBytes, 'byte')]),
    ...(channelCount === undefined ? [] : [count(channelCount, 'channel')]),
    ...(watchdogS.length === 0 ? [] : [`watchdog ${watchdogS.join('/')} s`]),
    ...(['conditions', 'decode', 'identity', 'pec', 'shunt'] as const).filter((ability) => chip[ability]),
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** As many items in each line as fit the width; an item that is longer has a line of its own. */
function wrapped(items: readonly string[], separator: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    const joined = last === undefined ? item : `${last}${separator}${item}`;
    if (last === undefined || cellsOf(joined) <= width) lines.splice(-1, 1, joined);
    else {
      lines.splice(-1, 1, `${last}${separator.trimEnd()}`);
      lines.push(item);
    }
  }
  return lines;
}
