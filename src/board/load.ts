// A board file → a Board that has passed every check, or a refusal with file, JSON path and what was expected.
import { readFileSync } from 'node:fs';
import { ColdslotError } from '../core/errors.ts';
import { checkBoard } from './check.ts';
import type { ChipCatalogue } from './chip-catalogue.ts';
import { refusal } from './finding.ts';
import { BOARD_HINT, parseBoard } from './parse.ts';
import { withMaps } from './modbus/map-facts.ts';
import { mapFolders, mapsOf, type MapSource } from './modbus/map-folder.ts';
import type { Board } from './schema.ts';

/**
 * Parsed and checked.
 * @param maps where Modbus maps are looked for; left out: beside the board file, then coldslot's own
 * @throws ColdslotError `bad-input` listing what is wrong
 */
export function boardOf(
  file: string,
  text: string,
  catalogue: ChipCatalogue,
  maps: MapSource = mapFolders(file),
): Board {
  const board = parseBoard(file, text);
  const findings = checkBoard(board, withMaps(catalogue, mapsOf(file, board, maps)));
  if (findings.length > 0) throw refusal(file, findings, BOARD_HINT);
  return board;
}

/** @throws ColdslotError `bad-input` when the file cannot be read or is not a board that can be run */
export function loadBoard(
  file: string,
  catalogue: ChipCatalogue,
  readText: (file: string) => string = readUtf8,
): Board {
  let text: string;
  try {
    text = readText(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ColdslotError('bad-input', file, `expected a readable board file: ${why}`, 'check the path', { cause });
  }
  return boardOf(file, text, catalogue);
}

function readUtf8(file: string): string {
  return readFileSync(file, 'utf8');
}
