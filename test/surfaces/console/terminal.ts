// oxlint-disable no-control-regex -- escape sequences are what it reads
// What a terminal shows after the bytes it was sent: enough of ECMA-48 to judge a screen by (cursor addresses, clearing,
// colours), with a cursor that stays on the last column as real ones do.
import { cellsOf } from '../../../src/surfaces/console/cells.ts';

export class Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly writes: string[] = [];
  isAlternate = false;
  isCursorShown = true;
  #cells: string[][];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#cells = this.#empty();
  }

  write(text: string): void {
    this.writes.push(text);
    for (const [token] of text.matchAll(/\u001b\[[?0-9;]*[A-Za-z]|[^]/gu)) {
      if (token.length > 1 && token.startsWith('\u001b')) this.#control(token.slice(2));
      else this.#put(token);
    }
  }

  lines(): string[] {
    return this.#cells.map((row) => row.join(''));
  }

  #control(sequence: string): void {
    const address = /^(\d+);(\d+)H$/.exec(sequence);
    if (address) [this.#row, this.#column] = [Number(address[1]) - 1, Number(address[2]) - 1];
    else if (sequence === '2J') this.#cells = this.#empty();
    else if (sequence === '?1049h') this.isAlternate = true;
    else if (sequence === '?1049l') this.isAlternate = false;
    else if (sequence === '?25l') this.isCursorShown = false;
    else if (sequence === '?25h') this.isCursorShown = true;
    else if (sequence === 'K') this.#cells[this.#row]?.fill(' ', this.#column);
    else if (!/^[\d;]*m$|^\?7[hl]$/.test(sequence))
      throw new Error(`an escape sequence that no screen needs: ${sequence}`);
  }

  #put(character: string): void {
    if (character < ' ') throw new Error(`a control character: ${JSON.stringify(character)}`);
    const row = this.#cells[this.#row];
    if (row === undefined) throw new Error(`row ${this.#row + 1} of ${this.rows}`);
    const cells = cellsOf(character);
    if (this.#column + cells > this.columns) return; // wrapping is off
    row[this.#column] = character;
    if (cells === 2) row[this.#column + 1] = '';
    this.#column += cells;
  }

  #empty(): string[][] {
    return Array.from({ length: this.rows }, () => Array.from({ length: this.columns }, () => ' '));
  }
}
