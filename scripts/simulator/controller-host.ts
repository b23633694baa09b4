// What is around the controller's machine: journal, messages, timers, the guardian's word. It only carries effects, and
// may be killed between any two of them.
import { assertNever } from '../../src/core/errors.ts';
import type { MoveView } from '../../src/core/view.ts';
import type { ControlEffect, ControlEvent } from '../../src/moves/control.ts';
import { sledAt, type MovePlan, type Send } from '../../src/moves/move.ts';
import type { AgentCommand, AgentStatus, AgentVerb } from '../../src/protocols/agent-messages.ts';
import type { AgentHost } from './agent-host.ts';
import type { ToController } from './agent-parts.ts';
import type { EventQueue } from './event-queue.ts';
import { FRAME_MS, type Guardian, type PowerReading } from './guardian.ts';
import type { History } from './history.ts';
import type { HostClock } from './host-clock.ts';
import type { JournalDisk } from './journal-disk.ts';
import type { Control } from '../../src/moves/control-state.ts';
import type { Machines } from './machines.ts';
import { checkForm } from './message-form.ts';
import { NamedTimers } from './named-timers.ts';
import { CONTROLLER, type Network } from './network.ts';
import type { Tickets } from './tickets.ts';
import { Violation } from './violation.ts';
import type { Watch } from './watch.ts';
import type { Weather } from './weather.ts';

export interface ControllerParts {
  readonly queue: EventQueue;
  readonly weather: Weather;
  readonly history: History;
  readonly network: Network;
  readonly watch: Watch;
  readonly tickets: Tickets;
  readonly clock: HostClock;
  readonly journal: JournalDisk;
  readonly machines: Machines;
  readonly guardian: () => Guardian;
  readonly agent: (sled: string) => AgentHost | null;
  /** Records that the broker keeps. */
  readonly retained: () => Iterable<AgentStatus>;
  /** A command is about to be sent. */
  readonly sent: (sled: string, verb: AgentVerb) => void;
  /** Killed by the weather: somebody starts it again. */
  readonly fell: () => void;
  readonly strict: boolean;
}

