// Two or more fake sleds, a bus in this process and a Mover, in virtual time: what the Mover's tests stand on.
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Mover } from '../../src/controller/mover.ts';
import type { MoverOptions } from '../../src/controller/mover-options.ts';
import type { Bus, BusMessage, Journal } from '../../src/core/ports.ts';
import { seededRandom, type Random } from '../../src/core/random.ts';
import type { MoveView } from '../../src/core/view.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { decodeEntry, emptyLedger, fold, type Ledger } from '../../src/moves/ledger.ts';
import { agentCommandSchema, type AgentCommand, type AgentStatus } from '../../src/protocols/agent-messages.ts';
import { topicMatches } from '../../src/protocols/bus-over-mqtt.ts';
import { floorsGrantSchema, type FloorsGrant } from '../../src/protocols/floors.ts';
import { openTicket } from '../../src/protocols/ticket.ts';
import { sledOf, topicsOf } from '../../src/protocols/topics.ts';
import { FakeAgent, type AgentWorld, type Copy } from '../moves/model/fake-agent.ts';

const CHASSIS = 'bench';
const topics = topicsOf(CHASSIS);

/** A journal in memory that survives a Mover; an append takes a millisecond, and fails while `fault` is set. */
export class MemoryJournal implements Journal {
  readonly #clock: VirtualClock;
  readonly entries: Uint8Array[] = [];
  fault: Error | null = null;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  append(entries: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#clock.after('journal', 1, () => {
        if (this.fault !== null) return reject(this.fault);
        this.entries.push(...entries);
        resolve();
      });
    });
  }

  ledger(): Ledger {
    return this.entries.map(decodeEntry).reduce(fold, emptyLedger);
  }
}

export class MoveBench {
  readonly clock = new VirtualClock(1_700_000_000_000);
  readonly journal = new MemoryJournal(this.clock);
  readonly agents = new Map<string, FakeAgent>();
  readonly commands: AgentCommand[] = [];
  readonly grants: FloorsGrant[] = [];
  /** States of each Move as the listener saw them, without repetitions. */
  readonly seen: string[] = [];
  readonly logged: string[] = [];
  /** Of the messages, while set. */
  lossRatio = 0;
  /** The Mover is killed when it shows this, as in `m1 frozen`: the edge is durable, nothing after it was sent. */
  dieAt: string | null = null;
  /** Overrides what a sled announces. */
  announced: Partial<AgentStatus> = {};
  readonly #random: Random;
  readonly #key = generateKeyPairSync('ed25519');
  readonly #listeners: { readonly filter: string; readonly listener: (message: BusMessage) => void }[] = [];
  readonly #online = new Set<(sled: string) => void>();
  readonly #running = new Map<string, string>();
  #life = 0;
  mover: Mover | null = null;

