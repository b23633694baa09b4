// The controller's end of the planner's thread. A planner that dies or hangs is started anew; its request fails.
import { Worker } from 'node:worker_threads';
import { ColdslotError } from '../core/errors.ts';
import type { Plan, PlanInstance } from '../core/plan.ts';
import type { Staying } from '../placement/staying.ts';

export type PlannerRequest =
  | {
      readonly kind: 'plan';
      readonly id: number;
      readonly instance: PlanInstance;
      readonly seconds: number;
      readonly seed: number;
      /** Energy, J over the horizon, that a move must save unless it relieves overshoot. */
      readonly gainThresholdJ: number;
      /** See PlanningTask. */
      readonly uncertaintyK: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'stay'; readonly id: number; readonly instance: PlanInstance };

export type PlannerReply =
  | { readonly kind: 'planned'; readonly id: number; readonly planned: Planned }
  | { readonly kind: 'stayed'; readonly id: number; readonly stay: Staying }
  | { readonly kind: 'failed'; readonly id: number; readonly error: string };

/** `stay`: the same instance with no Move. */
export interface Planned {
  readonly plan: Plan;
  readonly stay: Plan;
  /** How far a saving of air-mover power may be wrong, W. */
  readonly doubtW?: number;
}

/** What makes plans of instances: the planner's thread, or something in its place. */
export interface Planner {
  /** @throws ColdslotError `failed` when no plan can be made */
  plan(
    instance: PlanInstance,
    seconds: number,
    gainThresholdJ: number,
    uncertaintyK?: Readonly<Record<string, number>>,
  ): Promise<Planned>;
  /** The speeds for leaving everything where it is. @throws ColdslotError `failed` */
  stay(instance: PlanInstance): Promise<Staying>;
}

/** Beyond the seconds it was given, before a planner counts as hung. */
const GRACE_MS = 10_000;

/** A thread that has had nothing to do for so long is ended: it holds some megabytes, and starts in a blink. */
const IDLE_MS = 5000;

interface Pending {
  readonly resolve: (reply: Exclude<PlannerReply, { kind: 'failed' }>) => void;
  readonly reject: (error: ColdslotError) => void;
  readonly timer: NodeJS.Timeout;
}

export class PlannerClient implements Planner {
  readonly #file: URL;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #nextId = 1;
  #closed = false;

  /** @param file The planner-worker module, bundled beside the controller. */
  constructor(file: URL) {
    this.#file = file;
  }

  async plan(
    instance: PlanInstance,
    seconds: number,
    gainThresholdJ: number,
    uncertaintyK: Readonly<Record<string, number>> = {},
    seed = 1,
  ): Promise<Planned> {
    const task = { instance, seconds, seed, gainThresholdJ, uncertaintyK };
    const reply = await this.#ask({ kind: 'plan', id: this.#nextId++, ...task }, seconds);
    if (reply.kind === 'planned') return reply.planned;
    throw new ColdslotError('failed', 'planner', `it answered a plan with ${reply.kind}`);
  }

  async stay(instance: PlanInstance): Promise<Staying> {
    const reply = await this.#ask({ kind: 'stay', id: this.#nextId++, instance }, 0);
    if (reply.kind === 'stayed') return reply.stay;
    throw new ColdslotError('failed', 'planner', `it answered the speeds with ${reply.kind}`);
  }

  #ask(request: PlannerRequest, seconds: number): Promise<Exclude<PlannerReply, { kind: 'failed' }>> {
    const worker = this.#started();
    if (this.#idle !== null) clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail('did not answer in time'), seconds * 1000 + GRACE_MS);
      this.#pending.set(request.id, { resolve, reject, timer });
      worker.postMessage(request);
    });
  }

  /** Ends the thread in the middle of whatever it does; what was asked for fails. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#settleAll('is being stopped');
    await this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(this.#file);
    worker.on('message', (reply: PlannerReply) => this.#take(reply));
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#fail(`failed: ${error.message}`);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #take(reply: PlannerReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    if (this.#pending.size === 0) this.#idle = setTimeout(() => this.#rest(), IDLE_MS).unref();
    if (reply.kind === 'failed') pending.reject(new ColdslotError('failed', 'planner', reply.error));
    else pending.resolve(reply);
  }

  #rest(): void {
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
  }

  #fail(why: string): void {
    const worker = this.#worker;
    this.#worker = null;
    this.#settleAll(why);
    if (!this.#closed) void worker?.terminate();
  }

  #settleAll(why: string): void {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) {
      clearTimeout(pending.timer);
      pending.reject(new ColdslotError('failed', 'planner', why, 'the next plan starts it anew'));
    }
  }
}
