// The verbs at the destination of a Move: stage, taking the state in, thaw, commit, abort, and the end of a probation
// that nobody commits.
import { ColdslotError, describeError } from '../../core/errors.ts';
import type { AgentCommand, ServiceSpec } from '../../protocols/agent-messages.ts';
import type { BulkHeader } from '../bulk/format.ts';
import type { Admission } from '../bulk/receiver.ts';
import type { Shipped } from '../bulk/sender.ts';
import { whatIsShort } from '../capacity.ts';
import { findCommand } from '../config.ts';
import { waitHealthy } from '../drivers/service/health.ts';
import { pauseProcess, startProcess } from '../drivers/service/process.ts';
import { specOf, withEnded, type Role, type RoleOf, type WorkloadRecord } from '../records/workload-record.ts';
import { DISK_RESERVE_BYTES, epochFolder, freeDiskBytes } from '../state-directory.ts';
import type { LocalWorkload } from './local-workload.ts';

/** A thawed copy waits this much longer than its command's deadline for the commit. */
export const PROBATION_GRACE_MS = 30_000;
/** …and at most this long, however far off the deadline is. */
const MAX_PROBATION_MS = 24 * 3600_000;
/** What an entry costs on disk beside its bytes. */
const ENTRY_BYTES = 4096;

const nothing: Shipped = { bytes: 0, digest: '' };

type ReceivedRole = RoleOf<'received'> | RoleOf<'probation'>;

/** Reserves room. `others` are the demands already promised on this sled. */
export async function stage(
  local: LocalWorkload,
  command: AgentCommand,
  spec: ServiceSpec,
  from: string,
  others: readonly ServiceSpec['demand'][],
): Promise<Shipped> {
  const { config } = local.context;
  const refuse = (why: string) => new ColdslotError('refused', `sled ${config.sled}`, why);
  const short = whatIsShort(config.capacities, others, spec.demand);
  if (short !== null) throw refuse(`no room for ${local.id}: ${short}`);
  findCommand(spec.command);
  if (spec.health[0] !== undefined) findCommand(spec.health[0]);
  const freeBytes = await freeDiskBytes(config.stateRoot);
  if (freeBytes < DISK_RESERVE_BYTES) throw refuse(`its disk is full: ${freeBytes} bytes free`);
  await local.killAll();
  await local.putRole({ kind: 'staged', move: command.move, epoch: command.epoch, from, spec });
  await local.cleanDirectories();
  return nothing;
}

/** Whether a transfer that announced itself may come in. Its ticket was found good. @throws ColdslotError `refused` */
export async function admit(local: LocalWorkload, header: BulkHeader): Promise<Admission> {
  const { config, records, changed } = local.context;
  while (local.incoming !== null) {
    local.incoming.stop.abort(); // the source has started over
    await local.incoming.ended;
  }
  const role = local.role();
  const mine = 'move' in role && role.move === header.move && role.epoch === header.epoch;
  if (mine && (role.kind === 'received' || role.kind === 'probation'))
    return { kind: 'have', bytes: role.bytes, digest: role.digest };
  if (!mine || role.kind !== 'staged') throw new ColdslotError('refused', `workload ${local.id}`, 'is not staged here');
  const stop = new AbortController();
  let ended = () => {};
  const incoming = { move: header.move, stop, ended: new Promise<void>((resolve) => (ended = resolve)) };
  local.incoming = incoming;
  const end = () => {
    local.incoming = null;
    ended();
  };
  const directory = epochFolder(config.stateRoot, local.id, header.epoch);
  try {
    await local.cleanDirectories(); // what an earlier try, cut off by a crash, has left
    const freeBytes = await freeDiskBytes(config.stateRoot);
    const neededBytes = header.bytes + header.entries * ENTRY_BYTES + DISK_RESERVE_BYTES;
    if (neededBytes > freeBytes)
      throw new ColdslotError(
        'refused',
        `sled ${config.sled}`,
        `no disk room: ${neededBytes} bytes needed, ${freeBytes} free`,
      );
  } catch (error) {
    end();
    throw error;
  }
  const received = async (bytes: number, digest: string) => {
    await records.update(local.id, (record) => receivedRecord(record, header, bytes, digest));
    changed();
  };
  return { kind: 'take', directory, signal: stop.signal, received, ended: end };
}

