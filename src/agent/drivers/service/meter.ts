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
  readonly cpuS: number;
  readonly atMs: number;
}

export class Meter {
  readonly #units: KernelUnits;
  readonly #preciseCpuS: (pid: number) => number | null;
  readonly #last = new Map<string, Sample>();
  readonly #usage = new Map<string, Usage>();

  /** @param preciseCpuS CPU seconds of a process' own threads, where the kernel tells them better than in ticks. */
  constructor(units: KernelUnits, preciseCpuS: (pid: number) => number | null) {
    this.#units = units;
    this.#preciseCpuS = preciseCpuS;
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
      const cpuS = mine.reduce((sum, entry) => sum + this.#cpuS(entry), 0);
      const memoryBytes = mine.reduce((sum, entry) => sum + entry.residentPages, 0) * this.#units.pageBytes;
      const before = this.#last.get(workload);
      this.#usage.set(workload, { cpuRatio: this.#cores(before, leader, cpuS, nowMs), memoryBytes });
      this.#last.set(workload, { leader, cpuS, atMs: nowMs });
    }
  }

  #cores(before: Sample | undefined, leader: ProcessId, cpuS: number, nowMs: number): number {
    const same = before?.leader.pid === leader.pid && before.leader.startTicks === leader.startTicks;
    if (before === undefined || !same || nowMs <= before.atMs) return 0;
    // A descendant that ended without being waited for takes its time with it: less than before counts as none.
    return Math.max(0, cpuS - before.cpuS) / ((nowMs - before.atMs) / 1000);
  }

  #cpuS(entry: ProcessEntry): number {
    const precise = this.#preciseCpuS(entry.pid);
    const ticks = precise === null ? entry.cpuTicks : entry.childTicks;
    return (precise ?? 0) + ticks / this.#units.ticksPerS;
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
