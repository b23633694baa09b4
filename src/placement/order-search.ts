// An order of moves by search over all states that live moves lead to, nearest to the target first: for small chassis
// where making room step by step fails. It finds one if there is one, or proves that there is none.
import { IndexHeap } from './index-heap.ts';
import { LiveState } from './live-state.ts';
import type { Step } from './order.ts';
import type { Problem } from './problem.ts';

export type OrderFound =
  | { readonly kind: 'found'; readonly steps: readonly Step[] }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'unknown' };

/** Beyond so many units or slots there are too many states to try. */
export const SEARCHED_UNITS_MAX = 16;
const SEARCHED_SLOTS_MAX = 16;
const STATES_MAX = 6000;

/** The unit's members are in several slots, as only at the start. */
const SPLIT = -1;

interface Node {
  readonly at: Int8Array;
  readonly parent: number;
  readonly unit: number;
  readonly moves: number;
}

export function searchOrder(problem: Problem, target: ArrayLike<number>, isOver: () => boolean): OrderFound {
  if (problem.units.length > SEARCHED_UNITS_MAX || problem.slotCount > SEARCHED_SLOTS_MAX) return { kind: 'unknown' };
  return new OrderSearch(problem, target).run(isOver);
}

class OrderSearch {
  readonly #problem: Problem;
  readonly #target: ArrayLike<number>;
  readonly #state: LiveState;
  readonly #nodes: Node[] = [];
  readonly #rank: number[] = [];
  readonly #seen = new Map<string, number>();
  readonly #edge = new IndexHeap((node) => this.#rank[node]!);

  constructor(problem: Problem, target: ArrayLike<number>) {
    this.#problem = problem;
    this.#target = target;
    this.#state = new LiveState(problem);
  }

  run(isOver: () => boolean): OrderFound {
    const start = Int8Array.from(this.#problem.units, (unit) => (unit.whole ? unit.home : SPLIT));
    this.#add({ at: start, parent: -1, unit: -1, moves: 0 });
    for (let index = this.#edge.pop(); index !== undefined; index = this.#edge.pop()) {
      const { at } = this.#nodes[index]!;
      if (at.every((slot, u) => slot === this.#target[u])) return { kind: 'found', steps: this.#stepsTo(index) };
      if (this.#nodes.length > STATES_MAX || isOver()) return { kind: 'unknown' };
      this.#expand(index);
    }
    return { kind: 'impossible' };
  }

  #expand(index: number): void {
    const { at, moves } = this.#nodes[index]!;
    this.#enter(at);
    for (const [u, unit] of this.#problem.units.entries()) {
      const toMove = (slot: number) => unit.members.filter((w) => this.#state.at[w] !== slot);
      for (const slot of unit.allowed) {
        const workloads = slot === at[u] ? [] : toMove(slot);
        if (workloads.length === 0 || moves + workloads.length > this.#problem.maxMoves) continue;
        if (!this.#state.canHost(workloads, slot)) continue;
        const next = at.slice();
        next[u] = slot;
        this.#add({ at: next, parent: index, unit: u, moves: moves + workloads.length });
      }
    }
  }

  #add(node: Node): void {
    const key = node.at.join();
    // with a limit of moves a state may be reached too late by one way and in time by another
    if ((this.#seen.get(key) ?? Infinity) <= node.moves) return;
    this.#seen.set(key, node.moves);
    let away = 0;
    for (let u = 0; u < node.at.length; u++) if (node.at[u] !== this.#target[u]) away++;
    this.#rank.push(-(node.moves + 2 * away));
    this.#edge.push(this.#nodes.push(node) - 1);
  }

  /** The live state of a node; a unit that is split is where it began. */
  #enter(at: Int8Array): void {
    for (const [u, { members }] of this.#problem.units.entries()) {
      for (const w of members) {
        const slot = at[u] === SPLIT ? this.#problem.homes[w]! : at[u]!;
        if (this.#state.at[w] !== slot) this.#state.move([w], slot);
      }
    }
  }

  #stepsTo(last: number): Step[] {
    const path: number[] = [];
    for (let index = last; index > 0; index = this.#nodes[index]!.parent) path.push(index);
    const at = this.#problem.homes.slice();
    return path.toReversed().map((index) => {
      const { unit, at: after } = this.#nodes[index]!;
      const to = after[unit]!;
      const workloads = this.#problem.units[unit]!.members.filter((w) => at[w] !== to);
      for (const w of workloads) at[w] = to;
      return { unit, workloads, to, isDetour: to !== this.#target[unit] };
    });
  }
}