/** @throws ColdslotError `refused` when the Move was undone while its state came in */
function receivedRecord(record: WorkloadRecord | null, header: BulkHeader, bytes: number, digest: string) {
  const role = record?.role;
  if (record === null || role?.kind !== 'staged' || role.move !== header.move)
    throw new ColdslotError('refused', `workload ${header.workload}`, 'is no longer staged here');
  const { move, epoch, from, spec } = role;
  const received: Role = { kind: 'received', move, epoch, from, spec, bytes, digest, thawed: false };
  return { ...record, role: received };
}

/** Starts it on probation, waits until it is healthy, pauses it. On failure it is dead again and still received. */
export async function thaw(
  local: LocalWorkload,
  command: AgentCommand,
  role: ReceivedRole,
  signal: AbortSignal,
): Promise<Shipped> {
  const { clock } = local.context;
  const received = backToReceived(role);
  const { kind: _kind, thawed: _thawed, ...shared } = received;
  const launch = local.launchOf(role.spec, role.epoch);
  await local.killAll(); // what an earlier try has left
  await local.putRole({ kind: 'probation', ...shared, process: null, passed: false });
  try {
    const process = await startProcess(launch);
    await local.putRole({ kind: 'probation', ...shared, process, passed: false });
    await waitHealthy(clock, launch, process, signal);
    await pauseProcess(clock, local.marker(), process);
    await local.putRole({ kind: 'probation', ...shared, process, passed: true });
  } catch (error) {
    await local.killAll();
    await local.putRole(received).catch((fault: unknown) => local.context.log.error(describeError(fault)));
    throw error;
  }
  armProbation(local, command);
  return { bytes: role.bytes, digest: role.digest };
}

function armProbation(local: LocalWorkload, command: AgentCommand): void {
  const { clock, log } = local.context;
  const leftMs = Math.max(0, Date.parse(command.deadline) - clock.wall().getTime()) + PROBATION_GRACE_MS;
  local.probationTimer?.cancel();
  local.probationTimer = clock.after(`probation of ${local.id}`, Math.min(leftMs, MAX_PROBATION_MS), () => {
    log.warn(`${local.id} was thawed for Move ${command.move} and not committed in time; its copy is killed`);
    void local
      .exclusive(command.move, () => endProbation(local, command.move))
      .catch((error: unknown) => log.error(describeError(error)));
  });
}

/** Kills a copy that waits for its commit. The state stays: a commit that comes late all the same starts it. */
export async function endProbation(local: LocalWorkload, move: string): Promise<void> {
  const role = local.role();
  if (role.kind !== 'probation' || role.move !== move) return;
  await local.killAll();
  await local.putRole(backToReceived(role));
}

function backToReceived(role: ReceivedRole): RoleOf<'received'> {
  const { move, epoch, from, spec, bytes, digest } = role;
  // Once it has passed the controller may have committed, and a commit must never be refused after that.
  const thawed = role.kind === 'received' ? role.thawed : role.passed;
  return { kind: 'received', move, epoch, from, spec, bytes, digest, thawed };
}

/** It is the owner from here on; nothing after the record can fail the verb. */
export async function commit(local: LocalWorkload, command: AgentCommand, role: ReceivedRole): Promise<Shipped> {
  const { bytes, digest } = role;
  const process = role.kind === 'probation' ? role.process : null;
  const end = { move: command.move, epoch: role.epoch, as: 'committed' as const, bytes, digest };
  const running: Role = { kind: 'running', epoch: role.epoch, spec: role.spec, process };
  await local.put(withEnded(local.recordOrAbsent(), end, running, role.epoch));
  local.probationTimer?.cancel();
  await local.startHost(role.spec, role.epoch, process);
  return { bytes, digest };
}

/** Confirmed dead, forgotten, deleted. */
export async function abort(local: LocalWorkload, command: AgentCommand): Promise<Shipped> {
  local.probationTimer?.cancel();
  await local.killAll();
  const end = { move: command.move, epoch: command.epoch, as: 'aborted' as const, ...nothing };
  await local.put(withEnded(local.recordOrAbsent(), end, { kind: 'absent' }));
  await local.cleanDirectories();
  return nothing;
}

/** What is promised on this sled: to what runs, to what is expected, and to kept copies, which may have to run again. */
export function promisedDemands(records: readonly WorkloadRecord[], except: string): ServiceSpec['demand'][] {
  return records.flatMap((record) => {
    const spec = record.workload === except ? null : specOf(record.role);
    return spec === null ? [] : [spec.demand];
  });
}
