// From what the planner found to what is done: a plan that is not worth its moves is the plan of staying, and it says
// why. What `coldslot plan` shows, what `--apply` starts and what the loop starts by itself is this one plan.
import type { Plan, PlanHeld } from '../core/plan.ts';
import { listed } from '../placement/wording.ts';
import { PINNED, type HeldInstance } from './chassis-instance.ts';
import type { Planned } from './planner-client.ts';
import { worthMoving, type PolicySettings } from './planner-policy.ts';

export interface Decision extends Planned {
  /** What the planner found, moves that are not worth making among them. */
  readonly found: Plan;
  readonly verdict: { readonly go: boolean; readonly why: string };
}

/** @param sinceStartS Plant time since the first frame. */
export function decide(found: Planned, held: HeldInstance, sinceStartS: number, policy: PolicySettings): Decision {
  const verdict = worthMoving(found.plan, found.stay, sinceStartS, policy, found.doubtW ?? 0);
  const isStaying = !verdict.go && found.plan.moves.length > 0;
  const chosen = isStaying ? stayingPlan(found, verdict.why) : found.plan;
  return { ...found, found: found.plan, plan: withReasons(chosen, held), verdict };
}

/** Work stays, and the fans run for that. The bound is that of all plans, so it may lie below. */
function stayingPlan({ plan, stay }: Planned, why: string): Plan {
  const moves = plan.moves.length === 1 ? 'its move' : `the plan of ${plan.moves.length} moves`;
  const heldNow = new Map<string, PlanHeld>();
  for (const { workload } of plan.moves) {
    const text = `${workload} stays in slot ${stay.assignment[workload]}: ${moves} ${why}`;
    heldNow.set(workload, { workload, reason: { code: 'gain-too-small', text } });
  }
  return {
    ...stay,
    status: stay.status === 'infeasible' ? 'infeasible' : 'feasible',
    bound: plan.bound,
    moves: [],
    held: [...heldNow.values(), ...plan.held.filter(({ workload }) => !heldNow.has(workload))],
    elapsedMs: plan.elapsedMs,
  };
}

/**
 * To the planner everything that must stay is pinned, slots that are barred for now are not allowed, and a spent budget
 * is a limit of moves; people are told what is behind it.
 */
export function withReasons(plan: Plan, { heldBecause, barredBecause, budgetBecause }: HeldInstance): Plan {
  const held = plan.held.map((entry): PlanHeld => {
    const { workload, reason } = entry;
    const why = heldBecause.get(workload);
    if (reason.code === 'pinned' && why !== undefined) {
      const code = why === PINNED ? ('pinned' as const) : ('budget' as const);
      return { workload, reason: { code, text: `${workload} stays in its slot: ${why}` } };
    }
    const spent = reason.code === 'budget' && budgetBecause !== null ? `: ${budgetBecause}` : '';
    const barred = [...(barredBecause.get(workload) ?? [])].map(([slot, because]) => `slot ${slot} (${because})`);
    const out = barred.length === 0 ? '' : `; not considered: ${listed(barred, 8)}`;
    return { workload, reason: { ...reason, text: `${reason.text}${spent}${out}` } };
  });
  return { ...plan, held };
}
