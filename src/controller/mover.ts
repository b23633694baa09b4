// The shell of the machine of all Moves: feeds it what is heard and carries out what it asks for. It decides nothing.
import type { Timer } from '../core/clock.ts';
import { assertNever, ColdslotError, describeError } from '../core/errors.ts';
import type { BusMessage } from '../core/ports.ts';
import type { MoveView } from '../core/view.ts';
import { defaultMoveLimits, type MoveRequest, type Situation } from '../moves/admission.ts';
import type { ControlEffect, ControlEvent } from '../moves/control.ts';
import {
  journalProblem,
  listMoves,
  reservationsOf,
  situationOf,
  waitsForPower,
  type Control,
  type ControlSettings,
} from '../moves/control-state.ts';
import { startControl, stepControl } from '../moves/control-step.ts';
import { encodeEntry } from '../moves/ledger.ts';
import { defaultPolicy } from '../moves/policy.ts';
import type { Reservation } from '../moves/reservations.ts';
import { allAgents } from '../protocols/topics.ts';
import { AnswerIntake } from './move-answers.ts';
import { MoveCommands } from './move-commands.ts';
import type { MoverOptions } from './mover-options.ts';
import type { SlotPowerNews } from './slot-power-news.ts';

export type FenceEvent = Extract<ControlEffect, { kind: 'event' }>;

interface Wish {
  readonly resolve: (view: MoveView) => void;
  readonly reject: (error: ColdslotError) => void;
}

export class Mover {
  readonly #options: MoverOptions;
  readonly #settings: ControlSettings;
  readonly #commands: MoveCommands;
  readonly #intake: AnswerIntake;
  readonly #listeners = new Set<(view: MoveView) => void>();
  readonly #fenceListeners = new Set<(event: FenceEvent) => void>();
  readonly #timers = new Map<string, Timer>();
  readonly #wishes = new Map<number, Wish>();
  readonly #underWay = new Set<Promise<void>>();
  #control: Control;
  #lastWish = 0;
  #isClosing = false;
  #stopWatching = () => {};

