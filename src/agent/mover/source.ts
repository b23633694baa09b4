// The verbs at the source of a Move: freeze, ship, fence, resume. Each writes its record before anything that could
// not be taken back, and after anything that must have happened.
import { ColdslotError, describeError } from '../../core/errors.ts';
import type { AgentCommand } from '../../protocols/agent-messages.ts';
import { openTicket } from '../../protocols/ticket.ts';
import { sendState, type Shipped } from '../bulk/sender.ts';
import { specOf, withEnded, type Role, type RoleOf } from '../records/workload-record.ts';
import { epochFolder } from '../state-directory.ts';
import type { LocalWorkload } from './local-workload.ts';

const PROGRESS_INTERVAL_MS = 500;

const nothing: Shipped = { bytes: 0, digest: '' };

/** Stops the service, gracefully or not at all: one that does not end in time is started again. */
export async function freeze(
  local: LocalWorkload,
  command: AgentCommand,
  role: RoleOf<'running'> | RoleOf<'freezing'>,
): Promise<Shipped> {
  const { clock } = local.context;
  const ownEpoch = role.kind === 'running' ? role.epoch : role.ownEpoch;
  const { spec } = role;
  const source = { move: command.move, epoch: command.epoch, ownEpoch, spec };
  await local.putRole({ kind: 'freezing', ...source, process: local.process() });
  const sinceMs = clock.nowMs();
  try {
    if ((await local.stopHost(spec.stopDeadlineMs)) === 'did-not-end-in-time') {
      const why = `did not end within ${spec.stopDeadlineMs} ms of SIGTERM; it was killed and started again`;
      throw new ColdslotError('failed', `service ${spec.id}`, why, 'raise stopDeadlineMs or make it end on SIGTERM');
    }
    await local.putRole({ kind: 'frozen', ...source });
  } catch (error) {
    await runAgain(local, spec, ownEpoch);
    throw error;
  }
  local.freezeMs = clock.nowMs() - sinceMs;
  return nothing;
}

/** After a freeze that failed. Nobody was told it is frozen, so it may run whether or not that can be written down. */
async function runAgain(local: LocalWorkload, spec: RoleOf<'running'>['spec'], epoch: number): Promise<void> {
  const process = local.process();
  await local
    .putRole({ kind: 'running', epoch, spec, process })
    .catch((error: unknown) => local.context.log.error(describeError(error)));
  if (!local.hosted()) await local.startHost(spec, epoch, process);
}

export async function ship(
  local: LocalWorkload,
  command: AgentCommand,
  role: RoleOf<'frozen'>,
  signal: AbortSignal,
  tell: (bytes: number) => void,
): Promise<Shipped> {
  const { clock, config, models, log, identity = null, controllerKey } = local.context;
  if (command.peer === null) throw new ColdslotError('refused', 'ship', 'needs a peer');
  const sinceMs = clock.nowMs();
  let toldMs = sinceMs;
  const shipped = await sendState({
    directory: epochFolder(config.stateRoot, local.id, role.ownEpoch),
    peer: command.peer,
    tls: identity === null ? null : { identity, sled: openTicket(command.ticket, controllerKey).to },
    claims: { ticket: command.ticket, move: command.move, workload: command.workload, epoch: command.epoch },
    signal,
    progress: (bytes) => {
      if (clock.nowMs() - toldMs < PROGRESS_INTERVAL_MS) return;
      toldMs = clock.nowMs();
      tell(bytes);
    },
  });
  await local.putRole({ ...role, kind: 'shipped', ...shipped });
  if (local.freezeMs !== null) {
    const shipMs = clock.nowMs() - sinceMs;
    await models
      .add(local.freezeMs, shipped.bytes, shipMs)
      .catch((error: unknown) => log.warn(`measured Moves could not be kept: ${describeError(error)}`));
  }
  return shipped;
}

/** Makes sure that no copy below the Move's epoch ever runs here again. */
export async function fence(local: LocalWorkload, command: AgentCommand): Promise<Shipped> {
  const role = local.role();
  const spec = specOf(role);
  if (role.kind === 'running') {
    // Written first, so that a full disk is found while the service still runs.
    const { epoch: ownEpoch, process } = role;
    const source = { move: command.move, epoch: command.epoch, ownEpoch, spec: role.spec };
    await local.putRole({ kind: 'freezing', ...source, process });
  }
  if (local.hosted()) await local.stopHost(spec?.stopDeadlineMs ?? 0);
  await local.killAll();
  const shipped = shippedOf(role);
  const end = { move: command.move, epoch: command.epoch, as: 'fenced' as const, ...shipped };
  await local.put(withEnded(local.recordOrAbsent(), end, { kind: 'absent' }, command.epoch));
  await local.cleanDirectories();
  return shipped;
}

/** Runs the kept copy again, at the epoch it had. */
export async function resume(
  local: LocalWorkload,
  command: AgentCommand,
  role: RoleOf<'freezing'> | RoleOf<'frozen'> | RoleOf<'shipped'>,
): Promise<Shipped> {
  const end = { move: command.move, epoch: command.epoch, as: 'resumed' as const, ...nothing };
  const process = local.process();
  const running: Role = { kind: 'running', epoch: role.ownEpoch, spec: role.spec, process };
  await local.put(withEnded(local.recordOrAbsent(), end, running));
  if (!local.hosted()) await local.startHost(role.spec, role.ownEpoch, null);
  return nothing;
}

function shippedOf(role: Role): Shipped {
  return 'digest' in role ? { bytes: role.bytes, digest: role.digest } : nothing;
}
