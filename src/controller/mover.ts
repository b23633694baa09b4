// Carries out Moves: feeds answers, timers and wishes to the state machine and does what it asks for, one event of a
// Move after the other. What the journal does not hold durably is not done.
import type { Timer } from '../core/clock.ts';
import { assertNever, ColdslotError } from '../core/errors.ts';
import type { BusMessage } from '../core/ports.ts';
import type { MoveView } from '../core/view.ts';
import { moveId, nextEpoch } from '../moves/ledger.ts';
import {
  isFinished,
  isOpen,
  sledAt,
  type MoveEffect,
  type MoveEvent,
  type MovePlan,
  type MoveState,
} from '../moves/move.ts';
import { fromRecord } from '../moves/move-record.ts';
import { viewOfRecord, viewOfState } from '../moves/move-view.ts';
import { defaultPolicy, type MovePolicy } from '../moves/policy.ts';
import { Reservations, type Reservation } from '../moves/reservations.ts';
import { begin, step } from '../moves/step.ts';
import { allAgents } from '../protocols/topics.ts';
import { AnswerIntake, answerTo } from './move-answers.ts';
import { admit, defaultMoveLimits, type MoveRequest, type Situation } from './move-admission.ts';
import { MoveCommands } from './move-commands.ts';
import { MoveJournal } from './move-journal.ts';
import type { MoverOptions } from './mover-options.ts';

interface Live {
  state: MoveState;
  /** Of the last change, milliseconds since 1970. */
  wallMs: number;
  timer: Timer | null;
  readonly inbox: MoveEvent[];
  busy: boolean;
  /** Resolves when what was in the inbox has been worked on. */
  work: Promise<void>;
}

/** Progress is dropped rather than piled up behind a slow journal. */
const MAX_INBOX_PROGRESS = 16;

export class Mover {
  readonly #options: MoverOptions;
  readonly #policy: MovePolicy;
  readonly #commands: MoveCommands;
  readonly #answers: AnswerIntake;
  readonly #live = new Map<string, Live>();
  readonly #reservations = new Reservations();
  readonly #listeners = new Set<(view: MoveView) => void>();
  readonly #closing = new AbortController();
  readonly #journal: MoveJournal;
  #lastMove: number;
  #stopWatching = () => {};

  private constructor(options: MoverOptions) {
    this.#options = options;
    this.#policy = options.policy ?? defaultPolicy;
    this.#commands = new MoveCommands(options);
    this.#answers = new AnswerIntake((text) => options.log.warn(text));
    this.#journal = new MoveJournal(options, this.#closing.signal);
    this.#lastMove = options.ledger.lastMove;
  }

