// What many runs came to.
import type { Mutate } from './machines.ts';
import { simulate } from './run.ts';

export interface Tally {
  readonly seeds: number;
  readonly moves: number;
  readonly faults: number;
  readonly violations: number;
  readonly firstBadSeed: number | null;
  readonly simulatedMs: number;
}

export const emptyTally: Tally = {
  seeds: 0,
  moves: 0,
  faults: 0,
  violations: 0,
  firstBadSeed: null,
  simulatedMs: 0,
};

export function sum(one: Tally, other: Tally): Tally {
  const bad = [one.firstBadSeed, other.firstBadSeed].filter((seed) => seed !== null);
  return {
    seeds: one.seeds + other.seeds,
    moves: one.moves + other.moves,
    faults: one.faults + other.faults,
    violations: one.violations + other.violations,
    firstBadSeed: bad.length === 0 ? null : Math.min(...bad),
    simulatedMs: one.simulatedMs + other.simulatedMs,
  };
}

/** Every `stride`-th seed from the first to below `end`. */
export function runSeeds(first: number, end: number, stride: number, mutate: Mutate | null): Tally {
  let tally = emptyTally;
  for (let seed = first; seed < end; seed += stride) {
    const { violation, moves, faults, simulatedMs } = simulate(seed, { mutate });
    const bad = violation !== null;
    const one = { seeds: 1, moves, faults, violations: bad ? 1 : 0, firstBadSeed: bad ? seed : null, simulatedMs };
    tally = sum(tally, one);
  }
  return tally;
}