export class ControllerHost {
  readonly #parts: ControllerParts;
  #control: Control | null = null;
  #life = 0;
  readonly #timers: NamedTimers;
  #wants = 0;
  #watchesPower = false;
  /** What was told of each Move last. */
  readonly views = new Map<string, MoveView>();
  /** A record of its journal was lost that it must miss. */
  #mustRefuse = false;
  /** Why it will not work with its journal; null when it does. */
  refuses: string | null = null;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    const { clock } = parts;
    this.#timers = new NamedTimers(clock, (timer) =>
      this.#feed({ kind: 'timer', atMs: clock.nowMs(), wallMs: clock.wallMs(), timer }),
    );
  }

  get alive(): boolean {
    return this.#control !== null;
  }

  get control(): Control | null {
    return this.#control;
  }

  start(): void {
    if (this.alive || this.refuses !== null) return;
    const { journal, history, clock, machines, network, retained } = this.#parts;
    const reading = journal.open();
    if (reading.kind === 'damaged') {
      this.refuses = reading.what;
      return history.note(CONTROLLER, `does not start: ${reading.what}`);
    }
    if (this.#mustRefuse) throw new Violation('the controller starts although a durable record of its journal is lost');
    history.note(CONTROLLER, `starts${reading.dropped === null ? '' : `, without ${reading.dropped}`}`);
    this.#life++;
    this.views.clear();
    const start = { ledger: reading.ledger, atMs: clock.nowMs(), wallMs: clock.wallMs() };
    const { control, effects } = machines.startControl(start);
    this.#control = control;
    this.#carry(effects);
    for (const status of retained()) this.heard({ kind: 'status', status });
    network.listensAgain(CONTROLLER);
    if (!this.#watchesPower) this.#watchPower();
  }

  kill(how: 'process' | 'power'): void {
    if (!this.alive) return;
    this.#parts.history.note(CONTROLLER, how === 'power' ? 'loses its power' : 'is killed');
    this.#life++;
    this.#control = null;
    this.#timers.clear();
    const { journal, weather, history, fell } = this.#parts;
    journal.crash(how);
    if (how === 'power' && weather.strikes('disk', 0.04) && journal.loseRecord()) {
      this.#mustRefuse = true;
      history.note(CONTROLLER, 'its disk has lost a record that it had confirmed');
    }
    fell();
  }

  // ── what comes in ──

  heard(message: ToController): void {
    const atMs = this.#parts.clock.nowMs();
    switch (message.kind) {
      case 'answer':
        return this.#feed({ kind: 'answer', atMs, event: message.event });
      case 'asked':
        return this.#feed({ kind: 'asked', atMs, ask: message.ask });
      case 'status':
        return this.#feed({ kind: 'status', atMs, status: message.status });
      default:
        return assertNever(message, 'message of an agent');
    }
  }

  /** Frames come all the time; the machine is given those of the time in which something waits for power. */
  read({ slot, sled, power, takenMs }: PowerReading): void {
    const { clock, machines } = this.#parts;
    if (this.#control === null || !machines.waitsForPower(this.#control)) return;
    this.#feed({ kind: 'slot-power', atMs: clock.nowMs(), slot, sled, power, sinceMs: clock.atMs(takenMs) });
  }

  want(wanted: Pick<MovePlan, 'workload' | 'from' | 'to' | 'fromSled' | 'toSled' | 'trigger'>): void {
    const { clock } = this.#parts;
    this.#feed({ kind: 'want', atMs: clock.nowMs(), wallMs: clock.wallMs(), token: ++this.#wants, ...wanted });
  }

  undo(move: string): void {
    const atMs = this.#parts.clock.nowMs();
    this.#parts.history.note('operator', `undoes ${move}`);
    this.#feed({ kind: 'undo', atMs, token: ++this.#wants, move, why: 'undone on request' });
  }

  // ── the machine ──

  #feed(event: ControlEvent): void {
    if (this.#control === null) return;
    const { machines } = this.#parts;
    const { control, effects } = machines.stepControl(this.#control, event);
    this.#control = control;
    if (!this.#watchesPower) this.#watchPower();
    this.#carry(effects);
  }

  #watchPower(): void {
    const { queue, machines, guardian } = this.#parts;
    this.#watchesPower = this.#control !== null && machines.waitsForPower(this.#control);
    if (!this.#watchesPower) return;
    guardian().readAll();
    queue.after(FRAME_MS, () => this.#watchPower());
  }

  /** What follows an append waits until that is durable. */
  #carry(effects: readonly ControlEffect[]): void {
    const life = this.#life;
    for (const [n, effect] of effects.entries()) {
      if (this.#parts.weather.strikes('controller', 0.006)) this.#fall();
      if (life !== this.#life) return;
      if (effect.kind === 'append') return this.#append(effect, effects.slice(n + 1));
      this.#carryOut(effect);
    }
  }

  #fall(): void {
    this.kill(this.#parts.weather.random.next() < 0.5 ? 'power' : 'process');
  }

  #append({ token, entries }: Extract<ControlEffect, { kind: 'append' }>, held: readonly ControlEffect[]): void {
    const { journal, clock, weather } = this.#parts;
    const life = this.#life;
    journal.append(entries, (error) => {
      if (life !== this.#life) return;
      if (weather.strikes('controller', 0.01)) return this.#fall();
      if (error === null) this.#carry(held);
      if (life === this.#life)
        this.#feed({ kind: 'appended', atMs: clock.nowMs(), wallMs: clock.wallMs(), token, error });
    });
  }

  #carryOut(effect: Exclude<ControlEffect, { kind: 'append' }>): void {
    const { history, network, agent } = this.#parts;
    switch (effect.kind) {
      case 'send':
        return this.#send(effect.move, effect.send);
      case 'grant': {
        const { sled, boot, floors } = effect;
        return network.send(CONTROLLER, sled, () => agent(sled)?.granted(boot, floors));
      }
      case 'cut':
      case 'give':
        return this.#power(effect);
      case 'timer':
        return this.#timers.set(effect.timer, effect.delayMs);
      case 'publish':
        return this.#publish(effect.view);
      case 'accepted':
        return this.#publish(effect.view);
      case 'refused':
        return history.note(CONTROLLER, `refuses: ${effect.why}`);
      case 'event':
        return history.note(CONTROLLER, `${effect.view.id}: ${effect.text}`);
      case 'log':
        return history.note(CONTROLLER, `says: ${effect.text}`);
      default:
        return assertNever(effect, 'effect of the controller');
    }
  }

  #publish(view: MoveView): void {
    const { history } = this.#parts;
    if (history.on && this.views.get(view.id)?.state !== view.state)
      history.note(CONTROLLER, `${view.id} of ${view.workload}, slot ${view.from} to ${view.to}: ${view.state}`);
    this.views.set(view.id, view);
  }

  #send(plan: MovePlan, send: Send): void {
    const { history, network, watch, tickets, clock, agent, strict } = this.#parts;
    if (history.on) history.note(CONTROLLER, `sends ${send.verb} of ${plan.id} to ${sledAt(plan, send.end)}`);
    watch.sent(plan, send);
    const command: AgentCommand = {
      move: plan.id,
      workload: plan.workload,
      epoch: plan.epoch,
      verb: send.verb,
      deadline: new Date(clock.wallMs() + send.validMs).toISOString(),
      ticket: tickets.of(plan),
      spec: send.spec,
      leaseMs: send.leaseMs,
      peer: send.verb === 'ship' ? { host: plan.toSled, port: 1 } : null,
    };
    if (strict) checkForm({ kind: 'command', command });
    const sled = sledAt(plan, send.end);
    this.#parts.sent(sled, send.verb);
    network.send(CONTROLLER, sled, () => agent(sled)?.command(command));
  }

  #power({ kind, token, slot, why }: Extract<ControlEffect, { kind: 'cut' | 'give' }>): void {
    const { history, guardian, clock } = this.#parts;
    const life = this.#life;
    history.note(CONTROLLER, `asks the guardian to ${kind} slot ${slot}: ${why}`);
    guardian().ask(kind, slot, (error) => {
      if (life === this.#life) this.#feed({ kind: 'power-answer', atMs: clock.nowMs(), token, error });
    });
  }

  /** Throws when it still has something to do long after the last fault. */
  checkRest(spoilt: ReadonlySet<string>): void {
    const { machines } = this.#parts;
    if (this.#control === null) throw new Violation('the controller does not run');
    const open = machines.openMoves(this.#control).filter(({ workload }) => !spoilt.has(workload));
    if (open.length > 0) throw new Violation(`still open: ${open.map(({ text }) => text).join(', ')}`);
    const reserved = machines.reserved(this.#control).filter(({ workload }) => !spoilt.has(workload));
    const held = reserved.map(({ text }) => text).join(', ');
    if (reserved.length > 0) throw new Violation(`reservations never given back: ${held}`);
  }
}
