// How much CPU each sled's work really uses, in cores: the deltas of its processes' CPU time. What a process uses in its
// first second is its runtime starting up on this machine, not work of the simulated one, and does not count.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';
import { ageS, cpuSeconds, type ProcessId } from './proc.ts';
import type { SledProcesses } from './sled-processes.ts';

interface Account {
  /** CPU seconds counted so far, with the times they were read. */
  readonly history: { readonly atMs: number; readonly cpuS: number }[];
  readonly lastCpuS: Map<string, number>;
  totalS: number;
}

export interface CpuMeterOptions {
  /** The mean is taken over this time. */
  readonly windowMs?: number;
  /** CPU time of a process younger than this does not count. */
  readonly startUpS?: number;
}

export class CpuMeter {
  readonly #processes: SledProcesses;
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #startUpS: number;
  readonly #accounts = new Map<string, Account>();

  constructor(processes: SledProcesses, clock: Clock, options: CpuMeterOptions = {}) {
    this.#processes = processes;
    this.#clock = clock;
    this.#windowMs = options.windowMs ?? 1000;
    this.#startUpS = options.startUpS ?? 1;
  }

  /** Reads all sleds' processes; gives way to other work between sleds. */
  async sample(): Promise<void> {
    this.#processes.scan();
    for (const sled of this.#processes.sledIds()) {
      this.#readSled(sled);
      await nextTurn();
    }
  }

  /** Mean of the last window, in cores; 0 before there have been two samples. */
  cores(sled: string): number {
    const history = this.#accounts.get(sled)?.history ?? [];
    const first = history[0];
    const last = history.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return (last.cpuS - first.cpuS) / ((last.atMs - first.atMs) / 1000);
  }

  /** CPU seconds counted so far. */
  totalS(sled: string): number {
    return this.#accounts.get(sled)?.totalS ?? 0;
  }

  #readSled(sled: string): void {
    let account = this.#accounts.get(sled);
    if (account === undefined) {
      account = { history: [], lastCpuS: new Map(), totalS: 0 };
      this.#accounts.set(sled, account);
    }
    const members = this.#processes.workload(sled);
    for (const member of members) this.#readProcess(account, member);
    const living = new Set(members.map(keyOf));
    for (const key of account.lastCpuS.keys()) if (!living.has(key)) account.lastCpuS.delete(key);

    const atMs = this.#clock.nowMs();
    account.history.push({ atMs, cpuS: account.totalS });
    // keeps one sample from before the window, so that it is always covered
    while ((account.history[1]?.atMs ?? atMs) <= atMs - this.#windowMs) account.history.shift();
  }

  #readProcess(account: Account, member: ProcessId): void {
    const cpuS = cpuSeconds(member.pid);
    if (cpuS === null || ageS(member) < this.#startUpS) return;
    const before = account.lastCpuS.get(keyOf(member));
    // a thread that ended takes its time with it: never count backwards
    if (before !== undefined) account.totalS += Math.max(0, cpuS - before);
    account.lastCpuS.set(keyOf(member), cpuS);
  }
}

function keyOf(member: ProcessId): string {
  return `${member.pid}@${member.startTicks}`;
}
