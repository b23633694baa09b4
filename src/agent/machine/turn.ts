// The workspace of one step of the machine: the state as it becomes, and the effects in their order.
import { absentRecord, type WorkloadRecord } from '../records/workload-record.ts';
import type { AgentEffect, AgentSettings, DriverOp } from './machine.ts';
import type { AgentState, Local } from './state.ts';

type Flat = Omit<AgentState, 'locals'>;

export class Turn {
  readonly settings: AgentSettings;
  readonly atMs: number;
  readonly effects: AgentEffect[] = [];
  #state: AgentState;
  #locals: Map<string, Local> | null = null;

  constructor(state: AgentState, settings: AgentSettings, atMs: number) {
    this.#state = state;
    this.settings = settings;
    this.atMs = atMs;
  }

  get state(): AgentState {
    return this.#state;
  }

  change(part: Partial<Flat>): void {
    this.#state = { ...this.#state, ...part };
  }

  locals(): readonly Local[] {
    return [...this.#state.locals.values()];
  }

  find(id: string): Local | undefined {
    return this.#state.locals.get(id);
  }

  /** Of a workload that has come to act here. */
  local(id: string): Local {
    const local = this.find(id);
    if (local === undefined) throw new Error(`invariant broken: no local ${id}`);
    return local;
  }

  put(local: Local): Local {
    if (this.#locals === null) {
      this.#locals = new Map(this.#state.locals);
      this.#state = { ...this.#state, locals: this.#locals };
    }
    this.#locals.set(local.id, local);
    return local;
  }

  patch(id: string, part: Partial<Omit<Local, 'id'>>): Local {
    return this.put({ ...this.local(id), ...part });
  }

  /** Forgets one of which nothing is known and nothing is wanted. */
  remove(id: string): void {
    this.put(this.local(id));
    this.#locals?.delete(id);
  }

  token(): number {
    const { nextToken } = this.#state;
    this.change({ nextToken: nextToken + 1 });
    return nextToken;
  }

  emit(effect: AgentEffect): void {
    this.effects.push(effect);
  }

  log(level: 'info' | 'warn' | 'error', text: string): void {
    this.emit({ kind: 'log', level, text });
  }

  changed(): void {
    if (!this.effects.some((effect) => effect.kind === 'changed')) this.emit({ kind: 'changed' });
  }

  /** The token by which `written` tells of it. */
  write(record: WorkloadRecord): number {
    const token = this.token();
    const { writing } = this.local(record.workload);
    this.patch(record.workload, { writing: [...writing, { token, record }] });
    this.emit({ kind: 'write', token, record });
    return token;
  }

  driver(workload: string, op: DriverOp): number {
    const token = this.token();
    this.emit({ kind: 'driver', token, workload, op });
    return token;
  }
}

export function newLocal(id: string, record: WorkloadRecord | null, floor: Local['floor']): Local {
  return {
    id,
    record,
    floor,
    writing: [],
    up: null,
    process: null,
    job: null,
    queue: [],
    incoming: null,
    freezeMs: null,
  };
}

export function recordOf(local: Local): WorkloadRecord {
  return local.record ?? absentRecord(local.id);
}
