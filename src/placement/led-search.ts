// The part of the search that the fluid problem leads: annealing at the fluid's speeds and prices, round after round, with
// the exact objective deciding after each.
import type { Random } from '../core/random.ts';
import { Annealer, roundFluid } from './anneal.ts';
import type { Round } from './anneal.ts';
import { solveFluid } from './fluid.ts';
import type { Fluid } from './fluid.ts';
import type { FluidGoal } from './fluid-model.ts';
import type { Incumbent, Objective } from './objective.ts';
import { Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { sensitivityAt } from './sensitivity.ts';

/** Fewer units are searched exactly. */
const ANNEALED_UNITS = 9;
/** Proposals in a round for each unit, and how many of them take as long as an exact evaluation. */
const ROUND_PROPOSALS = 400;
const PROPOSALS_PER_STEP = 200;
/** Rounds in a row that brought nothing before annealing alone is done. */
const STALE_ROUNDS = 4;
/** Heat, as shares of what a usual unit's watts are worth. */
const HOT = 0.03;
const COLD = 0.002;
/** Overshoots closer than this are the same (FORMATS). */
const SAME_K = 0.001;

/** An annealer that has a fluid to follow, and its short rounds. */
export interface Led {
  readonly annealer: Annealer;
  readonly round: Round;
}

export interface LedSearchParts {
  readonly problem: Problem;
  readonly objective: Objective;
  readonly random: Random;
  readonly isOver: () => boolean;
  /** Forbids what the placement's own rules do not. */
  readonly mayCome: (u: number, slot: number) => boolean;
}

export class LedSearch {
  readonly #problem: Problem;
  readonly #objective: Objective;
  readonly #random: Random;
  readonly #isOver: () => boolean;
  readonly #mayCome: (u: number, slot: number) => boolean;

  constructor({ problem, objective, random, isOver, mayCome }: LedSearchParts) {
    this.#problem = problem;
    this.#objective = objective;
    this.#random = random;
    this.#isOver = isOver;
    this.#mayCome = mayCome;
  }

  /** Without overshoot if that can be had, else with the least that was found. Null where no fluid leads. */
  lead(best: Incumbent, start: Placement): Led | null {
    if (this.#problem.units.length < ANNEALED_UNITS || best.score.beyondW > 0) return null;
    const led = this.#anneal(best, start, 'cost', 0);
    if (best.leastK === 0 && led !== null) return led;
    this.#anneal(best, start, 'overshoot', 0);
    return this.#anneal(best, start, 'cost', best.levelK) ?? led;
  }

  /** Rounds of annealing until they bring nothing more. Null where there is no fluid to follow. */
  #anneal(best: Incumbent, start: Placement, goal: FluidGoal, levelK: number): Led | null {
    const problem = this.#problem;
    const fluid = solveFluid(
      problem,
      problem.targetC.map((targetC) => targetC + levelK),
      goal,
    );
    if (fluid === null) return null;
    const ceilingC = problem.targetC.map((targetC) => targetC + levelK + fluid.overshootK);
    const annealer = new Annealer(problem, fluid, ceilingC, this.#random, this.#mayCome);
    const unitWorth = this.#unitWorth(fluid);
    const round: Round = {
      proposals: ROUND_PROPOSALS * problem.units.length,
      hot: HOT * unitWorth,
      cold: COLD * unitWorth,
      perMoveJ: goal === 'cost' ? 1 : 0,
    };
    const placement = Placement.of(problem, start.at);
    roundFluid(problem, placement, fluid, this.#mayCome);
    for (let stale = 0; stale < STALE_ROUNDS && !this.#isOver(); stale++) {
      if (goal === 'overshoot' && best.leastK <= fluid.overshootK + SAME_K) break;
      annealer.run(placement, round, this.#isOver);
      this.#objective.evaluations += Math.ceil(round.proposals / PROPOSALS_PER_STEP);
      if (best.offer(placement)) stale = -1;
    }
    return { annealer, round: { ...round, proposals: Math.ceil(round.proposals / 4), hot: round.hot / 2 } };
  }

  /** A short round more. */
  again(from: Placement, { annealer, round }: Led): Placement {
    const placement = Placement.of(this.#problem, from.at);
    annealer.run(placement, round, this.#isOver);
    this.#objective.evaluations += Math.ceil(round.proposals / PROPOSALS_PER_STEP);
    return placement;
  }

  /** What the heat of a usual unit is worth to the fluid. */
  #unitWorth({ pricePerK, flowM3s }: Fluid): number {
    const { units, slotCount } = this.#problem;
    const { start, row, kPerW } = sensitivityAt(this.#problem, flowM3s);
    let sum = 0;
    for (let i = 0; i < start[slotCount]!; i++) sum += pricePerK[row[i]!]! * kPerW[i]!;
    const meanW = units.reduce((total, unit) => total + unit.powerW, 0) / units.length;
    return Math.max(1e-6, (sum / slotCount) * meanW);
  }
}
