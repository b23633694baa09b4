// How far a saving of air-mover power may be wrong because the model's temperatures are: each slot's doubt at the price
// of a kelvin there, the slots' errors being independent of each other.
import type { PlanInstance } from '../core/plan.ts';
import { situationOf } from './explain.ts';
import { LiveState } from './live-state.ts';
import { buildProblem } from './problem.ts';
import { SpeedSolver } from './speeds.ts';

/** @param uncertaintyK Of each slot's temperature, by slot id; none where it says nothing. W, with all where it is. */
export function savingDoubtW(instance: PlanInstance, uncertaintyK: Readonly<Record<string, number>>): number {
  const problem = buildProblem(instance);
  const solver = new SpeedSolver(problem.model, problem.targetC);
  const { priceWPerK, moverPowerW } = situationOf(solver, new LiveState(problem).powerW);
  let squares = 0;
  instance.slots.forEach((slot, s) => (squares += (priceWPerK[s]! * (uncertaintyK[slot.id] ?? 0)) ** 2));
  // prices are of small changes; no error makes more of a saving than there is to be saved
  return Math.min(Math.sqrt(squares), moverPowerW);
}
