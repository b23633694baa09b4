// Where Modbus maps are: modbus/ID.json beside the board file, then coldslot's own in boards/modbus.
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ColdslotError } from '../../core/errors.ts';
import type { ModbusMap } from '../../protocols/modbus/register-map.ts';
import { jsonPath } from '../finding.ts';
import type { Board, BoardDevice } from '../schema.ts';
import { parseMap } from './parse-map.ts';

export interface MapSource {
  /** For messages: where it looks, in that order. */
  readonly folders: readonly string[];
  /** Null when there is none of that id. @throws ColdslotError `bad-input` when it is no right map */
  find(id: string): ModbusMap | null;
  ids(): readonly string[];
}

/** By id. */
export type ModbusMaps = ReadonlyMap<string, ModbusMap>;

export function mapFolders(boardFile: string): MapSource {
  return foldersSource([...new Set([resolve(dirname(boardFile), 'modbus'), ...ownFolder()])]);
}

/** Those that come with coldslot. */
export function ownMaps(): MapSource {
  return foldersSource(ownFolder());
}

/**
 * The maps that a board's devices name.
 * @throws ColdslotError `bad-input`: there is no such map, or it is not right
 */
export function mapsOf(file: string, board: Board, source: MapSource): ModbusMaps {
  const maps = new Map<string, ModbusMap>();
  board.devices.forEach((device, d) => {
    if (!onModbus(board, device) || maps.has(device.chip)) return;
    const map = source.find(device.chip);
    if (map === null) throw unknownMap(file, device, d, source);
    maps.set(device.chip, map);
  });
  return maps;
}

export function onModbus(board: Pick<Board, 'buses'>, device: Pick<BoardDevice, 'bus'>): boolean {
  const kind = board.buses.find(({ id }) => id === device.bus)?.kind;
  return kind === 'modbus-rtu' || kind === 'modbus-tcp';
}

function unknownMap(file: string, { chip }: BoardDevice, d: number, source: MapSource): ColdslotError {
  const known = source.ids().toSorted().join(', ') || 'none';
  return new ColdslotError(
    'bad-input',
    `${file} at ${jsonPath('devices', d, 'chip')}`,
    `expected the id of a Modbus map, there is no ${chip}.json in ${source.folders.join(' or ')}; known: ${known}`,
    'put the map there, or name one that is there',
  );
}

function foldersSource(folders: readonly string[]): MapSource {
  return {
    folders,
    find: (id) => {
      if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) return null; // no way out of the folder
      const file = folders.map((folder) => join(folder, `${id}.json`)).find((path) => existsSync(path));
      return file === undefined ? null : parseMap(file, readMap(file), id);
    },
    ids: () => [...new Set(folders.flatMap(idsIn))],
  };
}

function idsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []));
}

function readMap(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ColdslotError('bad-input', file, `expected a readable Modbus map: ${why}`, 'check the file', { cause });
  }
}

/** From the sources or a bundle upwards to the folder that has boards/modbus; none where that is not installed. */
const LEVELS_UP = 3;

function ownFolder(): string[] {
  const self = import.meta.url as string | undefined; // a CommonJS bundle, as start-up snapshots are made of, has none
  let folder = dirname(self === undefined ? realpathSync(process.argv[1] ?? '.') : fileURLToPath(self));
  for (let level = 0; level < LEVELS_UP; level++) {
    folder = dirname(folder);
    const maps = join(folder, 'boards', 'modbus');
    if (existsSync(maps)) return [maps];
  }
  return [];
}
