// The controller's machine with a journal in memory, fake agents, a fake guardian and virtual time; it can be killed
// and started again from what was durable.
import { seededRandom } from '../../src/core/random.ts';
import type { MoveView } from '../../src/core/view.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { ControlEffect, ControlEvent, SlotPowerState } from '../../src/moves/control.ts';
import {
  defaultControlSettings,
  listMoves,
  waitsForPower,
  type Control,
  type ControlSettings,
} from '../../src/moves/control-state.ts';
import { startControl, stepControl } from '../../src/moves/control-step.ts';
import { decodeEntry, emptyLedger, encodeEntry, fold, type Ledger } from '../../src/moves/ledger.ts';
import { sledAt } from '../../src/moves/move.ts';
import type { AgentCommand } from '../../src/protocols/agent-messages.ts';
import { announced, status } from '../controller/announcements.ts';
import { FakeAgent, type AgentWorld } from './model/fake-agent.ts';

type Refused = Extract<ControlEffect, { kind: 'refused' }>;
type Event = ControlEvent extends infer E ? (E extends ControlEvent ? Omit<E, 'atMs' | 'wallMs'> : never) : never;

/** One slot as the guardian sees it. */
export interface Slot {
  sled: string | null;
  on: boolean;
  /** What a frame says instead of the truth. */
  shown: SlotPowerState | null;
  /** How old readings of it are, milliseconds. */
  ageMs: number;
}

/** A cut that is answered as if done, and is not. */
export const IGNORED = 'ignored';

const FRAME_MS = 1_000;
const BOOT_MS = 8_000;

export class ControlBench {
  readonly clock = new VirtualClock(1_700_000_000_000);
  readonly agents = new Map<string, FakeAgent>();
  readonly slots: Slot[] = [];
  readonly disk: Uint8Array[] = [];
  readonly settings: ControlSettings;
  control: Control | null = null;
  /** Appends fail with this while it is set. */
  diskFault: string | null = null;
  /** What the guardian answers to a cut; null: done. */
  cutFault: string | null = null;
  fence: 'power' | 'wait' = 'power';
  /** Sleds that neither hear nor are heard. */
  readonly deaf = new Set<string>();
  /** Edges of fences, cuts and gives, in order. */
  readonly told: string[] = [];
  readonly commands: string[] = [];
  readonly refused: Refused[] = [];
  readonly accepted: MoveView[] = [];
  readonly grants: Extract<ControlEffect, { kind: 'grant' }>[] = [];
  /** Effects until the controller is killed; counted over its lives. */
  dieAtEffect = Infinity;
  effects = 0;
  readonly #running = new Map<string, string>();
  readonly #timers = new Map<string, { cancel(): void }>();
  readonly #random = seededRandom(1);
  #life = 0;
  #wishes = 0;

  constructor(sleds: readonly string[], settings: Partial<ControlSettings> = {}) {
    this.settings = { ...defaultControlSettings, ...settings };
    const world: AgentWorld = {
      nowMs: () => this.clock.nowMs(),
      after: (delayMs, callback) => void this.clock.after('agent', delayMs, callback),
      chance: () => false,
      between: (low, high) => low + this.#random.next() * (high - low),
      answer: (event) => this.#carry(event.sled, () => this.feed({ kind: 'answer', event })),
      peer: (sled) => this.agents.get(sled) ?? null,
      sledOfTicket: (ticket) => ticket,
      runs: (sled, workload) => this.#runs(sled, workload),
      stops: (_sled, workload) => void this.#running.delete(workload),
      note: () => {},
    };
    for (const sled of sleds) {
      this.agents.set(sled, new FakeAgent(sled, world));
      this.slots.push({ sled, on: true, shown: null, ageMs: 0 });
    }
    this.#frames();
  }

  agent(sled: string): FakeAgent {
    return this.agents.get(sled) as FakeAgent;
  }

  runsOn(workload: string): string | undefined {
    return this.#running.get(workload);
  }

  view(id: string): MoveView | undefined {
    return this.control === null ? undefined : listMoves(this.control).find((view) => view.id === id);
  }

  ledger(): Ledger {
    return this.disk.map(decodeEntry).reduce(fold, emptyLedger);
  }

