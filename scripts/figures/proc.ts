// What the kernel says of a process: proc(5), /proc/PID/status, smaps_rollup and stat.
import { readFileSync } from 'node:fs';

const MIB_PER_KIB = 1 / 1024;
/** Linux shows times to programs in this unit on every architecture (USER_HZ). */
const TICKS_PER_S = 100;

/** Resident memory, MiB; pages shared with other processes count in full. */
export function residentMiB(pid: number): number {
  return kibField(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS') * MIB_PER_KIB;
}

/** Its share of resident memory, MiB; a page in n processes counts 1/n. Null where the kernel does not say. */
export function proportionalMiB(pid: number): number | null {
  try {
    return kibField(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') * MIB_PER_KIB;
  } catch {
    return null;
  }
}

/** User and system time of all its threads so far. */
export function cpuS(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // from field 3 on; the name may hold spaces
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

function kibField(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (match === null) throw new Error(`the kernel does not show ${name}`);
  return Number(match[1]);
}
