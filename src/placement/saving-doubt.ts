// How far a saving of air-mover power may be wrong because the model's temperatures are: each slot's doubt at the price
// of a kelvin there, the slots' errors being independent of each other.
import type { PlanInstance } from '../core/plan.ts';
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import { situationOf } from './explain.ts';
import { LiveState } from './live-state.ts';
import { buildProblem } from './problem.ts';
import { SpeedSolver } from './speeds.ts';

/**
 * W, with all work where it is. Where ceilings can hardly be held, the prices there are no measure; then what counts is
 * that a rise of ΔK over the air that comes in needs air as ΔK^-1.25, and so power as ΔK^-3.75 if all movers follow.
 * @param uncertaintyK Of each slot's temperature, by slot id; none where it says nothing.
 */
export function savingDoubtW(instance: PlanInstance, uncertaintyK: Readonly<Record<string, number>>): number {
  const problem = buildProblem(instance);
  const solver = new SpeedSolver(problem.model, problem.targetC);
  const { priceWPerK, moverPowerW, temperatureC, powerW } = situationOf(solver, new LiveState(problem).powerW);
  const idleW = instance.airMovers.reduce((sum, mover) => sum + mover.idlePowerW, 0);
  const powerPerRise = ((moverPowerW - idleW) * 3) / FLOW_EXPONENT;
  let squares = 0;
  let atMostW = 0;
  instance.slots.forEach((slot, s) => {
    const doubtK = uncertaintyK[slot.id] ?? 0;
    if (!(priceWPerK[s]! > 0)) return;
    squares += (priceWPerK[s]! * doubtK) ** 2;
    const riseK = temperatureC[s]! - instance.ambientC - powerW[s]! * slot.rKPerW;
    if (riseK > 0) atMostW = Math.max(atMostW, (powerPerRise * doubtK) / riseK);
  });
  return Math.min(Math.sqrt(squares), atMostW, moverPowerW);
}
