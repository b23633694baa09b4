// What /proc says of one process: proc(5), /proc/PID/stat, /proc/PID/environ, /proc/PID/task/TID/schedstat.
import { readFileSync, readdirSync } from 'node:fs';

/** USER_HZ, the unit of times in /proc/PID/stat; 100 on every Linux architecture that Node runs on. */
const TICKS_PER_S = 100;

/** A process beyond doubt: a pid alone may be used again. `startTicks`: since boot. */
export interface ProcessId {
  readonly pid: number;
  readonly startTicks: number;
}

export interface ProcessStat extends ProcessId {
  readonly parentPid: number;
  readonly state: string;
  /** User and system time of all its threads, s. */
  readonly cpuS: number;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null; // it has ended, or is not ours to read
  }
}

export function livingPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

/** null when there is no such process, or only its zombie. */
export function readStat(pid: number): ProcessStat | null {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === null) return null;
  // the name in parentheses may hold anything, spaces and parentheses too
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent] = fields;
  if (state === 'Z' || state === 'X') return null;
  const cpuS = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  return { pid, state, parentPid: Number(parent), startTicks: Number(fields[19]), cpuS };
}

export function isAlive(process: ProcessId): boolean {
  return readStat(process.pid)?.startTicks === process.startTicks;
}

/** Seconds since it started. */
export function ageS(process: ProcessId): number {
  const uptimeS = Number(readProc('/proc/uptime')?.split(' ')[0] ?? 0);
  return uptimeS - process.startTicks / TICKS_PER_S;
}

/** CPU time of its living threads to the nanosecond where the kernel keeps it, else of the process in 10 ms steps. */
export function cpuSeconds(pid: number): number | null {
  const stat = readStat(pid);
  if (stat === null) return null;
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return null;
  }
  let nanoseconds = 0;
  for (const thread of threads) {
    nanoseconds += Number(readProc(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0);
  }
  return nanoseconds > 0 ? nanoseconds / 1e9 : stat.cpuS;
}

/** Its environment as it was started with; empty when it cannot be read. */
export function readEnvironment(pid: number): ReadonlyMap<string, string> {
  const entries = (readProc(`/proc/${pid}/environ`) ?? '').split('\0').filter((entry) => entry.includes('='));
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}
