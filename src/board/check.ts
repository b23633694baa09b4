// What a board's parts say about each other must hold together: one list of everything that does not.
import { checkCooling } from './checks/cooling.ts';
import { checkLeaks } from './checks/leaks.ts';
import { checkLines } from './checks/lines.ts';
import { checkNames } from './checks/names.ts';
import { checkPlacement } from './checks/placement.ts';
import { checkSensors } from './checks/sensors.ts';
import { checkSlots } from './checks/slots.ts';
import { indexBoard } from './checks/board-index.ts';
import type { ChipCatalogue } from './chip-catalogue.ts';
import type { Finding } from './finding.ts';
import type { Board } from './schema.ts';

/** Everything that is wrong, in the order of the checks; empty when the board can be run. */
export function checkBoard(board: Board, catalogue: ChipCatalogue): readonly Finding[] {
  const index = indexBoard(board, catalogue);
  return [
    ...checkNames(board),
    ...checkPlacement(index),
    ...checkSensors(index),
    ...checkSlots(index),
    ...checkCooling(index),
    ...checkLines(index),
    ...checkLeaks(board),
  ];
}
