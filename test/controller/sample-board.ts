// The board of the simulated chassis, as the controller loads it.
import { fileURLToPath } from 'node:url';
import { chipCatalogue } from '../../src/board/chip-catalogue.ts';
import { loadBoard } from '../../src/board/load.ts';
import type { Board, BoardSlot } from '../../src/board/schema.ts';
import { knownChips } from '../../src/chips/registry.ts';

export function sampleBoard(): Board {
  return loadBoard(fileURLToPath(new URL('../../boards/sim-8.json', import.meta.url)), chipCatalogue(knownChips()));
}

export function slotOf(board: Board, number: number): BoardSlot {
  const slot = board.slots.find((entry) => entry.number === number);
  if (slot === undefined) throw new Error(`the sample board has no slot ${number}`);
  return slot;
}
