// The deadman of a copy on probation: a small process beside it that kills the copy when its lease is over, also when
// the agent has died. It is started before the copy, watches the clock that never steps (/proc/uptime), and ends when
// its leash file is gone, which is how it is called off.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ColdslotError } from '../../../core/errors.ts';
import type { ProcessId } from '../../records/workload-record.ts';
import { workloadFolder } from '../../state-directory.ts';
import { marksOf, type Launch } from './launch.ts';
import { isAlive, readBootId, readProcess } from './proc-table.ts';

const FILE = /^leash-\d+$/;

/**
 * Arguments: leash file, when the lease is over in hundredths of a second since boot, the marks of the copy. Processes
 * are known by the environment they were started with, so that no pid that was given anew is ever killed; that of a
 * leader stands for its whole group.
 */
const WATCH = `
leash=$1 due=$2 first=$3
shift 2
while :; do
  [ -e "$leash" ] || exit 0
  read -r up idle < /proc/uptime
  left=$((due - (\${up%.*} * 100 + 1\${up#*.} - 100)))
  [ "$left" -gt 0 ] || break
  [ "$left" -lt 20 ] || left=20
  [ "$left" -ge 10 ] || left=0$left
  sleep "0.$left" || sleep 1
done
tries=0
while [ -e "$leash" ] && [ "$tries" -lt 100 ]; do
  found=0
  for file in $(grep -l -s -F -e "$first" /proc/[0-9]*/environ); do
    marks=$(tr '\\0' '\\n' 2>/dev/null < "$file") || continue
    for mark in "$@"; do
      printf '%s\\n' "$marks" | grep -q -x -F -e "$mark" || continue 2
    done
    pid=\${file#/proc/} pid=\${pid%/environ} found=1
    kill -KILL -- "-$pid" 2>/dev/null
    kill -KILL "$pid" 2>/dev/null
  done
  [ "$found" = 1 ] || break
  tries=$((tries + 1))
  sleep 0.1 || sleep 1
done
rm -f "$leash"
`;

/**
 * From now on no process of this copy outlives `leaseMs`, until it is unleashed.
 * @throws ColdslotError `failed`; then the copy must not be started
 */
export async function leash(launch: Launch, leaseMs: number): Promise<void> {
  const { spec, stateRoot } = launch;
  const folder = workloadFolder(stateRoot, spec.id);
  try {
    const dueHundredths = Math.floor(uptimeHundredths() + leaseMs / 10);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, `leash-${dueHundredths}`); // no name twice: an older watcher may still look for its own
    writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
    const child = spawn('/bin/sh', ['-c', WATCH, 'coldslot-leash', file, String(dueHundredths), ...marksOf(launch)], {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
      detached: true,
      stdio: 'ignore',
    });
    const entry = child.pid === undefined ? null : readProcess(child.pid);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (entry === null) throw new Error('its watcher ended at once');
    const id: ProcessId = { pid: entry.pid, startTicks: entry.startTicks, bootId: readBootId() };
    writeFileSync(file, JSON.stringify(id));
  } catch (error) {
    unleash(stateRoot, spec.id);
    throw new ColdslotError('failed', `service ${spec.id}`, `could not be leashed: ${(error as Error).message}`);
  }
}

/** Calls off every deadman of the workload: its copy is committed, or dead. */
export function unleash(stateRoot: string, workload: string): void {
  const folder = workloadFolder(stateRoot, workload);
  for (const name of leashesIn(folder)) {
    const file = join(folder, name);
    const watcher = watcherOf(file);
    rmSync(file, { force: true });
    if (watcher !== null && isAlive(watcher)) end(watcher.pid);
  }
}

function leashesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => FILE.test(name));
  } catch {
    return []; // nothing of it was ever here
  }
}

/** Null when the agent died before it was written down: then it ends by itself, as its file is gone. */
function watcherOf(file: string): ProcessId | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessId;
  } catch {
    return null;
  }
}

function end(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL'); // with the sleep it waits for
  } catch {
    // it has just ended
  }
}

/** /proc/uptime, first field: seconds since boot. */
function uptimeHundredths(): number {
  return Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100);
}
