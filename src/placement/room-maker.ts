// Detours: which work is put aside, and where, so that something blocked finds room at its destination. First one unit
// of those that have to leave anyway; then several at once, and units that were to stay, which come back later.
// Every unit is put aside at most once, so this ends.
import type { LiveState } from './live-state.ts';
import type { Step } from './order.ts';
import type { Problem } from './problem.ts';

/** Units that are looked at without a look at the clock. */
const LOOKED_AT_ONCE = 64;

/** Who waits, and for what. */
export interface Waiting {
  readonly pending: ReadonlySet<number>;
  /** Pending units by the slot they go to. */
  readonly into: readonly ReadonlySet<number>[];
  readonly excessK: (slot: number) => number;
}

export class RoomMaker {
  readonly #problem: Problem;
  readonly #state: LiveState;
  readonly #target: ArrayLike<number>;
  readonly #aside = new Set<number>();
  /** Moves that may still be added. */
  #spare: number;
  /** Units that are whole, by the slot they are in; made when first needed. */
  #inSlot: Set<number>[] | null = null;

  constructor(problem: Problem, state: LiveState, target: ArrayLike<number>, spare: number) {
    this.#problem = problem;
    this.#state = state;
    this.#target = target;
    this.#spare = spare;
  }

  /** Steps that make room for at least one of the pending units; null when there are none. Leaves the state as it is. */
  make(waiting: Waiting, isOver: () => boolean): Step[] | null {
    const steps = this.#one(waiting, isOver) ?? this.#several(waiting, isOver);
    if (steps === null) return null;
    for (const { unit, workloads } of steps) {
      this.#aside.add(unit);
      this.#spare -= workloads.length * (waiting.pending.has(unit) ? 1 : 2);
    }
    return steps;
  }

  /** To be told of every step that is carried out. */
  moved({ unit, to }: Step): void {
    if (this.#inSlot === null) return;
    for (const there of this.#inSlot) there.delete(unit);
    this.#inSlot[to]!.add(unit);
  }

  /** The unit of the least power that can go somewhere and lets another one go. */
  #one({ pending, into, excessK }: Waiting, isOver: () => boolean): Step[] | null {
    const { units } = this.#problem;
    const candidates = [...pending].filter((u) => !this.#aside.has(u) && units[u]!.members.length <= this.#spare);
    candidates.sort((a, b) => units[a]!.powerW - units[b]!.powerW || a - b);
    for (const [tried, u] of candidates.entries()) {
      if (tried % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1 && isOver()) return null;
      const from = this.#placeOf(u);
      if (from === null || !this.#letsGo(u, from, into)) continue;
      const to = this.#refuge(u, from, into, excessK);
      if (to !== null) return [{ unit: u, workloads: units[u]!.members, to, isDetour: true }];
    }
    return null;
  }

  /** Whether somebody else could come to `from` when the unit has left it. */
  #letsGo(u: number, from: number, into: Waiting['into']): boolean {
    const { members } = this.#problem.units[u]!;
    if (into[from]!.size === 0 || (into[from]!.size === 1 && into[from]!.has(u))) return false;
    this.#state.take(members);
    const lets = [...into[from]!].some((other) => other !== u && this.#fits(other, from));
    this.#state.put(members, from);
    return lets;
  }

  /** For each blocked unit: everything that may be put aside from its destination, the smallest first, till it fits. */
  #several({ pending, into, excessK }: Waiting, isOver: () => boolean): Step[] | null {
    const { units } = this.#problem;
    const inSlot = (this.#inSlot ??= this.#units());
    for (const blocked of pending) {
      if (isOver()) return null; // rarely needed, and dear
      const from = this.#target[blocked]!;
      const movable = [...inSlot[from]!].filter((u) => u !== blocked && this.#isMovable(u, from));
      movable.sort((a, b) => Number(pending.has(b)) - Number(pending.has(a)) || units[a]!.powerW - units[b]!.powerW);
      const steps: Step[] = [];
      let spare = this.#spare;
      let isOpen = false;
      for (const u of movable) {
        const { members } = units[u]!;
        const price = members.length * (pending.has(u) ? 1 : 2);
        const to = price > spare ? null : this.#refuge(u, from, into, excessK);
        if (to === null) continue;
        spare -= price;
        this.#state.move(members, to);
        steps.push({ unit: u, workloads: members, to, isDetour: true });
        isOpen = this.#fits(blocked, from);
        if (isOpen) break;
      }
      for (const step of steps.toReversed()) this.#state.move(step.workloads, from);
      if (isOpen) return steps;
    }
    return null;
  }

  /** The coolest slot that can take the unit meanwhile, rather one that nobody waits for. */
  #refuge(u: number, from: number, into: Waiting['into'], excessK: (slot: number) => number): number | null {
    const { allowed, members } = this.#problem.units[u]!;
    let chosen: number | null = null;
    for (const slot of allowed) {
      if (slot === from || slot === this.#target[u] || !this.#state.canHost(members, slot)) continue;
      if (chosen === null) {
        chosen = slot;
        continue;
      }
      const crowding = Number(into[slot]!.size > 0) - Number(into[chosen]!.size > 0);
      if (crowding < 0 || (crowding === 0 && excessK(slot) < excessK(chosen))) chosen = slot;
    }
    return chosen;
  }

  #isMovable(u: number, from: number): boolean {
    const { allowed } = this.#problem.units[u]!;
    return !this.#aside.has(u) && allowed.length > 1 && allowed.includes(this.#target[u]!) && this.#placeOf(u) === from;
  }

  #fits(u: number, slot: number): boolean {
    const toMove = this.#problem.units[u]!.members.filter((w) => this.#state.at[w] !== slot);
    return this.#state.canHost(toMove, slot);
  }

  /** The slot that all its members are in; null when they are not in one. */
  #placeOf(u: number): number | null {
    const [first, ...rest] = this.#problem.units[u]!.members;
    const slot = this.#state.at[first!]!;
    return rest.every((w) => this.#state.at[w] === slot) ? slot : null;
  }

  #units(): Set<number>[] {
    const inSlot = Array.from({ length: this.#problem.slotCount }, () => new Set<number>());
    for (const u of this.#problem.units.keys()) {
      const slot = this.#placeOf(u);
      if (slot !== null) inSlot[slot]!.add(u);
    }
    return inSlot;
  }
}
