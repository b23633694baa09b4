// Search of assignments: the relaxation's mixture is rounded by rank, then annealed round after round towards the bound;
// where nothing but moves costs, fewer of them are then looked for at the overshoot that was reached.
import type { Random } from '../core/random.ts';
import { AssignmentAnnealer } from './assignment-anneal.ts';
import type { Found } from './assignment-anneal.ts';
import { excessInto, itemsOf, placementOf, type Assignment } from './assignment.ts';
import { levelOf, type Incumbent, type Objective } from './objective.ts';
import type { Relaxed } from './permutation-relaxation.ts';
import { Placement } from './placement.ts';

/** Proposals in a round for each slot where moves count, and how many of them take as long as an exact evaluation. */
const ROUND_PROPOSALS = 200;
const PROPOSALS_PER_STEP = 200;
/**
 * Ways to anneal: heat as shares of the squared distance between the best and the mark, how near swaps get, and
 * proposals for each slot. The cool way refines what inlets add up to; the warm one gets out of dead ends that big items make in slots of their own.
 */
const WAYS = [
  { hot: 0.2, cold: 1e-4, nearest: 1, proposals: 2000 },
  { hot: 1e-3, cold: 1e-6, nearest: 0.02, proposals: 200 },
] as const;
/** Every so many rounds, the first time in this one, the warm way is gone, unless the bound is so near. */
const EVERY = 15;
const FIRST = 4;
const NEAR = 0.005;
/** A round that gains less than this share of the distance is followed by a narrower one, down to NARROW, then a wide one. */
const LITTLE = 0.1;
const NARROWER = 0.6;
const NARROW = 0.02;
/** Rounds in a row that brought nothing before the search is done. */
const STALE_ROUNDS = 60;
/** Overshoots closer than this are the same (FORMATS). */
const SAME_K = 0.001;
/** Times in a row that all weights brought nothing before the search is done. */
const STALE_WEIGHTS = 12;
/** What a move may weigh, as shares of the worst excess. */
const MOVE_WEIGHTS = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01] as const;

export class AssignmentSearch {
  readonly #assignment: Assignment;
  readonly #objective: Objective;
  readonly #annealer: AssignmentAnnealer;

  constructor(assignment: Assignment, objective: Objective, random: Random) {
    this.#assignment = assignment;
    this.#objective = objective;
    this.#annealer = new AssignmentAnnealer(assignment, random);
  }

  /** Makes the worst overshoot of `best` as little as it can. */
  cool(best: Incumbent, relaxed: Relaxed, isOver: () => boolean): void {
    const assignment = this.#assignment;
    const found = this.#begin(best, relaxed);
    const goalK = Math.max(0, relaxed.boundK);
    const widths = WAYS.map(() => found.belowK - relaxed.boundK);
    let [widest, stale] = [0, 0];
    for (let turn = 0; found.belowK > goalK + SAME_K / 2 && stale < STALE_ROUNDS && !isOver(); turn++) {
      const way = turn % EVERY === FIRST && found.belowK - relaxed.boundK > NEAR * found.belowK ? 0 : 1;
      const farK = found.belowK - relaxed.boundK;
      widest = Math.max(widest, farK);
      const beforeK = found.belowK;
      const width = Math.min(widths[way]!, farK);
      this.#round(found, WAYS[way], width, relaxed.prices, isOver);
      const gainK = beforeK - found.belowK;
      stale = gainK > 0 ? 0 : stale + 1;
      if (gainK < LITTLE * width)
        widths[way] = width < NARROW * widest ? found.belowK - relaxed.boundK : width * NARROWER;
    }
    if (found.items !== null) best.offer(placementOf(assignment, found.items));
  }

  /** The best placement, or the relaxation's, whichever is cooler. */
  #begin(best: Incumbent, relaxed: Relaxed): Found {
    const assignment = this.#assignment;
    const { problem } = assignment;
    const excess = new Float64Array(assignment.size);
    const found: Found = { belowK: Infinity, movesJ: Infinity, items: null };
    const rounded = roundByRank(assignment, relaxed.powerW);
    for (const items of [itemsOf(assignment, best.at!), rounded]) {
      if (items === null) continue;
      excessInto(assignment, items, excess);
      const worst = excess.reduce((a, b) => Math.max(a, b), -Infinity);
      if (worst < found.belowK) [found.belowK, found.items] = [worst, items];
    }
    this.#objective.evaluations += problem.units.length;
    return found;
  }

  #round(found: Found, way: (typeof WAYS)[number], width: number, prices: Float64Array, isOver: () => boolean): void {
    const assignment = this.#assignment;
    const proposals = way.proposals * assignment.size;
    const [hot, cold] = [way.hot * width * width, way.cold * width * width];
    const markK = found.belowK - width;
    const round = { proposals, markK, hot, cold, perMoveJ: 0, nearest: way.nearest, prices };
    this.#annealer.run(placementOf(assignment, found.items!), round, found, isOver);
    this.#objective.evaluations += Math.ceil(proposals / PROPOSALS_PER_STEP);
  }

  /** Fewer or cheaper moves at the overshoot of `best`, from there and from `start`. For fixed speeds. */
  spareMoves(best: Incumbent, start: Placement, prices: Float64Array, isOver: () => boolean): void {
    const assignment = this.#assignment;
    const levelK = levelOf(best.leastK);
    const excess = new Float64Array(assignment.size);
    excessInto(assignment, itemsOf(assignment, start.at), excess);
    const worstK = excess.reduce((a, b) => Math.max(a, b), 0);
    const found: Found = { belowK: levelK, movesJ: Placement.of(assignment.problem, best.at!).movesJ, items: null };
    const meanJ = found.movesJ / assignment.problem.units.length;
    if (meanJ === 0) return;
    for (let stale = 0; stale < STALE_WEIGHTS && found.movesJ > 0 && !isOver(); stale++) {
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
            nearest: 0.02,
            prices,
          };
          this.#annealer.run(from, round, found, isOver);
          this.#objective.evaluations += Math.ceil(round.proposals / PROPOSALS_PER_STEP);
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
function roundByRank({ size, powerW, open }: Assignment, mixedW: Float64Array): Int32Array | null {
  const indices = Array.from({ length: size }, (_, i) => i);
  const slots = indices.toSorted((a, b) => mixedW[a]! - mixedW[b]!);
  const items = indices.toSorted((a, b) => powerW[a]! - powerW[b]!);
  const rounded = new Int32Array(size);
  slots.forEach((s, i) => (rounded[s] = items[i]!));
  const isSound = slots.every((s) => open[rounded[s]! * size + s] === 1);
  return isSound ? rounded : null;
}
