// What the air movers should do when all work stays where it is: the best speeds for that, and what they cost. Much less
// work than a plan, so that it can be asked for every few seconds.
import type { Plan, PlanInstance } from '../core/plan.ts';
import { buildChassisModel } from '../thermal/chassis-model.ts';
import { levelOf } from './objective.ts';
import { SpeedSolver } from './speeds.ts';

/** Part of a Plan without moves. */
export interface Staying {
  readonly ratios: Plan['ratios'];
  readonly predicted: Pick<Plan['predicted'], 'moverPowerW' | 'worstOvershootK'>;
}

/** Rules and capacities do not matter: nothing is moved. */
export function stayingPut(instance: PlanInstance): Staying {
  const { slots, workloads, airMovers } = instance;
  const index = new Map(slots.map(({ id }, s) => [id, s]));
  const powerW = Float64Array.from(slots, (slot) => slot.idlePowerW);
  for (const workload of workloads) powerW[index.get(workload.slot)!]! += workload.powerW;
  const targetC = Float64Array.from(slots, (slot) => slot.limitC - slot.marginK);
  const solver = new SpeedSolver(buildChassisModel(instance), targetC);
  const { overshootK } = solver.leastOvershoot(powerW);
  const { ratios, temperatureC, moverPowerW } = solver.solve(powerW, levelOf(overshootK));
  const worstOvershootK = temperatureC.reduce((worst, warm, s) => Math.max(worst, warm - targetC[s]!), 0);
  return {
    ratios: Object.fromEntries(airMovers.map(({ id }, m) => [id, ratios[m]!])),
    predicted: { moverPowerW, worstOvershootK },
  };
}
