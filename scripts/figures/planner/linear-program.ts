// A linear or mixed-integer program put together column by column and row by row: minimise cost · x + offset with
// rowLower ≤ A·x ≤ rowUpper, lower ≤ x ≤ upper. `data` is a plain object, so it can be sent to another process.

export interface LinearProgramData {
  readonly offset: number;
  readonly cost: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Of every column, whether it takes whole numbers only. */
  readonly isInteger: readonly boolean[];
  readonly rowLower: readonly number[];
  readonly rowUpper: readonly number[];
  /** Row r has the entries from rowStart[r] to rowStart[r + 1]. */
  readonly rowStart: readonly number[];
  readonly index: readonly number[];
  readonly value: readonly number[];
}

export interface ColumnOptions {
  readonly cost?: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly integer?: boolean;
}

/** Column and coefficient. */
export type Term = readonly [column: number, coefficient: number];

export class LinearProgram {
  #offset = 0;
  readonly #cost: number[] = [];
  readonly #lower: number[] = [];
  readonly #upper: number[] = [];
  readonly #isInteger: boolean[] = [];
  readonly #rowLower: number[] = [];
  readonly #rowUpper: number[] = [];
  readonly #rowStart: number[] = [0];
  readonly #index: number[] = [];
  readonly #value: number[] = [];

  addOffset(cost: number): void {
    this.#offset += cost;
  }

  /** Its index; from 0 up and free of cost unless told otherwise. */
  column({ cost = 0, lower = 0, upper = Infinity, integer = false }: ColumnOptions = {}): number {
    this.#lower.push(lower);
    this.#upper.push(upper);
    this.#isInteger.push(integer);
    return this.#cost.push(cost) - 1;
  }

  /** Terms of the same column are added up. */
  row(lower: number, terms: readonly Term[], upper: number): void {
    const sums = new Map<number, number>();
    for (const [column, coefficient] of terms) sums.set(column, (sums.get(column) ?? 0) + coefficient);
    for (const [column, coefficient] of sums) {
      if (coefficient === 0) continue;
      this.#index.push(column);
      this.#value.push(coefficient);
    }
    this.#rowLower.push(lower);
    this.#rowUpper.push(upper);
    this.#rowStart.push(this.#index.length);
  }

  data(): LinearProgramData {
    return {
      offset: this.#offset,
      cost: [...this.#cost],
      lower: [...this.#lower],
      upper: [...this.#upper],
      isInteger: [...this.#isInteger],
      rowLower: [...this.#rowLower],
      rowUpper: [...this.#rowUpper],
      rowStart: [...this.#rowStart],
      index: [...this.#index],
      value: [...this.#value],
    };
  }
}

/** The same program with some columns given. */
export function withFixed(data: LinearProgramData, given: ReadonlyMap<number, number>): LinearProgramData {
  const pinned = (bounds: readonly number[]) => bounds.map((bound, column) => given.get(column) ?? bound);
  return { ...data, lower: pinned(data.lower), upper: pinned(data.upper) };
}

/** The same program without the demand for whole numbers. */
export function relaxed(data: LinearProgramData): LinearProgramData {
  return { ...data, isInteger: data.isInteger.map(() => false) };
}
