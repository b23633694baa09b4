// An agent's published record, as far as Moves need it: of what the agent knows to be on its disk.
import type { WorkloadRecord } from '../../src/agent/records/workload-record.ts';
import { moveOf, specOf } from '../../src/agent/records/workload-record.ts';
import type { AgentStatus, AgentWorkload } from '../../src/protocols/agent-messages.ts';
import type { Sled } from './sled.ts';

const SHOWN: Readonly<Record<WorkloadRecord['role']['kind'], AgentWorkload['state'] | null>> = {
  running: 'running',
  freezing: 'running',
  frozen: 'frozen',
  shipped: 'frozen',
  probation: 'probation',
  unreadable: 'failed',
  absent: null,
  staged: null,
  received: null,
};

function sledStatus(
  sled: Sled,
  slot: number,
  state: AgentStatus['state'],
  records: Iterable<WorkloadRecord>,
  seq: number,
): AgentStatus {
  const workloads: AgentWorkload[] = [];
  for (const record of records) {
    const shown = workloadOf(record);
    if (shown !== null) workloads.push(shown);
  }
  return {
    sled: sled.name,
    slot,
    state,
    version: '1',
    drivers: ['service'],
    capacities: sled.capacities,
    bulk: { host: sled.name, port: 1 },
    workloads,
    models: { moveSamples: 0, meanFreezeMs: 0, meanBytesPerS: 0 },
    at: '',
    seq,
  };
}

function workloadOf({ workload, role }: WorkloadRecord): AgentWorkload | null {
  const state = SHOWN[role.kind];
  if (state === null) return null;
  const spec = specOf(role);
  return {
    id: workload,
    kind: 'service',
    state,
    epoch: 'ownEpoch' in role ? role.ownEpoch : 'epoch' in role ? role.epoch : 0,
    move: moveOf(role),
    demand: spec?.demand ?? {},
    cpuRatio: 0,
    memoryBytes: 0,
    stateBytes: 0,
    moveCostJ: 0,
    pinned: false,
    allowedSlots: null,
    fence: spec?.fence ?? 'wait',
    moveWindows: [],
  };
}

export class PublishedRecord {
  readonly #sled: Sled;
  readonly #slot: number;
  readonly #known = new Map<string, WorkloadRecord>();
  #seq = 0;

  constructor(sled: Sled, slot: number) {
    this.#sled = sled;
    this.#slot = slot;
  }

  /** The agent has read its disk. */
  load(): void {
    this.#known.clear();
    for (const [workload, record] of this.#sled.disk.records) this.#known.set(workload, record);
  }

  learn(record: WorkloadRecord): void {
    this.#known.set(record.workload, record);
  }

  status(state: AgentStatus['state']): AgentStatus {
    return sledStatus(this.#sled, this.#slot, state, state === 'online' ? this.#known.values() : [], ++this.#seq);
  }
}
