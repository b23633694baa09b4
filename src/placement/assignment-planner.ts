// What is done for a problem in which slots take one unit each: the relaxation is solved once, leads the search and the
// proof, and bounds what was found.
import type { Random } from '../core/random.ts';
import { FLOW_EXPONENT, moverPowerW } from '../thermal/chassis-model.ts';
import { searchAssignments } from './assignment-exact.ts';
import { pricedBoundJ } from './assignment-prices.ts';
import { RangeFinder, unreachableLevel } from './assignment-ranges.ts';
import { AssignmentSearch } from './assignment-search.ts';
import { excessInto, itemsOf, type Assignment } from './assignment.ts';
import { cheapestMoves, type MovesOutcome } from './cheapest-moves.ts';
import { levelOf } from './objective.ts';
import type { Incumbent, Objective } from './objective.ts';
import { OvershootPrices } from './overshoot-prices.ts';
import { relaxOrder, type Relaxed } from './permutation-relaxation.ts';
import type { Placement } from './placement.ts';
import type { Proof } from './proof.ts';
import type { Watch } from './watch.ts';

/** Overshoots closer than 0.001 K are the same (FORMATS); a tenth of it is close enough for a bound. */
const CLOSE_K = 1e-4;
/** The same, but for rounding. */
const SAME_K = 0.0009;
/** Nodes of the exact search; for a bigger chassis only as many as take little time, in case that its work is much alike. */
const EXACT_NODES = 3_000_000;
const EXACT_SLOTS = 26;
const TRIED_WORK = 1e8;
/** Share of the time at which fewer moves are no longer looked for where there is no overshoot: for each slot, and at most. */
const SPARED = { perSlot: 0.0015, most: 0.3 } as const;
/** Of the search for the cheapest moves: what all kelvins are worth at first, as a share of the moves' cost per kelvin. */
const FIRST_PRICE = 0.1;
/** Pairs that the matchings of the search for the cheapest moves may look at: some 10 s. */
const MOVES_WORK = 3e8;
/** After which shares of the search's time each part ends; the bound of the cost may take a little of what follows. */
const UNTIL = { relaxed: 0.35, cooled: 0.7, moved: 0.76, proven: 0.9, overshootBound: 0.98, costBound: 1.06 } as const;

export class AssignmentPlanner {
  readonly #assignment: Assignment;
  readonly #objective: Objective;
  readonly #watch: Watch;
  /** Moves are all that costs: no speed is free. */
  readonly #areSpeedsGiven: boolean;
  #relaxed: Relaxed | null = null;
  #finder: RangeFinder | null = null;

  constructor(assignment: Assignment, objective: Objective, watch: Watch) {
    this.#assignment = assignment;
    this.#objective = objective;
    this.#watch = watch;
    this.#areSpeedsGiven = assignment.problem.model.fixedRatio.every((ratio) => !Number.isNaN(ratio));
  }

