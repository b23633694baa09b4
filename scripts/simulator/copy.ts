// A process of a workload on a sled. Its work is what it has done so far: it grows while its owner runs, lies in the
// state beside it, and goes along with a Move; work that comes back smaller is state that was lost.
import type { ProcessId } from '../../src/agent/records/workload-record.ts';

/** `checks`: started for the health check of a Move; `paused`: passed it, waits for the commit. */
export type CopyMode = 'runs' | 'checks' | 'paused';

export interface Copy {
  readonly sled: string;
  readonly workload: string;
  readonly epoch: number;
  readonly process: ProcessId;
  mode: CopyMode;
  /** Work by the time it was begun or last stood still. */
  work: number;
  /** True time since which it works; null while it does not. */
  worksSinceMs: number | null;
  alive: boolean;
}

export function workAt(copy: Copy, nowMs: number): number {
  return copy.worksSinceMs === null ? copy.work : copy.work + nowMs - copy.worksSinceMs;
}

export function samePid(one: ProcessId, other: ProcessId): boolean {
  return one.pid === other.pid && one.bootId === other.bootId && one.startTicks === other.startTicks;
}
