// The processes of one run, as the kernel lists them: every Node that has the run directory on its command line or in
// its environment; not somebody's `tail` or `rm` on a file of it. Nothing of what the run says about itself is used.
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { livingPids, readEnvironment, readStat } from '../../hwsim/sleds/proc.ts';

export interface WorkloadProcess {
  readonly pid: number;
  readonly workload: string;
  readonly sled: string;
  readonly epoch: number;
}

/** Pids of everything that belongs to the run in this directory. */
export function processesOf(run: string): number[] {
  return livingPids().filter((pid) => pid !== process.pid && readStat(pid) !== null && mentions(pid, run));
}

/** The copies of workloads that exist, stopped ones included. */
export function workloadProcesses(run: string): WorkloadProcess[] {
  return livingPids().flatMap((pid) => {
    const environment = readEnvironment(pid);
    const isService = environment.get('COLDSLOT_PART') === 'service';
    if (!isService || environment.get('COLDSLOT_STATE_ROOT')?.startsWith(`${run}/`) !== true) return [];
    if (readStat(pid) === null) return [];
    return [
      {
        pid,
        workload: environment.get('COLDSLOT_WORKLOAD') ?? '',
        sled: environment.get('COLDSLOT_SLED') ?? '',
        epoch: Number(environment.get('COLDSLOT_EPOCH')),
      },
    ];
  });
}

/** The agent of a sled; null while there is none. */
export function agentPid(run: string, sled: string): number | null {
  const config = `${run}/state/hwsim/sleds/${sled}/agent.json`;
  return livingPids().find((pid) => commandLine(pid).includes(config) && readStat(pid) !== null) ?? null;
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

function mentions(pid: number, run: string): boolean {
  if (!isNode(pid)) return false;
  if (commandLine(pid).some((argument) => argument === run || argument.startsWith(`${run}/`))) return true;
  return [...readEnvironment(pid).values()].some((value) => value === run || value.startsWith(`${run}/`));
}

function isNode(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === realpathSync(process.execPath);
  } catch {
    return false; // it has ended, or is of another user
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
