// Text with styles for a terminal: lines are made of spans, cut to a width by what is visible, and only then become
// escape sequences (ECMA-48 SGR).
import { cellsOf, printable } from './cells.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'accent';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

const SGR: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '1;31',
  accent: '36',
};

export function span(text: string, style: Style = 'plain'): Span {
  return { text: printable(text), style };
}

export function widthOf(line: Line): number {
  return line.reduce((sum, part) => sum + cellsOf(part.text), 0);
}

/** Cut to `width` with an ellipsis, or filled with spaces. */
export function fit(line: Line, width: number): Line {
  const spare = width - widthOf(line);
  if (spare >= 0) return spare === 0 ? line : [...line, { text: ' '.repeat(spare), style: 'plain' }];
  if (width <= 0) return [];
  const cut: Span[] = [];
  let left = width - 1;
  for (const part of line) {
    const text = cutTo(part.text, left);
    cut.push({ text, style: part.style });
    left -= cellsOf(text);
    if (text !== part.text) break;
  }
  return [...cut, { text: `…${' '.repeat(left)}`, style: 'dim' }];
}

/** `left` at the left edge and `right` at the right one of `width`; the left gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  return fit([...fit(left, Math.max(0, width - widthOf(right))), ...right], width);
}

function cutTo(text: string, cells: number): string {
  let kept = '';
  for (const character of text) {
    if (cellsOf(kept + character) > cells) break;
    kept += character;
  }
  return kept;
}

/** Broken between words into lines of at most `width`; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && cellsOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** One line for the terminal. Without colour there are no escape sequences at all. */
export function render(line: Line, colour: boolean): string {
  return line
    .map((part) =>
      colour && part.style !== 'plain' && part.text !== ''
        ? `\u001b[${SGR[part.style]}m${part.text}\u001b[0m`
        : part.text,
    )
    .join('');
}

/** A bar of `width` cells, `share` of it filled; anything above nothing shows. */
export function bar(share: number, width: number): string {
  const wanted = Math.min(1, Math.max(0, share)) * width;
  const filled = Math.min(width, wanted > 0 ? Math.max(1, Math.round(wanted)) : 0);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
