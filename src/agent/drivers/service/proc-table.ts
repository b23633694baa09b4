// The kernel's process table as /proc shows it: proc(5), stat fields 3 to 24, and the environment a process was
// started with. A process that has ended, zombies included, is not in it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessId } from '../../records/workload-record.ts';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** T: stopped by a signal. */
  readonly state: string;
  /** User and system time of the process and of its children that were waited for, in ticks. */
  readonly cpuTicks: number;
  /** Of that, the children's. */
  readonly childTicks: number;
  /** When it started, in ticks since boot. */
  readonly startTicks: number;
  readonly residentPages: number;
  readonly threads: number;
}

/** Fields of proc(5) `/proc/<pid>/stat`; the name in parentheses may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessEntry | null {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]); // numbered as in proc(5), where state is field 3
  const state = fields[0];
  if (!Number.isInteger(pid) || state === undefined || !Number.isInteger(field(24))) return null;
  return {
    pid,
    state,
    parent: field(4),
    group: field(5),
    session: field(6),
    cpuTicks: field(14) + field(15) + field(16) + field(17),
    childTicks: field(16) + field(17),
    startTicks: field(22),
    residentPages: field(24),
    threads: field(20),
  };
}

/** Null when there is no such process, or only its zombie. */
export function readProcess(pid: number): ProcessEntry | null {
  const text = readOrNull(`/proc/${pid}/stat`);
  const entry = text === null ? null : parseStat(text);
  if (entry === null || entry.state === 'X') return null;
  return entry.state === 'Z' && entry.threads <= 1 ? null : entry; // a main thread may end before the others
}

export function listProcesses(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** The environment it was started with; null when it has ended or may not be read. */
export function environmentOf(pid: number): ReadonlySet<string> | null {
  const text = readOrNull(`/proc/${pid}/environ`);
  return text === null ? null : new Set(text.split('\0'));
}

/**
 * CPU seconds of a process' own threads to the nanosecond (sched_debug's schedstat, first field); null where the kernel
 * does not keep it. Ticks of 10 ms would hide what a workload of a few per cent of a core does within a second.
 */
export function preciseCpuS(pid: number): number | null {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return null;
  }
  let nanoseconds = 0;
  for (const thread of threads) {
    nanoseconds += Number(readOrNull(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0);
  }
  return nanoseconds > 0 ? nanoseconds / 1e9 : null;
}

export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Ends and starts of pids are told apart by start time and boot. */
export function isAlive(id: ProcessId): boolean {
  return readProcess(id.pid)?.startTicks === id.startTicks && readBootId() === id.bootId;
}

export interface KernelUnits {
  readonly ticksPerS: number;
  readonly pageBytes: number;
}

/** What this kernel counts in; the usual values where getconf is missing. */
export function readKernelUnits(): KernelUnits {
  const ask = (name: string, usual: number) => {
    try {
      const value = Number(execFileSync('getconf', [name], { encoding: 'utf8', timeout: 5000 }));
      return Number.isInteger(value) && value > 0 ? value : usual;
    } catch {
      return usual;
    }
  };
  return { ticksPerS: ask('CLK_TCK', 100), pageBytes: ask('PAGESIZE', 4096) };
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // ended between the listing and now, or of another user
  }
}
