// How the agents' records of workloads appear to operators. Pure.
import { isOpenMove, type MoveView, type WorkloadState, type WorkloadView } from '../core/view.ts';
import type { PlacedWorkload } from './agent-directory.ts';
import type { PowerAttribution } from './power-attribution.ts';

export function workloadViews(
  placed: readonly PlacedWorkload[],
  moves: readonly MoveView[],
  power: PowerAttribution,
): WorkloadView[] {
  const moving = new Set(moves.filter(isOpenMove).map((move) => move.workload));
  return placed.flatMap((entry) => {
    if (entry.slot === null) return [];
    const { workload } = entry;
    return [
      {
        id: workload.id,
        kind: workload.kind,
        slot: entry.slot,
        state: stateOf(entry, moving.has(workload.id)),
        epoch: workload.epoch,
        powerW: Math.round(power.powerW(workload.id) * 10) / 10,
        cpuRatio: workload.cpuRatio,
        memoryBytes: workload.memoryBytes,
        pinned: workload.pinned,
      },
    ];
  });
}

function stateOf(entry: PlacedWorkload, moving: boolean): WorkloadState {
  if (moving) return 'moving';
  if (!entry.online) return 'lost';
  return entry.workload.state === 'probation' ? 'frozen' : entry.workload.state;
}
