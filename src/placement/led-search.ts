// The part of the search that the fluid problem leads: annealing at the fluid's prices, round after round, with the exact
// objective deciding after each. The first round is at the fluid's speeds, the next ones at the best placement's own.
import type { Random } from '../core/random.ts';
import { Annealer, roundFluid } from './anneal.ts';
import { solveFluid } from './fluid.ts';
import type { Fluid } from './fluid.ts';
import type { FluidGoal } from './fluid-model.ts';
import type { Incumbent, Objective } from './objective.ts';
import { Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { sensitivityAt } from './sensitivity.ts';

/** Fewer units are searched exactly. */
const ANNEALED_UNITS = 9;
/**
 * Proposals in a round for each unit: as a rule, and when nothing comes of that. With so many units that such a round
 * takes long, the first ones are shorter.
 */
const USUAL_ROUND = 400;
const SHORTEST_ROUND = 50;
const FIRST_PROPOSALS = 400_000;
const LONGEST_ROUND = 6400;
/** So many take as long as an exact evaluation. */
const PROPOSALS_PER_STEP = 200;
/** Rounds in a row that brought nothing before annealing alone is done. */
const STALE_ROUNDS = 4;
/** Heat, as shares of what a usual unit's watts are worth; later rounds begin at a part of it. */
const HOT = 0.03;
const COLD = 0.002;
const LATER = 0.3;
/** Overshoots closer than this are the same (FORMATS). */
const SAME_K = 0.001;

/** An annealer that has a fluid to follow. */
export interface Led {
  readonly annealer: Annealer;
  readonly fluid: Fluid;
  /** What the heat of a usual unit is worth to the fluid. */
  readonly unitWorth: number;
  readonly goal: FluidGoal;
  /** For each unit in the next round. */
  proposals: number;
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
    if ((best.leastK === 0 && led !== null) || this.#isOver()) return led;
    this.#anneal(best, start, 'overshoot', 0);
    return this.#anneal(best, start, 'cost', best.levelK) ?? led;
  }

  /** Rounds of annealing until they bring nothing more. Null where there is no fluid to follow. */
  #anneal(best: Incumbent, start: Placement, goal: FluidGoal, levelK: number): Led | null {
    const problem = this.#problem;
    const fluid =
      goal === 'cost'
        ? this.#objective.fluids.at(levelK, this.#isOver)
        : solveFluid(
            problem,
            problem.targetC.map((targetC) => targetC + levelK),
            goal,
            this.#isOver,
          );
    if (fluid === null) return null;
    const ceilingC = problem.targetC.map((targetC) => targetC + levelK + fluid.overshootK);
    const annealer = new Annealer(problem, fluid, ceilingC, this.#random, this.#mayCome);
    const led: Led = { annealer, fluid, unitWorth: this.#unitWorth(fluid), goal, proposals: firstRound(problem) };
    this.#rounds(best, start, led);
    return led;
  }

  /** The same again by other chances, from the fluid on. */
  restart(local: Incumbent, start: Placement, led: Led): void {
    led.proposals = firstRound(this.#problem);
    led.annealer.follow(led.fluid.flowM3s);
    this.#rounds(local, start, led);
  }

  #rounds(best: Incumbent, start: Placement, led: Led): void {
    const { fluid, goal } = led;
    const placement = Placement.of(this.#problem, start.at);
    roundFluid(this.#problem, placement, fluid, this.#mayCome);
    best.offer(placement);
    for (let stale = 0, heat = 1; stale < STALE_ROUNDS && !this.#isOver(); stale++, heat = LATER) {
      if (goal === 'overshoot' && best.leastK <= fluid.overshootK + SAME_K) break;
      this.#round(placement, led, heat);
      led.proposals = Math.min(USUAL_ROUND, 2 * led.proposals);
      if (best.offer(placement)) {
        stale = -1;
        this.#follow(led, best);
      }
    }
  }

  /** One round more, at the speeds of the best; longer the next time when told that the last one brought nothing. */
  again(best: Incumbent, led: Led, wasInVain: boolean): Placement {
    const placement = Placement.of(this.#problem, best.at!);
    if (wasInVain) led.proposals = Math.min(LONGEST_ROUND, 2 * led.proposals);
    this.#follow(led, best);
    this.#round(placement, led, LATER);
    return placement;
  }

  #round(placement: Placement, led: Led, heat: number): void {
    const proposals = Math.ceil(led.proposals * this.#problem.units.length);
    const hot = heat * HOT * led.unitWorth;
    const cold = COLD * led.unitWorth;
    led.annealer.run(placement, { proposals, hot, cold, perMoveJ: led.goal === 'cost' ? 1 : 0 }, this.#isOver);
    this.#objective.evaluations += Math.ceil(proposals / PROPOSALS_PER_STEP);
  }

  /** At full speed nothing changes; otherwise temperatures are those at the best placement's own speeds. */
  #follow(led: Led, best: Incumbent): void {
    if (led.goal === 'overshoot' || best.score.overshootK > best.levelK) return;
    const speeds = this.#objective.speeds(Placement.of(this.#problem, best.at!), best.levelK);
    led.annealer.follow(speeds.flowM3s.slice());
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

function firstRound({ units }: Problem): number {
  return Math.min(USUAL_ROUND, Math.max(SHORTEST_ROUND, FIRST_PROPOSALS / units.length));
}
