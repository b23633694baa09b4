// A heap of indices, the one of the greatest rank on top.

export class IndexHeap {
  readonly #rank: (index: number) => number;
  readonly #heap: number[] = [];

  /** The rank of an index must not change while it is in the heap. */
  constructor(rank: (index: number) => number) {
    this.#rank = rank;
  }

  peek(): number | undefined {
    return this.#heap[0];
  }

  push(index: number): void {
    const heap = this.#heap;
    let at = heap.push(index) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isAbove(index, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = index;
  }

  pop(): number | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isAbove(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isAbove(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  /** Equal ranks: the lower index first, so that the order does not depend on how the heap was filled. */
  #isAbove(a: number, b: number): boolean {
    const difference = this.#rank(a) - this.#rank(b);
    return difference > 0 || (difference === 0 && a < b);
  }
}
