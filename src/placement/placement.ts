// A placement of units in slots, kept up to date as units come and go: powers, used resources, rules, moves made.
// `fits` answers whether the hard rules allow a unit in a slot beside what is there now.
import { isAllowed, type Problem, type Unit } from './problem.ts';

export const NOWHERE = -1;

export class Placement {
  readonly problem: Problem;
  /** Slot of every unit, or NOWHERE. */
  readonly at: Int32Array;
  /** Sled power of every slot, idle power included, W. */
  readonly powerW: Float64Array;
  readonly #used: Float64Array;
  /** How many units of an apart rule are in a slot, by rule · slots + slot. */
  readonly #apart = new Map<number, number>();
  moves = 0;
  movesJ = 0;

  constructor(problem: Problem) {
    this.problem = problem;
    this.at = new Int32Array(problem.units.length).fill(NOWHERE);
    this.powerW = problem.idlePowerW.slice();
    this.#used = new Float64Array(problem.capacity.length);
  }

  /** A fresh placement of the given slots; sums are taken anew, so they carry no rounding from a search. */
  static of(problem: Problem, at: ArrayLike<number>): Placement {
    const placement = new Placement(problem);
    for (let u = 0; u < at.length; u++) if (at[u] !== NOWHERE) placement.place(u, at[u]!);
    return placement;
  }

  fits(u: number, slot: number): boolean {
    return this.obstacle(u, slot) === null;
  }

  /** Why the unit cannot come to the slot, or null when it can. Does not look at the slots it is allowed in. */
  obstacle(u: number, slot: number): 'power-cap' | 'capacity' | 'rule' | 'budget' | null {
    const { problem } = this;
    const unit = problem.units[u]!;
    if (this.powerW[slot]! + unit.powerW > problem.powerCapW[slot]!) return 'power-cap';
    const count = problem.resources.length;
    for (let r = 0; r < count; r++) {
      const demand = unit.demand[r]!;
      if (demand > 0 && this.#used[slot * count + r]! + demand > problem.capacity[slot * count + r]!) return 'capacity';
    }
    for (const rule of unit.apart) {
      if ((this.#apart.get(rule * problem.slotCount + slot) ?? 0) > 0) return 'rule';
    }
    if (problem.maxMoves < Infinity) {
      const current = this.at[u] === NOWHERE ? 0 : movesTo(problem, unit, this.at[u]!);
      if (this.moves - current + movesTo(problem, unit, slot) > problem.maxMoves) return 'budget';
    }
    return null;
  }

  place(u: number, slot: number): void {
    this.#change(u, slot, 1);
    this.at[u] = slot;
  }

  remove(u: number): void {
    this.#change(u, this.at[u]!, -1);
    this.at[u] = NOWHERE;
  }

  move(u: number, slot: number): void {
    this.remove(u);
    this.place(u, slot);
  }

  /** The first unit that breaks a hard rule where it is, or NOWHERE. Units that are nowhere break none. */
  firstBroken(): number {
    const count = this.problem.resources.length;
    for (let u = 0; u < this.at.length; u++) {
      const slot = this.at[u]!;
      if (slot === NOWHERE) continue;
      const unit = this.problem.units[u]!;
      if (!isAllowed(this.problem, unit, slot)) return u;
      if (unit.apart.some((rule) => (this.#apart.get(rule * this.problem.slotCount + slot) ?? 0) > 1)) return u;
      if (unit.powerW > 0 && this.powerW[slot]! > this.problem.powerCapW[slot]!) return u;
      for (let r = 0; r < count; r++) {
        if (unit.demand[r]! > 0 && this.#used[slot * count + r]! > this.problem.capacity[slot * count + r]!) return u;
      }
    }
    return NOWHERE;
  }

  #change(u: number, slot: number, sign: 1 | -1): void {
    const { problem } = this;
    const unit = problem.units[u]!;
    this.powerW[slot]! += sign * unit.powerW;
    const count = problem.resources.length;
    for (let r = 0; r < count; r++) this.#used[slot * count + r]! += sign * unit.demand[r]!;
    for (const rule of unit.apart) {
      const key = rule * problem.slotCount + slot;
      this.#apart.set(key, (this.#apart.get(key) ?? 0) + sign);
    }
    this.moves += sign * movesTo(problem, unit, slot);
    this.movesJ += sign * moveCostTo(problem, unit, slot);
  }
}

/** How many workloads have to move for the unit to be in the slot. */
export function movesTo(problem: Problem, unit: Unit, slot: number): number {
  if (unit.whole) return unit.home === slot ? 0 : unit.members.length;
  let moves = 0;
  for (const w of unit.members) if (problem.homes[w] !== slot) moves++;
  return moves;
}

/** What that costs, J. */
export function moveCostTo(problem: Problem, unit: Unit, slot: number): number {
  if (unit.whole) return unit.home === slot ? 0 : unit.awayJ;
  let cost = 0;
  for (const w of unit.members) if (problem.homes[w] !== slot) cost += problem.instance.workloads[w]!.moveCostJ;
  return cost;
}

/** The least that a unit's workloads cost in any of its slots. */
export function leastMoveJ(problem: Problem, unit: Unit): number {
  if (unit.whole) return isAllowed(problem, unit, unit.home) ? 0 : unit.awayJ;
  let leastJ = Infinity;
  for (const slot of unit.allowed) leastJ = Math.min(leastJ, moveCostTo(problem, unit, slot));
  return leastJ;
}

/** The least that a unit's workloads cost anywhere but at home; Infinity when it may be nowhere else. */
export function leastAwayJ(problem: Problem, unit: Unit): number {
  if (unit.whole) {
    const mayLeave = unit.allowed.length > 1 || (unit.allowed.length === 1 && unit.allowed[0] !== unit.home);
    return mayLeave ? unit.awayJ : Infinity;
  }
  let leastJ = Infinity;
  for (const slot of unit.allowed) if (slot !== unit.home) leastJ = Math.min(leastJ, moveCostTo(problem, unit, slot));
  return leastJ;
}

/** The same, more than at home; 0 when it may be nowhere else. */
export function leavingCostJ(problem: Problem, unit: Unit): number {
  const leastJ = leastAwayJ(problem, unit);
  const thereJ = isAllowed(problem, unit, unit.home) ? moveCostTo(problem, unit, unit.home) : 0;
  return leastJ === Infinity ? 0 : Math.max(0, leastJ - thereJ);
}
