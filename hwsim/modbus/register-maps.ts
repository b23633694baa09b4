// Where register maps are found: modbus/ID.json beside the board file, then those that come with the project.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modbusMapSchema, type ModbusMap } from '../../src/protocols/modbus/register-map.ts';
import { parseInput, readInput } from '../json-input.ts';

/** From the sources or a bundle upwards to the folder that has boards/modbus. */
const LEVELS_UP = 3;

/** The maps of that name; one that is nowhere is left out. @throws ColdslotError `bad-input` for a wrong one */
export function findMaps(boardFile: string, names: Iterable<string>): ModbusMap[] {
  const folders = [join(dirname(boardFile), 'modbus'), ...ownFolders()];
  return [...new Set(names)].flatMap((name) => {
    const file = folders.map((folder) => join(folder, `${name}.json`)).find((path) => existsSync(path));
    return file === undefined ? [] : [parseInput(modbusMapSchema, readInput(file, 'register map'), file)];
  });
}

function ownFolders(): string[] {
  const start = dirname(fileURLToPath(import.meta.url));
  return Array.from({ length: LEVELS_UP }, (_, level) => join(start, '../'.repeat(level + 1), 'boards', 'modbus'));
}
