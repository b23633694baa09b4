// Columns of text, as ipmitool prints them: cells padded to the widest, separated by ` | `.

export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, [...cell].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

/** A value with its unit, or a word for its absence. */
export function quantity(value: number | null, unit: string, decimals = 1): string {
  return value === null ? 'no reading' : `${value.toFixed(decimals)} ${unit}`;
}