  /** Searches, proves and bounds; null when more than moves has to be decided, or only so many may be made. */
  solve(best: Incumbent, start: Placement, random: Random, share: number): Proof | null {
    const { size, problem } = this.#assignment;
    if (!this.#areSpeedsGiven || problem.maxMoves < Infinity) return null;
    const search = this.#cool(best, random, share);
    const until = best.leastK > 0 ? UNTIL.moved : Math.min(SPARED.most, SPARED.perSlot * size);
    search.spareMoves(best, start, this.#relax(share).prices, this.#isSpent(until * share));
    if (best.leastK === 0) return { worstOvershootK: 0, ...this.#cheapestMoves(best, share) };
    const nodes = size <= EXACT_SLOTS ? EXACT_NODES : Math.floor(TRIED_WORK / size ** 2);
    const limits = { nodes, isOver: this.#isSpent(UNTIL.proven * share) };
    const { isOptimal, boundK } = searchAssignments(this.#assignment, this.#relax(share).prices, best, limits);
    if (isOptimal) return { isProven: true, worstOvershootK: best.leastK, totalJ: best.costJ };
    const proof = this.tighten({ isProven: false, worstOvershootK: boundK, totalJ: this.#moversJ() }, best, share);
    const moves = this.#cheapestMoves(best, share);
    const isProven = moves.isProven && proof.worstOvershootK >= best.leastK - SAME_K;
    return { ...proof, isProven, totalJ: Math.max(proof.totalJ, moves.totalJ) };
  }

  /** At the level of the best, which may cost less afterwards. */
  #cheapestMoves(best: Incumbent, share: number): MovesOutcome {
    const othersJ = this.#moversJ();
    const ranges = this.#ranges().under(best.levelK);
    if (ranges === null) return { isProven: false, totalJ: othersJ }; // rounding: the best is one
    const pricePerK = this.#relax(share).prices.map((price) => FIRST_PRICE * price * (best.costJ - othersJ));
    const limits = { isOver: this.#isSpent(UNTIL.costBound * share), work: MOVES_WORK, othersJ, pricePerK, ranges };
    return cheapestMoves(this.#assignment, best, limits);
  }

  /** Less overshoot at full speed, to begin another search with. */
  cool(best: Incumbent, random: Random, share: number): void {
    if (best.leastK > 0 && this.#assignment.problem.maxMoves === Infinity) this.#cool(best, random, share / 2);
  }

  #cool(best: Incumbent, random: Random, share: number): AssignmentSearch {
    const search = new AssignmentSearch(this.#assignment, this.#objective, random);
    if (best.leastK > 0) search.cool(best, this.#relax(share), this.#isSpent(UNTIL.cooled * share));
    return search;
  }

  /** A proof, or one with better bounds. The cost's is of those with at most the overshoot of the best. */
  tighten(proof: Proof, best: Incumbent, share: number): Proof {
    if (proof.isProven || best.score.beyondW > 0) return proof;
    let worstOvershootK = Math.max(0, proof.worstOvershootK, this.#relax(share).boundK);
    if (worstOvershootK < best.leastK - CLOSE_K) {
      worstOvershootK = unreachableLevel(this.#ranges(), worstOvershootK, best.leastK, CLOSE_K);
      const prices = new OvershootPrices(this.#assignment, this.#ranges(), this.#relax(share).prices);
      const isOver = this.#isSpent(UNTIL.overshootBound * share);
      worstOvershootK = prices.raise(worstOvershootK, best.leastK, isOver);
    }
    const costJ = this.#costBoundJ(best, share);
    return { isProven: false, worstOvershootK, totalJ: Math.max(proof.totalJ, costJ) };
  }

  #isSpent(share: number): () => boolean {
    const isOver = this.#watch.phase(share, 1, 1);
    return () => isOver() || this.#watch.isSpent(share);
  }

  /** At speeds that are given. */
  #moversJ(): number {
    const { model, instance } = this.#assignment.problem;
    return moverPowerW(model, model.fixedRatio) * instance.horizonS;
  }

  #costBoundJ(searched: Incumbent, share: number): number {
    const { problem } = this.#assignment;
    const levelK = Math.max(searched.levelK, levelOf(searched.score.overshootK));
    const ceilingC = problem.targetC.map((targetC) => targetC + levelK);
    const ranges = this.#ranges().under(levelK);
    const isOver = this.#isSpent(UNTIL.costBound * share);
    const guess =
      (this.#areSpeedsGiven ? null : this.#guessByFluid(levelK, isOver)) ?? this.#guessByOrder(searched, levelK, share);
    const start = { ...guess, ceilingC, ranges, knownJ: searched.costJ };
    return pricedBoundJ(this.#assignment, start, isOver);
  }

  #guessByFluid(levelK: number, isOver: () => boolean): Guess | null {
    const { problem } = this.#assignment;
    const fluid = this.#objective.fluids.at(levelK, isOver);
    if (fluid === null) return null;
    const { flowM3s, powerW, pricePerK } = fluid;
    const slope = (flow: number, s: number) =>
      FLOW_EXPONENT * problem.model.kFlow[s]! * flow ** (-FLOW_EXPONENT - 1) * powerW[s]!;
    return { pricePerK, pricePerFlow: flowM3s.map((flow, s) => pricePerK[s]! * slope(flow, s)) };
  }

  /** The relaxation's prices, at about what the moves took for every kelvin that they brought. */
  #guessByOrder(searched: Incumbent, levelK: number, share: number): Guess {
    const { problem, size } = this.#assignment;
    const excess = new Float64Array(size);
    const homes = problem.units.map((unit) => unit.home);
    let perK = searched.costJ;
    if (new Set(homes).size === homes.length) {
      excessInto(this.#assignment, itemsOf(this.#assignment, homes), excess);
      const worst = excess.reduce((a, b) => Math.max(a, b), -Infinity);
      perK = (searched.costJ - this.#moversJ()) / Math.max(worst - levelK, 0.01);
    }
    const pricePerK = this.#relax(share).prices.map((price) => price * perK);
    return { pricePerK, pricePerFlow: new Float64Array(size) };
  }

  #ranges(): RangeFinder {
    this.#finder ??= new RangeFinder(this.#assignment);
    return this.#finder;
  }

  #relax(share: number): Relaxed {
    this.#relaxed ??= relaxOrder(this.#assignment, CLOSE_K, this.#isSpent(UNTIL.relaxed * share));
    return this.#relaxed;
  }
}

/** Where the prices begin. */
interface Guess {
  readonly pricePerK: Float64Array;
  readonly pricePerFlow: Float64Array;
}
