// The agent of one sled, composed: records, Moves, bulk listener, metering and its record on the bus.
import type { KeyObject } from 'node:crypto';
import { every, type Clock, type Timer } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import type { Bus } from '../core/ports.ts';
import type { Random } from '../core/random.ts';
import { VERSION } from '../core/version.ts';
import type { AgentEvent, AgentStatus, AgentWorkload } from '../protocols/agent-messages.ts';
import type { FloorsAsk } from '../protocols/floors.ts';
import { topicsOf } from '../protocols/topics.ts';
import type { BulkHeader } from './bulk/format.ts';
import { BulkListener } from './bulk/listener.ts';
import { sizeOfState } from './bulk/state-walk.ts';
import { CommandIntake } from './command-intake.ts';
import type { AgentConfig } from './config.ts';
import { cutLog } from './drivers/service/log-file.ts';
import { Meter } from './drivers/service/meter.ts';
import { listProcesses, preciseCpuS, readBootId, readKernelUnits } from './drivers/service/proc-table.ts';
import { MoveModels } from './move-models.ts';
import type { AgentContext, Log } from './mover/agent-context.ts';
import { Mover } from './mover/mover.ts';
import type { DurableWrite } from './records/durable-file.ts';
import { BootStore } from './records/boot-store.ts';
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
  readonly #meter = new Meter(readKernelUnits(), preciseCpuS);
  readonly #intake: CommandIntake;
  #setRecovered = () => {};
  readonly #recovered = new Promise<void>((resolve) => (this.#setRecovered = resolve));
  readonly #stateBytes = new Map<string, number>();
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
      boots: new BootStore(config.stateRoot, ports.write),
      boot: ports.boot ?? readBootId(),
      models: new MoveModels(config.stateRoot, ports.write),
      changed: () => this.#publisher?.changed(),
    };
    this.#mover = new Mover(this.#context, { tell: (event) => this.#say(event), ask: (ask) => this.#ask(ask) });
    // The port is taken first, so that nothing is started when it cannot be had; transfers wait for the recovery.
    const admit = async (header: BulkHeader) => {
      await this.#recovered;
      return this.#mover.admit(header);
    };
    this.#bulk = new BulkListener(admit, (message) => log.warn(message));
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
    agent.#startMeter();
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
      const entry = workloadEntry(view, this.#meter.usageOf(view.id), this.#stateBytes.get(view.id) ?? 0);
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
      const parsed = this.#intake.parse(message);
      if (parsed?.kind === 'command') this.#mover.handle(parsed.command);
      if (parsed?.kind === 'grant') this.#mover.granted(parsed.claims);
    });
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
    this.#beat?.cancel();
    await this.#bulk.close();
    await this.#mover.stop(services);
  }

  /** The last record, in place of the Will: an agent that ends in order says so itself. */
  async sayOffline(): Promise<void> {
    await this.#publish('offline');
  }

  #ask(ask: FloorsAsk): void {
    if (this.#bus?.connected() === true) this.#say(ask); // else at the next connect
  }

  #say(event: AgentEvent | FloorsAsk): void {
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
        this.#mover.workloads().flatMap(({ id, process }) => (process === null ? [] : [[id, process] as const])),
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
    for (const { id, role } of this.#mover.workloads()) {
      const epoch = keptEpochs(role)?.[0];
      this.#stateBytes.set(id, epoch === undefined ? 0 : await sizeOfState(epochFolder(stateRoot, id, epoch)));
      await cutLog(logFileOf(stateRoot, id));
    }
  }
}
