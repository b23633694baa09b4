// The order of moves: every one finds room at its destination beside all that is there at that moment, the hottest slot
// is relieved first, and a cycle is opened by detours through other slots, or reported as not possible live: proven so
// where the chassis is small.
// Workloads that must stay together move directly after one another.
import { LiveHeat } from './live-heat.ts';
import { LiveState } from './live-state.ts';
import type { Problem } from './problem.ts';
import { searchOrder } from './order-search.ts';
import { RoomMaker } from './room-maker.ts';
import type { SpeedSolver } from './speeds.ts';
import { IndexHeap } from './index-heap.ts';

/** One unit's members that go from where they are to `to`; those of a split unit may come from several slots. */
export interface Step {
  readonly unit: number;
  readonly workloads: readonly number[];
  readonly to: number;
  /** A detour: the unit goes on from there later. */
  readonly isDetour: boolean;
}

export interface Ordered {
  readonly steps: readonly Step[];
  /** Units that could not be brought to their place; empty when all are. */
  readonly blocked: readonly number[];
  /** What is blocked cannot be done live in any order: all have been tried. */
  readonly isProven: boolean;
}

/** `target`: slot of every unit. When `isOver`, no more is tried to make room than what is at hand. */
export function orderMoves(
  problem: Problem,
  solver: SpeedSolver,
  target: ArrayLike<number>,
  isOver: () => boolean = () => false,
): Ordered {
  const ordered = new Ordering(problem, solver, target).run(isOver);
  if (ordered.blocked.length === 0) return ordered;
  const searched = searchOrder(problem, target, isOver);
  if (searched.kind === 'found') return { steps: searched.steps, blocked: [], isProven: false };
  return { ...ordered, isProven: searched.kind === 'impossible' };
}

class Ordering {
  readonly #problem: Problem;
  readonly #target: ArrayLike<number>;
  readonly #state: LiveState;
  readonly #steps: Step[] = [];
  readonly #pending: Set<number>;
  /** Pending units by the slot they go to. */
  readonly #into: Set<number>[];
  readonly #isOpen: Uint8Array;
  /** Open units by the slot they leave, the greatest power on top; entries that are open no longer are skipped. */
  readonly #openFrom: IndexHeap[];
  readonly #heat: LiveHeat | null;
  readonly #rooms: RoomMaker;

  constructor(problem: Problem, solver: SpeedSolver, target: ArrayLike<number>) {
    const { units, slotCount } = problem;
    this.#problem = problem;
    this.#target = target;
    this.#state = new LiveState(problem);
    this.#pending = new Set([...units.keys()].filter((u) => this.#hasToMove(u)));
    this.#isOpen = new Uint8Array(units.length);
    this.#into = Array.from({ length: slotCount }, () => new Set());
    this.#openFrom = Array.from({ length: slotCount }, () => new IndexHeap((u) => units[u]!.powerW));
    this.#heat = this.#pending.size > 0 ? new LiveHeat(problem, solver, this.#state.powerW) : null;
    let moves = 0;
    for (const u of this.#pending) {
      this.#into[target[u]!]!.add(u);
      moves += this.#toMove(u).length;
    }
    this.#rooms = new RoomMaker(problem, this.#state, target, problem.maxMoves - moves);
  }

  run(isOver: () => boolean): Ordered {
    for (let slot = 0; slot < this.#into.length; slot++) this.#lookAt(slot);
    while (this.#pending.size > 0) {
      const next = this.#hottest();
      if (next !== null) this.#carryOut(next);
      else if (!this.#makeRoom(isOver)) break;
    }
    return { steps: this.#steps, blocked: [...this.#pending], isProven: false };
  }

  #hasToMove(u: number): boolean {
    return this.#problem.units[u]!.members.some((w) => this.#state.at[w] !== this.#target[u]);
  }

  #toMove(u: number): number[] {
    return this.#problem.units[u]!.members.filter((w) => this.#state.at[w] !== this.#target[u]);
  }

  #source(u: number): number {
    const { members } = this.#problem.units[u]!;
    return this.#state.at[members.find((w) => this.#state.at[w] !== this.#target[u]) ?? members[0]!]!;
  }

  /** What is in the slot has changed: who waits for it may go now, or no longer. */
  #lookAt(slot: number): void {
    for (const u of this.#into[slot]!) {
      const isOpen = this.#state.canHost(this.#toMove(u), slot);
      if (isOpen && this.#isOpen[u] === 0) this.#openFrom[this.#source(u)]!.push(u);
      this.#isOpen[u] = isOpen ? 1 : 0;
    }
  }

  /** The open unit of the most power in the slot that is hottest against its ceiling. */
  #hottest(): number | null {
    let chosen: number | null = null;
    let chosenK = -Infinity;
    for (let slot = 0; slot < this.#openFrom.length; slot++) {
      const excessK = this.#heat!.excessK(slot);
      if (excessK < chosenK - 1e-9) continue; // whoever is in it
      const u = this.#topOf(slot);
      if (u === undefined) continue;
      const isAsHot = chosen !== null && Math.abs(excessK - chosenK) <= 1e-9;
      if (isAsHot ? this.#power(u) > this.#power(chosen!) : excessK > chosenK) {
        chosen = u;
        chosenK = excessK;
      }
    }
    return chosen;
  }

  #topOf(slot: number): number | undefined {
    const heap = this.#openFrom[slot]!;
    for (let u = heap.peek(); u !== undefined; u = heap.peek()) {
      if (this.#isOpen[u] === 1 && this.#pending.has(u) && this.#source(u) === slot) {
        if (this.#state.canHost(this.#toMove(u), this.#target[u]!)) return u;
        this.#isOpen[u] = 0; // something came there since; it is looked at again when something leaves
      }
      heap.pop();
    }
    return undefined;
  }

  #power(u: number): number {
    return this.#problem.units[u]!.powerW;
  }

  #carryOut(u: number): void {
    const to = this.#target[u]!;
    this.#pending.delete(u);
    this.#into[to]!.delete(u);
    this.#isOpen[u] = 0;
    this.#take({ unit: u, workloads: this.#toMove(u), to, isDetour: false });
  }

  /** Puts work aside where that lets something blocked go. A unit that was to stay comes back at the end. */
  #makeRoom(isOver: () => boolean): boolean {
    const waiting = { pending: this.#pending, into: this.#into, excessK: (slot: number) => this.#heat!.excessK(slot) };
    const detours = this.#rooms.make(waiting, isOver);
    if (detours === null) return false;
    for (const step of detours) {
      const target = this.#target[step.unit]!;
      this.#pending.add(step.unit);
      this.#into[target]!.add(step.unit);
      this.#take(step);
      this.#isOpen[step.unit] = 0; // it leaves from another slot now
      this.#lookAt(target);
    }
    return true;
  }

  #take(step: Step): void {
    const left = new Set<number>();
    for (const w of step.workloads) {
      const from = this.#state.at[w]!;
      left.add(from);
      this.#heat!.move(this.#problem.instance.workloads[w]!.powerW, from, step.to);
    }
    this.#state.move(step.workloads, step.to);
    this.#rooms.moved(step);
    this.#steps.push(step);
    for (const slot of left) this.#lookAt(slot);
  }
}
