// What is due when, on virtual time: a binary heap over parallel arrays, ties in the order they were added.

export type Happening = () => void;

export class EventQueue {
  /** Milliseconds since the run began: true time, which no clock in the world shows exactly. */
  nowMs = 0;
  /** Happenings so far. */
  count = 0;
  readonly #due: number[] = [];
  readonly #order: number[] = [];
  readonly #what: Happening[] = [];
  #added = 0;

  after(delayMs: number, what: Happening): void {
    this.at(this.nowMs + Math.max(0, delayMs), what);
  }

  at(atMs: number, what: Happening): void {
    const due = this.#due;
    const order = this.#order;
    const whats = this.#what;
    const mine = this.#added++;
    let at = due.length;
    due.push(atMs);
    order.push(mine);
    whats.push(what);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((due[parent] as number) <= atMs) break; // the one there was added earlier
      due[at] = due[parent] as number;
      order[at] = order[parent] as number;
      whats[at] = whats[parent] as Happening;
      at = parent;
    }
    due[at] = atMs;
    order[at] = mine;
    whats[at] = what;
  }

  /** Carries out the next happening; false when none is due until then, and it is then. */
  step(untilMs: number): boolean {
    const atMs = this.#due[0];
    if (atMs === undefined || atMs > untilMs) {
      this.nowMs = untilMs;
      return false;
    }
    const what = this.#what[0] as Happening;
    this.#removeFirst();
    this.nowMs = atMs;
    this.count++;
    what();
    return true;
  }

  #removeFirst(): void {
    const due = this.#due;
    const order = this.#order;
    const whats = this.#what;
    const lastDue = due.pop() as number;
    const lastOrder = order.pop() as number;
    const lastWhat = whats.pop() as Happening;
    const { length } = due;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#before(child + 1, due[child] as number, order[child] as number)) child++;
      if (!this.#before(child, lastDue, lastOrder)) break;
      due[at] = due[child] as number;
      order[at] = order[child] as number;
      whats[at] = whats[child] as Happening;
      at = child;
    }
    due[at] = lastDue;
    order[at] = lastOrder;
    whats[at] = lastWhat;
  }

  #before(at: number, dueMs: number, order: number): boolean {
    const mine = this.#due[at] as number;
    return mine < dueMs || (mine === dueMs && (this.#order[at] as number) < order);
  }
}
