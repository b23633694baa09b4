// Columns of text, as ipmitool prints them: cells padded to the widest, separated by ` | `.
import { cellsOf, printable } from './cells.ts';

export type Align = 'left' | 'right';

/** @param align Of each column; left where it says nothing. A column without any text is left out. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[] = []): string {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cellsOf(cell))));
  return cells
    .map((row) =>
      widths
        .flatMap((width, column) => (width === 0 ? [] : [padded(row[column] ?? '', width, align[column] ?? 'left')]))
        .join(' | ')
        .replace(/[ |]+$/, ''),
    )
    .join('\n');
}

/** A value with its unit, or a word for its absence. */
export function quantity(value: number | null, unit: string, decimals = 1): string {
  return value === null ? 'no reading' : `${value.toFixed(decimals)} ${unit}`;
}

function padded(cell: string, width: number, align: Align): string {
  const spaces = ' '.repeat(width - cellsOf(cell));
  return align === 'right' ? spaces + cell : cell + spaces;
}
