// What the rest of the agent sees of the workloads in its machine.
import type { ProcessId, Role } from '../records/workload-record.ts';
import type { AgentState } from '../machine/state.ts';
import { recordOf } from '../machine/turn.ts';

export interface WorkloadView {
  readonly id: string;
  readonly role: Role;
  /** That runs or is paused here. */
  readonly process: ProcessId | null;
}

export function workloadViews(state: AgentState): readonly WorkloadView[] {
  return [...state.locals.values()].map((local) => {
    const { role } = recordOf(local);
    const kept = local.up === null ? null : local.process;
    return { id: local.id, role, process: role.kind === 'probation' ? role.process : kept };
  });
}

/** Nothing is under way. */
export function isIdle(state: AgentState): boolean {
  return [...state.locals.values()].every((local) => local.job === null && local.queue.length === 0);
}

/** Nothing waits for its floor. */
export function isSettled(state: AgentState): boolean {
  return state.granted && [...state.locals.values()].every((local) => local.floor.kind === 'durable');
}
