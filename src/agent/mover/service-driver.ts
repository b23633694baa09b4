// Carries out what the machine asks of one workload's driver: processes, their health, their state directories.
import { assertNever, ColdslotError, describeError } from '../../core/errors.ts';
import type { ServiceSpec } from '../../protocols/agent-messages.ts';
import { openTicket } from '../../protocols/ticket.ts';
import { sendState } from '../bulk/sender.ts';
import { findCommand } from '../config.ts';
import { waitHealthy } from '../drivers/service/health.ts';
import type { Launch, Marker } from '../drivers/service/launch.ts';
import { leash, unleash } from '../drivers/service/leash.ts';
import { killCopies, pauseProcess, startProcess } from '../drivers/service/process.ts';
import { ServiceHost } from '../drivers/service/service-host.ts';
import type { DriverOp, DriverResult } from '../machine/machine.ts';
import type { ProcessId } from '../records/workload-record.ts';
import {
  deleteOtherEpochs,
  DISK_RESERVE_BYTES,
  epochFolder,
  freeDiskBytes,
  logFileOf,
  makeEpochFolder,
} from '../state-directory.ts';
import type { AgentContext } from './agent-context.ts';

/** How an operation may be made to give up, and what it tells on its way. */
export interface Oversight {
  readonly signal: AbortSignal;
  readonly progress: (bytes: number) => void;
}

const done: DriverResult = { kind: 'done' };

type OpOf<K extends DriverOp['kind']> = Extract<DriverOp, { kind: K }>;

export class ServiceDriver {
  readonly #id: string;
  readonly #context: AgentContext;
  /** The process of a copy has changed; null: it is down. */
  readonly #seen: (epoch: number, process: ProcessId | null) => void;
  #host: ServiceHost | null = null;

  constructor(id: string, context: AgentContext, seen: (epoch: number, process: ProcessId | null) => void) {
    this.#id = id;
    this.#context = context;
    this.#seen = seen;
  }

  /** Never rejects: what went wrong is the result. */
  async carryOut(op: DriverOp, oversight: Oversight): Promise<DriverResult> {
    try {
      return await this.#act(op, oversight);
    } catch (error) {
      return { kind: 'failed', error: describeError(error) };
    }
  }

  async #act(op: DriverOp, oversight: Oversight): Promise<DriverResult> {
    const { stateRoot } = this.#context.config;
    switch (op.kind) {
      case 'start':
      case 'release':
        return this.#keepUp(op);
      case 'stop':
        return this.#stop(op.deadlineMs);
      case 'kill':
        await this.#killAll();
        return done;
      case 'try':
        return this.#try(op, oversight.signal);
      case 'leave':
        await this.#host?.release();
        this.#host = null;
        return done;
      case 'prepare':
        await makeEpochFolder(stateRoot, this.#id, op.epoch);
        return done;
      case 'check':
        await this.#check(op.spec);
        return done;
      case 'send':
        return this.#send(op, oversight);
      case 'clean':
        await deleteOtherEpochs(stateRoot, this.#id, op.kept);
        return done;
      default:
        return assertNever(op, 'driver operation');
    }
  }

  /** Resolves when it has been started, or taken over, or that was tried. */
  async #keepUp({ spec, epoch, found }: OpOf<'start'> | OpOf<'release'>): Promise<DriverResult> {
    const { clock, random, log } = this.#context;
    unleash(this.#context.config.stateRoot, this.#id);
    const host: ServiceHost = new ServiceHost(this.#launchOf(spec, epoch), {
      clock,
      random,
      warn: (message) => log.warn(message),
      changed: () => this.#seen(epoch, host.process()),
    });
    this.#host = host;
    host.keepUp(found);
    await host.firstTry;
    return { kind: 'started', process: host.process() };
  }

  async #stop(deadlineMs: number): Promise<DriverResult> {
    const host = this.#host;
    this.#host = null;
    if (host !== null) return (await host.stop(deadlineMs)) === 'ended' ? done : { kind: 'late' };
    await this.#killAll();
    return done;
  }

  async #killAll(): Promise<void> {
    const role = this.#context.records.get(this.#id)?.role;
    const leader = role !== undefined && 'process' in role ? role.process : null;
    await killCopies(this.#context.clock, this.#marker(), leader);
    unleash(this.#context.config.stateRoot, this.#id);
  }

  async #try({ spec, epoch, leaseMs }: OpOf<'try'>, signal: AbortSignal): Promise<DriverResult> {
    const { clock } = this.#context;
    const launch = this.#launchOf(spec, epoch);
    await leash(launch, leaseMs);
    const process = await startProcess(launch);
    this.#seen(epoch, process);
    await waitHealthy(clock, launch, process, signal);
    await pauseProcess(clock, this.#marker(), process);
    return { kind: 'started', process };
  }

  async #check(spec: ServiceSpec): Promise<void> {
    const { sled, stateRoot } = this.#context.config;
    findCommand(spec.command);
    if (spec.health[0] !== undefined) findCommand(spec.health[0]);
    const freeBytes = await freeDiskBytes(stateRoot);
    if (freeBytes < DISK_RESERVE_BYTES)
      throw new ColdslotError('refused', `sled ${sled}`, `its disk is full: ${freeBytes} bytes free`);
  }

  async #send({ epoch, command }: OpOf<'send'>, oversight: Oversight): Promise<DriverResult> {
    const { peer, ticket, move, workload } = command;
    if (peer === null) throw new ColdslotError('refused', 'ship', 'needs a peer');
    const claims = { ticket, move, workload, epoch: command.epoch };
    const { config, identity = null, controllerKey } = this.#context;
    const directory = epochFolder(config.stateRoot, this.#id, epoch);
    const tls = identity === null ? null : { identity, sled: openTicket(ticket, controllerKey).to };
    return { kind: 'sent', ...(await sendState({ directory, peer, tls, claims, ...oversight })) };
  }

  #launchOf(spec: ServiceSpec, epoch: number): Launch {
    const { sled, stateRoot } = this.#context.config;
    const stateDirectory = epochFolder(stateRoot, this.#id, epoch);
    return { spec, epoch, sled, stateRoot, stateDirectory, logFile: logFileOf(stateRoot, this.#id) };
  }

  /** Marks every process of it that this agent has started, of whatever epoch. */
  #marker(): Marker {
    const { sled, stateRoot } = this.#context.config;
    return { workload: this.#id, sled, stateRoot, epoch: null };
  }
}
