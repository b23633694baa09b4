// The least controller that carries out a Move's effects: a journal that becomes durable after a while, timers,
// commands, reservations. It can crash before, in and after every append.
import {
  decodeEntry,
  emptyLedger,
  encodeEntry,
  fold,
  moveId,
  nextEpoch,
  type JournalEntry,
  type Ledger,
} from '../../../src/moves/ledger.ts';
import {
  isOpen,
  sledAt,
  type MoveEffect,
  type MoveEvent,
  type MovePlan,
  type MoveState,
  type Send,
} from '../../../src/moves/move.ts';
import { fromRecord, toRecord } from '../../../src/moves/move-record.ts';
import { Reservations } from '../../../src/moves/reservations.ts';
import { begin, step } from '../../../src/moves/step.ts';
import type { AgentEvent } from '../../../src/protocols/agent-messages.ts';

/** What a mutant puts in place of the real thing. */
export interface Parts {
  readonly begin: typeof begin;
  readonly step: typeof step;
  /** What the journal's entries say after a crash. */
  readonly recover: (entries: readonly JournalEntry[]) => Ledger;
  /** Puts the effects in the order they are carried out. */
  readonly order: (effects: readonly MoveEffect[]) => readonly MoveEffect[];
}

export const soundParts: Parts = {
  begin,
  step,
  recover: (entries) => entries.reduce(fold, emptyLedger),
  order: (effects) => effects,
};

export interface ControllerWorld {
  readonly nowMs: () => number;
  after(delayMs: number, callback: () => void): void;
  chance(probability: number): boolean;
  between(lowMs: number, highMs: number): number;
  command(state: MoveState, send: Send): void;
  /** Takes the controller down, and up again some time later. */
  crashed(): void;
  reached(state: MoveState['kind'], how: 'taken' | 'crashed' | 'recovered'): void;
  note(text: string): void;
}

interface Live {
  state: MoveState;
  busy: boolean;
  readonly inbox: MoveEvent[];
}

export class ModelController {
  readonly #world: ControllerWorld;
  readonly #parts: Parts;
  /** What survives: the journal. */
  readonly disk: Uint8Array[] = [];
  up = false;
  #life = 0;
  #ledger: Ledger = emptyLedger;
  #lastMove = 0;
  readonly live = new Map<string, Live>();
  reservations = new Reservations();

  constructor(world: ControllerWorld, parts: Parts) {
    this.#world = world;
    this.#parts = parts;
  }

