// The verbs at the destination of a Move: stage, taking the state in, thaw, commit, abort, and the end of a probation
// that nobody commits.
import type { AgentCommand, ServiceSpec } from '../../protocols/agent-messages.ts';
import type { EndedMove, RoleOf, WorkloadRecord } from '../records/workload-record.ts';
import { driver, kill, repaired, script, start, write, writeOrLog } from './script.ts';
import type { Script } from './state.ts';

/** Without a lease in its command, a thawed copy waits this much longer than the command's deadline for the commit. */
export const PROBATION_GRACE_MS = 30_000;
/** …and at most this long, however far off the deadline is. */
const MAX_PROBATION_MS = 24 * 3600_000;

type ReceivedRole = RoleOf<'received'> | RoleOf<'probation'>;

/** Reserves room. */
export function stage(command: AgentCommand, spec: ServiceSpec, from: string): Script {
  return script(
    { kind: 'turn' },
    { kind: 'room', spec },
    driver({ kind: 'check', spec }),
    kill,
    write({ kind: 'staged', move: command.move, epoch: command.epoch, from, spec }),
    { kind: 'clean' },
  );
}

/** Lets a transfer in, once what an earlier try has left is gone. */
export const takeIn: Script = script({ kind: 'no-transfer' }, { kind: 'clean' }, { kind: 'admit' });

export function received(role: RoleOf<'staged'>, bytes: number, digest: string): Script {
  const { move, epoch, from, spec } = role;
  return script(write({ kind: 'received', move, epoch, from, spec, bytes, digest, thawed: false }));
}

/** Starts it on probation, waits until it is healthy, pauses it. On failure it is dead again and still received. */
export function thaw(command: AgentCommand, role: ReceivedRole, nowWallMs: number): Script {
  const back = backToReceived(role);
  const { kind: _kind, thawed: _thawed, ...shared } = back;
  const leaseMs = leaseOf(command, nowWallMs);
  const forward = script(
    kill, // what an earlier try has left
    write({ kind: 'probation', ...shared, process: null, passed: false }),
    { kind: 'mark' },
    { kind: 'try', spec: role.spec, epoch: role.epoch, leaseMs },
    write({ kind: 'probation', ...shared, process: null, passed: true }), // with the process that `try` results in
    { kind: 'arm', leaseMs },
  );
  return repaired(forward, 2, kill, writeOrLog(back));
}

function leaseOf(command: AgentCommand, nowWallMs: number): number {
  if (command.leaseMs !== null) return command.leaseMs;
  const leftMs = Math.max(0, Date.parse(command.deadline) - nowWallMs) + PROBATION_GRACE_MS;
  return Math.min(leftMs, MAX_PROBATION_MS);
}

/** Kills a copy that waits for its commit. The state stays: a commit that comes late all the same starts it. */
export function endProbation(role: RoleOf<'probation'>): Script {
  return script(kill, write(backToReceived(role)), { kind: 'disarm' });
}

function backToReceived(role: ReceivedRole): RoleOf<'received'> {
  const { move, epoch, from, spec, bytes, digest } = role;
  // Once it has passed the controller may have committed, and a commit must never be refused after that.
  const thawed = role.kind === 'received' ? role.thawed : role.passed;
  return { kind: 'received', move, epoch, from, spec, bytes, digest, thawed };
}

/** It is the owner from here on; nothing after the record can fail the verb. */
export function commit(command: AgentCommand, role: ReceivedRole): Script {
  const { bytes, digest, epoch, spec } = role;
  const process = role.kind === 'probation' ? role.process : null;
  const end: EndedMove = { move: command.move, epoch, as: 'committed', bytes, digest };
  return script(
    write({ kind: 'running', epoch, spec, process }, end, epoch),
    { kind: 'disarm' },
    { ...start(spec, epoch, process), paused: role.kind === 'probation' },
  );
}

/** Confirmed dead, forgotten, deleted. */
export function abort(command: AgentCommand): Script {
  const end: EndedMove = { move: command.move, epoch: command.epoch, as: 'aborted', bytes: 0, digest: '' };
  return script(kill, write({ kind: 'absent' }, end), { kind: 'disarm' }, { kind: 'clean' });
}

/** Nothing to undo here; remembered, so that a delayed verb of this Move does nothing. */
export function close(command: AgentCommand, record: WorkloadRecord, as: 'aborted' | 'resumed'): Script {
  return script(write(record.role, { move: command.move, epoch: command.epoch, as, bytes: 0, digest: '' }));
}
