// The agent of one sled, composed: records, Moves, bulk listener, metering and its record on the bus.
import type { KeyObject } from 'node:crypto';
import { every, type Clock, type Timer } from '../core/clock.ts';
import { ColdslotError, describeError } from '../core/errors.ts';
import type { Bus } from '../core/ports.ts';
import type { Random } from '../core/random.ts';
import { VERSION } from '../core/version.ts';
import type { AgentEvent, AgentStatus, AgentWorkload } from '../protocols/agent-messages.ts';
import { openTicket } from '../protocols/ticket.ts';
import type { Identity } from '../protocols/tls-identity.ts';
import { topicsOf } from '../protocols/topics.ts';
import type { BulkHeader } from './bulk/format.ts';
import { BulkListener } from './bulk/listener.ts';
import { sizeOfState } from './bulk/state-walk.ts';
import { CommandIntake } from './command-intake.ts';
import type { AgentConfig } from './config.ts';
import { cutLog } from './drivers/service/log-file.ts';
import { Meter } from './drivers/service/meter.ts';
import { listProcesses, preciseCpuS, readKernelUnits } from './drivers/service/proc-table.ts';
import { MoveModels } from './move-models.ts';
import type { AgentContext, Log } from './mover/agent-context.ts';
import { Mover } from './mover/mover.ts';
import type { DurableWrite } from './records/durable-file.ts';
import { RecordStore } from './records/record-store.ts';
import { keptEpochs } from './records/workload-record.ts';
import { epochFolder, logFileOf, makeStateRoot } from './state-directory.ts';
import { StatusPublisher } from './status-publisher.ts';
import { agentStatus, significance, workloadEntry } from './status-record.ts';

const METER_INTERVAL_MS = 1000;
/** State directories are measured, and logs cut, every so many meter intervals. */
const SIZES_EVERY = 10;

export interface AgentPorts {
  readonly config: AgentConfig;
  readonly controllerKey: KeyObject;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The sled's certificate: bulk data goes over TLS; null = plain, within one machine. */
  readonly identity?: Identity | null;
  /** How records are written; a test may fill the disk. */
  readonly write?: DurableWrite;
}

export class Agent {
  readonly #ports: AgentPorts;
  readonly #context: AgentContext;
  readonly #mover: Mover;
  readonly #bulk: BulkListener;
  readonly #meter = new Meter(readKernelUnits(), preciseCpuS);
  readonly #intake: CommandIntake;
  #setRecovered = () => {};
  readonly #recovered = new Promise<void>((resolve) => (this.#setRecovered = resolve));
  #bus: Bus | null = null;
  #publisher: StatusPublisher | null = null;
  #beat: Timer | null = null;
  #bulkPort: number | null = null;
  #published = '';
  #seq: number;

