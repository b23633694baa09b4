// Why work stays: for every workload on a slot that is hot or near its ceiling, and for every one that may not move, a
// code and a sentence with figures. The best other place is evaluated exactly while there is time.
import type { PlanHeld } from '../core/plan.ts';
import { LiveState } from './live-state.ts';
import { levelOf } from './objective.ts';
import type { Incumbent, Objective } from './objective.ts';
import { obstaclesText, shortage } from './obstacle-text.ts';
import { moveCostTo, Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import type { Wanted } from './reachable.ts';
import { duration, energy, listed, round, show } from './wording.ts';

/** A slot this near to its ceiling counts as warm, K. */
const WARM_K = 3;
/** A threshold that no gain reaches, J. */
const ENDLESS_J = 1e12;
/** Other places that are evaluated for one workload. */
const PLACES_MAX = 8;

export interface HeldInput {
  readonly problem: Problem;
  readonly objective: Objective;
  readonly best: Incumbent;
  /** Of the plan, at its speeds. */
  readonly temperatureC: Float64Array;
  /** Slots that would be over their ceiling if everything stayed. */
  readonly hotAtStart: readonly boolean[];
  /** Units for which a move was found that has no live order. */
  readonly blocked: ReadonlySet<number>;
  /** Where those were to go. */
  readonly wanted: ReadonlyMap<number, Wanted>;
  /** Workloads that the plan moves, be it away and back again. */
  readonly moving: ReadonlySet<number>;
  /** J under which a gain is not worth moves, and why it is so much. */
  readonly thresholdJ: number;
  readonly thresholdWhy: string | null;
  readonly isOver: () => boolean;
}

export function explainHeld(input: HeldInput): PlanHeld[] {
  return new Explainer(input).explain();
}

type Reason = PlanHeld['reason'];

class Explainer {
  readonly #input: HeldInput;
  readonly #placement: Placement;
  /** Where all is when the plan has been carried out, workload by workload. */
  readonly #state: LiveState;

  constructor(input: HeldInput) {
    const { problem, best } = input;
    this.#input = input;
    this.#placement = Placement.of(problem, best.at!);
    this.#state = new LiveState(problem);
    problem.units.forEach((unit, u) => this.#state.move(unit.members, best.at![u]!));
  }

  explain(): PlanHeld[] {
    const { problem, temperatureC, hotAtStart, blocked, moving } = this.#input;
    const held: PlanHeld[] = [];
    problem.units.forEach((unit, u) => {
      const slot = this.#placement.at[u]!;
      const staying = unit.members.filter((w) => problem.homes[w] === slot && !moving.has(w));
      if (staying.length === 0) return;
      const isWarm = temperatureC[slot]! > problem.targetC[slot]! - WARM_K || hotAtStart[slot] === true;
      const pinned = unit.members.find((w) => problem.instance.workloads[w]!.pinned);
      if (!isWarm && pinned === undefined && !blocked.has(u)) return;
      const reason = pinned === undefined ? this.#whyHere(u) : this.#pinned(u, pinned);
      for (const w of staying) held.push({ workload: problem.instance.workloads[w]!.id, reason });
    });
    return held;
  }

  #pinned(u: number, pinned: number): Reason {
    const { problem } = this.#input;
    const workload = problem.instance.workloads[pinned]!;
    const text = `${workload.id} (${show(workload.powerW)} W) is pinned to slot ${workload.slot}`;
    const others = problem.units[u]!.members.filter((w) => w !== pinned).map((w) => problem.instance.workloads[w]!.id);
    if (others.length === 0) return { code: 'pinned', text };
    return { code: 'pinned', text: `${text}; ${listed(others)} must be together with it` };
  }

  #whyHere(u: number): Reason {
    const { problem, blocked, isOver } = this.#input;
    const unit = problem.units[u]!;
    const here = this.#placement.at[u]!;
    if (unit.allowed.length === 0 || (unit.allowed.length === 1 && unit.allowed[0] === here)) {
      return { code: 'not-allowed', text: `${this.#name(u)} is allowed in no slot but ${this.#slot(here)}` };
    }
    if (blocked.has(u)) return this.#noLiveOrder(u, here);
    if (isOver()) return this.#notLookedAt(u, here);
    const others = unit.allowed.filter((slot) => slot !== here);
    this.#state.take(unit.members);
    const found = others.map((slot) => ({ slot, is: this.#state.obstacle(unit.members, slot) }));
    this.#state.put(unit.members, here);
    const open = found.filter(({ is }) => is === null).map(({ slot }) => slot);
    if (open.length === 0) {
      const obstacles = found.flatMap(({ slot, is }) => (is === null ? [] : [{ slot, is }]));
      return obstaclesText(problem, this.#state, this.#name(u), obstacles);
    }
    const gain = this.#bestElsewhere(u, open);
    if (gain === null) return this.#notLookedAt(u, here);
    this.#placement.remove(u);
    const needsBudget = open.every((slot) => this.#placement.obstacle(u, slot) === 'budget');
    this.#placement.place(u, here);
    return this.#judged(u, here, gain, needsBudget);
  }

  #notLookedAt(u: number, here: number): Reason {
    const text = `${this.#stays(u, here)}: no better place was found in the time given`;
    return { code: 'no-gain', text };
  }

  /** What its move needs at the start, who is in the way, and what third slots lack. */
  #noLiveOrder(u: number, here: number): Reason {
    const { problem, wanted } = this.#input;
    const { members, allowed } = problem.units[u]!;
    const { slot: to, isProven } = wanted.get(u)!;
    const start = new LiveState(problem);
    const is = start.obstacle(members, to);
    const needs = is === null ? '' : `: it needs ${shortage(problem, is)}, before what is there has left`;
    const third = allowed.some((slot) => slot !== here && slot !== to && start.canHost(members, slot));
    const tried = isProven ? 'every order of moves has been tried' : 'no order of moves was found';
    const places = third ? '' : ', and no third slot has room for it meanwhile';
    return {
      code: 'no-live-order',
      text: `moving ${this.#name(u)} from slot ${this.#slot(here)} to slot ${this.#slot(to)} cannot be done live${needs}${places}; ${tried}`,
    };
  }

  /** The best other place for the unit with all else as it is; changes against the plan. Null when time is up. */
  #bestElsewhere(u: number, slots: readonly number[]): Elsewhere | null {
    const { problem, objective, best, temperatureC, isOver } = this.#input;
    const placement = this.#placement;
    const here = placement.at[u]!;
    const excessK = (slot: number) => temperatureC[slot]! - problem.targetC[slot]!;
    const coolest = slots.toSorted((a, b) => excessK(a) - excessK(b));
    const nowJ = best.costJ - placement.movesJ;
    const nowMovesJ = moveCostTo(problem, problem.units[u]!, here);
    let found: Elsewhere | null = null;
    for (const slot of coolest.slice(0, PLACES_MAX)) {
      if (isOver()) break;
      placement.move(u, slot);
      const { overshootK, beyondW } = objective.score(placement);
      const uncooledW = Math.max(0, beyondW - best.score.beyondW);
      const levelK = Math.max(best.levelK, levelOf(overshootK));
      const moversJ = objective.speeds(placement, levelK).moverPowerW * problem.instance.horizonS - nowJ;
      placement.move(u, here);
      const movesJ = moveCostTo(problem, problem.units[u]!, slot) - nowMovesJ;
      const candidate = { slot, uncooledW, overshootK: Math.max(0, overshootK - best.levelK), moversJ, movesJ };
      if (found === null || isBetter(candidate, found)) found = candidate;
    }
    return found;
  }

  #judged(u: number, here: number, found: Elsewhere, needsBudget: boolean): Reason {
    const { problem, thresholdJ, thresholdWhy } = this.#input;
    const { horizonS } = problem.instance;
    const best = `${this.#stays(u, here)}: in slot ${this.#slot(found.slot)}, the best other place, ${problem.units[u]!.members.length > 1 ? 'they' : 'it'}`;
    const fans = `${energy(Math.abs(found.moversJ))} of fans over ${duration(horizonS)} (${round(Math.abs(found.moversJ) / horizonS, 2)} W)`;
    if (found.uncooledW > 1e-6) {
      return {
        code: 'no-gain',
        text: `${this.#stays(u, here)}: in slot ${this.#slot(found.slot)}, the best other place, no air would carry its heat away`,
      };
    }
    if (found.overshootK > 0.001) {
      return { code: 'no-gain', text: `${best} would leave ${round(found.overshootK, 2)} K more overshoot` };
    }
    if (found.moversJ >= 0) return { code: 'no-gain', text: `${best} would cost ${fans} more` };
    if (needsBudget && found.moversJ + found.movesJ < 0) {
      const moves = `${problem.maxMoves} ${problem.maxMoves === 1 ? 'move' : 'moves'}`;
      return { code: 'budget', text: `${best} would save ${fans}, but the plan may make only ${moves}` };
    }
    const price = `the move costs ${energy(found.movesJ)}`;
    const why = thresholdWhy === null ? '' : ` (${thresholdWhy})`;
    if (thresholdJ >= ENDLESS_J) {
      return {
        code: 'gain-too-small',
        text: `${best} would save ${fans}; ${thresholdWhy ?? 'nothing moves for that'}`,
      };
    }
    const threshold = thresholdJ > 0 ? `, and less than ${energy(thresholdJ)} is not worth a move${why}` : '';
    return { code: 'gain-too-small', text: `${best} would save ${fans}; ${price}${threshold}` };
  }

  #name(u: number): string {
    const { problem } = this.#input;
    const unit = problem.units[u]!;
    const ids = unit.members.map((w) => problem.instance.workloads[w]!.id);
    return `${listed(ids)} (${show(unit.powerW)} W${ids.length > 1 ? ' together' : ''})`;
  }

  #stays(u: number, here: number): string {
    const { members } = this.#input.problem.units[u]!;
    return `${this.#name(u)} ${members.length > 1 ? 'stay' : 'stays'} in slot ${this.#slot(here)}`;
  }

  #slot(slot: number): string {
    return this.#input.problem.instance.slots[slot]!.id;
  }
}

interface Elsewhere {
  readonly slot: number;
  /** More power than now in slots that no air reaches, W. */
  readonly uncooledW: number;
  readonly overshootK: number;
  readonly moversJ: number;
  readonly movesJ: number;
}

function isBetter(a: Elsewhere, b: Elsewhere): boolean {
  if (Math.abs(a.uncooledW - b.uncooledW) > 1e-6) return a.uncooledW < b.uncooledW;
  if (Math.abs(a.overshootK - b.overshootK) > 0.001) return a.overshootK < b.overshootK;
  return a.moversJ + a.movesJ < b.moversJ + b.movesJ;
}
