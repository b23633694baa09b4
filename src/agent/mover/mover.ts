// Carries out the commands of Moves: checks ticket and record, lets the verb act, answers. One verb at a time for a
// workload; a command that comes again while it is being carried out is answered by the first one's answer.
import { assertNever, describeError, ColdslotError } from '../../core/errors.ts';
import type { AgentCommand, AgentEvent } from '../../protocols/agent-messages.ts';
import { openTicket, type TicketClaims } from '../../protocols/ticket.ts';
import type { BulkHeader } from '../bulk/format.ts';
import type { Admission } from '../bulk/receiver.ts';
import type { Shipped } from '../bulk/sender.ts';
import { endOf, recordWord, specOf, withEnded } from '../records/workload-record.ts';
import { makeEpochFolder } from '../state-directory.ts';
import type { AgentContext } from './agent-context.ts';
import { decide, whyTicketRefuses, type Act } from '../machine/decide.ts';
import { abort, admit, commit, endProbation, promisedDemands, stage, thaw } from './destination.ts';
import { LocalWorkload } from './local-workload.ts';
import { recover } from './recover.ts';
import { fence, freeze, resume, ship } from './source.ts';

/** The epoch of a service that is started from the configuration. */
const FIRST_EPOCH = 1;

export class Mover {
  readonly #context: AgentContext;
  readonly #tell: (event: AgentEvent) => void;
  readonly #workloads = new Map<string, LocalWorkload>();
  readonly #underWay = new Set<string>();
  /** Stages queue over all workloads, so that two cannot be promised the same room. */
  #staging: Promise<unknown> = Promise.resolve();

  constructor(context: AgentContext, tell: (event: AgentEvent) => void) {
    this.#context = context;
    this.#tell = tell;
  }

