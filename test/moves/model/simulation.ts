// Sleds, workloads and a controller in virtual time, with every fault the seed decides on: messages lost, doubled and
// late, links cut, agents and controller crashing. The invariants of a Move are checked at every change.
import { seededRandom, type Random } from '../../../src/core/random.ts';
import type { MoveState, Send } from '../../../src/moves/move.ts';
import { sledAt } from '../../../src/moves/move.ts';
import { FakeAgent, type AgentWorld, type Copy } from './fake-agent.ts';
import { ModelController, soundParts, type ControllerWorld, type Parts } from './model-controller.ts';

const SLEDS = ['sled1', 'sled2', 'sled3'] as const;
const WORKLOADS = ['w1', 'w2', 'w3'] as const;
const FAULTS_UNTIL_MS = 180_000;
/** DESIGN: exactly one copy within 120 s after the last fault heals. */
const HEALED_WITHIN_MS = 120_000;

export interface Outcome {
  readonly violation: string | null;
  readonly history: readonly string[];
  /** How often each edge was taken, and how often the controller crashed at it. */
  readonly taken: ReadonlyMap<string, number>;
  readonly crashed: ReadonlyMap<string, number>;
  /** In which states Moves were found in the journal after a crash. */
  readonly recovered: ReadonlyMap<string, number>;
  readonly agentCrashes: number;
}

export function simulate(seed: number, parts: Parts = soundParts, record = false): Outcome {
  const simulation = new Simulation(seed, parts, record);
  return simulation.run();
}

class Violation extends Error {}

