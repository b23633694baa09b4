// What a placement looks like at its best speeds, for ranking its neighbours.
import type { Outlook } from './neighbourhood.ts';
import { levelOf } from './objective.ts';
import type { Objective } from './objective.ts';
import type { Placement } from './placement.ts';

/** `levelK`: the overshoot that costs are compared at; the placement's own counts when it has more. */
export function outlookOf(objective: Objective, placement: Placement, levelK: number): Outlook {
  const fullTemperatureC = objective.solver.temperaturesAtFull(placement.powerW).slice();
  const { overshootK } = objective.score(placement);
  const speeds = objective.speeds(placement, Math.max(levelK, levelOf(overshootK)));
  return {
    levelK,
    overshootCounts: overshootK > 0,
    overshootK,
    flowM3s: speeds.flowM3s.slice(),
    temperatureC: speeds.temperatureC.slice(),
    fullTemperatureC,
    priceWPerK: speeds.priceWPerK.slice(),
  };
}