  private constructor(options: MoverOptions) {
    this.#options = options;
    const { policy = defaultPolicy, limits = defaultMoveLimits, powerRoom = () => null } = options;
    this.#settings = { policy, limits, powerRoom };
    this.#commands = new MoveCommands(options);
    this.#intake = new AnswerIntake((text) => options.log.warn(text));
    const start = startControl({ ledger: options.ledger, ...this.#moment() }, this.#settings);
    this.#control = start.control;
    this.#carry(start.effects);
  }

  /** Takes up what the journal says: every open Move goes on, forwards or back. */
  static async open(options: MoverOptions): Promise<Mover> {
    const early: BusMessage[] = [];
    let heard = (message: BusMessage): void => void early.push(message);
    for (const leaf of ['event', 'ask'] as const)
      await options.bus.subscribe(allAgents(options.chassis, leaf), (message) => heard(message));
    const mover = new Mover(options);
    heard = (message) => mover.#heard(message);
    for (const message of early) heard(message);
    mover.#stopWatching = options.sleds.onOnline((sled) => mover.#takeStatus(sled, true));
    await Promise.all(mover.#underWay); // whether the journal can be written is known from the start
    return mover;
  }

  /**
   * Starts a Move; resolves when it is durably planned.
   * @throws ColdslotError `refused`, `conflict` or `not-found` with the reason, `io` when the journal cannot be written
   */
  start(request: MoveRequest): Promise<MoveView> {
    const owner = this.#control.ledger.owners.get(request.workload)?.sled;
    for (const sled of new Set([request.fromSled, request.toSled, owner ?? request.toSled])) {
      this.#takeStatus(sled, false);
    }
    return this.#wish((token) => ({ kind: 'want', token, ...request, ...this.#moment() }));
  }

  /**
   * Undoes a Move that is not committed yet; resolves when that is durable, not when it is complete.
   * @throws ColdslotError `not-found`, `refused` when it is too late, `io` when the journal cannot be written
   */
  undo(move: string): Promise<MoveView> {
    return this.#wish((token) => ({ kind: 'undo', token, move, why: 'undone on request', atMs: this.#moment().atMs }));
  }

  /** Open Moves first, in the order they began, then the closed ones, newest first. */
  list(): MoveView[] {
    return listMoves(this.#control);
  }

  get(id: string): MoveView | null {
    return this.list().find((view) => view.id === id) ?? null;
  }

  /** Room that open Moves hold at their destinations. */
  reservations(): Reservation[] {
    return reservationsOf(this.#control);
  }

  /** What decides whether a Move may start now. */
  situation(): Situation {
    return { ...situationOf(this.#control, this.#settings), status: (sled) => this.#options.sleds.status(sled) };
  }

  /** Why no Move can start at the moment; null when the journal is well. */
  journalProblem(): string | null {
    const problem = journalProblem(this.#control);
    return problem === null ? null : `${problem}; moves are refused, cooling goes on`;
  }

  /** Whether a Move waits for the power of a sled: then `takeSlotPower` is to be told every slot of every frame. */
  waitsForPower(): boolean {
    return waitsForPower(this.#control);
  }

  takeSlotPower(news: SlotPowerNews): void {
    this.#feed({ kind: 'slot-power', atMs: this.#moment().atMs, ...news });
  }

  /** Calls back with a Move on every change, until the returned function is called. */
  onChange(listener: (view: MoveView) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls back on every edge of a fence, until the returned function is called. */
  onFence(listener: (event: FenceEvent) => void): () => void {
    this.#fenceListeners.add(listener);
    return () => void this.#fenceListeners.delete(listener);
  }

  /** Stops working; open Moves stay as the journal has them. Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#stopWatching();
    for (const timer of this.#timers.values()) timer.cancel();
    const ending = new ColdslotError('failed', 'moves', 'the controller is ending');
    for (const wish of this.#wishes.values()) wish.reject(ending);
    this.#wishes.clear();
    await Promise.all(this.#underWay);
  }

  #moment(): { readonly atMs: number; readonly wallMs: number } {
    const { clock } = this.#options;
    return { atMs: clock.nowMs(), wallMs: clock.wall().getTime() };
  }

  #wish(event: (token: number) => ControlEvent): Promise<MoveView> {
    const token = ++this.#lastWish;
    return new Promise((resolve, reject) => {
      this.#wishes.set(token, { resolve, reject });
      this.#feed(event(token));
    });
  }

  #heard(message: BusMessage): void {
    const word = this.#isClosing ? null : this.#intake.take(message);
    if (word !== null) this.#feed({ ...word, atMs: this.#moment().atMs });
  }

  #takeStatus(sled: string, back: boolean): void {
    const status = this.#options.sleds.status(sled);
    if (status !== null) this.#feed({ kind: 'status', atMs: this.#moment().atMs, status, back });
  }

  #feed(event: ControlEvent): void {
    if (this.#isClosing) return;
    const { control, effects } = stepControl(this.#control, event, this.#settings);
    this.#control = control;
    this.#carry(effects);
  }

  #carry(effects: readonly ControlEffect[]): void {
    for (const effect of effects) if (!this.#isClosing) this.#carryOut(effect);
  }

  #carryOut(effect: ControlEffect): void {
    switch (effect.kind) {
      case 'append':
        return this.#append(effect);
      case 'send':
        return this.#commands.send(effect.move, effect.send);
      case 'grant':
        return this.#commands.grant(effect.sled, effect.boot, effect.floors);
      case 'cut':
      case 'give':
        return this.#switchPower(effect.kind === 'give', effect.slot, effect.token);
      case 'timer':
        return this.#setTimer(effect.timer, effect.delayMs);
      case 'publish':
        for (const listener of this.#listeners) listener(effect.view);
        return;
      case 'accepted':
        return this.#takeWish(effect.token)?.resolve(effect.view);
      case 'refused': {
        const { code, subject, why, hint } = effect;
        return this.#takeWish(effect.token)?.reject(new ColdslotError(code, subject, why, hint));
      }
      case 'event':
        for (const listener of this.#fenceListeners) listener(effect);
        return;
      case 'log':
        return this.#options.log[effect.level](effect.text);
      default:
        return assertNever(effect, 'effect of the controller');
    }
  }

  #takeWish(token: number): Wish | undefined {
    const wish = this.#wishes.get(token);
    this.#wishes.delete(token);
    return wish;
  }

  #append({ token, entries }: Extract<ControlEffect, { kind: 'append' }>): void {
    const { journal } = this.#options;
    this.#follow(journal.append(entries.map(encodeEntry)), (error) =>
      this.#feed({ kind: 'appended', token, error, ...this.#moment() }),
    );
  }

  #switchPower(on: boolean, slot: number, token: number): void {
    const { switchPower } = this.#options;
    const switched = switchPower === undefined ? noGuardian(slot) : switchPower(slot, on);
    this.#follow(switched, (error) => this.#feed({ kind: 'power-answer', token, error, atMs: this.#moment().atMs }));
  }

  /** Reports how something ended that takes its time. */
  #follow(work: Promise<void>, ended: (error: string | null) => void): void {
    const followed = work
      .then(
        () => ended(null),
        (error: unknown) => ended(describeError(error)),
      )
      .finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
  }

  #setTimer(name: string, delayMs: number | null): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    if (delayMs === null) return;
    const timer = this.#options.clock.after(`Move ${name}`, delayMs, () => {
      this.#timers.delete(name);
      this.#feed({ kind: 'timer', timer: name, ...this.#moment() });
    });
    this.#timers.set(name, timer);
  }
}

function noGuardian(slot: number): Promise<void> {
  return Promise.reject(new ColdslotError('failed', `slot ${slot}`, 'nothing here can switch its power'));
}