  start(): void {
    const { control, effects } = startControl({ ledger: this.ledger(), ...this.#moment() }, this.settings);
    this.control = control;
    this.#carryOut(effects);
    for (const sled of this.agents.keys()) this.sendStatus(sled);
  }

  kill(): void {
    this.#life++;
    this.control = null;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  feed(event: Event): void {
    if (this.control === null) return;
    const { control, effects } = stepControl(this.control, { ...event, ...this.#moment() }, this.settings);
    this.control = control;
    this.#carryOut(effects);
  }

  want(workload: string, from: number, to: number): void {
    const sled = (slot: number) => this.slots[slot - 1]?.sled ?? '';
    const token = ++this.#wishes;
    this.feed({ kind: 'want', token, workload, from, to, fromSled: sled(from), toSled: sled(to), trigger: 'operator' });
  }

  undo(move: string): void {
    this.feed({ kind: 'undo', token: ++this.#wishes, move, why: 'asked' });
  }

  sendStatus(sled: string, back = false): void {
    const agent = this.agent(sled);
    if (!agent.up) return;
    const workloads = [...agent.copies].map(([id, copy]) =>
      announced(id, {
        state: copy.role === 'owner' ? 'running' : 'frozen',
        epoch: copy.epoch,
        demand: { cpu: 1 },
        fence: this.fence,
      }),
    );
    const slot = this.slots.findIndex((entry) => entry.sled === sled) + 1;
    const record = status(sled, { slot, capacities: { cpu: 4 }, bulk: { host: '::1', port: 1 }, workloads });
    this.#carry(sled, () => this.feed({ kind: 'status', status: record, back }));
  }

  /** Lets time pass until the condition holds; false when it did not in that time. */
  until(condition: () => boolean, limitMs: number): boolean {
    for (let passedMs = 0; passedMs < limitMs && !condition(); passedMs += 2) this.clock.advance(2);
    return condition();
  }

  pull(slot: number): void {
    const seen = this.slots[slot - 1] as Slot;
    if (seen.sled !== null) this.agent(seen.sled).crash('die');
    seen.sled = null;
    seen.on = false;
  }

  push(slot: number, sled: string): void {
    const seen = this.slots[slot - 1] as Slot;
    seen.sled = sled;
    this.#power(slot, true);
  }

  #moment(): { readonly atMs: number; readonly wallMs: number } {
    return { atMs: this.clock.nowMs(), wallMs: this.clock.wall().getTime() };
  }

  #carry(sled: string, arrive: () => void): void {
    const life = this.#life;
    if (this.deaf.has(sled)) return;
    this.clock.after('bus', 2, () => {
      if (life === this.#life) arrive();
    });
  }

  #carryOut(effects: readonly ControlEffect[]): void {
    const life = this.#life;
    effects.forEach((effect, index) => {
      if (life !== this.#life) return;
      if (++this.effects === this.dieAtEffect) return this.kill();
      if (effect.kind === 'append' && index !== effects.length - 1) throw new Error('an append that is not the last');
      this.#perform(effect);
    });
  }

  #perform(effect: ControlEffect): void {
    switch (effect.kind) {
      case 'append':
        return this.#append(effect);
      case 'send': {
        const { move, send } = effect;
        this.commands.push(`${send.verb} ${move.id}`);
        const { id, workload, epoch, toSled } = move;
        const deadline = new Date(this.clock.wall().getTime() + send.validMs).toISOString();
        const { verb, spec, leaseMs } = send;
        const command: AgentCommand = {
          move: id,
          workload,
          epoch,
          verb,
          deadline,
          ticket: toSled,
          spec,
          leaseMs,
          peer: null,
        };
        const sled = sledAt(move, send.end);
        return this.#carry(sled, () => this.agent(sled).handle(command));
      }
      case 'cut':
      case 'give':
        return this.#switch(effect);
      case 'timer': {
        this.#timers.get(effect.timer)?.cancel();
        const { timer } = effect;
        if (effect.delayMs !== null) {
          const armed = this.clock.after(timer, effect.delayMs, () => this.feed({ kind: 'timer', timer }));
          this.#timers.set(timer, armed);
        }
        return;
      }
      case 'event':
        return void this.told.push(effect.code);
      case 'refused':
        return void this.refused.push(effect);
      case 'accepted':
        return void this.accepted.push(effect.view);
      case 'grant':
        return void this.grants.push(effect);
      case 'publish':
      case 'log':
        return;
    }
  }

  #append({ token, entries }: Extract<ControlEffect, { kind: 'append' }>): void {
    const life = this.#life;
    this.clock.after('disk', 1, () => {
      if (life !== this.#life) return;
      if (this.diskFault === null) this.disk.push(...entries.map(encodeEntry));
      this.feed({ kind: 'appended', token, error: this.diskFault });
    });
  }

  #switch({ kind, token, slot }: Extract<ControlEffect, { kind: 'cut' | 'give' }>): void {
    const life = this.#life;
    this.told.push(`${kind} ${slot}`);
    const fault = kind === 'cut' ? this.cutFault : null;
    this.clock.after('guardian', 50, () => {
      if (fault === null) this.#power(slot, kind === 'give');
      const error = fault === IGNORED ? null : fault;
      if (life === this.#life) this.feed({ kind: 'power-answer', token, error });
    });
  }

  #power(slot: number, on: boolean): void {
    const seen = this.slots[slot - 1] as Slot;
    const was = seen.on;
    seen.on = on;
    const { sled } = seen;
    if (sled === null || was === on) return;
    if (!on) return this.agent(sled).crash('die');
    this.clock.after('boot', BOOT_MS, () => {
      if (!seen.on || this.agent(sled).up) return;
      this.deaf.delete(sled);
      this.agent(sled).start();
      this.sendStatus(sled, true);
    });
  }

  #frames(): void {
    this.clock.after('frame', FRAME_MS, () => {
      if (this.control !== null && waitsForPower(this.control)) this.#frame();
      this.#frames();
    });
  }

  #frame(): void {
    this.slots.forEach(({ sled, on, shown, ageMs }, index) => {
      const power = shown ?? (on && sled !== null ? 'on' : 'confirmed-off');
      this.feed({ kind: 'slot-power', slot: index + 1, sled, power, sinceMs: this.clock.nowMs() - ageMs });
    });
  }

  #runs(sled: string, workload: string): void {
    const other = this.#running.get(workload);
    if (other !== undefined && other !== sled) throw new Error(`${workload} runs on ${other} and on ${sled}`);
    this.#running.set(workload, sled);
  }
}
