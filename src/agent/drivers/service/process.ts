// One running copy of a service: the process that was started (or found again after a restart of the agent), leader
// of its own session and group. Stopping it means that nothing it has started is left either.
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { sleep, type Clock } from '../../../core/clock.ts';
import { ColdslotError } from '../../../core/errors.ts';
import { findCommand } from '../../config.ts';
import type { ProcessId } from '../../records/workload-record.ts';
import { environmentFor, isMarked, type Launch, type Marker } from './launch.ts';
import { environmentOf, isAlive, listProcesses, readBootId, readProcess, type ProcessEntry } from './proc-table.ts';

/** How often a process is looked at while it is waited for. */
const POLL_MS = 20;
/** SIGKILL takes effect at once, unless the kernel holds the process in a system call. */
const KILL_DEADLINE_MS = 10_000;

export type StopOutcome = 'ended' | 'did-not-end-in-time';

/**
 * Starts a service, detached, so that it outlives the agent. Resolves when its program runs.
 * @throws ColdslotError `refused` when the command is not there, `failed` when it cannot be started
 */
export async function startProcess(launch: Launch): Promise<ProcessId> {
  const command = findCommand(launch.spec.command);
  const log = openSync(launch.logFile, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
  try {
    const child = spawn(command, launch.spec.args, {
      cwd: launch.stateDirectory,
      env: environmentFor(launch, 'service'),
      detached: true,
      stdio: ['ignore', log, log],
    });
    const pid = child.pid;
    const entry = pid === undefined ? null : readProcess(pid); // before the event loop can reap it
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (entry === null) throw new Error('it ended at once');
    return { pid: entry.pid, startTicks: entry.startTicks, bootId: readBootId() };
  } catch (error) {
    throw new ColdslotError('failed', `service ${launch.spec.id}`, `could not be started: ${(error as Error).message}`);
  } finally {
    closeSync(log);
  }
}

/** All that runs of a workload: marked by environment, or in the session of `leader` while that is known. */
export function findCopies(marker: Marker, leader: ProcessId | null): ProcessEntry[] {
  const session = leader === null ? null : sessionOf(leader);
  return listProcesses().filter((entry) => {
    if (session !== null && entry.session === session) return true;
    const environment = entry.pid === process.pid ? null : environmentOf(entry.pid);
    return environment !== null && isMarked(environment, marker);
  });
}

/** The number of its session, while that is still its own: the kernel gives no pid anew that a session bears. */
function sessionOf(leader: ProcessId): number | null {
  if (leader.bootId !== readBootId()) return null;
  const now = readProcess(leader.pid);
  return now === null || now.startTicks === leader.startTicks ? leader.pid : null;
}

/** The service itself among its processes, when it was started but its pid never written down. */
export function findUnrecorded(marker: Marker): ProcessId[] {
  return findCopies(marker, null)
    .filter((entry) => entry.session === entry.pid && environmentOf(entry.pid)?.has('COLDSLOT_PART=service') === true)
    .map((entry) => ({ pid: entry.pid, startTicks: entry.startTicks, bootId: readBootId() }));
}

/**
 * Kills every process of a workload and looks until none is left.
 * @throws ColdslotError `failed` naming the pids that would not die; then no other copy may be started
 */
export async function killCopies(clock: Clock, marker: Marker, leader: ProcessId | null): Promise<void> {
  const dueMs = clock.nowMs() + KILL_DEADLINE_MS;
  let left = findCopies(marker, leader);
  while (left.length > 0) {
    for (const entry of left) signal(entry.pid, 'SIGKILL');
    if (clock.nowMs() > dueMs) {
      const pids = left.map((entry) => entry.pid).join(', ');
      throw new ColdslotError('failed', `workload ${marker.workload}`, `still running after SIGKILL: pid ${pids}`);
    }
    await sleep(clock, POLL_MS);
    left = findCopies(marker, leader);
  }
}

/**
 * SIGTERM to the service, and after the deadline SIGKILL; what it started is killed in either case.
 * @throws ColdslotError `failed` as killCopies
 */
export async function stopProcess(
  clock: Clock,
  marker: Marker,
  id: ProcessId,
  deadlineMs: number,
): Promise<StopOutcome> {
  const dueMs = clock.nowMs() + deadlineMs;
  if (isAlive(id)) {
    signal(id.pid, 'SIGTERM');
    continueProcess(marker, id); // a stopped process cannot act on SIGTERM
  }
  while (isAlive(id) && clock.nowMs() < dueMs) await sleep(clock, POLL_MS);
  const outcome = isAlive(id) ? 'did-not-end-in-time' : 'ended';
  await killCopies(clock, marker, id);
  return outcome;
}

/**
 * SIGSTOP to the whole group, and looks until every process in it stands still.
 * @throws ColdslotError `failed` when it has ended or would not stop
 */
export async function pauseProcess(clock: Clock, marker: Marker, id: ProcessId): Promise<void> {
  const dueMs = clock.nowMs() + KILL_DEADLINE_MS;
  while (isAlive(id)) {
    const copies = findCopies(marker, id);
    const moving = copies.filter((entry) => entry.state !== 'T');
    if (moving.length === 0) return;
    const waiting = new Set(moving.filter((entry) => entry.state === 'D').map((entry) => entry.pid));
    for (const entry of copies) {
      // in vfork(2) the parent cannot stop before its child has a program of its own: that child has to get there first
      if (waiting.has(entry.parent)) signal(entry.pid, 'SIGCONT');
      else if (entry.state !== 'T') signal(entry.pid, 'SIGSTOP');
    }
    if (clock.nowMs() > dueMs) throw new ColdslotError('failed', `workload ${marker.workload}`, 'could not be paused');
    await sleep(clock, 1);
  }
  throw new ColdslotError('failed', `workload ${marker.workload}`, 'ended before it could be paused');
}

export function continueProcess(marker: Marker, id: ProcessId): void {
  for (const entry of findCopies(marker, id)) signal(entry.pid, 'SIGCONT');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile; the callers look again
  }
}
