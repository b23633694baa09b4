// A plan as it is given out: the figures of a placement at its speeds, under the names of the instance.
import { PLAN_FORMAT } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import type { Problem } from './problem.ts';
import type { Speeds } from './speeds.ts';

export interface PlanParts extends Pick<Plan, 'bound' | 'moves' | 'held'> {
  /** Slot of every workload. */
  readonly at: ArrayLike<number>;
  /** Sled power of every slot, W. */
  readonly powerW: Float64Array;
  readonly speeds: Speeds;
  readonly movesJ: number;
}

/** `feasible` until something better is known of it. */
export function planDocument({ instance, targetC }: Problem, parts: PlanParts): Plan {
  const { speeds } = parts;
  let worstOvershootK = 0;
  const slots = instance.slots.map((slot, s) => {
    worstOvershootK = Math.max(worstOvershootK, speeds.temperatureC[s]! - targetC[s]!);
    const predicted = {
      temperatureC: speeds.temperatureC[s]!,
      inletC: speeds.inletC[s]!,
      flowM3s: speeds.flowM3s[s]!,
      powerW: parts.powerW[s]!,
    };
    return [slot.id, predicted] as const;
  });
  const moversJ = speeds.moverPowerW * instance.horizonS;
  return {
    format: PLAN_FORMAT,
    status: 'feasible',
    assignment: Object.fromEntries(
      instance.workloads.map((workload, w) => [workload.id, instance.slots[parts.at[w]!]!.id]),
    ),
    ratios: Object.fromEntries(instance.airMovers.map((mover, m) => [mover.id, speeds.ratios[m]!])),
    predicted: { slots: Object.fromEntries(slots), moverPowerW: speeds.moverPowerW, worstOvershootK },
    cost: { totalJ: moversJ + parts.movesJ, moversJ, movesJ: parts.movesJ },
    bound: parts.bound,
    moves: parts.moves,
    held: parts.held,
    elapsedMs: 0,
  };
}
