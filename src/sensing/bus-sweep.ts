// The devices of one bus. All are issued at once, so that a sweep takes the wire's time and no more. A bus that answers
// nothing is silent: it is given recovery pulses where the board has lines for them, then one device at a time is tried,
// less and less often, until something answers. When the first of these tries fails, too, the bus is dead.
//
//   answering ──asked, nothing answered──▶ silent ──recovery and a try failed──▶ dead
//       ▲                                    └──────────anything answers──────────┘
//       └────────────────────────────────────────────────────────────────────────┘
import { assertNever } from '../core/errors.ts';
import type { Pulsed, Recover } from './bus-recovery.ts';
import type { LogEntry } from './event-log.ts';
import type { Expected, PolledDevice } from './polled-device.ts';
import { ReadBudget } from './read-budget.ts';

const FIRST_PROBE_MS = 1000;
const LONGEST_PROBE_MS = 8000;

interface Silence {
  readonly probeAtMs: number;
  readonly delayMs: number;
  readonly next: number;
}

type BusState = { readonly kind: 'answering' } | ({ readonly kind: 'silent' | 'dead' } & Silence);

export class BusSweep {
  readonly id: string;
  readonly devices: readonly PolledDevice[];
  readonly #recover: Recover | null;
  #state: BusState = { kind: 'answering' };
  #issued = 0;
  #answered = 0;
  #events: LogEntry[] = [];

  /** `recover`: frees the bus when something holds it; null where the board cannot. */
  constructor(id: string, devices: readonly PolledDevice[], recover: Recover | null = null) {
    this.id = id;
    this.devices = devices;
    this.#recover = recover;
  }

  get dead(): boolean {
    return this.#state.kind === 'dead';
  }

  /** Issues what is due; resolves when all of it has been answered, at once while the bus is silent. */
  async issue(nowMs: number, expected: (device: PolledDevice) => Expected): Promise<void> {
    this.#issued = 0;
    this.#answered = 0;
    const present = this.devices.filter((device) => expected(device) === 'present');
    if (this.#state.kind === 'silent' && this.#state.next > 0) this.#giveUp(this.#state);
    if (this.#state.kind !== 'answering') {
      this.#probe(this.#state, present, nowMs);
      return;
    }
    this.#issued = present.filter((device) => device.pending).length; // left from the sweep before
    // those that failed last, perhaps because they hold the bus, do not stand in the others' way
    const due = present.filter((device) => device.due(nowMs)).toSorted((a, b) => Number(a.failing) - Number(b.failing));
    const budget = new ReadBudget();
    await Promise.all(due.map((device) => this.#poll(device, nowMs, budget)));
  }

  /** After the deadline: a bus that was asked and answered nothing is silent. */
  end(nowMs: number): void {
    if (this.#state.kind !== 'answering' || this.#issued === 0 || this.#answered > 0) return;
    this.#state = { kind: 'silent', probeAtMs: nowMs + FIRST_PROBE_MS, delayMs: FIRST_PROBE_MS, next: 0 };
    this.#event('warning', 'bus-silent', `nothing answers on ${this.id}`);
  }

  takeEvents(): readonly LogEntry[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** A try was made in a sweep before this one, and has brought nothing. */
  #giveUp(state: Silence): void {
    this.#state = { ...state, kind: 'dead' };
    const text = `${this.id} is taken for dead: nothing answers; what needs it goes to its failsafe`;
    this.#event('critical', 'bus-dead', text);
  }

  async #poll(device: PolledDevice, nowMs: number, budget: ReadBudget): Promise<void> {
    this.#issued++;
    if ((await device.poll(nowMs, budget)) === 'silent') return;
    this.#answered++;
    if (this.#state.kind === 'answering') return;
    this.#state = { kind: 'answering' };
    this.#event('info', 'bus-back', `${this.id} answers again`);
  }

  #probe(state: Silence & { readonly kind: 'silent' | 'dead' }, present: readonly PolledDevice[], nowMs: number): void {
    const device = present[state.next % Math.max(1, present.length)];
    if (nowMs < state.probeAtMs || device === undefined) return;
    for (const other of this.devices) other.abandon();
    const delayMs = Math.min(LONGEST_PROBE_MS, state.delayMs * 2);
    this.#state = { kind: state.kind, probeAtMs: nowMs + delayMs, delayMs, next: state.next + 1 };
    void this.#recoverAndPoll(device, nowMs);
  }

  async #recoverAndPoll(device: PolledDevice, nowMs: number): Promise<void> {
    if (this.#recover !== null) this.#notePulses(await this.#recover(nowMs));
    return this.#poll(device, nowMs, new ReadBudget());
  }

  #notePulses(pulsed: Pulsed): void {
    switch (pulsed.kind) {
      case 'free':
      case 'not-now':
        return;
      case 'released':
        this.#event('warning', 'bus-recovered', `${this.id} was held low, and released after ${pulsed.pulses} pulses`);
        return;
      case 'held':
        if (this.#state.kind === 'silent') this.#event('warning', 'bus-held', `${this.id}: ${pulsed.detail}`);
        return;
      default:
        assertNever(pulsed, 'pulses');
    }
  }

  #event(severity: LogEntry['severity'], code: string, text: string): void {
    this.#events.push({ severity, source: `bus/${this.id}`, code, text, data: { bus: this.id } });
  }
}
