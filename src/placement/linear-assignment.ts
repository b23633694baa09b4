// The linear assignment problem: every row to a column of its own at the least cost, by shortest augmenting paths (Jonker
// and Volgenant, Computing 38, 1987), n³ at worst. The columns' prices are kept for the next time: where costs have changed
// little, most rows find their column at once.

export class LinearAssignment {
  readonly size: number;
  readonly columnOf: Int32Array;
  readonly rowOf: Int32Array;
  /** What a column is worth; with them, no row's least reduced cost is in doubt. */
  readonly columnPrice: Float64Array;
  readonly #distance: Float64Array;
  readonly #from: Int32Array;
  readonly #list: Int32Array;

  constructor(size: number) {
    this.size = size;
    this.columnOf = new Int32Array(size);
    this.rowOf = new Int32Array(size);
    this.columnPrice = new Float64Array(size);
    this.#distance = new Float64Array(size);
    this.#from = new Int32Array(size);
    this.#list = new Int32Array(size);
  }

  /** `cost` at [row · size + column], finite. Returns a sum that no assignment can be under, that of the best but for rounding. */
  solve(cost: Float64Array): number {
    this.columnOf.fill(-1);
    this.rowOf.fill(-1);
    let free = this.#reduceRows(cost);
    for (let pass = 0; pass < 2 && free.length > 0; pass++) free = this.#reduceAugmenting(cost, free);
    for (const row of free) this.#augment(cost, row);
    return this.boundBy(cost);
  }

  /**
   * Column prices for costs that are nearly weight of the row · slope of the column: there, the heaviest row gets the
   * column of the least slope, and so on.
   */
  expectProducts(weight: Float64Array, slope: Float64Array): void {
    const falling = weight.toSorted().toReversed();
    const columns = Array.from({ length: this.size }, (_, column) => column).toSorted((a, b) => slope[a]! - slope[b]!);
    let price = 0;
    columns.forEach((column, i) => {
      const before = columns[i - 1] ?? column;
      price += ((slope[column]! - slope[before]!) * (falling[i]! + falling[Math.max(0, i - 1)]!)) / 2;
      this.columnPrice[column] = price;
    });
  }

  /** What the columns' prices prove. */
  boundBy(cost: Float64Array): number {
    const { size, columnPrice } = this;
    let sum = 0;
    for (let column = 0; column < size; column++) sum += columnPrice[column]!;
    for (let row = 0, at = 0; row < size; row++) {
      let least = Infinity;
      for (let column = 0; column < size; column++) {
        const reduced = cost[at++]! - columnPrice[column]!;
        if (reduced < least) least = reduced;
      }
      sum += least;
    }
    return sum;
  }

  /** Every row takes its cheapest column if that is free; the others are returned. */
  #reduceRows(cost: Float64Array): number[] {
    const { size, columnPrice, rowOf, columnOf } = this;
    const free: number[] = [];
    for (let row = 0, at = 0; row < size; row++) {
      let least = Infinity;
      let chosen = 0;
      for (let column = 0; column < size; column++) {
        const reduced = cost[at++]! - columnPrice[column]!;
        if (reduced < least) {
          least = reduced;
          chosen = column;
        }
      }
      if (rowOf[chosen] === -1) {
        rowOf[chosen] = row;
        columnOf[row] = chosen;
      } else free.push(row);
    }
    return free;
  }

  /** Rows outbid each other by as much as their second choice is dearer. */
  #reduceAugmenting(cost: Float64Array, rows: readonly number[]): number[] {
    const { size, columnPrice, rowOf, columnOf } = this;
    const queue = rows.slice();
    const left: number[] = [];
    let bids = 4 * rows.length;
    for (let next = 0; next < queue.length;) {
      const row = queue[next++]!;
      let [first, second] = [Infinity, Infinity];
      let [chosen, other] = [0, 0];
      for (let column = 0, at = row * size; column < size; column++) {
        const reduced = cost[at++]! - columnPrice[column]!;
        if (reduced >= second) continue;
        if (reduced < first) {
          second = first;
          other = chosen;
          first = reduced;
          chosen = column;
        } else {
          second = reduced;
          other = column;
        }
      }
      const isClear = second - first > 1e-12 * Math.abs(first) && second < Infinity;
      if (isClear) columnPrice[chosen]! -= second - first;
      else if (rowOf[chosen] !== -1 && second < Infinity) chosen = other;
      const out = rowOf[chosen]!;
      rowOf[chosen] = row;
      columnOf[row] = chosen;
      if (out === -1) continue;
      columnOf[out] = -1;
      if (isClear && bids-- > 0) queue[--next] = out;
      else left.push(out);
    }
    return left;
  }

  /** A shortest path of exchanges from the row to a column that is free (Dijkstra). */
  #augment(cost: Float64Array, start: number): void {
    const { size, columnPrice, rowOf, columnOf } = this;
    const distance = this.#distance;
    const from = this.#from;
    const list = this.#list;
    for (let column = 0; column < size; column++) {
      list[column] = column;
      distance[column] = cost[start * size + column]! - columnPrice[column]!;
      from[column] = start;
    }
    // list: [0, scanned) are done, [scanned, near) are at the least distance, the others are farther
    let [scanned, near, done, end] = [0, 0, 0, -1];
    let least = 0;
    while (end < 0) {
      if (scanned === near) {
        done = scanned;
        least = Infinity;
        for (let k = scanned; k < size; k++) {
          const column = list[k]!;
          if (distance[column]! > least) continue;
          if (distance[column]! < least) {
            least = distance[column]!;
            near = scanned;
          }
          list[k] = list[near]!;
          list[near++] = column;
        }
        for (let k = scanned; k < near && end < 0; k++) if (rowOf[list[k]!] === -1) end = list[k]!;
        if (end >= 0) break;
      }
      const through = list[scanned++]!;
      const row = rowOf[through]!;
      const already = cost[row * size + through]! - columnPrice[through]! - least;
      for (let k = near; k < size; k++) {
        const column = list[k]!;
        const along = cost[row * size + column]! - columnPrice[column]! - already;
        if (along >= distance[column]!) continue;
        distance[column] = along;
        from[column] = row;
        if (along > least) continue;
        if (rowOf[column] === -1) {
          end = column;
          break;
        }
        list[k] = list[near]!;
        list[near++] = column;
      }
    }
    for (let k = 0; k < done; k++) columnPrice[list[k]!]! += distance[list[k]!]! - least;
    for (let column = end; ;) {
      const row = from[column]!;
      rowOf[column] = row;
      const next = columnOf[row]!;
      columnOf[row] = column;
      if (row === start) break;
      column = next;
    }
  }
}
