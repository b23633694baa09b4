// The order of moves: every one finds room at its destination beside all that is there at that moment, the hottest slot
// is relieved first, and a cycle is opened by a detour through a third slot, or reported as not possible live.
// Workloads that must stay together move directly after one another.
import { LiveState } from './live-state.ts';
import type { Problem } from './problem.ts';
import type { SpeedSolver } from './speeds.ts';

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
}

/** `target`: slot of every unit. */
export function orderMoves(problem: Problem, solver: SpeedSolver, target: ArrayLike<number>): Ordered {
  return new Ordering(problem, solver, target).run();
}

class Ordering {
  readonly #problem: Problem;
  readonly #solver: SpeedSolver;
  readonly #target: ArrayLike<number>;
  readonly #state: LiveState;
  readonly #steps: Step[] = [];
  readonly #detoured = new Set<number>();
  /** Moves that may still be added for detours. */
  #spare: number;
  #pending: number[];

  constructor(problem: Problem, solver: SpeedSolver, target: ArrayLike<number>) {
    this.#problem = problem;
    this.#solver = solver;
    this.#target = target;
    this.#state = new LiveState(problem);
    this.#pending = problem.units.map((_, u) => u).filter((u) => this.#toMove(u).length > 0);
    this.#spare = problem.maxMoves - this.#pending.reduce((sum, u) => sum + this.#toMove(u).length, 0);
  }

  run(): Ordered {
    while (this.#pending.length > 0) {
      const next = this.#hottest(this.#pending.filter((u) => this.#isOpen(u)));
      if (next !== null) this.#carryOut(next);
      else if (!this.#detour()) break;
    }
    return { steps: this.#steps, blocked: this.#pending };
  }

  #toMove(u: number): number[] {
    return this.#problem.units[u]!.members.filter((w) => this.#state.at[w] !== this.#target[u]);
  }

  #isOpen(u: number): boolean {
    return this.#state.canHost(this.#toMove(u), this.#target[u]!);
  }

  #hottest(open: readonly number[]): number | null {
    if (open.length === 0) return null;
    const temperatures = this.#solver.temperaturesAtFull(this.#state.powerW);
    const heat = (u: number) => {
      const from = this.#state.at[this.#toMove(u)[0]!]!;
      return temperatures[from]! - this.#problem.targetC[from]!;
    };
    const power = (u: number) => this.#problem.units[u]!.powerW;
    return open.reduce((a, b) => {
      const difference = heat(b) - heat(a);
      return difference > 1e-9 || (difference > -1e-9 && power(b) > power(a)) ? b : a;
    });
  }

  #carryOut(u: number): void {
    const workloads = this.#toMove(u);
    const to = this.#target[u]!;
    this.#state.move(workloads, to);
    this.#steps.push({ unit: u, workloads, to, isDetour: false });
    this.#pending = this.#pending.filter((other) => other !== u);
  }

  /** Puts one blocked unit aside where that lets another one go; small ones first, into the coolest slot. */
  #detour(): boolean {
    const { units, targetC } = this.#problem;
    const candidates = this.#pending.filter((u) => !this.#detoured.has(u) && units[u]!.members.length <= this.#spare);
    for (const u of candidates.toSorted((a, b) => units[a]!.powerW - units[b]!.powerW)) {
      const { members } = units[u]!;
      const from = this.#state.at[members[0]!]!;
      if (members.some((w) => this.#state.at[w] !== from)) continue;
      const temperatures = this.#solver.temperaturesAtFull(this.#state.powerW);
      const excess = temperatures.map((temperature, s) => temperature - targetC[s]!);
      for (const slot of units[u]!.allowed.toSorted((a, b) => excess[a]! - excess[b]!)) {
        if (slot === from || slot === this.#target[u] || !this.#state.canHost(members, slot)) continue;
        this.#state.move(members, slot);
        if (this.#pending.some((other) => other !== u && this.#isOpen(other))) {
          this.#steps.push({ unit: u, workloads: members, to: slot, isDetour: true });
          this.#detoured.add(u);
          this.#spare -= members.length;
          return true;
        }
        this.#state.move(members, from);
      }
    }
    return false;
  }
}
