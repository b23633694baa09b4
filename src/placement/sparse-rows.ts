// Sparse rows, one after another: entries start[i] … start[i + 1] − 1 are those of row i.
import type { ChassisModel } from '../thermal/chassis-model.ts';

export interface SparseRows {
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

/** A mover that gives a slot less than this share of what its strongest one gives has no part in derivatives. */
const WORTH_A_TERM = 1e-8;

/** Flow of every slot per ratio of the given movers, m³/s; column f is movers[f]. */
export function gainsOf(model: ChassisModel, movers: readonly number[]): SparseRows {
  const slots = model.slotIds.length;
  const count = model.minRatio.length;
  const start = new Int32Array(slots + 1);
  const column: number[] = [];
  const value: number[] = [];
  for (let s = 0; s < slots; s++) {
    let most = 0;
    for (const m of movers) most = Math.max(most, model.gainM3s[s * count + m]!);
    for (let f = 0; f < movers.length; f++) {
      const gain = model.gainM3s[s * count + movers[f]!]!;
      if (gain <= most * WORTH_A_TERM) continue;
      column.push(f);
      value.push(gain);
    }
    start[s + 1] = column.length;
  }
  return { start, column: Int32Array.from(column), value: Float64Array.from(value) };
}

/** Rows of the given columns, with nothing in them yet. */
export function emptyRows(columns: readonly (readonly number[])[]): SparseRows {
  const start = new Int32Array(columns.length + 1);
  columns.forEach((row, i) => (start[i + 1] = start[i]! + row.length));
  return { start, column: Int32Array.from(columns.flat()), value: new Float64Array(start[columns.length]!) };
}

/** The columns of one row. */
export function columnsOf({ start, column }: SparseRows, row: number): Int32Array {
  return column.subarray(start[row], start[row + 1]);
}
