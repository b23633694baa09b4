// The shell of the agent's machine: hands it what happens, one input after the other, and carries out what it decides.
// Nothing is decided here.
import type { Timer } from '../../core/clock.ts';
import { assertNever, describeError } from '../../core/errors.ts';
import type { AgentCommand, AgentEvent } from '../../protocols/agent-messages.ts';
import type { FloorsAsk, GrantClaims } from '../../protocols/floors.ts';
import { openTicket, type TicketClaims } from '../../protocols/ticket.ts';
import type { BulkHeader } from '../bulk/format.ts';
import type { Admission } from '../bulk/receiver.ts';
import type { AgentEffect, AgentInput, AgentSettings, DriverOp } from '../machine/machine.ts';
import type { AgentState } from '../machine/state.ts';
import { beginAgent, stepAgent, type AgentStep } from '../machine/step.ts';
import type { AgentContext } from './agent-context.ts';
import { ServiceDriver } from './service-driver.ts';
import { Transfers } from './transfers.ts';
import { isIdle, isSettled, workloadViews, type WorkloadView } from './workload-view.ts';

export interface MoverPorts {
  readonly tell: (event: AgentEvent) => void;
  readonly ask: (ask: FloorsAsk) => void;
}

/** An input without the time, which is put to it here. */
type Untimed<T> = T extends unknown ? Omit<T, 'atMs'> : never;

export class Mover {
  readonly #context: AgentContext;
  readonly #ports: MoverPorts;
  readonly #settings: AgentSettings;
  readonly #drivers = new Map<string, ServiceDriver>();
  readonly #transfers: Transfers;
  readonly #timers = new Map<string, Timer>();
  readonly #cancels = new Map<number, AbortController>();
  readonly #inbox: (() => AgentStep)[] = [];
  #state: AgentState;
  #working = false;
  #setEnded = () => {};
  readonly #ended = new Promise<void>((resolve) => (this.#setEnded = resolve));
  #whenIdle: (() => void)[] = [];
  #whenSettled: (() => void)[] = [];

