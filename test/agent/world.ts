// A small chassis for tests: a directory, a controller's key, sleds with agents in this process, and what a controller
// would say to them. Whatever services are started here are ended by `close`.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, type Clock } from '../../src/core/clock.ts';
import type { Bus } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import {
  agentEventSchema,
  serviceSpecSchema,
  type AgentCommand,
  type AgentEvent,
  type AgentVerb,
  type ServiceSpec,
} from '../../src/protocols/agent-messages.ts';
import { floorsAskSchema, signGrant, type FloorsAsk } from '../../src/protocols/floors.ts';
import { signTicket, type TicketClaims } from '../../src/protocols/ticket.ts';
import { sledOf, topicsOf } from '../../src/protocols/topics.ts';
import { Agent, type AgentPorts } from '../../src/agent/agent.ts';
import { agentConfigSchema, type AgentConfig } from '../../src/agent/config.ts';
import { COUNTER } from './counter.ts';
import { MemoryBus } from './memory-bus.ts';

export const CHASSIS = 'test-chassis';

export interface MoveOrder {
  readonly move: string;
  readonly workload: string;
  readonly epoch: number;
  readonly from: string;
  readonly to: string;
}

export class World {
  readonly root = mkdtempSync(join(tmpdir(), 'coldslot-agent-'));
  readonly keys = generateKeyPairSync('ed25519');
  readonly clock: Clock = realClock();
  readonly bus: Bus;
  readonly logLines: string[] = [];
  /** Every answer of every agent, in order. */
  readonly events: AgentEvent[] = [];
  /** Every question for floors, in order. */
  readonly asks: FloorsAsk[] = [];
  answersAsks = true;
  readonly #waiting: {
    readonly matches: (event: AgentEvent) => boolean;
    readonly resolve: (event: AgentEvent) => void;
  }[] = [];
  readonly #agents = new Map<string, Agent>();
  readonly #peers = new Map<string, number>();

  constructor(bus: Bus = new MemoryBus()) {
    this.bus = bus;
    writeFileSync(this.keyFile(), this.keys.publicKey.export({ type: 'spki', format: 'pem' }));
  }

  async open(): Promise<this> {
    await this.bus.subscribe(`coldslot/${CHASSIS}/agent/+/ask`, ({ payload }) => {
      this.#asked(floorsAskSchema.parse(JSON.parse(Buffer.from(payload).toString('utf8'))));
    });
    await this.bus.subscribe(`coldslot/${CHASSIS}/agent/+/event`, (message) => {
      const data: unknown = JSON.parse(Buffer.from(message.payload).toString('utf8'));
      const event = agentEventSchema.parse(data);
      if (sledOf(message.topic) !== event.sled) throw new Error(`an event of ${event.sled} on ${message.topic}`);
      this.events.push(event);
      for (const wait of this.#waiting.filter((each) => each.matches(event))) {
        this.#waiting.splice(this.#waiting.indexOf(wait), 1);
        wait.resolve(event);
      }
    });
    return this;
  }

  #asked(ask: FloorsAsk): void {
    this.asks.push(ask);
    if (this.answersAsks)
      void this.grant(ask.sled, ask.boot, Object.fromEntries(ask.workloads.map(({ id, floor }) => [id, floor])));
  }

  /** What the controller says to a sled that asks: by default, the floors it has. */
  grant(
    sled: string,
    boot: string,
    floors: Readonly<Record<string, number>>,
    key = this.keys.privateKey,
  ): Promise<void> {
    const grant = signGrant({ purpose: 'floors', chassis: CHASSIS, sled, boot, floors }, key);
    return this.bus.publish(topicsOf(CHASSIS).agentGrant(sled), JSON.stringify({ kind: 'floors-grant', grant }), {
      qos: 1,
    });
  }

  keyFile(): string {
    return join(this.root, 'controller.pem');
  }

  stateRoot = (sled: string): string => join(this.root, sled);

  config(sled: string, services: readonly ServiceSpec[], more: Partial<AgentConfig> = {}): AgentConfig {
    return agentConfigSchema.parse({
      format: 'coldslot-agent/1',
      chassis: CHASSIS,
      sled,
      slot: null,
      broker: 'mqtt://127.0.0.1:1',
      stateRoot: this.stateRoot(sled),
      controllerKeyFile: this.keyFile(),
      capacities: { cpu: 8 },
      services,
      ...more,
    });
  }

  async startAgent(
    sled: string,
    services: readonly ServiceSpec[] = [],
    more: Partial<AgentPorts> = {},
  ): Promise<Agent> {
    const note = (message: string) => void this.logLines.push(`${sled}: ${message}`);
    const agent = await Agent.start({
      config: this.config(sled, services),
      controllerKey: this.keys.publicKey,
      clock: this.clock,
      random: seededRandom(1),
      log: { info: note, warn: note, error: note },
      ...more,
    });
    await agent.attach(this.bus);
    this.#agents.set(sled, agent);
    this.#peers.set(sled, agent.bulkPort() ?? 0);
    return agent;
  }

  /** Ends an agent in order; its services run on. */
  async stopAgent(sled: string): Promise<void> {
    await this.#agents.get(sled)?.stop('leave');
    this.#agents.delete(sled);
  }

  peer(sled: string): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.#peers.get(sled) ?? 0 };
  }

  setPeer(sled: string, port: number): void {
    this.#peers.set(sled, port);
  }

  ticket(order: TicketClaims | MoveOrder, key: KeyObject = this.keys.privateKey): string {
    const { move, workload, epoch, from, to } = order;
    return signTicket({ chassis: CHASSIS, move, workload, epoch, from, to }, key);
  }

  command(order: MoveOrder, verb: AgentVerb, more: Partial<AgentCommand> = {}): AgentCommand {
    const port = this.#peers.get(order.to);
    return {
      move: order.move,
      workload: order.workload,
      epoch: order.epoch,
      verb,
      deadline: new Date(Date.now() + 60_000).toISOString(),
      ticket: this.ticket(order),
      spec: null,
      leaseMs: null,
      peer: verb === 'ship' && port !== undefined ? { host: '127.0.0.1', port } : null,
      ...more,
    };
  }

  /** The next answer of a kind. */
  nextEvent(matches: (event: AgentEvent) => boolean): Promise<AgentEvent> {
    return new Promise((resolve) => void this.#waiting.push({ matches, resolve }));
  }

  post(sled: string, command: AgentCommand): Promise<void> {
    return this.bus.publish(topicsOf(CHASSIS).agentCommand(sled), JSON.stringify(command), { qos: 1 });
  }

  /** Sends a command and waits for its answer. */
  async send(sled: string, command: AgentCommand): Promise<AgentEvent> {
    const answer = this.nextEvent(
      (event) =>
        event.sled === sled &&
        event.move === command.move &&
        event.verb === command.verb &&
        event.outcome !== 'progress',
    );
    await this.post(sled, command);
    return answer;
  }

  /** One verb of a Move, at the end it is for. */
  tell(order: MoveOrder, verb: AgentVerb, more: Partial<AgentCommand> = {}): Promise<AgentEvent> {
    const atSource = verb === 'freeze' || verb === 'ship' || verb === 'fence' || verb === 'resume';
    return this.send(atSource ? order.from : order.to, this.command(order, verb, more));
  }

  /** Ends agents and all services they have started, and removes the directory. */
  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.stop('leave')));
    for (let left = this.services(); left.length > 0; left = this.services()) {
      for (const pid of left) kill(pid, 'SIGKILL');
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
    await this.bus.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** pids of everything that was started from this world, read from /proc by the test's own means. */
  services(workload?: string): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        const environment = read(`/proc/${pid}/environ`).split('\0');
        const state = /\) (\S)/.exec(read(`/proc/${pid}/stat`))?.[1] ?? 'Z';
        return (
          state !== 'Z' &&
          environment.some((entry) => entry.startsWith(`COLDSLOT_STATE_ROOT=${this.root}/`)) &&
          (workload === undefined || environment.includes(`COLDSLOT_WORKLOAD=${workload}`))
        );
      });
  }

  journal(): string {
    return join(this.root, 'journal');
  }

  /** A service that counts into its state, and says every count with its pid and epoch in a journal of all copies. */
  counter(id: string, more: Partial<ServiceSpec> = {}): ServiceSpec {
    return serviceSpecSchema.parse({
      id,
      command: process.execPath,
      args: ['-e', COUNTER],
      environment: { JOURNAL: this.journal() },
      demand: { cpu: 1 },
      ...more,
    });
  }

  counts(): { readonly pid: number; readonly epoch: number; readonly count: number }[] {
    return read(this.journal())
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [pid = 0, epoch = 0, count = 0] = line.split(' ').map(Number);
        return { pid, epoch, count };
      });
  }

  /** Waits until a copy of that epoch (and not of that pid) has counted. */
  async counted(epoch: number, notPid = 0): Promise<number> {
    const before = this.counts().length;
    return eventually(`a count at epoch ${epoch}`, () => {
      return this.counts()
        .slice(before)
        .find((entry) => entry.epoch === epoch && entry.pid !== notPid)?.pid;
    });
  }
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ended already
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Looks until something is there; the limit only ends a test that hangs. */
export async function eventually<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 12_000; tries++) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
  throw new Error(`never came: ${what}`);
}

/** Once another process has counted, the one before never counts again; and no count is said twice or goes back. */
export function assertOneAtATime(world: World): void {
  const ended = new Set<number>();
  let last = { pid: 0, count: 0 };
  for (const entry of world.counts()) {
    if (entry.pid !== last.pid) ended.add(last.pid);
    assert.equal(ended.has(entry.pid), false, `pid ${entry.pid} counted after another had begun`);
    assert.ok(entry.count > last.count, `count ${entry.count} after ${last.count}`);
    last = entry;
  }
}
