// What is around the agent's machine on a sled: its timers, disk, driver, lines. It only carries effects, and may be
// killed between any two of them.
import type { AgentEffect, AgentInput, AgentSettings } from '../../src/agent/machine/machine.ts';
import type { ProcessId, WorkloadRecord } from '../../src/agent/records/workload-record.ts';
import { assertNever } from '../../src/core/errors.ts';
import type { AgentCommand, AgentStatus } from '../../src/protocols/agent-messages.ts';
import type { AgentParts } from './agent-parts.ts';
import { sendState, type Incoming } from './bulk.ts';
import { Driver, type Call } from './driver.ts';
import type { AgentState } from '../../src/agent/machine/state.ts';
import { NamedTimers } from './named-timers.ts';
import { mustNotAct, whyRefuse } from './refusals.ts';
import type { Sled } from './sled.ts';
import { PublishedRecord } from './sled-status.ts';
import { CHASSIS } from './tickets.ts';

/** Whoever asked it to end kills it after this long. */
const ENDING_LIMIT_MS = 10_000;

export class AgentHost {
  readonly name: string;
  readonly sled: Sled;
  readonly #parts: AgentParts;
  readonly #driver: Driver;
  #settings: AgentSettings;
  #state: AgentState | null = null;
  /** Grows with each start and each end. */
  life = 0;
  /** It hangs before it starts. */
  held = false;
  readonly #timers: NamedTimers;
  readonly #calls = new Map<number, Call>();
  readonly #incoming = new Map<number, Incoming>();
  #offers = 0;
  readonly #leases = new Map<string, number>();
  readonly #published: PublishedRecord;
  #statusDue = false;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.sled = parts.sled;
    this.name = parts.sled.name;
    this.#published = new PublishedRecord(parts.sled, parts.slot);
    this.#settings = this.#settingsNow();
    const { clock } = parts.sled;
    this.#timers = new NamedTimers(clock, (timer) => this.#feed({ kind: 'timer', atMs: clock.nowMs(), timer }));
    const { queue, weather, sled, watch, bulk } = parts;
    this.#driver = new Driver({
      queue,
      weather,
      sled,
      watch,
      leaseMs: (workload, epoch) => this.#leases.get(`${workload} ${epoch}`) ?? null,
      processIs: (workload, epoch, process) => this.#processIs(workload, epoch, process),
      send: (op, workload, call) => sendState(bulk, this, op, workload, call),
    });
  }

  get alive(): boolean {
    return this.#state !== null;
  }

  #settingsNow(): AgentSettings {
    const { boot, capacities, configured } = this.sled;
    return { chassis: CHASSIS, sled: this.name, boot, capacities, configured };
  }

  start(): void {
    if (this.alive || this.held || !this.sled.up) return;
    this.life++;
    this.#settings = this.#settingsNow();
    const { records, grantedBoot } = this.sled.disk;
    this.#published.load();
    this.#parts.history.note(this.name, 'agent starts');
    const disk = { records: [...records.values()], grantedBoot };
    const { state, effects } = this.#parts.machines.startAgent(disk, this.#settings, this.sled.clock.nowMs());
    this.#state = state;
    this.#carry(effects);
    if (this.#parts.network.connected(this.name)) this.connected();
    this.#parts.network.listensAgain(this.name);
  }

  /** Killed; its processes live on, its disk may have more than it knew. */
  kill(): void {
    if (!this.alive) return;
    this.#parts.history.note(this.name, 'agent is killed');
    this.sled.disk.crash('process');
    this.#forget();
  }

  /** Its sled is without power. */
  lost(): void {
    this.#leases.clear();
    if (this.alive) this.#forget();
  }

  #forget(): void {
    this.life++;
    this.#state = null;
    this.#timers.clear();
    this.#calls.clear();
    this.#incoming.clear();
    this.#driver.forget();
    this.#parts.fell();
  }

  // ── what comes in ──

  connected(): void {
    if (!this.alive) return;
    this.#feed({ kind: 'connected', atMs: this.sled.clock.nowMs() });
    this.publish();
  }

  command(command: AgentCommand): void {
    if (!this.alive) return;
    const { tickets, history, machines } = this.#parts;
    const { move, workload, epoch, verb } = command;
    if (history.on) history.note(this.name, `gets ${verb} of ${move}, ${workload} epoch ${epoch}`);
    const allowed = tickets.allows(command, this.name);
    if (allowed && verb === 'thaw' && command.leaseMs !== null)
      this.#leases.set(`${workload} ${epoch}`, command.leaseMs);
    const refusal = allowed ? whyRefuse(this.sled, command) : 'its ticket does not allow it';
    const { clock } = this.sled;
    const claims = machines.openTicket(command, tickets.open(command.ticket), this.name);
    const atMs = clock.nowMs();
    this.#feed({ kind: 'command', atMs, wallMs: clock.wallMs(), command, claims }, refusal);
  }

  granted(boot: string, floors: Readonly<Record<string, number>>): void {
    if (!this.alive) return;
    if (boot === this.sled.boot) this.sled.granted(floors);
    if (this.#parts.history.on)
      this.#parts.history.note(this.name, `gets floors for ${boot}: ${JSON.stringify(floors)}`);
    this.#feed({ kind: 'floors', atMs: this.sled.clock.nowMs(), boot, floors });
  }

  #processIs(workload: string, epoch: number, process: ProcessId | null): void {
    if (this.alive) this.#feed({ kind: 'process', atMs: this.sled.clock.nowMs(), workload, epoch, process });
  }

  crashService(): void {
    this.#driver.crashService(this.#parts.weather.random);
  }

  /** Ends it in good order, as `systemctl restart` does; it is started again. */
  end(): void {
    if (!this.alive) return;
    const { life } = this;
    this.#parts.queue.after(ENDING_LIMIT_MS, () => life === this.life && this.kill());
    this.#feed({ kind: 'ending', atMs: this.sled.clock.nowMs(), services: 'leave' });
  }

  // ── bulk data ──

  offered(incoming: Incoming): number {
    const token = ++this.#offers;
    this.#incoming.set(token, incoming);
    const { offer, ticket } = incoming;
    const asked = { ...offer, verb: 'stage' as const, ticket };
    const { tickets, machines } = this.#parts;
    const allowed = tickets.allows(asked, this.name) && this.sled.grantedFloors !== null;
    const claims = machines.openTicket(asked, tickets.open(ticket), this.name);
    const atMs = this.sled.clock.nowMs();
    this.#feed({ kind: 'offer', atMs, token, offer, claims }, allowed ? null : 'an offer it must not take');
    return token;
  }

  offerEnded(token: number): void {
    if (this.#incoming.delete(token)) this.#feed({ kind: 'offer-ended', atMs: this.sled.clock.nowMs(), token });
  }

  received(token: number, bytes: number, digest: string): void {
    if (this.alive) this.#feed({ kind: 'received', atMs: this.sled.clock.nowMs(), token, bytes, digest });
  }

  progress(token: number, bytes: number): void {
    if (this.alive) this.#feed({ kind: 'progress', atMs: this.sled.clock.nowMs(), token, bytes });
  }

  // ── the machine ──

  #feed(input: AgentInput, refusal: string | null = null): void {
    if (this.#state === null) return;
    const { state, effects } = this.#parts.machines.stepAgent(this.#state, input, this.#settings);
    this.#state = state;
    if (refusal !== null) mustNotAct(this.name, input, effects, refusal);
    this.#carry(effects);
  }

  #carry(effects: readonly AgentEffect[]): void {
    const { life } = this;
    for (const effect of effects) {
      if (this.#parts.weather.strikes('agent', 0.006)) this.kill();
      if (life !== this.life) return;
      this.#carryOut(effect);
    }
  }

  #carryOut(effect: AgentEffect): void {
    const { history, tell } = this.#parts;
    switch (effect.kind) {
      case 'write':
        return this.#write(effect.token, effect.record, null);
      case 'write-boot':
        return this.#write(effect.token, null, effect.boot);
      case 'tell': {
        const { event } = effect;
        if (history.on && event.outcome !== 'progress')
          history.note(this.name, `answers ${event.verb} of ${event.move}: ${event.outcome} ${event.error ?? ''}`);
        return tell({ kind: 'answer', event: { ...event, at: '' } });
      }
      case 'ask-floors':
        history.note(this.name, 'asks for its floors');
        return tell({ kind: 'asked', ask: effect.ask });
      case 'driver':
        return this.#call(effect);
      case 'cancel':
        return this.#cancel(effect.token);
      case 'admit':
        return this.#incoming.get(effect.token)?.admit(effect.answer);
      case 'bulk-done':
        return this.#incoming.get(effect.token)?.done(effect.error);
      case 'timer':
        return this.#timers.set(effect.timer, effect.delayMs);
      case 'measured':
        return;
      case 'log':
        return history.note(this.name, `says: ${effect.text}`);
      case 'changed':
        return this.#changed();
      case 'ended':
        return this.kill();
      default:
        return assertNever(effect, 'effect of an agent');
    }
  }

  #write(token: number, record: WorkloadRecord | null, boot: string | null): void {
    const { life } = this;
    const written = (error: string | null) => {
      if (life !== this.life) return;
      if (error === null && record !== null) this.#published.learn(record);
      this.#feed({ kind: 'written', atMs: this.sled.clock.nowMs(), token, error });
    };
    this.sled.disk.write({ record, boot, written });
  }

  #call({ token, workload, op }: Extract<AgentEffect, { kind: 'driver' }>): void {
    const { life } = this;
    const call: Call = {
      token,
      cancelled: false,
      wanted: () => life === this.life,
      report: (result) => {
        if (life !== this.life || !this.#calls.delete(token)) return;
        this.#feed({ kind: 'driver', atMs: this.sled.clock.nowMs(), token, result });
      },
    };
    this.#calls.set(token, call);
    this.#driver.run(workload, op, call);
  }

  #cancel(token: number): void {
    const call = this.#calls.get(token);
    if (call !== undefined) call.cancelled = true;
    const incoming = this.#incoming.get(token);
    if (incoming !== undefined) incoming.cancelled = true;
  }

  // ── its published record ──

  #changed(): void {
    if (this.#statusDue) return;
    this.#statusDue = true;
    this.#parts.queue.after(100, () => {
      this.#statusDue = false;
      this.publish();
    });
  }

  publish(): void {
    if (this.alive) this.#parts.tell({ kind: 'status', status: this.#published.status('online') });
  }

  /** What the broker says of an agent that is gone. */
  lastWill(): AgentStatus {
    return this.#published.status('offline');
  }
}
