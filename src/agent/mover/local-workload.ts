// One workload as this sled has it: its record, the host that keeps it up, the transfer that comes in, and the queue
// that lets one verb at a time act on it.
import type { Timer } from '../../core/clock.ts';
import { describeError, invariant } from '../../core/errors.ts';
import type { ServiceSpec } from '../../protocols/agent-messages.ts';
import type { Launch, Marker } from '../drivers/service/launch.ts';
import { killCopies } from '../drivers/service/process.ts';
import { ServiceHost } from '../drivers/service/service-host.ts';
import {
  absentRecord,
  keptEpochs,
  type ProcessId,
  type Role,
  type WorkloadRecord,
} from '../records/workload-record.ts';
import { deleteOtherEpochs, epochFolder, logFileOf } from '../state-directory.ts';
import type { AgentContext } from './agent-context.ts';

/** A transfer that is coming in. */
export interface Incoming {
  readonly move: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class LocalWorkload {
  readonly id: string;
  readonly context: AgentContext;
  incoming: Incoming | null = null;
  /** Ends a probation that nobody commits. */
  probationTimer: Timer | null = null;
  /** How long the last freeze took; null when it was before a restart. */
  freezeMs: number | null = null;
  stateBytes = 0;
  #host: ServiceHost | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #acting: { readonly move: string; readonly stop: AbortController } | null = null;

  constructor(id: string, context: AgentContext) {
    this.id = id;
    this.context = context;
  }

  record(): WorkloadRecord | null {
    return this.context.records.get(this.id);
  }

  recordOrAbsent(): WorkloadRecord {
    return this.record() ?? absentRecord(this.id);
  }

  role(): Role {
    return this.recordOrAbsent().role;
  }

  async putRole(role: Role): Promise<void> {
    await this.put({ ...this.recordOrAbsent(), role });
  }

  async put(record: WorkloadRecord): Promise<void> {
    await this.context.records.put(record);
    this.context.changed();
  }

  /** Runs one after the other. The signal is of `interrupt` for that Move. */
  exclusive<T>(move: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const mine = this.#queue.then(async () => {
      const stop = new AbortController();
      this.#acting = { move, stop };
      try {
        return await work(stop.signal);
      } finally {
        this.#acting = null;
      }
    });
    this.#queue = mine.catch(() => {});
    return mine;
  }

  /** Makes a verb of this Move that takes long (ship, thaw), or its incoming transfer, give up. */
  interrupt(move: string): void {
    if (this.#acting?.move === move) this.#acting.stop.abort();
    if (this.incoming?.move === move) this.incoming.stop.abort();
  }

  /** As interrupt, whatever the Move: the agent ends. */
  interruptAll(): void {
    this.#acting?.stop.abort();
    this.incoming?.stop.abort();
  }

  launchOf(spec: ServiceSpec, epoch: number): Launch {
    const { sled, stateRoot } = this.context.config;
    return {
      spec,
      epoch,
      sled,
      stateRoot,
      stateDirectory: epochFolder(stateRoot, this.id, epoch),
      logFile: logFileOf(stateRoot, this.id),
    };
  }

  /** Marks every process of it that this agent has started, of whatever epoch. */
  marker(): Marker {
    const { sled, stateRoot } = this.context.config;
    return { workload: this.id, sled, stateRoot, epoch: null };
  }

  /** The process that runs or is paused here, for the meter. */
  process(): ProcessId | null {
    const role = this.role();
    return role.kind === 'probation' ? role.process : (this.#host?.process() ?? null);
  }

  hosted(): boolean {
    return this.#host !== null;
  }

  /** Resolves when it has been started, or taken over, or that was tried. @throws when the epoch is below the floor */
  async startHost(spec: ServiceSpec, epoch: number, found: ProcessId | null): Promise<void> {
    invariant(this.#host === null, `a second host for ${this.id}`);
    invariant(epoch >= this.recordOrAbsent().floor, `${this.id} would start at epoch ${epoch}, below its floor`);
    const { clock, random, log, changed, records } = this.context;
    const host = new ServiceHost(this.launchOf(spec, epoch), {
      clock,
      random,
      changed,
      warn: (message) => log.warn(message),
      started: (process) =>
        records.update(this.id, (record) =>
          record?.role.kind === 'running' && record.role.epoch === epoch
            ? { ...record, role: { ...record.role, process } }
            : null,
        ),
    });
    this.#host = host;
    host.keepUp(found);
    await host.firstTry;
  }

  /** Stops the service that is kept up here, if any. @throws ColdslotError when it cannot be killed */
  async stopHost(deadlineMs: number): Promise<'ended' | 'did-not-end-in-time'> {
    const host = this.#host;
    this.#host = null;
    if (host !== null) return host.stop(deadlineMs);
    await this.killAll();
    return 'ended';
  }

  /** Lets the service run on without this agent. */
  async releaseHost(): Promise<void> {
    await this.#host?.release();
    this.#host = null;
  }

  /** @throws ColdslotError when something of it is still there: then no copy may be started anywhere */
  async killAll(): Promise<void> {
    const role = this.role();
    const leader = 'process' in role ? role.process : null;
    await killCopies(this.context.clock, this.marker(), leader);
  }

  /** Deletes the state that no role needs; what cannot be deleted now is at the next start. */
  async cleanDirectories(): Promise<void> {
    const kept = keptEpochs(this.role());
    if (kept === null) return;
    try {
      await deleteOtherEpochs(this.context.config.stateRoot, this.id, kept);
    } catch (error) {
      this.context.log.warn(`obsolete state of ${this.id} could not be deleted: ${describeError(error)}`);
    }
  }
}
