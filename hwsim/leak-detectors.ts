// Leak detectors: a rope or a pan with contacts, and a comparator that pulls its line while there is water. It hangs on the
// chassis' own supply: it goes on speaking when the power of its slot has been cut.
import { ColdslotError } from '../src/core/errors.ts';
import type { BoardFile, LinePlace } from './board-file.ts';
import type { LineBank } from './lines/line-bank.ts';
import { activeLevel, inactiveLevel } from './lines/wire.ts';

export class LeakDetectors {
  readonly #lines: LineBank;
  readonly #places: ReadonlyMap<number | string, LinePlace>;

  /** All are dry. */
  constructor(board: BoardFile, lines: LineBank) {
    this.#lines = lines;
    this.#places = new Map<number | string, LinePlace>([
      ...board.slots.flatMap(({ number, leak }): [number, LinePlace][] => (leak === undefined ? [] : [[number, leak]])),
      ...board.leaks.map(({ id, line }): [string, LinePlace] => [id, line]),
    ]);
    for (const line of this.#places.values()) lines.at(line).pullTo(inactiveLevel(line));
  }

  /** @throws ColdslotError `not-found` for a slot or detector that the board has no leak line of */
  set(place: number | string, wet: boolean): void {
    const line = this.#places.get(place);
    if (line === undefined) {
      const known = [...this.#places.keys()].slice(0, 12).join(', ');
      throw new ColdslotError('not-found', `leak ${place}`, 'the board has no such leak detector', `it has ${known}`);
    }
    this.#lines.at(line).setOutside(wet ? activeLevel(line) : null);
  }
}
