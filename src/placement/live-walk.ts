// A walk from one live state to the next: each hop takes a unit to a slot that has room for it beside all that is there,
// and keeps the rules. It can be taken back hop by hop, and made shorter without changing where it ends.
import { LiveState } from './live-state.ts';
import type { Step } from './order.ts';
import { Placement } from './placement.ts';
import { isAllowed, type Problem } from './problem.ts';

/** A unit goes to a slot. */
export interface Hop {
  readonly unit: number;
  readonly to: number;
}

export class LiveWalk {
  readonly placement: Placement;
  readonly #problem: Problem;
  readonly #state: LiveState;
  readonly #hops: (Hop & { readonly from: number })[] = [];
  #movesLeft: number;

  /** `before`: steps that come before the walk. They lead to a state in which all rules hold. */
  constructor(problem: Problem, before: readonly Step[]) {
    this.#problem = problem;
    this.#state = new LiveState(problem);
    this.#movesLeft = problem.maxMoves;
    for (const { workloads, to } of before) {
      this.#state.move(workloads, to);
      this.#movesLeft -= workloads.length;
    }
    this.placement = Placement.of(
      problem,
      problem.units.map(({ members }) => this.#state.at[members[0]!]!),
    );
  }

  get length(): number {
    return this.#hops.length;
  }

  get hops(): readonly Hop[] {
    return this.#hops.map(({ unit, to }) => ({ unit, to }));
  }

  mayGo(u: number, slot: number): boolean {
    const unit = this.#problem.units[u]!;
    if (this.placement.at[u] === slot || unit.members.length > this.#movesLeft) return false;
    return isAllowed(this.#problem, unit, slot) && this.#state.canHost(unit.members, slot);
  }

  /** Whether the unit would have room where another one is if that were not there. */
  fitsInstead(u: number, v: number): boolean {
    const { units } = this.#problem;
    return this.#state.hasRoomInstead(units[u]!, units[v]!, this.placement.at[v]!);
  }

  /** Does it when that is possible now, and says whether it was. */
  go(u: number, slot: number): boolean {
    if (!this.mayGo(u, slot)) return false;
    const { members } = this.#problem.units[u]!;
    this.#hops.push({ unit: u, from: this.placement.at[u]!, to: slot });
    this.#put(u, slot);
    this.#movesLeft -= members.length;
    return true;
  }

  /** Takes hops back until so many are left. */
  backTo(length: number): void {
    while (this.#hops.length > length) {
      const { unit, from } = this.#hops.pop()!;
      this.#put(unit, from);
      this.#movesLeft += this.#problem.units[unit]!.members.length;
    }
  }

  /** All of them, or as many as are possible up to the first that is not; says whether it was all. */
  follow(hops: readonly Hop[]): boolean {
    return hops.every(({ unit, to }) => this.go(unit, to));
  }

  #put(u: number, slot: number): void {
    this.#state.move(this.#problem.units[u]!.members, slot);
    this.placement.move(u, slot);
  }
}

/** The same end by fewer hops: what leaves and comes back stays, what goes by way of a slot goes directly, where it can. */
export function shortened(
  problem: Problem,
  before: readonly Step[],
  hops: readonly Hop[],
  isOver: () => boolean,
): readonly Hop[] {
  const walk = new LiveWalk(problem, before);
  const starts = walk.placement.at.slice();
  let kept = hops;
  for (let length = Infinity; kept.length < length;) {
    length = kept.length;
    let next = nextOfUnit(kept);
    for (let i = 0; i < kept.length;) {
      const isPassing = next[i]! >= 0;
      if (isPassing && isOver()) return kept;
      const leads = (tried: readonly Hop[]) => {
        walk.backTo(i);
        return walk.follow(tried.slice(i));
      };
      const shorter = isPassing ? withoutHop(kept, i, next[i]!, starts).find(leads) : undefined;
      if (shorter !== undefined) {
        kept = shorter;
        next = nextOfUnit(kept);
        continue;
      }
      walk.backTo(i);
      walk.follow([kept[i]!]);
      i++;
    }
    walk.backTo(0);
  }
  return kept;
}

/** For every hop where the next one of its unit is, or −1. */
export function nextOfUnit(hops: readonly Hop[]): number[] {
  const later = new Map<number, number>();
  const next: number[] = [];
  for (let i = hops.length - 1; i >= 0; i--) {
    next[i] = later.get(hops[i]!.unit) ?? -1;
    later.set(hops[i]!.unit, i);
  }
  return next;
}

/** Ways to go without the hop at `i`, whose unit goes on at `next`: from where it was, then or now. */
function withoutHop(hops: readonly Hop[], i: number, next: number, starts: Int32Array): Hop[][] {
  const { unit } = hops[i]!;
  const from = hops.findLast((hop, j) => j < i && hop.unit === unit)?.to ?? starts[unit]!;
  if (hops[next]!.to === from) return [hops.filter((_, j) => j !== i && j !== next)];
  return [hops.toSpliced(i, 1), hops.toSpliced(next, 1).with(i, hops[next]!)];
}

/** All of it as steps of an order. */
export function stepsOf({ units }: Problem, before: readonly Step[], hops: readonly Hop[]): Step[] {
  const walked = hops.map(({ unit, to }) => ({ unit, workloads: units[unit]!.members, to, isDetour: false }));
  const steps = [...before, ...walked];
  const next = nextOfUnit(steps);
  return steps.map((step, i) => ({ ...step, isDetour: next[i]! >= 0 }));
}
