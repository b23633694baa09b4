// Which of several reads of one chip to believe. A bus without packet error codes cannot tell a corrupted byte from a
// good one, so a value that moved, or that comes after none, counts only when three reads in a row say the same.
//
//   close     so near that the difference is less than what the sensors themselves may be off by (data sheets: ±1 to 2 K)
//   known     the median of the values believed last
//   settled   nothing would be gained by reading the channel again
import type { ChannelInfo, ChipUnit } from '../chips/chip.ts';
import { none, type Reading } from '../core/reading.ts';

export type ChannelReadings = ReadonlyMap<string, Reading>;

/** Reads of one chip in one sweep, the first included. */
export const MOST_READS = 4;
/** So many reads that agree are believed; so many failures in a row are. */
const ENOUGH = 3;

interface Closeness {
  readonly absolute: number;
  readonly relative: number;
}

/** In the unit of the quantity, and as a part of it. */
const CLOSE: Readonly<Record<ChipUnit, Closeness>> = {
  C: { absolute: 1, relative: 0 },
  V: { absolute: 0.05, relative: 0.02 },
  A: { absolute: 0.1, relative: 0.05 },
  W: { absolute: 2, relative: 0.05 },
  rpm: { absolute: 50, relative: 0.05 },
};

export function isClose(unit: ChipUnit, a: number, b: number): boolean {
  const { absolute, relative } = CLOSE[unit];
  return Math.abs(a - b) <= absolute + relative * Math.max(Math.abs(a), Math.abs(b));
}

/** `jumped`: a channel shows something else than what was known. */
export interface Judgement {
  readonly readings: ChannelReadings;
  readonly settled: boolean;
  readonly jumped: boolean;
}

/** By channel: what its value is compared with; undefined where nothing is known. */
export interface Known {
  get(channel: string): number | undefined;
}

/** Whether one read settles every channel: as known, or without a value as before. Then there is nothing to judge. */
export function isSettledBy(channels: readonly ChannelInfo[], known: Known, read: ChannelReadings): boolean {
  return channels.every(({ channel, unit }) => {
    const reading = read.get(channel);
    const before = known.get(channel);
    if (reading?.kind === 'value') return before !== undefined && isClose(unit, reading.value, before);
    return reading !== undefined && (before === undefined || reading.reason === 'timeout');
  });
}

/** `reads`: of the whole chip, oldest first, at least one. */
export function judgeReads(
  channels: readonly ChannelInfo[],
  known: Known,
  reads: readonly ChannelReadings[],
): Judgement {
  const readings = new Map<string, Reading>();
  let settled = true;
  let jumped = false;
  for (const { channel, unit } of channels) {
    const seen = reads.flatMap((read) => read.get(channel) ?? []);
    const before = known.get(channel);
    const found = settledReading(unit, before, seen);
    const last = seen.at(-1);
    if (found === null) settled = false;
    if (last?.kind === 'value' && before !== undefined && !isClose(unit, last.value, before)) jumped = true;
    const reading = found ?? undecided(seen);
    if (reading !== undefined) readings.set(channel, reading);
  }
  return { readings, settled, jumped };
}

/** The first read that settles the matter together with those before it; null when another is needed. */
function settledReading(unit: ChipUnit, known: number | undefined, seen: readonly Reading[]): Reading | null {
  for (const [index, reading] of seen.entries()) {
    const until = seen.slice(0, index + 1);
    if (reading.kind === 'value') {
      if (known !== undefined && isClose(unit, reading.value, known)) return reading;
      const agreeing = until.filter((other) => other.kind === 'value' && isClose(unit, other.value, reading.value));
      if (agreeing.length >= ENOUGH) return reading;
    } else {
      // asking again is for what comes out of the blue: not for time-outs, not for what failed already
      const fresh = known !== undefined || until.some(({ kind }) => kind === 'value');
      if (reading.reason === 'timeout' || !fresh) return reading;
      if (until.length >= ENOUGH && until.every(({ kind }) => kind === 'none')) return reading;
    }
  }
  return null;
}

/** No more reads are to be had, and it was not settled. */
function undecided(seen: readonly Reading[]): Reading | undefined {
  const last = seen.at(-1);
  if (last === undefined || last.kind === 'none') return last;
  const said = seen.map((reading) => (reading.kind === 'value' ? String(reading.value) : reading.reason)).join(', ');
  return none('implausible', last.atMs, `read as ${said}: no ${ENOUGH} agree`);
}
