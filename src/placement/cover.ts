// The cheapest way to take at least so much out of a slot: minimum knapsack cover, by depth first branch and bound on items
// in the order of cost per weight, bounded by the fractional cover (Martello & Toth, Knapsack Problems, chapter 2).

/** Branchings after which the fractional cover is the answer; it is never above the real one. */
const MOST_BRANCHINGS = 40;

export class Cover {
  /** What was given, in the order of cost per weight: weight, cost, and a number of the caller's. */
  readonly #weight: Float64Array;
  readonly #cost: Float64Array;
  readonly #key: Int32Array;
  readonly #taken: Uint8Array;
  readonly #best: Uint8Array;
  #count = 0;
  #bestCost = 0;
  #branchings = 0;

  constructor(most: number) {
    this.#weight = new Float64Array(most);
    this.#cost = new Float64Array(most);
    this.#key = new Int32Array(most);
    this.#taken = new Uint8Array(most);
    this.#best = new Uint8Array(most);
  }

  clear(): void {
    this.#count = 0;
  }

  /** Items without weight are of no use. */
  add(key: number, weight: number, cost: number): void {
    if (weight <= 0) return;
    let at = this.#count++;
    const ratio = cost * 1;
    while (at > 0 && this.#cost[at - 1]! * weight > ratio * this.#weight[at - 1]!) {
      this.#weight[at] = this.#weight[at - 1]!;
      this.#cost[at] = this.#cost[at - 1]!;
      this.#key[at] = this.#key[at - 1]!;
      at--;
    }
    this.#weight[at] = weight;
    this.#cost[at] = cost;
    this.#key[at] = key;
  }

  /** The least cost of items that weigh `need` together; Infinity when all of them do not. */
  solve(need: number): number {
    const fractional = this.#fractional(0, need);
    if (fractional === Infinity) return Infinity;
    this.#bestCost = Infinity;
    this.#branchings = 0;
    this.#taken.fill(0, 0, this.#count);
    this.#search(0, need, 0, fractional);
    return this.#branchings > MOST_BRANCHINGS ? fractional : this.#bestCost;
  }

  /** Calls back with the keys of the items of the last solution, or of the best one that was seen. */
  forEachTaken(take: (key: number) => void): void {
    for (let i = 0; i < this.#count; i++) if (this.#best[i] === 1) take(this.#key[i]!);
  }

  /** `bound`: the fractional cover of what is left, with the cost so far. */
  #search(from: number, need: number, cost: number, bound: number): void {
    if (need <= 0) {
      if (cost >= this.#bestCost) return;
      this.#bestCost = cost;
      for (let i = 0; i < this.#count; i++) this.#best[i] = this.#taken[i]!;
      return;
    }
    if (from === this.#count || bound >= this.#bestCost) return;
    if (++this.#branchings > MOST_BRANCHINGS) return;
    this.#taken[from] = 1;
    // with all of the first item the fractional cover stays the same; with more than is needed nothing is left to bound
    this.#search(from + 1, need - this.#weight[from]!, cost + this.#cost[from]!, bound);
    this.#taken[from] = 0;
    this.#search(from + 1, need, cost, cost + this.#fractional(from + 1, need));
  }

  #fractional(from: number, need: number): number {
    let cost = 0;
    let left = need;
    for (let i = from; i < this.#count; i++) {
      const weight = this.#weight[i]!;
      if (weight >= left) return cost + (this.#cost[i]! * left) / weight;
      left -= weight;
      cost += this.#cost[i]!;
    }
    return Infinity;
  }
}
