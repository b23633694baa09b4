// Text with styles for a terminal: lines are made of spans, cut to a width by what is visible, and only then become
// escape sequences (ECMA-48 SGR).

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

/** Names come from outside: what a terminal would act on is shown as a dot. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]/g, '·');
}

export function widthOf(line: Line): number {
  return line.reduce((sum, part) => sum + [...part.text].length, 0);
}

/** Cut to `width` with an ellipsis, or filled with spaces. */
export function fit(line: Line, width: number): Line {
  const over = widthOf(line) - width;
  if (over <= 0) return [...line, { text: ' '.repeat(-over), style: 'plain' }];
  const cut: Span[] = [];
  let left = width - 1;
  for (const part of line) {
    const text = [...part.text].slice(0, left).join('');
    cut.push({ text, style: part.style });
    left -= [...text].length;
    if (left <= 0) break;
  }
  return width > 0 ? [...cut, { text: '…', style: 'dim' }] : [];
}

export function render(line: Line, colour: boolean): string {
  return line
    .map((part) =>
      colour && part.style !== 'plain' && part.text !== ''
        ? `\u001b[${SGR[part.style]}m${part.text}\u001b[0m`
        : part.text,
    )
    .join('');
}

/** A bar of `width` cells, `share` of it filled. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
