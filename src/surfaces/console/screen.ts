// Draws lines on a terminal without flicker: the alternate screen, and only lines that changed since the last drawing.
import { render, type Line } from './styled-text.ts';

export interface TerminalOutput {
  write(text: string): unknown;
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J';
const LEAVE = '\u001b[?25h\u001b[?1049l';

export class Screen {
  readonly #output: TerminalOutput;
  readonly #colour: boolean;
  #drawn: string[] = [];
  #entered = false;

  constructor(output: TerminalOutput, colour: boolean) {
    this.#output = output;
    this.#colour = colour;
  }

  draw(lines: readonly Line[]): void {
    let out = '';
    if (!this.#entered) {
      this.#entered = true;
      out += ENTER;
    }
    if (lines.length !== this.#drawn.length) {
      out += '\u001b[2J';
      this.#drawn = [];
    }
    lines.forEach((line, index) => {
      const text = render(line, this.#colour);
      if (this.#drawn[index] === text) return;
      this.#drawn[index] = text;
      out += `\u001b[${index + 1};1H${text}\u001b[K`;
    });
    if (out !== '') this.#output.write(out);
  }

  /** Everything is drawn again next time: the size changed. */
  invalidate(): void {
    this.#drawn = [];
  }

  leave(): void {
    if (this.#entered) this.#output.write(LEAVE);
    this.#entered = false;
    this.#drawn = [];
  }
}
