// The unit of every sensor of a board, from its chip's channel name (hwmon's words).
import type { Board } from '../board/schema.ts';

const UNITS: Readonly<Record<string, string>> = { temp: 'C', in: 'V', curr: 'A', power: 'W', fan: 'rpm' };

export function sensorUnits(board: Board): ReadonlyMap<string, string> {
  const units = new Map<string, string>();
  for (const device of board.devices) {
    for (const channel of device.channels) units.set(channel.sensor, UNITS[channel.channel.replace(/\d+$/, '')] ?? '');
  }
  return units;
}
