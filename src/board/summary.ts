// A board in a few lines for people: what `board check` prints when nothing is wrong.
import type { Board } from './schema.ts';

export interface BoardSummary {
  readonly id: string;
  readonly name: string;
  readonly slots: number;
  readonly buses: number;
  readonly muxes: number;
  readonly devices: number;
  readonly sensors: number;
  readonly mustHaveSensors: number;
  readonly airMovers: number;
  readonly tachometers: number;
  readonly zones: number;
  readonly watchdogs: number;
  /** How many devices there are of each chip. */
  readonly chips: Readonly<Record<string, number>>;
}

export function summarizeBoard(board: Board): BoardSummary {
  const channels = board.devices.flatMap((device) => device.channels);
  const chips: Record<string, number> = {};
  for (const { chip } of [...board.muxes, ...board.devices]) chips[chip] = (chips[chip] ?? 0) + 1;
  return {
    id: board.id,
    name: board.name,
    slots: board.slots.length,
    buses: board.buses.length,
    muxes: board.muxes.length,
    devices: board.devices.length,
    sensors: channels.length,
    mustHaveSensors: channels.filter((channel) => channel.mustHave).length,
    airMovers: board.airMovers.length,
    tachometers: board.airMovers.reduce((sum, mover) => sum + mover.tachometers.length, 0),
    zones: board.zones.length,
    watchdogs: board.watchdogs.length,
    chips,
  };
}

/** Three lines: name, counts, chips. */
export function boardSummaryText(board: Board): string {
  const s = summarizeBoard(board);
  const chips = Object.entries(s.chips)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([chip, count]) => `${count} × ${chip}`);
  return [
    `${s.name} (${s.id})`,
    `${count(s.slots, 'slot')}, ${count(s.airMovers, 'air mover')} with ${count(s.tachometers, 'tachometer')} in ${count(s.zones, 'zone')}, ` +
      `${count(s.sensors, 'sensor')} (${s.mustHaveSensors} must-have) on ${count(s.devices, 'device')}, ` +
      `${count(s.buses, 'bus', 'buses')}, ${count(s.muxes, 'mux', 'muxes')}, ${count(s.watchdogs, 'watchdog')}`,
    chips.join(', '),
  ].join('\n');
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