  constructor(sleds: readonly string[], seed = 1) {
    this.#random = seededRandom(seed);
    const world: AgentWorld = {
      nowMs: () => this.clock.nowMs(),
      after: (delayMs, callback) => void this.clock.after('agent', delayMs, callback),
      chance: () => false,
      between: (low, high) => low + this.#random.next() * (high - low),
      answer: (event) => this.send(topics.agentEvent(event.sled), JSON.stringify(event)),
      peer: (sled) => this.agents.get(sled) ?? null,
      sledOfTicket: (ticket) => openTicket(ticket, createPublicKey(this.#key.privateKey)).to,
      runs: (sled, workload, copy) => this.#runs(sled, workload, copy),
      stops: (_sled, workload) => void this.#running.delete(workload),
      note: () => {},
    };
    for (const sled of sleds) this.agents.set(sled, new FakeAgent(sled, world));
  }

  /** Of the key that the Mover signs with. */
  get publicKey(): KeyObject {
    return createPublicKey(this.#key.privateKey);
  }

  agent(sled: string): FakeAgent {
    const agent = this.agents.get(sled);
    if (agent === undefined) throw new Error(`no ${sled}`);
    return agent;
  }

  /** Where a workload runs now. */
  runsOn(workload: string): string | undefined {
    return this.#running.get(workload);
  }

  async openMover(over: Partial<MoverOptions> = {}): Promise<Mover> {
    const opening = Mover.open({
      chassis: CHASSIS,
      bus: this.#bus(),
      clock: this.clock,
      journal: this.journal,
      ledger: this.journal.ledger(),
      ticketKey: this.#key.privateKey,
      sleds: {
        status: (sled) => this.#status(sled),
        onOnline: (listener) => {
          this.#online.add(listener);
          return () => void this.#online.delete(listener);
        },
      },
      log: { info: (text) => void this.logged.push(text), warn: (text) => void this.logged.push(text) },
      ...over,
    });
    this.mover = await this.during(opening, 10);
    this.mover.onChange((view) => this.#saw(view));
    return this.mover;
  }

  /** The Mover's process is gone: it hears and sends nothing from now on. */
  killMover(): void {
    this.#life++;
    this.#listeners.length = 0;
    void this.mover?.close();
    this.mover = null;
  }

  /** Closes the Mover in good order. */
  async close(): Promise<void> {
    if (this.mover !== null) await this.during(this.mover.close(), 10);
    this.mover = null;
  }

  undo(id: string): Promise<MoveView> {
    if (this.mover === null) throw new Error('no Mover');
    return this.during(this.mover.undo(id), 10);
  }

  online(sled: string): void {
    for (const listener of this.#online) listener(sled);
  }

  /** Starts a Move from where the workload runs. */
  move(workload: string, toSled: string): Promise<MoveView> {
    const fromSled = this.runsOn(workload) ?? '';
    const slots = [...this.agents.keys()];
    const [from, to] = [slots.indexOf(fromSled) + 1, slots.indexOf(toSled) + 1];
    if (this.mover === null) throw new Error('no Mover');
    return this.during(this.mover.start({ workload, from, to, fromSled, toSled, trigger: 'operator' }), 10);
  }

  /** Lets time pass while a promise is waited for. */
  async during<T>(promise: Promise<T>, forMs: number): Promise<T> {
    promise.catch(() => {}); // it is looked at below
    await this.clock.advanceAsync(forMs);
    return promise;
  }

  /** Lets time pass until the condition holds; false when it did not in that time. */
  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    for (let passedMs = 0; passedMs < limitMs && !condition(); passedMs += 5) await this.clock.advanceAsync(5);
    return condition();
  }

  send(topic: string, payload: string): void {
    if (this.#random.next() < this.lossRatio) return;
    this.clock.after('bus', 1 + this.#random.next() * 4, () => this.#deliver(topic, payload));
  }

  #deliver(topic: string, payload: string): void {
    const sled = sledOf(topic);
    if (topic.endsWith('/command') && sled !== null) this.#command(sled, JSON.parse(payload));
    if (topic.endsWith('/grant')) this.grants.push(floorsGrantSchema.parse(JSON.parse(payload)));
    const message = { topic, payload: Buffer.from(payload), retained: false };
    for (const { filter, listener } of this.#listeners) if (topicMatches(filter, topic)) listener(message);
  }

  #command(sled: string, message: unknown): void {
    const command = agentCommandSchema.parse(message);
    this.commands.push(command);
    this.agent(sled).handle(command);
  }

  #bus(): Bus {
    const life = this.#life;
    return {
      publish: async (topic, payload) => {
        if (life === this.#life) this.send(topic, payload);
      },
      subscribe: async (filter, listener) => void this.#listeners.push({ filter, listener }),
      connected: () => life === this.#life,
      close: async () => {},
    };
  }

  #status(sled: string): AgentStatus | null {
    const agent = this.agents.get(sled);
    if (agent === undefined) return null;
    const workloads = [...agent.copies].map(([id, copy]) => ({
      id,
      kind: 'service' as const,
      state: copy.role === 'owner' ? ('running' as const) : ('stopped' as const),
      epoch: copy.epoch,
      move: copy.move,
      demand: { cpu: 2 },
      cpuRatio: 0,
      memoryBytes: 0,
      stateBytes: 0,
      moveCostJ: 0,
      pinned: id.startsWith('pinned'),
      allowedSlots: id.startsWith('kept') ? [1, 3] : null,
      fence: 'wait' as const,
      moveWindows: [],
    }));
    return {
      sled,
      slot: null,
      state: agent.up ? 'online' : 'offline',
      version: '0',
      drivers: ['service'],
      capacities: { cpu: 8 },
      bulk: { host: '127.0.0.1', port: 4000 },
      workloads,
      models: { moveSamples: 0, meanFreezeMs: 0, meanBytesPerS: 0 },
      at: '',
      seq: 0,
      ...this.announced,
    };
  }

  #runs(sled: string, workload: string, _copy: Copy): void {
    const other = this.#running.get(workload);
    if (other !== undefined && other !== sled) throw new Error(`${workload} runs on ${other} and on ${sled}`);
    this.#running.set(workload, sled);
  }

  #saw(view: MoveView): void {
    const text = `${view.id} ${view.state}`;
    if (this.seen.at(-1) !== text) this.seen.push(text);
    if (this.dieAt === text) this.killMover();
  }
}
