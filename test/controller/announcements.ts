// Records of agents, for tests of what the controller makes of them.
import type { AgentStatus, AgentWorkload } from '../../src/protocols/agent-messages.ts';

export function announced(id: string, part: Partial<AgentWorkload> = {}): AgentWorkload {
  return {
    id,
    kind: 'service',
    state: 'running',
    epoch: 1,
    move: null,
    demand: { cpu: 1 },
    cpuRatio: 1,
    memoryBytes: 1 << 20,
    stateBytes: 100,
    moveCostJ: 500,
    pinned: false,
    allowedSlots: null,
    fence: 'wait',
    moveWindows: [],
    ...part,
  };
}

export function status(sled: string, part: Partial<AgentStatus> = {}): AgentStatus {
  return {
    sled,
    slot: null,
    state: 'online',
    version: '0.1.0',
    drivers: ['service'],
    capacities: { cpu: 4 },
    bulk: null,
    workloads: [],
    models: { moveSamples: 0, meanFreezeMs: 0, meanBytesPerS: 0 },
    at: '2026-03-01T12:00:00.000Z',
    seq: 1,
    ...part,
  };
}
