// The agent of one sled, composed: records, Moves, bulk listener, metering and its record on the bus.
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { ColdslotError, describeError } from '../core/errors.ts';
import type { Bus, BusMessage } from '../core/ports.ts';
import type { Random } from '../core/random.ts';
import { VERSION } from '../core/version.ts';
import type { AgentEvent, AgentStatus, AgentWorkload } from '../protocols/agent-messages.ts';
import type { FloorsAsk } from '../protocols/floors.ts';
import { openTicket } from '../protocols/ticket.ts';
import type { Identity } from '../protocols/tls-identity.ts';
import { topicsOf } from '../protocols/topics.ts';
import type { BulkHeader } from './bulk/format.ts';
import { BulkListener } from './bulk/listener.ts';
import { CommandIntake } from './command-intake.ts';
import type { AgentConfig } from './config.ts';
import { readBootId } from './drivers/service/proc-table.ts';
import { MoveModels } from './move-models.ts';
import type { AgentContext, Log } from './mover/agent-context.ts';
import { Mover } from './mover/mover.ts';
import type { DurableWrite } from './records/durable-file.ts';
import { BootStore } from './records/boot-store.ts';
import { RecordStore } from './records/record-store.ts';
import { makeStateRoot } from './state-directory.ts';
import { StatusPublisher } from './status-publisher.ts';
import { agentStatus, significance, workloadEntry } from './status-record.ts';
import { WorkloadMeter } from './workload-meter.ts';

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
  /** Names this boot of the sled, where it is not the kernel's. */
  readonly boot?: string;
}

export class Agent {
  readonly #ports: AgentPorts;
  readonly #context: AgentContext;
  readonly #mover: Mover;
  readonly #bulk: BulkListener;
  readonly #meter: WorkloadMeter;
  readonly #intake: CommandIntake;
  #setRecovered = () => {};
  readonly #recovered = new Promise<void>((resolve) => (this.#setRecovered = resolve));
  #bus: Bus | null = null;
  #publisher: StatusPublisher | null = null;
  #bulkPort: number | null = null;
  #published = '';
  #seq: number;

  private constructor(ports: AgentPorts, records: RecordStore) {
    const { config, clock, log } = ports;
    this.#ports = ports;
    this.#context = {
      ...ports,
      records,
      boots: new BootStore(config.stateRoot, ports.write),
      boot: ports.boot ?? readBootId(),
      models: new MoveModels(config.stateRoot, ports.write),
      changed: () => this.#publisher?.changed(),
    };
    this.#mover = new Mover(this.#context, { tell: (event) => this.#answer(event), ask: (ask) => this.#ask(ask) });
    this.#meter = new WorkloadMeter({
      clock,
      stateRoot: config.stateRoot,
      workloads: () => this.#mover.workloads(),
      measured: () => {
        if (significance(this.status()) !== this.#published) this.#publisher?.changed();
      },
      warn: (message) => log.warn(message),
    });
    // The port is taken first, so that nothing is started when it cannot be had; transfers wait for the recovery.
    const admit = async (header: BulkHeader, peer: string | null) => {
      await this.#recovered;
      checkPeer(header, peer, ports.controllerKey);
      return this.#mover.admit(header);
    };
    this.#bulk = new BulkListener(admit, (message) => log.warn(message), ports.identity);
    this.#intake = new CommandIntake(ports.controllerKey, (message) => log.warn(message));
    // Grows over restarts without being kept: there are never more than two records a second.
    this.#seq = Math.floor(clock.wall().getTime() / 500);
  }

  /** Takes up what the records say, in a new boot only when its floors are granted. @throws ColdslotError when it cannot work at all */
  static async start(ports: AgentPorts): Promise<Agent> {
    const { stateRoot, bulk } = ports.config;
    makeStateRoot(stateRoot);
    const agent = new Agent(ports, await RecordStore.open(stateRoot, ports.write));
    agent.#bulkPort = await agent.#bulk.listen(bulk.host, bulk.port);
    await agent.#mover.start();
    agent.#setRecovered();
    agent.#meter.start();
    return agent;
  }

  /** Resolves when every workload has been taken up, as its floor allows. */
  settled(): Promise<void> {
    return this.#mover.settled();
  }

  isSettled(): boolean {
    return this.#mover.isSettled();
  }

  bulkPort(): number | null {
    return this.#bulkPort;
  }

  /** The record as it is now; `offline` is also what the Will says. */
  status(state: AgentStatus['state'] = 'online'): AgentStatus {
    const { config, clock, models } = this.#context;
    const workloads = this.#mover.workloads().flatMap((view): AgentWorkload[] => {
      const entry = workloadEntry(view, this.#meter.usageOf(view.id), this.#meter.stateBytesOf(view.id));
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
    const hear = (message: BusMessage) => {
      const parsed = this.#intake.parse(message);
      if (parsed?.kind === 'command') this.#mover.handle(parsed.command);
      if (parsed?.kind === 'grant') this.#mover.granted(parsed.claims);
    };
    const { sled } = this.#ports.config;
    await bus.subscribe(topics.agentGrant(sled), hear);
    await bus.subscribe(topics.agentCommand(sled), hear);
    if (bus.connected()) this.#mover.connected();
  }

  /** Publishes again, for a broker that may not have the last record, and asks again for what was not answered. */
  refresh(): void {
    this.#publisher?.changed();
    this.#mover.connected();
  }

  /** `leave`: services run on, and a later agent takes them over. */
  async stop(services: 'leave' | 'stop'): Promise<void> {
    this.#publisher?.stop();
    this.#publisher = null; // what changes from now on is in the last record
    this.#meter.stop();
    await this.#bulk.close();
    await this.#mover.stop(services);
  }

  /** The last record, in place of the Will: an agent that ends in order says so itself. */
  async sayOffline(): Promise<void> {
    await this.#publish('offline');
  }

  #ask(ask: FloorsAsk): void {
    const { config } = this.#ports;
    // else at the next connect
    if (this.#bus?.connected() === true) this.#say(topicsOf(config.chassis).agentAsk(config.sled), ask);
  }

  #answer(event: AgentEvent): void {
    const { config } = this.#ports;
    this.#say(topicsOf(config.chassis).agentEvent(config.sled), event);
  }

  #say(topic: string, message: AgentEvent | FloorsAsk): void {
    const sent = this.#bus?.publish(topic, JSON.stringify(message), { qos: 1 });
    sent?.catch((error: unknown) => this.#ports.log.warn(`an answer was not sent: ${describeError(error)}`));
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
}

/** Who sends must be whom the ticket names. @throws ColdslotError `refused` */
function checkPeer({ ticket }: BulkHeader, peer: string | null, controllerKey: KeyObject): void {
  if (peer === null) return;
  const { from } = openTicket(ticket, controllerKey);
  if (from === peer) return;
  throw new ColdslotError('refused', 'bulk data', `the ticket is for ${from} to send, the certificate is of ${peer}`);
}
