// The smallest set of constraints that cannot hold together. First one of which each member is needed (QuickXplain,
// Junker 2004); then, by hitting sets of what can be left out (Ignatiev et al. 2015), one of the fewest members.
// The oracle says whether constraints can hold; what it does not know counts as if they could, and none always can.

export type Verdict = 'possible' | 'impossible' | 'unknown';

export interface SmallestConflict {
  /** Indices, ascending. */
  readonly members: readonly number[];
  /** Without any one of them the rest can hold. */
  readonly isMinimal: boolean;
  /** No conflict has fewer members. */
  readonly isSmallest: boolean;
}

/** Beyond so many constraints, fewest members are not looked for. */
const SMALLEST_TRIED_MAX = 60;

/** @param count Of constraints, all of them together known to be impossible. */
export function smallestConflict(
  count: number,
  oracle: (constraints: ReadonlySet<number>) => Verdict,
  isOver: () => boolean,
): SmallestConflict {
  return new Explanation(oracle, isOver).explain(Array.from({ length: count }, (_, i) => i));
}

class Explanation {
  readonly #ask: (constraints: ReadonlySet<number>) => Verdict;
  readonly #isOver: () => boolean;

  constructor(oracle: (constraints: ReadonlySet<number>) => Verdict, isOver: () => boolean) {
    const known = new Map<string, Verdict>();
    this.#isOver = isOver;
    this.#ask = (constraints) => {
      if (constraints.size === 0) return 'possible';
      const key = [...constraints].toSorted((a, b) => a - b).join();
      const verdict = known.get(key) ?? (isOver() ? 'unknown' : oracle(constraints));
      if (!isOver()) known.set(key, verdict);
      return verdict;
    };
  }

  explain(all: readonly number[]): SmallestConflict {
    const first = this.#quickXplain([], false, all);
    const fewer = all.length <= SMALLEST_TRIED_MAX ? this.#fewest(all, first.length) : null;
    const members = (fewer?.members ?? first).toSorted((a, b) => a - b);
    const isMinimal = members.every(
      (left) => this.#ask(new Set(members.filter((other) => other !== left))) === 'possible',
    );
    return { members, isMinimal, isSmallest: isMinimal && (members.length < 2 || fewer !== null) };
  }

  /** Of `constraints`, those that are needed for a conflict with `background`. */
  #quickXplain(background: readonly number[], hasGrown: boolean, constraints: readonly number[]): number[] {
    if (hasGrown && this.#ask(new Set(background)) === 'impossible') return [];
    if (constraints.length <= 1) return [...constraints];
    const half = constraints.length >> 1;
    const left = constraints.slice(0, half);
    const right = constraints.slice(half);
    const fromRight = this.#quickXplain([...background, ...left], left.length > 0, right);
    const fromLeft = this.#quickXplain([...background, ...fromRight], fromRight.length > 0, left);
    return [...fromLeft, ...fromRight];
  }

  /**
   * Every conflict has a member in each set that must be left out for the rest to hold. So no conflict is smaller than
   * the smallest choice that meets all such sets found so far. Null when that could not be carried through.
   */
  #fewest(all: readonly number[], known: number): { readonly members: readonly number[] | null } | null {
    const corrections: number[][] = [];
    while (!this.#isOver()) {
      const chosen = smallestHittingSet(corrections);
      if (chosen.length >= known) return { members: null }; // what is known is as small as any
      const verdict = this.#ask(new Set(chosen));
      if (verdict === 'impossible') return { members: chosen };
      if (verdict === 'unknown') return null;
      const holding = new Set(chosen);
      for (const constraint of all) {
        if (holding.has(constraint)) continue;
        holding.add(constraint);
        if (this.#ask(holding) !== 'possible') holding.delete(constraint);
      }
      corrections.push(all.filter((constraint) => !holding.has(constraint)));
    }
    return null;
  }
}

/** Fewest elements of which each set has one; the first in order among equals. */
export function smallestHittingSet(sets: readonly (readonly number[])[]): number[] {
  const seen = new Set<number>();
  for (let size = 0; ; size++) {
    const chosen = hit(sets, size, seen);
    if (chosen !== null) return chosen.toSorted((a, b) => a - b);
  }
}

function hit(sets: readonly (readonly number[])[], size: number, chosen: Set<number>): number[] | null {
  const open = sets.filter((set) => !set.some((element) => chosen.has(element)));
  if (open.length === 0) return [...chosen];
  if (size === 0) return null;
  for (const element of open.reduce((a, b) => (b.length < a.length ? b : a))) {
    chosen.add(element);
    const found = hit(open, size - 1, chosen);
    chosen.delete(element);
    if (found !== null) return found;
  }
  return null;
}