  workloads(): readonly LocalWorkload[] {
    return [...this.#workloads.values()];
  }

  /** Takes up what the records say, then starts the configured services that have none. */
  async start(): Promise<void> {
    const { records, config, log } = this.#context;
    for (const aside of records.setAside)
      log.error(`the record of ${aside.workload} was set aside as ${aside.file}: ${aside.reason}`);
    const recovering = records.all().map((record) => recover(this.#workload(record.workload)));
    for (const result of await Promise.allSettled(recovering))
      if (result.status === 'rejected') log.error(describeError(result.reason));
    for (const spec of config.services) {
      const local = this.#workload(spec.id);
      if (local.record() !== null) continue;
      try {
        await makeEpochFolder(config.stateRoot, spec.id, FIRST_EPOCH);
        await local.putRole({ kind: 'running', epoch: FIRST_EPOCH, spec, process: null });
        await local.startHost(spec, FIRST_EPOCH, null);
      } catch (error) {
        log.error(`${spec.id} is not started: ${describeError(error)}`);
      }
    }
  }

  /** `leave`: services run on, for the next agent to take over. A copy on probation is killed in either case. */
  async stop(services: 'leave' | 'stop'): Promise<void> {
    const end = async (local: LocalWorkload) => {
      local.interruptAll();
      local.probationTimer?.cancel();
      await local.exclusive('', async () => {
        const role = local.role();
        if (role.kind === 'probation') return endProbation(local, role.move);
        if (services === 'leave') return local.releaseHost();
        if (local.hosted()) await local.stopHost(specOf(role)?.stopDeadlineMs ?? 0);
      });
    };
    for (const result of await Promise.allSettled(this.workloads().map(end)))
      if (result.status === 'rejected') this.#context.log.error(describeError(result.reason));
  }

  async handle(command: AgentCommand): Promise<void> {
    const claims = this.#claimsOf(command);
    if (typeof claims === 'string') return this.#tell(this.#answer(command, 'failed', claims));
    if (command.verb === 'query') return this.#tell(this.#answer(command, 'done', null));
    const key = `${command.workload} ${command.move} ${command.verb}`;
    if (this.#underWay.has(key)) return; // its answer is on the way
    this.#underWay.add(key);
    const local = this.#workload(command.workload);
    if (command.verb === 'abort' || command.verb === 'resume') local.interrupt(command.move);
    const answer = await local
      .exclusive(command.move, (signal) => this.#carryOut(local, command, claims, signal))
      .finally(() => this.#underWay.delete(key)); // first, so that a command sent upon the answer is a new one
    this.#tell(answer);
  }

  /** Whether a bulk transfer may come in. @throws ColdslotError `refused` */
  async admit(header: BulkHeader): Promise<Admission> {
    const claims = this.#claimsOf({ ...header, verb: 'stage' });
    if (typeof claims === 'string') throw new ColdslotError('refused', `sled ${this.#context.config.sled}`, claims);
    return admit(this.#workload(header.workload), header);
  }

  #workload(id: string): LocalWorkload {
    const known = this.#workloads.get(id);
    if (known !== undefined) return known;
    const local = new LocalWorkload(id, this.#context);
    this.#workloads.set(id, local);
    return local;
  }

  /** What the ticket allows, or why it does not allow this. */
  #claimsOf(command: Pick<AgentCommand, 'ticket' | 'move' | 'workload' | 'epoch' | 'verb'>): TicketClaims | string {
    const { config, controllerKey } = this.#context;
    try {
      const claims = openTicket(command.ticket, controllerKey);
      return whyTicketRefuses(claims, command, config.chassis, config.sled) ?? claims;
    } catch (error) {
      return error instanceof ColdslotError ? describeError(error) : 'ticket: cannot be read';
    }
  }

  async #carryOut(
    local: LocalWorkload,
    command: AgentCommand,
    claims: TicketClaims,
    signal: AbortSignal,
  ): Promise<AgentEvent> {
    const { clock, log } = this.#context;
    const decision = decide(local.record(), command, clock.wall().getTime());
    if (decision.kind === 'refuse') return this.#answer(command, 'failed', decision.error);
    if (decision.kind === 'done') return this.#answer(command, 'done', null);
    try {
      const shipped = await this.#act(local, command, claims, decision.act, signal);
      log.info(`${command.verb} of ${local.id} for Move ${command.move}: done`);
      return this.#answer(command, 'done', null, shipped);
    } catch (error) {
      log.warn(`${command.verb} of ${local.id} for Move ${command.move}: ${describeError(error)}`);
      return this.#answer(command, 'failed', describeError(error));
    }
  }

  async #act(
    local: LocalWorkload,
    command: AgentCommand,
    claims: TicketClaims,
    act: Act,
    signal: AbortSignal,
  ): Promise<Shipped | null> {
    switch (act.kind) {
      case 'stage':
        return this.#stage(local, command, claims);
      case 'freeze':
        return freeze(local, command, act.role);
      case 'ship':
        return ship(local, command, act.role, signal, (bytes) =>
          this.#tell(this.#answer(command, 'progress', null, { bytes, digest: '' })),
        );
      case 'thaw':
        return thaw(local, command, act.role, signal);
      case 'commit':
        return commit(local, command, act.role);
      case 'fence':
        return fence(local, command);
      case 'abort':
        return abort(local, command);
      case 'resume':
        return resume(local, command, act.role);
      case 'close': {
        const end = { move: command.move, epoch: command.epoch, as: act.as, bytes: 0, digest: '' };
        const record = local.recordOrAbsent();
        await local.put(withEnded(record, end, record.role));
        return null;
      }
      default:
        return assertNever(act, 'act');
    }
  }

  #stage(local: LocalWorkload, command: AgentCommand, claims: TicketClaims): Promise<Shipped> {
    const { spec } = command;
    const mine = this.#staging.then(() => {
      if (spec === null) throw new ColdslotError('refused', 'stage', 'needs a spec');
      return stage(local, command, spec, claims.from, promisedDemands(this.#context.records.all(), local.id));
    });
    this.#staging = mine.catch(() => {});
    return mine;
  }

  #answer(
    command: AgentCommand,
    outcome: AgentEvent['outcome'],
    error: string | null,
    shipped?: Shipped | null,
  ): AgentEvent {
    const { records, config, clock } = this.#context;
    const record = records.get(command.workload);
    const known = shipped ?? shippedIn(record, command.move);
    return {
      move: command.move,
      workload: command.workload,
      epoch: command.epoch,
      verb: command.verb,
      deadline: command.deadline,
      ticket: command.ticket,
      sled: config.sled,
      outcome,
      error: error === null ? null : error.slice(0, 400),
      spec: record === null ? null : specOf(record.role),
      bytes: known.bytes,
      digest: known.digest === '' ? null : known.digest,
      record: recordWord(record, command.move),
      at: clock.wall().toISOString(),
    };
  }
}

/** Bytes and digest of a Move, from its open role or from how it ended. */
function shippedIn(record: ReturnType<AgentContext['records']['get']>, move: string): Shipped {
  const role = record?.role;
  if (role !== undefined && 'digest' in role && role.move === move) return { bytes: role.bytes, digest: role.digest };
  return endOf(record, move) ?? { bytes: 0, digest: '' };
}
