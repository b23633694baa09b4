// Everything in one thread: controller, sleds with their agents, broker, guardian, people, and the time they live in.
import { seededRandom, type Random } from '../../src/core/random.ts';
import type { AgentStatus, AgentVerb, ServiceSpec } from '../../src/protocols/agent-messages.ts';
import { AgentHost } from './agent-host.ts';
import type { ToController } from './agent-parts.ts';
import type { BulkParts } from './bulk.ts';
import { ControllerHost } from './controller-host.ts';
import { EventQueue } from './event-queue.ts';
import { Guardian } from './guardian.ts';
import { History } from './history.ts';
import { HostClock } from './host-clock.ts';
import { JournalDisk } from './journal-disk.ts';
import type { Machines } from './machines.ts';
import { CONTROLLER, Network } from './network.ts';
import { RecordDisk } from './record-disk.ts';
import { Sled } from './sled.ts';
import { checkForm } from './message-form.ts';
import { Tickets } from './tickets.ts';
import { Watch } from './watch.ts';
import { Weather } from './weather.ts';
import { workloadsOf } from './workloads.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly machines: Machines;
  /** Whether a history is kept. */
  readonly told: boolean;
  /** Whether each message is taken through JSON and its schema: slow. */
  readonly strict: boolean;
}

/** The broker tells of an agent that is gone after this long. */
const LAST_WILL_MS = 3_000;

export class World {
  readonly queue = new EventQueue();
  readonly random: Random;
  readonly weather: Weather;
  readonly history: History;
  readonly network: Network;
  readonly watch: Watch;
  readonly tickets = new Tickets();
  readonly sleds: readonly Sled[];
  readonly agents: readonly AgentHost[];
  readonly workloads: readonly ServiceSpec[];
  readonly controller: ControllerHost;
  readonly guardian: Guardian;
  readonly journal: JournalDisk;
  readonly controllerClock: HostClock;
  /** Workloads whose record a lying disk has spoilt: a person has to look after them. */
  readonly spoilt = new Set<string>();
  readonly #options: WorldOptions;
  readonly #agentOf = new Map<string, AgentHost>();
  readonly #sledOf = new Map<string, Sled>();
  readonly #retained = new Map<string, AgentStatus>();

  constructor(options: WorldOptions) {
    const { seed, machines, told } = options;
    this.#options = options;
    this.random = seededRandom(seed);
    const { queue, random } = this;
    this.weather = new Weather(random.fork('weather'));
    this.history = new History(told, () => queue.nowMs);
    const { weather, history } = this;
    this.network = new Network({
      queue,
      weather,
      history,
      reconnected: (node) => this.#reconnected(node),
      listens: (node) => (node === CONTROLLER ? this.controller.alive : this.agent(node) !== null),
    });
    this.watch = new Watch(
      () => queue.nowMs,
      (name) => this.sled(name),
    );
    this.controllerClock = this.#clock();
    const stored = this.watch.journalled.bind(this.watch);
    const keeps = machines.keepsEntry;
    this.journal = new JournalDisk({ queue, weather, sync: machines.journalSync, keeps, stored });
    const plan = workloadsOf(random.fork('workloads'));
    this.workloads = plan.specs;
    this.sleds = plan.configured.map((configured, n) => this.#newSled(`sled-${n + 1}`, plan.capacities, configured));
    for (const sled of this.sleds) this.#sledOf.set(sled.name, sled);
    const bulk: BulkParts = { queue, weather, network: this.network, agent: (sled) => this.agent(sled) };
    this.agents = this.sleds.map((sled, n) => this.#newAgent(sled, n + 1, bulk));
    for (const agent of this.agents) this.#agentOf.set(agent.name, agent);
    const read = (reading: Parameters<ControllerHost['read']>[0]) => this.controller.read(reading);
    this.guardian = new Guardian({ queue, weather, history, sleds: this.sleds, read });
    this.controller = this.#newController();
  }

  sled(name: string): Sled {
    const sled = this.#sledOf.get(name);
    if (sled === undefined) throw new Error(`there is no ${name}`);
    return sled;
  }

  /** The agent of a sled that runs; null when it does not. */
  agent(sled: string): AgentHost | null {
    const agent = this.#agentOf.get(sled);
    return agent?.alive === true ? agent : null;
  }

  get nodes(): string[] {
    return [CONTROLLER, ...this.sleds.map(({ name }) => name)];
  }

  /** A sled whose record says that it runs the workload, as the broker knows it; null when none does. */
  whereRuns(workload: string): string | null {
    for (const status of this.#retained.values())
      if (status.workloads.some(({ id, state }) => id === workload && state === 'running')) return status.sled;
    return null;
  }

  loseRetained(): void {
    this.#retained.clear();
  }

  start(): void {
    this.controller.start();
    for (const agent of this.agents) agent.start();
    this.#beat();
  }

  /** Agents publish their records now and then, the more often the more may have been lost. */
  #beat(): void {
    this.queue.after(this.weather.rough() || this.queue.nowMs < this.restlessUntilMs ? 10_000 : 300_000, () => {
      for (const agent of this.agents) agent.publish();
      this.#beat();
    });
  }

  /** Called with each command that the controller sends, before it is on its way. */
  sent: (sled: string, verb: AgentVerb) => void = () => {};
  /** Until then something may still have to come right. */
  restlessUntilMs = 30_000;

  #clock(): HostClock {
    return new HostClock(this.queue, 1 + (this.random.next() - 0.5) * 0.02);
  }

  #newSled(name: string, capacities: Sled['capacities'], configured: readonly ServiceSpec[]): Sled {
    const { queue, history, weather, watch } = this;
    const sync = this.#options.machines.recordSync;
    const disk: RecordDisk = new RecordDisk(
      queue,
      weather,
      sync,
      () => watch.stored(name),
      (workload) => this.#spoil(name, workload),
    );
    return new Sled({
      name,
      queue,
      history,
      clock: this.#clock(),
      disk,
      watch,
      capacities,
      configured,
      bootMs: () => 2_000 + weather.random.next() ** 2 * 27_000,
      booted: () => queue.after(500, () => this.#agentOf.get(name)?.start()),
      died: () => this.#agentOf.get(name)?.lost(),
      changed: () => this.guardian.changed(Number(name.slice('sled-'.length))),
    });
  }

  #spoil(sled: string, workload: string): void {
    this.spoilt.add(workload);
    this.history.note(sled, `the record of ${workload} is torn`);
  }

