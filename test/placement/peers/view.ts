// What a peer sees of a chassis in the steady state: FORMATS' temperatures at given speeds, and the outlet, which is the
// inlet plus what the sled's power adds to the air that passes (1,200 J/m³K).
import type { PlanInstance } from '../../../src/core/plan.ts';
import { evaluate } from '../evaluator.ts';
import type { Assignment, Ratios } from '../evaluator.ts';
import type { PeerMove, PeerView } from './peer.ts';

/** J/(m³·K). */
const AIR_HEAT = 1200;

export function viewOf(instance: PlanInstance, assignment: Assignment, ratios: Ratios): PeerView {
  const { slots } = evaluate(instance, assignment, ratios);
  return {
    instance: { ...instance, workloads: instance.workloads.map((one) => ({ ...one, slot: assignment[one.id]! })) },
    inletC: slots.map(({ inletC }) => inletC),
    temperatureC: slots.map(({ temperatureC }) => temperatureC),
    outletC: slots.map(({ inletC, powerW, flowM3s }) =>
      powerW === 0 ? inletC : inletC + powerW / (AIR_HEAT * flowM3s),
    ),
  };
}

export function afterMoves(assignment: Assignment, moves: readonly PeerMove[]): Assignment {
  return { ...assignment, ...Object.fromEntries(moves.map(({ workload, to }) => [workload, to])) };
}
