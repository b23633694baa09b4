// What workloads use, from the process table: cores over the last interval, resident memory. A process belongs to the
// workload whose leader's session it is in, or that it descends from.
import type { ProcessId } from '../../records/workload-record.ts';
import type { KernelUnits, ProcessEntry } from './proc-table.ts';

export interface Usage {
  /** Mean over the last interval, cores. */
  readonly cpuRatio: number;
  readonly memoryBytes: number;
}

export const NO_USAGE: Usage = { cpuRatio: 0, memoryBytes: 0 };

interface Sample {
  readonly leader: ProcessId;
  readonly cpuTicks: number;
  readonly atMs: number;
}

export class Meter {
  readonly #units: KernelUnits;
  readonly #last = new Map<string, Sample>();
  readonly #usage = new Map<string, Usage>();

  constructor(units: KernelUnits) {
    this.#units = units;
  }

  usageOf(workload: string): Usage {
    return this.#usage.get(workload) ?? NO_USAGE;
  }

  /** Takes the usage since the sample before; the first of a process counts from its start on as 0. */
  sample(table: readonly ProcessEntry[], leaders: ReadonlyMap<string, ProcessId>, nowMs: number): void {
    for (const id of this.#last.keys()) if (!leaders.has(id)) this.#last.delete(id);
    for (const id of this.#usage.keys()) if (!leaders.has(id)) this.#usage.delete(id);
    const owners = ownersOf(table, leaders);
    for (const [workload, leader] of leaders) {
      const mine = table.filter((entry) => owners.get(entry.pid) === workload);
      const cpuTicks = mine.reduce((sum, entry) => sum + entry.cpuTicks, 0);
      const memoryBytes = mine.reduce((sum, entry) => sum + entry.residentPages, 0) * this.#units.pageBytes;
      const before = this.#last.get(workload);
      this.#usage.set(workload, { cpuRatio: this.#cores(before, leader, cpuTicks, nowMs), memoryBytes });
      this.#last.set(workload, { leader, cpuTicks, atMs: nowMs });
    }
  }

  #cores(before: Sample | undefined, leader: ProcessId, cpuTicks: number, nowMs: number): number {
    const same = before?.leader.pid === leader.pid && before.leader.startTicks === leader.startTicks;
    if (before === undefined || !same || nowMs <= before.atMs) return 0;
    // A descendant that ended without being waited for takes its time with it: less than before counts as none.
    const ticks = Math.max(0, cpuTicks - before.cpuTicks);
    return ticks / this.#units.ticksPerS / ((nowMs - before.atMs) / 1000);
  }
}

/** pid → workload. */
function ownersOf(
  table: readonly ProcessEntry[],
  leaders: ReadonlyMap<string, ProcessId>,
): ReadonlyMap<number, string> {
  const byLeader = new Map([...leaders].map(([workload, leader]) => [leader.pid, workload]));
  const byPid = new Map(table.map((entry) => [entry.pid, entry]));
  const owners = new Map<number, string>();
  for (const entry of table) {
    let at: ProcessEntry | undefined = entry;
    for (let depth = 0; at !== undefined && depth < 64; depth++) {
      const owner = byLeader.get(at.pid) ?? byLeader.get(at.session);
      if (owner !== undefined) {
        owners.set(entry.pid, owner);
        break;
      }
      at = byPid.get(at.parent);
    }
  }
  return owners;
}
