// A heap of units, the greatest of their ranks on top.

export class UnitHeap {
  readonly #rank: (unit: number) => number;
  readonly #units: number[] = [];

  constructor(rank: (unit: number) => number) {
    this.#rank = rank;
  }

  peek(): number | undefined {
    return this.#units[0];
  }

  push(unit: number): void {
    const units = this.#units;
    let at = units.push(unit) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isAbove(unit, units[parent]!)) break;
      units[at] = units[parent]!;
      at = parent;
    }
    units[at] = unit;
  }

  pop(): number | undefined {
    const units = this.#units;
    const top = units[0];
    const last = units.pop();
    if (top === undefined || last === undefined || units.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= units.length) break;
      if (child + 1 < units.length && this.#isAbove(units[child + 1]!, units[child]!)) child++;
      if (!this.#isAbove(units[child]!, last)) break;
      units[at] = units[child]!;
      at = child;
    }
    units[at] = last;
    return top;
  }

  /** Equal ranks: the lower index first, so that the order does not depend on how the heap was filled. */
  #isAbove(a: number, b: number): boolean {
    const difference = this.#rank(a) - this.#rank(b);
    return difference > 0 || (difference === 0 && a < b);
  }
}
