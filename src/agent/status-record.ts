// The agent's record as others see it on MQTT: the workloads that are here, what they use, what a Move costs.
import type { AgentStatus, AgentWorkload } from '../protocols/agent-messages.ts';
import type { AgentConfig } from './config.ts';
import type { Usage } from './drivers/service/meter.ts';
import { copyEpoch } from './machine/recover.ts';
import type { WorkloadView } from './mover/workload-view.ts';
import { moveOf, specOf, type Role } from './records/workload-record.ts';

export const DRIVERS = ['service'];

/** A workload that only may come (staged, received) is not here yet, and is not listed. */
export function workloadEntry(view: WorkloadView, usage: Usage, stateBytes: number): AgentWorkload | null {
  const { role } = view;
  const state = stateOf(role, view.process !== null);
  if (state === null) return null;
  const spec = specOf(role);
  return {
    id: view.id,
    kind: 'service',
    state,
    epoch: copyEpoch(role),
    move: moveOf(role),
    demand: spec?.demand ?? {},
    cpuRatio: Math.round(usage.cpuRatio * 1000) / 1000,
    memoryBytes: usage.memoryBytes,
    stateBytes,
    moveCostJ: spec?.moveCostJ ?? 0,
    pinned: spec?.pinned ?? false,
    allowedSlots: spec?.allowedSlots ?? null,
    fence: spec?.fence ?? 'wait',
    moveWindows: spec?.moveWindows ?? [],
  };
}

function stateOf(role: Role, up: boolean): AgentWorkload['state'] | null {
  switch (role.kind) {
    case 'running':
      return up ? 'running' : 'failed';
    case 'freezing':
      return 'running';
    case 'frozen':
    case 'shipped':
      return 'frozen';
    case 'probation':
      return 'probation';
    case 'unreadable':
      return 'failed';
    case 'absent':
    case 'staged':
    case 'received':
      return null;
  }
}

export interface StatusParts {
  readonly config: AgentConfig;
  readonly version: string;
  readonly bulkPort: number | null;
  readonly workloads: readonly AgentWorkload[];
  readonly models: AgentStatus['models'];
  readonly at: Date;
  readonly seq: number;
}

export function agentStatus(state: AgentStatus['state'], parts: StatusParts): AgentStatus {
  const { config, version, bulkPort, workloads, models, at, seq } = parts;
  return {
    sled: config.sled,
    slot: config.slot,
    state,
    version,
    drivers: DRIVERS,
    capacities: config.capacities,
    bulk: bulkPort === null ? null : { host: config.bulk.host, port: bulkPort },
    workloads: [...workloads],
    models,
    at: at.toISOString(),
    seq,
  };
}

/** What must differ for the record to be published before its time: anything but small changes of what is measured. */
export function significance(status: AgentStatus): string {
  const workloads = status.workloads.map((workload) => ({
    ...workload,
    cpuRatio: Math.round(workload.cpuRatio * 200),
    memoryBytes: Math.round(Math.log2(workload.memoryBytes + 1) * 4),
    stateBytes: Math.round(Math.log2(workload.stateBytes + 1) * 4),
  }));
  return JSON.stringify({ ...status, workloads, at: '', seq: 0 });
}
