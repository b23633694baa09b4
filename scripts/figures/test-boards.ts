// Boards made from sim-8 for a measurement: ticking faster, or with many more sensors.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { BenchPlace } from './figure.ts';

const boardSchema = z.looseObject({
  devices: z.array(z.looseObject({ channels: z.array(z.unknown()).optional() })),
});

type BoardText = z.output<typeof boardSchema>;

/** The file's path. */
export function boardWith(place: BenchPlace, name: string, change: (board: BoardText) => BoardText): string {
  const board = boardSchema.parse(JSON.parse(readFileSync(join(place.root, 'boards/sim-8.json'), 'utf8')));
  const file = join(place.directory, `${name}.json`);
  writeFileSync(file, JSON.stringify(change(board)));
  return file;
}

export function tickingEvery(intervalMs: number): (board: BoardText) => BoardText {
  return (board) => ({ ...board, intervalMs });
}

const FIRST_ADDRESS = 0x41;
const ADDRESSES = 7;

/** Further INA219 monitors on the sleds' buses, three sensors each, until the board has so many. */
export function withSensors(wanted: number): (board: BoardText) => BoardText {
  return (board) => {
    const present = board.devices.reduce((sum, { channels = [] }) => sum + channels.length, 0);
    const devices: BoardText['devices'] = [...board.devices];
    for (let n = 0, left = wanted - present; left > 0; n++, left -= 3) {
      const slot = 1 + (n % 8);
      const address = FIRST_ADDRESS + Math.floor(n / 8);
      if (address >= FIRST_ADDRESS + ADDRESSES) throw new Error(`no room for ${wanted} sensors`);
      devices.push(monitor(slot, address, left));
    }
    return { ...board, devices };
  };
}

function monitor(slot: number, address: number, left: number): BoardText['devices'][number] {
  const name = `slot${slot}_rail${address - FIRST_ADDRESS + 1}`;
  const channels = [
    { channel: 'in1', sensor: `${name}_voltage`, limits: { criticalHigh: 20 } },
    { channel: 'curr1', sensor: `${name}_current`, limits: { criticalHigh: 60 } },
    { channel: 'power1', sensor: `${name}_power`, limits: { criticalHigh: 900 } },
  ];
  return {
    id: `sled${slot}-rail${address - FIRST_ADDRESS + 1}`,
    chip: 'ina219',
    bus: `sled${slot}`,
    address: `0x${address.toString(16)}`,
    slot,
    shuntMicroOhm: 1000,
    channels: channels.slice(0, Math.min(3, left)),
  };
}