  start(): void {
    this.up = true;
    this.live.clear();
    this.reservations = new Reservations();
    this.#ledger = this.#parts.recover(this.disk.map(decodeEntry));
    this.#lastMove = this.#ledger.lastMove;
    const moment = { nowMs: this.#world.nowMs(), wallMs: this.#world.nowMs() };
    this.#world.note(`controller starts, ${this.#ledger.open.size} Moves open`);
    for (const record of [...this.#ledger.open.values(), ...this.#ledger.closed]) {
      const state = fromRecord(record, moment);
      this.#world.reached(state.kind, 'recovered');
      if (isOpen(state)) this.#reserve(state.move);
      this.live.set(record.id, { state, busy: false, inbox: [] });
    }
    for (const id of this.live.keys()) this.#feed(id, { kind: 'restart', atMs: moment.nowMs });
  }

  crash(): void {
    this.up = false;
    this.#life++;
    this.#world.note('controller crashes');
    this.#world.crashed();
  }

  openMoves(): MoveState[] {
    return [...this.live.values()].map((live) => live.state).filter(isOpen);
  }

  startMove(plan: Omit<MovePlan, 'id' | 'epoch'>, knownEpoch: number): void {
    if (!this.up || this.openMoves().some((state) => state.move.workload === plan.workload)) return;
    const id = moveId(++this.#lastMove);
    const epoch = nextEpoch(this.#ledger, plan.workload, knownEpoch);
    this.#world.note(`${id} begins: ${plan.workload} ${plan.fromSled} → ${plan.toSled}, epoch ${epoch}`);
    const first = this.#parts.begin({ ...plan, id, epoch }, this.#world.nowMs());
    const live: Live = { state: first.state, busy: true, inbox: [] };
    this.live.set(id, live);
    this.#reserve(first.state.move);
    this.#carryOut(live, first.state, first.effects);
  }

  undo(id: string): void {
    if (this.up) this.#feed(id, { kind: 'undo', atMs: this.#world.nowMs(), why: 'an operator asked' });
  }

  answered(event: AgentEvent): void {
    const live = this.live.get(event.move);
    if (!this.up || live === undefined) return;
    const end = event.sled === live.state.move.fromSled ? 'source' : 'destination';
    this.#feed(event.move, { ...event, kind: 'answer', end, atMs: this.#world.nowMs() });
  }

  sledOnline(sled: string): void {
    if (!this.up) return;
    for (const [id, { state }] of this.live) {
      for (const end of ['source', 'destination'] as const) {
        if (sledAt(state.move, end) === sled) this.#feed(id, { kind: 'online', atMs: this.#world.nowMs(), end });
      }
    }
  }

  #reserve(move: MovePlan): void {
    this.reservations.reserve({ move: move.id, workload: move.workload, slot: move.to, demand: {} });
  }

  #feed(id: string, event: MoveEvent): void {
    const live = this.live.get(id);
    if (live === undefined) return;
    if (live.busy) {
      live.inbox.push(event);
      return;
    }
    const { state, effects } = this.#parts.step(live.state, event);
    if (state.kind !== live.state.kind)
      this.#world.note(`${id} ${live.state.kind} → ${state.kind} on ${describe(event)}`);
    live.busy = true;
    this.#carryOut(live, state, this.#parts.order(effects));
  }

  #carryOut(live: Live, state: MoveState, effects: readonly MoveEffect[]): void {
    const journalled = effects.findIndex((effect) => effect.kind !== 'journal');
    const count = journalled === -1 ? effects.length : journalled;
    if (count === 0) {
      const [effect, ...rest] = effects;
      if (effect === undefined) return this.#settle(live, state);
      this.#perform(state, effect);
      if (this.up) this.#carryOut(live, state, rest);
      return;
    }
    const edges = effects.slice(0, count).flatMap((effect) => (effect.kind === 'journal' ? [effect.state] : []));
    this.#append(edges, () => this.#carryOut(live, state, effects.slice(count)));
  }

  #settle(live: Live, state: MoveState): void {
    live.state = state;
    live.busy = false;
    const next = live.inbox.shift();
    if (next !== undefined) this.#feed(state.move.id, next);
  }

  #append(edges: readonly MoveState[], callback: () => void): void {
    const life = this.#life;
    const last = edges.at(-1) as MoveState;
    const moment = { nowMs: this.#world.nowMs(), wallMs: this.#world.nowMs() };
    const entries = edges.map((state) => encodeEntry({ kind: 'edge', move: toRecord(state, moment) }));
    if (this.#world.chance(0.02)) {
      const kept = Math.floor(this.#world.between(0, entries.length + 0.999)); // torn: some of the batch, or none
      this.disk.push(...entries.slice(0, kept));
      this.#world.reached(last.kind, 'crashed');
      this.#world.note(`the append of ${edges.map((edge) => edge.kind).join('+')} is torn, ${kept} kept`);
      return this.crash();
    }
    this.#world.after(this.#world.between(0.2, 20), () => {
      if (life !== this.#life) return;
      this.disk.push(...entries);
      for (const entry of entries) this.#ledger = fold(this.#ledger, decodeEntry(entry));
      for (const edge of edges) this.#world.reached(edge.kind, 'taken');
      if (!this.#world.chance(0.02)) return callback();
      this.#world.reached(last.kind, 'crashed');
      this.#world.note(`${last.move.id} is durably ${last.kind}`);
      this.crash();
    });
  }

  #perform(state: MoveState, effect: MoveEffect): void {
    const id = state.move.id;
    switch (effect.kind) {
      case 'send':
        return this.#world.command(state, effect);
      case 'timer': {
        const life = this.#life;
        return this.#world.after(effect.delayMs, () => {
          if (life === this.#life) this.#feed(id, { kind: 'timer', atMs: this.#world.nowMs(), token: effect.token });
        });
      }
      case 'release':
        return this.reservations.release(id);
      case 'journal':
      case 'publish':
        return;
    }
  }
}

function describe(event: MoveEvent): string {
  if (event.kind === 'answer') return `${event.end}’s ${event.verb} ${event.outcome} ${event.error ?? ''}`;
  return event.kind === 'undo' ? event.why : event.kind;
}