  /** Takes up what the journal says: every open Move goes on, forwards or back. */
  static async open(options: MoverOptions): Promise<Mover> {
    const mover = new Mover(options);
    await mover.#journal.probe();
    await options.bus.subscribe(allAgents(options.chassis, 'event'), (message) => mover.#heard(message));
    mover.#stopWatching = options.sleds.onOnline((sled) => mover.#online(sled));
    mover.#recover();
    return mover;
  }

  /**
   * Starts a Move; resolves when it is durably planned.
   * @throws ColdslotError `refused`, `conflict` or `not-found` with the reason, `io` when the journal cannot be written
   */
  async start(request: MoveRequest): Promise<MoveView> {
    this.#journal.check();
    const announced = admit(request, this.situation());
    const { demand } = announced;
    const epoch = nextEpoch(this.#journal.ledger(), request.workload, announced.epoch);
    const id = moveId(++this.#lastMove);
    const { state, effects } = begin({ ...request, id, demand, epoch }, this.#options.clock.nowMs(), this.#policy);
    const live = this.#track(state, this.#journal.moment().wallMs);
    this.#reserve(state.move);
    const planned = this.#journal.append(edgesOf(effects));
    live.busy = true; // nothing else is worked on before it is durable
    live.work = planned.then(
      () => this.#work(live, effects),
      () => {},
    );
    try {
      await planned;
    } catch (error) {
      this.#live.delete(id);
      this.#reservations.release(id);
      throw error;
    }
    this.#options.log.info(
      `Move ${id}: ${request.workload} from ${request.fromSled} to ${request.toSled}, epoch ${epoch}`,
    );
    return this.#viewOf(live);
  }

  /**
   * Undoes a Move that is not committed yet; resolves when that is durable, not when it is complete.
   * @throws ColdslotError `not-found`, `refused` when it is too late, `io` when the journal cannot be written
   */
  async undo(id: string): Promise<MoveView> {
    const live = this.#live.get(id);
    if (live === undefined || !isOpen(live.state)) {
      if (this.get(id) === null)
        throw new ColdslotError('not-found', id, 'there is no such Move', 'coldslot move list');
      throw new ColdslotError('refused', id, 'it has ended', 'start a new Move in the other direction');
    }
    this.#journal.check();
    await this.#feed(live, { kind: 'undo', atMs: this.#options.clock.nowMs(), why: 'undone on request' });
    const { state } = live;
    if (state.kind === 'undoing' || state.kind === 'undone') return this.#viewOf(live);
    throw new ColdslotError('refused', id, `it is ${state.kind}, from here it only goes on`, 'start a new Move back');
  }

  /** Open Moves first, in the order they began, then the closed ones, newest first. */
  list(): MoveView[] {
    const open = [...this.#live.values()].filter((live) => isOpen(live.state));
    return [...open.map((live) => this.#viewOf(live)), ...this.#journal.ledger().closed.toReversed().map(viewOfRecord)];
  }

  get(id: string): MoveView | null {
    return this.list().find((view) => view.id === id) ?? null;
  }

  /** Room that open Moves hold at their destinations. */
  reservations(): Reservation[] {
    return this.#reservations.list();
  }

  /** What decides whether a Move may start now. */
  situation(): Situation {
    const { limits = defaultMoveLimits, sleds, powerRoom = () => null } = this.#options;
    const open = [...this.#live.values()].flatMap(({ state }) => (isOpen(state) ? [state.move] : []));
    return { limits, open, reservations: this.reservations(), status: (sled) => sleds.status(sled), powerRoom };
  }

  /** Why no Move can start at the moment; null when the journal is well. */
  journalProblem(): string | null {
    const problem = this.#journal.problem();
    return problem === null ? null : `${problem}; moves are refused, cooling goes on`;
  }

  /** Calls back with a Move on every change, until the returned function is called. */
  onChange(listener: (view: MoveView) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops working; open Moves stay as the journal has them. Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopWatching();
    for (const live of this.#live.values()) live.timer?.cancel();
    await Promise.all([...this.#live.values()].map((live) => live.work));
  }

  #recover(): void {
    const moment = this.#journal.moment();
    for (const record of [...this.#journal.ledger().open.values(), ...this.#journal.ledger().closed]) {
      const state = fromRecord(record, moment);
      if (isFinished(state)) continue;
      const live = this.#track(state, record.wallMs);
      if (isOpen(state)) {
        this.#reserve(state.move);
        this.#options.log.info(`Move ${record.id} of ${record.workload} goes on from ${state.kind}`);
      }
      void this.#feed(live, { kind: 'restart', atMs: moment.nowMs });
    }
  }

  #heard(message: BusMessage): void {
    const event = this.#answers.take(message);
    const live = event === null ? undefined : this.#live.get(event.move);
    if (event === null || live === undefined) return;
    const answer = answerTo(live.state.move, event, this.#options.clock.nowMs());
    if (answer === null) return;
    if (answer.outcome === 'progress' && live.inbox.length >= MAX_INBOX_PROGRESS) return;
    void this.#feed(live, answer);
  }

  #online(sled: string): void {
    const atMs = this.#options.clock.nowMs();
    for (const live of this.#live.values()) {
      for (const end of ['source', 'destination'] as const) {
        if (sledAt(live.state.move, end) === sled) void this.#feed(live, { kind: 'online', atMs, end });
      }
    }
  }

  /** Resolves when the event, and what came with it, has been worked on. */
  #feed(live: Live, event: MoveEvent): Promise<void> {
    live.inbox.push(event);
    if (live.busy) return live.work;
    live.busy = true;
    live.work = this.#work(live);
    return live.work;
  }

  async #work(live: Live, first: readonly MoveEffect[] = []): Promise<void> {
    this.#carryOut(live, first);
    for (let event = live.inbox.shift(); event !== undefined; event = live.inbox.shift()) {
      if (this.#closing.signal.aborted) break;
      const { state, effects } = step(live.state, event, this.#policy);
      const edges = edgesOf(effects);
      const appended =
        edges.length === 0 ? 'durable' : await this.#journal.appendUntilDurable(edges, () => this.#changed(live));
      if (appended === 'closing') break;
      if (state.kind !== live.state.kind) this.#told(live.state, state);
      live.state = state;
      const held = appended === 'late' ? effects.filter((effect) => !['send', 'timer'].includes(effect.kind)) : effects;
      this.#carryOut(live, held);
      // deadlines taken before the wait do not hold: start over in the new state
      if (appended === 'late') live.inbox.unshift({ kind: 'restart', atMs: this.#options.clock.nowMs() });
      if (isFinished(state)) this.#retire(live);
    }
    live.busy = false;
  }

  #track(state: MoveState, wallMs: number): Live {
    const live: Live = { state, wallMs, timer: null, inbox: [], busy: false, work: Promise.resolve() };
    this.#live.set(state.move.id, live);
    return live;
  }

  #retire(live: Live): void {
    live.timer?.cancel();
    this.#live.delete(live.state.move.id);
  }

  /** Of effects whose edge is durable. */
  #carryOut(live: Live, effects: readonly MoveEffect[]): void {
    if (this.#closing.signal.aborted) return;
    const { move } = live.state;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'journal':
          break; // is durable by now
        case 'send':
          this.#commands.send(move, effect);
          break;
        case 'timer':
          this.#setTimer(live, effect.delayMs, effect.token);
          break;
        case 'release':
          this.#reservations.release(move.id);
          break;
        case 'publish':
          this.#changed(live);
          break;
        default:
          assertNever(effect, 'effect of a Move');
      }
    }
  }

  #setTimer(live: Live, delayMs: number, token: number): void {
    live.timer?.cancel();
    const { clock } = this.#options;
    live.timer = clock.after(`Move ${live.state.move.id}`, delayMs, () => {
      void this.#feed(live, { kind: 'timer', atMs: clock.nowMs(), token });
    });
  }

  #reserve(move: MovePlan): void {
    this.#reservations.reserve({ move: move.id, workload: move.workload, slot: move.to, demand: move.demand });
  }

  #told(before: MoveState, after: MoveState): void {
    const { id, error } = after.move;
    const why = after.kind === 'undoing' || after.kind === 'undone' ? `: ${error ?? 'no reason given'}` : '';
    this.#options.log.info(`Move ${id} ${before.kind} → ${after.kind}${why}`);
  }

  #changed(live: Live): void {
    live.wallMs = this.#journal.moment().wallMs;
    const view = this.#viewOf(live);
    for (const listener of this.#listeners) listener(view);
  }

  #viewOf(live: Live): MoveView {
    return viewOfState(live.state, live.wallMs, this.journalProblem());
  }
}

function edgesOf(effects: readonly MoveEffect[]): MoveState[] {
  return effects.flatMap((effect) => (effect.kind === 'journal' ? [effect.state] : []));
}