class Simulation {
  readonly #random: Random;
  readonly #record: boolean;
  readonly #history: string[] = [];
  readonly #queue = new EventQueue();
  #nowMs = 0;
  readonly #controller: ModelController;
  readonly #agents = new Map<string, FakeAgent>();
  readonly #cutUntilMs = new Map<string, number>();
  readonly #reached = {
    taken: new Map<string, number>(),
    crashed: new Map<string, number>(),
    recovered: new Map<string, number>(),
  };
  #agentCrashes = 0;
  // what the invariants are about
  readonly #running = new Map<string, string>();
  readonly #ownerEpoch = new Map<string, number>();
  readonly #work = new Map<string, number>();
  readonly #epochs = new Map<string, { readonly epoch: number; readonly move: string }>();

  constructor(seed: number, parts: Parts, record: boolean) {
    this.#random = seededRandom(seed);
    this.#record = record;
    const common = {
      nowMs: () => this.#nowMs,
      after: (delayMs: number, callback: () => void) => this.#queue.add(this.#nowMs + delayMs, callback),
      chance: (probability: number) => this.#faulty() && this.#random.next() < probability,
      between: (low: number, high: number) => low + this.#random.next() * (high - low),
      note: (text: string) => this.#note(text),
    };
    const agentWorld: AgentWorld = {
      ...common,
      answer: (event) => this.#deliver(event.sled, () => this.#controller.answered(event)),
      peer: (sled) => (this.#isCut('bulk') ? null : (this.#agents.get(sled) ?? null)),
      sledOfTicket: (ticket) => ticket,
      runs: (sled, workload, copy, as) => this.#runs(sled, workload, copy, as),
      stops: (sled, workload) => this.#stops(sled, workload),
    };
    for (const sled of SLEDS) this.#agents.set(sled, new FakeAgent(sled, agentWorld));
    const controllerWorld: ControllerWorld = {
      ...common,
      command: (state, send) => this.#command(state, send),
      crashed: () => common.after(common.between(50, 15_000), () => this.#controller.start()),
      reached: (kind, how) => {
        const counts = this.#reached[how];
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      },
    };
    this.#controller = new ModelController(controllerWorld, parts);
  }

  run(): Outcome {
    let violation: string | null = null;
    try {
      this.#controller.start();
      for (const [index, workload] of WORKLOADS.entries()) this.#agents.get(SLEDS[index] as string)?.adopt(workload, 1);
      for (const workload of WORKLOADS) this.#keepMoving(workload);
      for (const sled of SLEDS) this.#keepCrashing(sled);
      this.#keepCutting();
      this.#runUntil(FAULTS_UNTIL_MS);
      this.#note('all faults heal');
      this.#cutUntilMs.clear();
      this.#runUntil(FAULTS_UNTIL_MS + HEALED_WITHIN_MS);
      this.#checkEnd();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      violation = error instanceof Violation ? error.message : `${error.message}\n${error.stack ?? ''}`;
      this.#note(`VIOLATION: ${error.message}`);
    }
    return { violation, history: this.#history, ...this.#reached, agentCrashes: this.#agentCrashes };
  }

  #runUntil(untilMs: number): void {
    for (let next = this.#queue.take(untilMs); next !== null; next = this.#queue.take(untilMs)) {
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = untilMs;
  }

  #faulty(): boolean {
    return this.#nowMs < FAULTS_UNTIL_MS;
  }

  #later(lowMs: number, highMs: number, callback: () => void): void {
    this.#queue.add(this.#nowMs + lowMs + this.#random.next() * (highMs - lowMs), () => {
      if (this.#faulty()) callback();
    });
  }

  #keepMoving(workload: string): void {
    this.#later(500, 20_000, () => {
      const owner = [...this.#agents.values()].find((agent) => agent.copies.get(workload)?.role === 'owner');
      const to = this.#random.pick(SLEDS);
      if (owner !== undefined && owner.up && owner.sled !== to) this.#startMove(workload, owner, to);
      if (this.#random.next() < 0.15) this.#undoOne();
      this.#keepMoving(workload);
    });
  }

  #startMove(workload: string, owner: FakeAgent, toSled: string): void {
    const from = SLEDS.findIndex((sled) => sled === owner.sled) + 1;
    const to = SLEDS.findIndex((sled) => sled === toSled) + 1;
    const ends = { from, to, fromSled: owner.sled, toSled };
    const plan = { workload, ...ends, trigger: 'plan', demand: {}, ownEpoch: null, fence: 'wait' } as const;
    this.#controller.startMove(plan, owner.copies.get(workload)?.epoch ?? 0);
  }

  #undoOne(): void {
    const open = this.#controller.openMoves();
    if (open.length > 0) this.#controller.undo(this.#random.pick(open).move.id);
  }

  #keepCrashing(sled: string): void {
    this.#later(1_000, 90_000, () => {
      const agent = this.#agents.get(sled);
      if (agent?.up === true) this.#crashAgent(agent);
      if (this.#random.next() < 0.1 && this.#controller.up) this.#controller.crash();
      this.#keepCrashing(sled);
    });
  }

  #crashAgent(agent: FakeAgent): void {
    this.#agentCrashes++;
    agent.crash(this.#random.next() < 0.5 ? 'die' : 'survive');
    this.#queue.add(this.#nowMs + 100 + this.#random.next() ** 2 * 40_000, () => {
      agent.start();
      this.#queue.add(this.#nowMs + this.#random.next() * 500, () => this.#controller.sledOnline(agent.sled));
    });
  }

  #keepCutting(): void {
    this.#later(1_000, 60_000, () => {
      const link = this.#random.pick([...SLEDS, 'bulk']);
      const forMs = 500 + this.#random.next() ** 2 * 60_000;
      this.#note(`the link to ${link} is cut for ${forMs.toFixed(0)} ms`);
      this.#cutUntilMs.set(link, this.#nowMs + forMs);
      this.#keepCutting();
    });
  }

  #isCut(link: string): boolean {
    return this.#nowMs < (this.#cutUntilMs.get(link) ?? 0);
  }

  #command(state: MoveState, { end, verb, spec, validMs }: Send): void {
    const { id, workload, epoch, toSled } = state.move;
    this.#checkEpoch(id, workload, epoch);
    const sled = sledAt(state.move, end);
    const deadline = new Date(this.#nowMs + validMs).toISOString();
    const command = { move: id, workload, epoch, verb, deadline, ticket: toSled, spec, leaseMs: null, peer: null };
    this.#deliver(sled, () => {
      const agent = this.#agents.get(sled);
      if (agent?.up !== true) return;
      this.#note(`${sled} gets ${verb} of ${id}`);
      agent.handle(command);
      if (this.#faulty() && agent.up && this.#random.next() < 0.01) this.#crashAgent(agent);
    });
  }

  /** Lost, doubled, late by up to a minute and a half; or, when all is well, there in a few milliseconds. */
  #deliver(sled: string, arrive: () => void): void {
    const faulty = this.#faulty();
    if (faulty && (this.#isCut(sled) || this.#random.next() < 0.12)) return;
    const copies = faulty && this.#random.next() < 0.12 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = faulty ? this.#random.next() : 1;
      const delayMs = late < 0.02 ? 90_000 * this.#random.next() : late < 0.15 ? 5_000 * this.#random.next() : 5;
      this.#queue.add(this.#nowMs + delayMs + this.#random.next() * 20, arrive);
    }
  }

  // ── the invariants ──

  #runs(sled: string, workload: string, copy: Copy, as: 'owner' | 'probation'): void {
    this.#note(`${sled} runs ${workload} as ${as}`);
    const other = this.#running.get(workload);
    if (other !== undefined) throw new Violation(`${workload} runs on ${other} and on ${sled}`);
    this.#running.set(workload, sled);
    const work = this.#work.get(workload) ?? 0;
    if (copy.work < work) throw new Violation(`${workload} runs with work ${copy.work}, it had come to ${work}`);
    if (as === 'probation') return;
    this.#work.set(workload, copy.work);
    const before = this.#ownerEpoch.get(workload) ?? 0;
    if (copy.epoch < before) throw new Violation(`${workload} runs at epoch ${copy.epoch} after epoch ${before}`);
    this.#ownerEpoch.set(workload, copy.epoch);
  }

  #stops(sled: string, workload: string): void {
    this.#note(`${sled} stops ${workload}`);
    this.#running.delete(workload);
  }

  /** An epoch belongs to one Move, and a later Move's is higher. */
  #checkEpoch(move: string, workload: string, epoch: number): void {
    const last = this.#epochs.get(workload);
    if (last === undefined || epoch > last.epoch) this.#epochs.set(workload, { epoch, move });
    else if (Number(move.slice(1)) > Number(last.move.slice(1))) {
      throw new Violation(`${move} uses epoch ${epoch} of ${workload}, ${last.move} had ${last.epoch}`);
    }
  }

  #checkEnd(): void {
    const open = this.#controller.openMoves().map((state) => `${state.move.id} ${state.kind}`);
    if (open.length > 0) throw new Violation(`still open 120 s after the last fault: ${open.join(', ')}`);
    const reserved = this.#controller.reservations.list().map((reservation) => reservation.move);
    if (reserved.length > 0) throw new Violation(`reservations never given back: ${reserved.join(', ')}`);
    for (const workload of WORKLOADS) {
      if (!this.#running.has(workload)) throw new Violation(`${workload} runs nowhere`);
      const copies = [...this.#agents.values()].filter((agent) => agent.copies.has(workload));
      const roles = copies.map((agent) => `${agent.sled} ${agent.copies.get(workload)?.role ?? ''}`);
      if (roles.length !== 1) throw new Violation(`${workload} has copies left: ${roles.join(', ')}`);
    }
  }

  #note(text: string): void {
    if (this.#record) this.#history.push(`${(this.#nowMs / 1000).toFixed(3).padStart(8)} s  ${text}`);
  }
}

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A binary heap by due time; ties in the order they were added. */
class EventQueue {
  readonly #heap: Due[] = [];
  #order = 0;

  add(atMs: number, callback: () => void): void {
    const heap = this.#heap;
    heap.push({ atMs, order: this.#order++, callback });
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  take(untilMs: number): Due | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > untilMs) return null;
    this.#swap(0, heap.length - 1);
    heap.pop();
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && this.#before(child, least)) least = child;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a] as Due;
    const right = this.#heap[b] as Due;
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b] as Due, heap[a] as Due];
  }
}
