// A peer left to itself on one chassis in the steady state: audit after audit, with the best air-mover speeds after each,
// until it is content, goes in circles, or has had many audits. Generous to the peers: fans follow perfectly, moves take no
// time, and only what is elsewhere at the end is charged, not every move made on the way.
import type { PlanInstance } from '../../../src/core/plan.ts';
import { levelOf, Objective } from '../../../src/placement/objective.ts';
import { Placement } from '../../../src/placement/placement.ts';
import { buildProblem } from '../../../src/placement/problem.ts';
import type { Problem } from '../../../src/placement/problem.ts';
import type { Assignment } from '../../../test/placement/evaluator.ts';
import type { Peer } from '../../../test/placement/peers/peer.ts';
import { afterMoves, viewOf } from '../../../test/placement/peers/view.ts';

/** Audits without a move after which a peer counts as content; workload_stabilization draws anew each time. */
const CONTENT_AUDITS = 4;
const AUDITS_PER_WORKLOAD = 2;

export interface Settled {
  readonly assignment: Assignment;
  /** Made in all, returns included. */
  readonly moves: number;
  readonly audits: number;
  /** Came back to where it had been, or was still moving at the end. */
  readonly isRestless: boolean;
}

export function settle(instance: PlanInstance, peer: Peer): Settled {
  const problem = buildProblem(instance);
  const objective = new Objective(problem);
  let assignment: Assignment = Object.fromEntries(instance.workloads.map(({ id, slot }) => [id, slot]));
  const seen = new Set([keyOf(instance, assignment)]);
  const most = AUDITS_PER_WORKLOAD * instance.workloads.length;
  let moves = 0;
  let content = 0;
  for (let audit = 1; audit <= most; audit++) {
    const left = instance.maxMoves === null ? null : instance.maxMoves - moves;
    const view = viewOf(instance, assignment, bestRatios(problem, objective, assignment));
    const decided = peer.decide({ ...view, instance: { ...view.instance, maxMoves: left } });
    content = decided.length === 0 ? content + 1 : 0;
    if (content === CONTENT_AUDITS || left === 0) return { assignment, moves, audits: audit, isRestless: false };
    if (decided.length === 0) continue;
    assignment = afterMoves(assignment, decided);
    moves += decided.length;
    const key = keyOf(instance, assignment);
    if (seen.has(key)) return { assignment, moves, audits: audit, isRestless: true };
    seen.add(key);
  }
  return { assignment, moves, audits: most, isRestless: content === 0 };
}

function bestRatios(problem: Problem, objective: Objective, assignment: Assignment): Record<string, number> {
  const placement = Placement.of(problem, placesIn(problem, assignment));
  const { overshootK } = objective.score(placement);
  const { ratios } = objective.speeds(placement, levelOf(overshootK));
  return Object.fromEntries(problem.instance.airMovers.map(({ id }, m) => [id, ratios[m]!]));
}

/** Slot of every unit; workloads that rules keep together are in one. */
export function placesIn(problem: Problem, assignment: Assignment): Int32Array {
  const { instance } = problem;
  const index = new Map(instance.slots.map((slot, s) => [slot.id, s]));
  return Int32Array.from(problem.units, ({ members }) => index.get(assignment[instance.workloads[members[0]!]!.id]!)!);
}

function keyOf(instance: PlanInstance, assignment: Assignment): string {
  return instance.workloads.map(({ id }) => assignment[id]).join(' ');
}