  constructor(context: AgentContext, ports: MoverPorts) {
    const { config, boot, records } = context;
    this.#context = context;
    this.#ports = ports;
    const { chassis, sled, capacities, services: configured } = config;
    this.#settings = { chassis, sled, boot, capacities, configured };
    this.#transfers = new Transfers(context, {
      offered: (token, offer, header) => this.#take({ kind: 'offer', token, offer, claims: this.#claimsOf(header) }),
      received: (token, bytes, digest) => this.#take({ kind: 'received', token, bytes, digest }),
      ended: (token) => this.#take({ kind: 'offer-ended', token }),
    });
    const disk = { records: records.all(), grantedBoot: context.boots.read() };
    const first = beginAgent(disk, this.#settings, context.clock.nowMs());
    this.#state = first.state;
    this.#inbox.push(() => first);
  }

  /** Takes up what may be taken up already; resolves when that was tried. The rest follows when its floors are granted. */
  start(): Promise<void> {
    for (const aside of this.#context.records.setAside)
      this.#context.log.error(`the record of ${aside.workload} was set aside as ${aside.file}: ${aside.reason}`);
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.#work();
    });
  }

  /** Resolves when every workload has been taken up, as its floor allows. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenSettled.push(resolve);
      this.#tellProgress();
    });
  }

  isSettled(): boolean {
    return isIdle(this.#state) && isSettled(this.#state);
  }

  workloads(): readonly WorkloadView[] {
    return workloadViews(this.#state);
  }

  /** `leave`: services run on, for the next agent to take over. A copy on probation is killed in either case. */
  async stop(services: 'leave' | 'stop'): Promise<void> {
    this.#take({ kind: 'ending', services });
    await this.#ended;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  handle(command: AgentCommand): void {
    const wallMs = this.#context.clock.wall().getTime();
    this.#take({ kind: 'command', wallMs, command, claims: this.#claimsOf(command) });
  }

  /** A grant whose signature is good. */
  granted({ chassis, sled, boot, floors }: GrantClaims): void {
    if (chassis === this.#settings.chassis && sled === this.#settings.sled)
      this.#take({ kind: 'floors', boot, floors });
  }

  connected(): void {
    this.#take({ kind: 'connected' });
  }

  /** Whether a bulk transfer may come in. @throws Error with why it may not */
  admit(header: BulkHeader): Promise<Admission> {
    return this.#transfers.admit(header);
  }

  #claimsOf({ ticket }: { readonly ticket: string }): TicketClaims | { readonly refused: string } {
    try {
      return openTicket(ticket, this.#context.controllerKey);
    } catch (error) {
      return { refused: describeError(error) };
    }
  }

  #take(input: Untimed<AgentInput>): void {
    const timed: AgentInput = { ...input, atMs: this.#context.clock.nowMs() };
    this.#inbox.push(() => stepAgent(this.#state, timed, this.#settings));
    this.#work();
  }

  /** What an effect brings about at once waits until all effects before it have been carried out. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      const { state, effects } = next();
      this.#state = state;
      for (const effect of effects) this.#carryOut(effect);
    }
    this.#working = false;
    this.#tellProgress();
  }

  #tellProgress(): void {
    if (isIdle(this.#state)) for (const resolve of this.#whenIdle.splice(0)) resolve();
    if (this.isSettled()) for (const resolve of this.#whenSettled.splice(0)) resolve();
  }

  #carryOut(effect: AgentEffect): void {
    const { records, boots, models, clock, log, changed } = this.#context;
    switch (effect.kind) {
      case 'write':
        return this.#report(records.put(effect.record), effect.token);
      case 'write-boot':
        return this.#report(boots.put(effect.boot), effect.token);
      case 'tell':
        return this.#ports.tell({ ...effect.event, at: clock.wall().toISOString() });
      case 'ask-floors':
        return this.#ports.ask(effect.ask);
      case 'driver':
        return this.#drive(effect.workload, effect.token, effect.op);
      case 'cancel':
        this.#cancels.get(effect.token)?.abort();
        return this.#transfers.cancel(effect.token);
      case 'admit':
        return this.#transfers.answer(effect.token, effect.answer);
      case 'bulk-done':
        return this.#transfers.done(effect.token, effect.error);
      case 'measured':
        models
          .add(effect.freezeMs, effect.bytes, effect.shipMs)
          .catch((error: unknown) => log.warn(`measured Moves could not be kept: ${describeError(error)}`));
        return;
      case 'timer':
        return this.#setTimer(effect.timer, effect.delayMs);
      case 'log':
        return log[effect.level](effect.text);
      case 'changed':
        return changed();
      case 'ended':
        return this.#setEnded();
      default:
        assertNever(effect, 'effect');
    }
  }

  #report(write: Promise<void>, token: number): void {
    write.then(
      () => this.#take({ kind: 'written', token, error: null }),
      (error: unknown) => this.#take({ kind: 'written', token, error: describeError(error) }),
    );
  }

  #drive(workload: string, token: number, op: DriverOp): void {
    const stop = new AbortController();
    this.#cancels.set(token, stop);
    const progress = (bytes: number) => this.#take({ kind: 'progress', token, bytes });
    void this.#driverOf(workload)
      .carryOut(op, { signal: stop.signal, progress })
      .then((result) => {
        this.#cancels.delete(token);
        this.#take({ kind: 'driver', token, result });
      });
  }

  #driverOf(workload: string): ServiceDriver {
    const known = this.#drivers.get(workload);
    if (known !== undefined) return known;
    const driver = new ServiceDriver(workload, this.#context, (epoch, process) =>
      this.#take({ kind: 'process', workload, epoch, process }),
    );
    this.#drivers.set(workload, driver);
    return driver;
  }

  #setTimer(name: string, delayMs: number | null): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    if (delayMs === null) return;
    const fire = () => {
      this.#timers.delete(name);
      this.#take({ kind: 'timer', timer: name });
    };
    this.#timers.set(name, this.#context.clock.after(name, delayMs, fire));
  }
}
