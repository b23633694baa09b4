// The verbs at the source of a Move: freeze, ship, fence, resume. Each writes its record before anything that could
// not be taken back, and after anything that must have happened.
import type { AgentCommand } from '../../protocols/agent-messages.ts';
import { specOf, type EndedMove, type ProcessId, type Role, type RoleOf } from '../records/workload-record.ts';
import { kill, repaired, script, start, write, writeOrLog } from './script.ts';
import type { Script, Step } from './state.ts';

/** Stops the service, gracefully or not at all: one that does not end in time is started again. */
export function freeze(
  command: AgentCommand,
  role: RoleOf<'running'> | RoleOf<'freezing'>,
  process: ProcessId | null,
): Script {
  const ownEpoch = role.kind === 'running' ? role.epoch : role.ownEpoch;
  const { spec } = role;
  const source = { move: command.move, epoch: command.epoch, ownEpoch, spec };
  const forward = script(
    write({ kind: 'freezing', ...source, process }),
    { kind: 'mark' },
    { kind: 'stop', deadlineMs: spec.stopDeadlineMs, inTime: true },
    write({ kind: 'frozen', ...source }),
    { kind: 'froze' },
  );
  // Nobody was told it is frozen, so it may run again whether or not that can be written down.
  const again = writeOrLog({ kind: 'running', epoch: ownEpoch, spec, process: null });
  return repaired(forward, 1, again, start(spec, ownEpoch, null));
}

export function ship(command: AgentCommand, role: RoleOf<'frozen'>): Script {
  return script(
    { kind: 'mark' },
    { kind: 'send', epoch: role.ownEpoch, command },
    write({ ...role, kind: 'shipped', bytes: 0, digest: '' }), // with what `send` results in
    { kind: 'measure' },
  );
}

/** Makes sure that no copy below the Move's epoch ever runs here again. */
export function fence(command: AgentCommand, role: Role, process: ProcessId | null): Script {
  const shipped = 'digest' in role ? { bytes: role.bytes, digest: role.digest } : { bytes: 0, digest: '' };
  const end: EndedMove = { move: command.move, epoch: command.epoch, as: 'fenced', ...shipped };
  return script(
    ...intention(command, role, process),
    { kind: 'stop', deadlineMs: specOf(role)?.stopDeadlineMs ?? 0, inTime: false },
    kill,
    write({ kind: 'absent' }, end, command.epoch),
    { kind: 'clean' },
  );
}

/** Written first, so that a full disk is found while the service still runs. */
function intention(command: AgentCommand, role: Role, process: ProcessId | null): Step[] {
  if (role.kind !== 'running') return [];
  const { epoch: ownEpoch, spec } = role;
  return [write({ kind: 'freezing', move: command.move, epoch: command.epoch, ownEpoch, spec, process })];
}

/** Runs the kept copy again, at the epoch it had. */
export function resume(
  command: AgentCommand,
  role: RoleOf<'freezing'> | RoleOf<'frozen'> | RoleOf<'shipped'>,
  process: ProcessId | null,
): Script {
  const end: EndedMove = { move: command.move, epoch: command.epoch, as: 'resumed', bytes: 0, digest: '' };
  const { spec, ownEpoch: epoch } = role;
  return script(write({ kind: 'running', epoch, spec, process }, end), start(spec, epoch, null));
}
