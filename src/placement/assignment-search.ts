// Search of assignments: the relaxation's mixture is rounded by rank, then annealed round after round towards the bound;
// where nothing but moves costs, fewer of them are then looked for at the overshoot that was reached.
import type { Random } from '../core/random.ts';
import { AssignmentAnnealer } from './assignment-anneal.ts';
import type { Found } from './assignment-anneal.ts';
import { excessInto, itemsOf, placementOf, type Assignment } from './assignment.ts';
import { levelOf, type Incumbent, type Objective } from './objective.ts';
import type { Relaxed } from './permutation-relaxation.ts';
import { Placement } from './placement.ts';

/** Proposals in a round for each slot, and how many of them take as long as an exact evaluation. */
const ROUND_PROPOSALS = 200;
const PROPOSALS_PER_STEP = 200;
/** Heat, as shares of the squared distance between the best and the mark. */
const HOT = 1e-3;
const COLD = 1e-6;
/** A round that gains less than this share of the distance is followed by a narrower one, down to NARROW, then a wide one. */
const LITTLE = 0.1;
const NARROWER = 0.6;
const NARROW = 0.02;
/** Rounds in a row that brought nothing before the search is done. */
const STALE_ROUNDS = 60;
/** Overshoots closer than this are the same (FORMATS). */
const SAME_K = 0.001;
/** What a move may weigh, as shares of the worst excess. */
const MOVE_WEIGHTS = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01] as const;

export interface AssignmentSearchParts {
  readonly assignment: Assignment;
  readonly objective: Objective;
  readonly random: Random;
  /** True when so much of the time is used up, or all steps are. */
  readonly isPast: (share: number) => boolean;
  /** Forbids what the assignment itself does not. */
  readonly mayCome: (u: number, slot: number) => boolean;
}

export class AssignmentSearch {
  readonly #parts: AssignmentSearchParts;
  readonly #annealer: AssignmentAnnealer;

  constructor(parts: AssignmentSearchParts) {
    this.#parts = parts;
    this.#annealer = new AssignmentAnnealer(parts.assignment, parts.random, parts.mayCome);
  }

  /** Makes the worst overshoot of `best` as little as it can within the share of the time. */
  cool(best: Incumbent, relaxed: Relaxed, shareOfTime: number): void {
    const { assignment, isPast } = this.#parts;
    const isOver = () => isPast(shareOfTime);
    const found = this.#begin(best, relaxed);
    const goalK = Math.max(0, relaxed.boundK);
    let [widest, stale] = [0, 0];
    let wide = found.belowK - relaxed.boundK;
    while (found.belowK > goalK + SAME_K / 2 && stale < STALE_ROUNDS && !isOver()) {
      widest = Math.max(widest, found.belowK - relaxed.boundK);
      const beforeK = found.belowK;
      const distance = Math.min(wide, found.belowK - relaxed.boundK);
      this.#round(found, found.belowK - distance, distance, relaxed.prices, isOver);
      const gainK = beforeK - found.belowK;
      stale = gainK > 0 ? 0 : stale + 1;
      if (gainK < LITTLE * wide) wide = wide < NARROW * widest ? found.belowK - relaxed.boundK : wide * NARROWER;
    }
    if (found.items !== null) best.offer(placementOf(assignment, found.items));
  }

  /** The best placement, or the relaxation's, whichever is cooler. */
  #begin(best: Incumbent, relaxed: Relaxed): Found {
    const { assignment, objective } = this.#parts;
    const { problem } = assignment;
    const excess = new Float64Array(assignment.size);
    const found: Found = { belowK: Infinity, movesJ: Infinity, items: null };
    const rounded = roundByRank(assignment, relaxed.powerW, this.#parts.mayCome);
    for (const items of [itemsOf(assignment, best.at!), rounded]) {
      if (items === null) continue;
      excessInto(assignment, items, excess);
      const worst = excess.reduce((a, b) => Math.max(a, b), -Infinity);
      if (worst < found.belowK) [found.belowK, found.items] = [worst, items];
    }
    objective.evaluations += problem.units.length;
    return found;
  }

  #round(found: Found, markK: number, distance: number, prices: Float64Array, isOver: () => boolean): void {
    const { assignment, objective } = this.#parts;
    const proposals = ROUND_PROPOSALS * assignment.size;
    const scale = distance * distance;
    const round = { proposals, markK, hot: HOT * scale, cold: COLD * scale, perMoveJ: 0, prices };
    this.#annealer.run(placementOf(assignment, found.items!), round, found, isOver);
    objective.evaluations += Math.ceil(proposals / PROPOSALS_PER_STEP);
  }

  /** Fewer or cheaper moves at the overshoot of `best`, from there and from `start`. For fixed speeds. */
  spareMoves(best: Incumbent, start: Placement, relaxed: Relaxed, shareOfTime: number): void {
    const { assignment, objective, isPast } = this.#parts;
    const isOver = () => isPast(shareOfTime);
    const levelK = levelOf(best.leastK);
    const excess = new Float64Array(assignment.size);
    excessInto(assignment, itemsOf(assignment, start.at), excess);
    const worstK = excess.reduce((a, b) => Math.max(a, b), 0);
    const found: Found = { belowK: levelK, movesJ: Placement.of(assignment.problem, best.at!).movesJ, items: null };
    const meanJ = found.movesJ / assignment.problem.units.length;
    if (meanJ === 0) return;
    for (let stale = 0; stale < 3 && found.movesJ > 0 && !isOver(); stale++) {
      for (const weight of MOVE_WEIGHTS) {
        for (const from of [start, Placement.of(assignment.problem, best.at!)]) {
          const beforeJ = found.movesJ;
          const scale = (weight * Math.max(worstK - levelK, SAME_K)) ** 2;
          const round = {
            proposals: ROUND_PROPOSALS * assignment.size,
            markK: levelK - 0.3 * Math.sqrt(scale),
            hot: 0.3 * scale,
            cold: 1e-3 * scale,
            perMoveJ: scale / meanJ,
            prices: relaxed.prices,
          };
          this.#annealer.run(from, round, found, isOver);
          objective.evaluations += Math.ceil(round.proposals / PROPOSALS_PER_STEP);
          if (found.movesJ < beforeJ && found.items !== null) {
            best.offer(placementOf(assignment, found.items));
            stale = -1;
          }
        }
      }
    }
  }
}

/** The most powerful item where the mixture has the most power; null when that is not allowed. */
function roundByRank(
  { size, powerW, open, problem }: Assignment,
  mixedW: Float64Array,
  mayCome: (u: number, slot: number) => boolean,
): Int32Array | null {
  const indices = Array.from({ length: size }, (_, i) => i);
  const slots = indices.toSorted((a, b) => mixedW[a]! - mixedW[b]!);
  const items = indices.toSorted((a, b) => powerW[a]! - powerW[b]!);
  const rounded = new Int32Array(size);
  slots.forEach((s, i) => (rounded[s] = items[i]!));
  const isSound = slots.every((s) => {
    const item = rounded[s]!;
    return open[item * size + s] === 1 && (item >= problem.units.length || mayCome(item, s));
  });
  return isSound ? rounded : null;
}