  #newAgent(sled: Sled, slot: number, bulk: BulkParts): AgentHost {
    const { queue, weather, history, network, watch, tickets } = this;
    const { machines } = this.#options;
    const tell = (message: ToController) => this.#told(sled.name, message);
    const fell = () => this.#agentFell(sled);
    return new AgentHost({ queue, weather, history, network, watch, tickets, sled, slot, machines, bulk, tell, fell });
  }

  #told(sled: string, message: ToController): void {
    if (this.#options.strict) checkForm(message);
    const { network } = this;
    if (message.kind === 'status' && network.connected(sled)) this.#retained.set(sled, message.status);
    network.send(sled, CONTROLLER, () => this.controller.heard(message));
  }

  #agentFell(sled: Sled): void {
    const { queue, weather } = this;
    const agent = this.#agentOf.get(sled.name);
    queue.after(LAST_WILL_MS, () => this.#lastWill(sled.name));
    const worstMs = weather.strikes('agent', 0.2) ? 400_000 : weather.rough() ? 20_000 : 2_000;
    if (sled.up) queue.after(50 + weather.random.next() ** 2 * worstMs, () => agent?.start());
  }

  #lastWill(name: string): void {
    const agent = this.#agentOf.get(name);
    if (agent === undefined || (agent.alive && this.network.connected(name))) return;
    const status = agent.lastWill();
    this.#retained.set(name, status);
    this.network.send('broker', CONTROLLER, () => this.controller.heard({ kind: 'status', status }));
  }

  /** The line of a sled was cut: the broker notices after a time. */
  cutOff(name: string): void {
    if (name !== CONTROLLER) this.queue.after(LAST_WILL_MS, () => this.#lastWill(name));
  }

  #reconnected(node: string): void {
    if (node !== CONTROLLER) return this.agent(node)?.connected();
    for (const status of this.#retained.values())
      this.network.send('broker', CONTROLLER, () => this.controller.heard({ kind: 'status', status }));
  }

  #newController(): ControllerHost {
    const { queue, weather, history, network, watch, tickets, journal } = this;
    const { machines, strict } = this.#options;
    return new ControllerHost({
      queue,
      weather,
      history,
      network,
      watch,
      tickets,
      journal,
      machines,
      strict,
      clock: this.controllerClock,
      guardian: () => this.guardian,
      agent: (sled) => this.agent(sled),
      retained: () => this.#retained.values(),
      sent: (sled, verb) => this.sent(sled, verb),
      fell: () => this.#controllerFell(),
    });
  }

  #controllerFell(): void {
    const downMs = 100 + this.weather.random.next() ** 2 * (this.weather.rough() ? 20_000 : 2_000);
    this.queue.after(downMs, () => this.controller.start());
  }
}