  private constructor(ports: AgentPorts, records: RecordStore) {
    const { config, clock, log } = ports;
    this.#ports = ports;
    this.#context = {
      ...ports,
      records,
      models: new MoveModels(config.stateRoot, ports.write),
      changed: () => this.#publisher?.changed(),
    };
    this.#mover = new Mover(this.#context, (event) => this.#tell(event));
    // The port is taken first, so that nothing is started when it cannot be had; transfers wait for the recovery.
    const admit = async (header: BulkHeader, peer: string | null) => {
      await this.#recovered;
      checkPeer(header, peer, ports.controllerKey);
      return this.#mover.admit(header);
    };
    this.#bulk = new BulkListener(admit, (message) => log.warn(message), ports.identity);
    this.#intake = new CommandIntake((message) => log.warn(message));
    // Grows over restarts without being kept: there are never more than two records a second.
    this.#seq = Math.floor(clock.wall().getTime() / 500);
  }

  /** Recovers what the records say and starts what is configured. @throws ColdslotError when it cannot work at all */
  static async start(ports: AgentPorts): Promise<Agent> {
    const { stateRoot, bulk } = ports.config;
    makeStateRoot(stateRoot);
    const agent = new Agent(ports, await RecordStore.open(stateRoot, ports.write));
    agent.#bulkPort = await agent.#bulk.listen(bulk.host, bulk.port);
    await agent.#mover.start();
    agent.#setRecovered();
    agent.#startMeter();
    return agent;
  }

  bulkPort(): number | null {
    return this.#bulkPort;
  }

  /** The record as it is now; `offline` is also what the Will says. */
  status(state: AgentStatus['state'] = 'online'): AgentStatus {
    const { config, clock, models } = this.#context;
    const workloads = this.#mover.workloads().flatMap((local): AgentWorkload[] => {
      const entry = workloadEntry(local, this.#meter.usageOf(local.id));
      return entry === null ? [] : [entry];
    });
    const bulkPort = state === 'online' ? this.#bulkPort : null;
    const parts = { config, version: VERSION, bulkPort, workloads, models: models.current() };
    return agentStatus(state, { ...parts, at: clock.wall(), seq: this.#seq });
  }

  /** Takes commands from the bus and publishes there from now on. */
  async attach(bus: Bus): Promise<void> {
    const topics = topicsOf(this.#ports.config.chassis);
    this.#bus = bus;
    this.#publisher = new StatusPublisher(this.#ports.clock, () => void this.#publish('online'));
    this.#publisher.changed();
    await bus.subscribe(topics.agentCommand(this.#ports.config.sled), (message) => {
      const command = this.#intake.parse(message);
      if (command === null) return;
      this.#mover.handle(command).catch((error: unknown) => this.#ports.log.error(describeError(error)));
    });
  }

  /** Publishes again, for a broker that may not have the last record. */
  refresh(): void {
    this.#publisher?.changed();
  }

  /** `leave`: services run on, and a later agent takes them over. */
  async stop(services: 'leave' | 'stop'): Promise<void> {
    this.#publisher?.stop();
    this.#beat?.cancel();
    await this.#bulk.close();
    await this.#mover.stop(services);
  }

  /** The last record, in place of the Will: an agent that ends in order says so itself. */
  async sayOffline(): Promise<void> {
    await this.#publish('offline');
  }

  #tell(event: AgentEvent): void {
    const { config, log } = this.#ports;
    const topic = topicsOf(config.chassis).agentEvent(config.sled);
    const sent = this.#bus?.publish(topic, JSON.stringify(event), { qos: 1 });
    sent?.catch((error: unknown) => log.warn(`an answer was not sent: ${describeError(error)}`));
  }

  async #publish(state: AgentStatus['state']): Promise<void> {
    const { config, log } = this.#ports;
    this.#seq++;
    const status = this.status(state);
    this.#published = significance(status);
    try {
      const topic = topicsOf(config.chassis).agentStatus(config.sled);
      await this.#bus?.publish(topic, JSON.stringify(status), { retain: true, qos: 1 });
    } catch (error) {
      log.warn(`the agent's record was not sent: ${describeError(error)}`);
    }
  }

  #startMeter(): void {
    const { clock, log } = this.#ports;
    let count = 0;
    const tick = () => {
      const leaders = new Map(
        this.#mover.workloads().flatMap((local) => {
          const id = local.process();
          return id === null ? [] : [[local.id, id] as const];
        }),
      );
      this.#meter.sample(listProcesses(), leaders, clock.nowMs());
      if (count++ % SIZES_EVERY === 0)
        this.#measureSizes().catch((error: unknown) => log.warn(`sizes: ${describeError(error)}`));
      if (significance(this.status()) !== this.#published) this.#publisher?.changed();
    };
    tick();
    this.#beat = every(clock, 'agent meter', METER_INTERVAL_MS, tick);
  }

  async #measureSizes(): Promise<void> {
    const { stateRoot } = this.#ports.config;
    for (const local of this.#mover.workloads()) {
      const epoch = keptEpochs(local.role())?.[0];
      local.stateBytes = epoch === undefined ? 0 : await sizeOfState(epochFolder(stateRoot, local.id, epoch));
      await cutLog(logFileOf(stateRoot, local.id));
    }
  }
}

/** Who sends must be whom the ticket names. @throws ColdslotError `refused` */
function checkPeer({ ticket }: BulkHeader, peer: string | null, controllerKey: KeyObject): void {
  if (peer === null) return;
  const { from } = openTicket(ticket, controllerKey);
  if (from === peer) return;
  throw new ColdslotError('refused', 'bulk data', `the ticket is for ${from} to send, the certificate is of ${peer}`);
}
