// Draws lines on a terminal without flicker: the alternate screen, one write a frame, and in it only the lines that
// changed since the last one. Lines are as wide as the screen, so nothing has to be cleared behind them (and must not
// be: after the last column the cursor still stands on it).
import { render, type Line } from './styled-text.ts';

export interface TerminalOutput {
  write(text: string): unknown;
}

/** Alternate screen, no cursor, no wrapping (a line that is too wide while the terminal shrinks stays one). */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[2J';

export class Screen {
  readonly #output: TerminalOutput;
  readonly #colour: boolean;
  #drawn: readonly string[] | null = null;
  #isEntered = false;

  constructor(output: TerminalOutput, colour: boolean) {
    this.#output = output;
    this.#colour = colour;
  }

  /** @param lines One for each row, each as wide as the screen. */
  draw(lines: readonly Line[]): void {
    const before = this.#drawn?.length === lines.length ? this.#drawn : null;
    const next = lines.map((line) => render(line, this.#colour));
    const changed = next.flatMap((text, row) => (before?.[row] === text ? [] : [`\u001b[${row + 1};1H${text}`]));
    const out = `${this.#isEntered ? '' : ENTER}${before === null ? CLEAR : ''}${changed.join('')}`;
    this.#drawn = next;
    this.#isEntered = true;
    if (out !== '') this.#output.write(out);
  }

  /** Everything is drawn again next time: the size changed. */
  invalidate(): void {
    this.#drawn = null;
  }

  /** Gives the terminal back as it was. */
  leave(): void {
    if (this.#isEntered) this.#output.write(LEAVE);
    this.#isEntered = false;
    this.#drawn = null;
  }
}
