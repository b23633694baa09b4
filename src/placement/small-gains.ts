// Takes back every move that the plan is hardly worse without, the least useful first. Work that only fits at home when
// other work leaves there goes back together with it: a ring of moves is worth it as a whole or not at all.
import { IndexHeap } from './index-heap.ts';
import { compareBeyond } from './objective.ts';
import type { Incumbent, Objective } from './objective.ts';
import { Placement } from './placement.ts';
import type { Problem } from './problem.ts';

/** Up to so many units, all are looked at anew when one has gone back; beyond, those that had no room at home. */
const ALL_ANEW_MAX = 64;
/** Units that go back together at most. */
const TOGETHER_MAX = 8;

/** Slot of every unit. `thresholdJ`: what each moved unit must save over the horizon; overshoot is never given up. */
export function withoutSmallGains(
  problem: Problem,
  objective: Objective,
  best: Incumbent,
  thresholdJ: number,
  isOver: () => boolean,
): Int32Array {
  const placement = Placement.of(problem, best.at!);
  if (thresholdJ <= 0) return placement.at;
  return new Trimming(placement, objective, best, thresholdJ).run(isOver);
}

class Trimming {
  readonly #placement: Placement;
  readonly #objective: Objective;
  readonly #best: Incumbent;
  readonly #thresholdJ: number;
  #costJ: number;
  /** What the plan would lose for each unit that goes back, J; −∞ when that is not known yet. */
  readonly #lossJ: Float64Array;
  readonly #least: IndexHeap;

  constructor(placement: Placement, objective: Objective, best: Incumbent, thresholdJ: number) {
    this.#placement = placement;
    this.#objective = objective;
    this.#best = best;
    this.#thresholdJ = thresholdJ;
    this.#costJ = best.costJ;
    this.#lossJ = new Float64Array(placement.at.length).fill(-Infinity);
    this.#least = new IndexHeap((u) => -this.#lossJ[u]!);
  }

  run(isOver: () => boolean): Int32Array {
    const { at, problem } = this.#placement;
    const skipped = new Set<number>();
    for (const u of at.keys()) if (this.#mayReturn(u)) this.#least.push(u);
    for (let u = this.#least.pop(); u !== undefined && !isOver(); u = this.#least.pop()) {
      if (at[u] === problem.units[u]!.home) continue; // went back with another one
      const lossJ = this.#lossOf(u);
      this.#lossJ[u] = lossJ;
      if (lossJ >= this.#thresholdJ) {
        skipped.add(u);
        continue;
      }
      const next = this.#least.peek();
      if (next !== undefined && this.#lossJ[next]! < lossJ) {
        this.#least.push(u);
        continue;
      }
      const group = this.#sendHome(u)!;
      this.#costJ += lossJ * group.length;
      for (const other of skipped) {
        if (at.length > ALL_ANEW_MAX && this.#lossJ[other] !== Infinity) continue;
        skipped.delete(other);
        this.#lossJ[other] = -Infinity;
        this.#least.push(other);
      }
    }
    return at;
  }

  #mayReturn(u: number): boolean {
    const { home, whole, allowed } = this.#placement.problem.units[u]!;
    return this.#placement.at[u] !== home && whole && allowed.includes(home);
  }

  /** J for each unit that has to go back with this one; Infinity where that is not possible or hotter. */
  #lossOf(u: number): number {
    const before = this.#placement.at.slice();
    const group = this.#sendHome(u);
    if (group === null) return Infinity;
    const { score, levelK } = this.#best;
    const without = this.#objective.score(this.#placement);
    const isAsCool = compareBeyond(without, score) <= 0 && without.overshootK <= levelK;
    const costJ = isAsCool ? this.#objective.costJ(this.#placement, levelK) : Infinity;
    this.#restore(group, before);
    return (costJ - this.#costJ) / group.length;
  }

  /** Back to its home, with what is in its way there; null when that is not possible, and nothing has changed then. */
  #sendHome(u: number): number[] | null {
    const { units } = this.#placement.problem;
    const before = this.#placement.at.slice();
    const group = [u];
    this.#placement.remove(u);
    for (let i = 0; i < group.length; i++) {
      const { home } = units[group[i]!]!;
      while (!this.#placement.fits(group[i]!, home)) {
        const inTheWay = before.findIndex((slot, v) => slot === home && !group.includes(v) && this.#mayReturn(v));
        if (inTheWay < 0 || group.length >= TOGETHER_MAX) {
          this.#restore(group, before, i);
          return null;
        }
        this.#placement.remove(inTheWay);
        group.push(inTheWay);
      }
      this.#placement.place(group[i]!, home);
    }
    return group;
  }

  /** `placed`: so many of the group are placed; all unless told. */
  #restore(group: readonly number[], before: Int32Array, placed: number = group.length): void {
    for (const u of group.slice(0, placed)) this.#placement.remove(u);
    for (const u of group) this.#placement.place(u, before[u]!);
  }
}
