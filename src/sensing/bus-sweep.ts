// The devices of one bus. All are issued at once, so that a sweep takes the wire's time and no more. A bus that answers
// nothing is silent: then one device at a time is tried, less and less often, until something answers.
import type { LogEntry } from './event-log.ts';
import type { Expected, PolledDevice } from './polled-device.ts';

const FIRST_PROBE_MS = 1000;
const LONGEST_PROBE_MS = 8000;

type BusState =
  | { readonly kind: 'answering' }
  | { readonly kind: 'silent'; readonly probeAtMs: number; readonly delayMs: number; readonly next: number };

export class BusSweep {
  readonly id: string;
  readonly devices: readonly PolledDevice[];
  #state: BusState = { kind: 'answering' };
  #issued = 0;
  #answered = 0;
  #events: LogEntry[] = [];

  constructor(id: string, devices: readonly PolledDevice[]) {
    this.id = id;
    this.devices = devices;
  }

  /** Issues what is due; resolves when all of it has been answered, at once while the bus is silent. */
  async issue(nowMs: number, expected: (device: PolledDevice) => Expected): Promise<void> {
    this.#issued = 0;
    this.#answered = 0;
    const present = this.devices.filter((device) => expected(device) === 'present');
    if (this.#state.kind === 'silent') {
      this.#probe(this.#state, present, nowMs);
      return;
    }
    this.#issued = present.filter((device) => device.pending).length; // left from the sweep before
    const due = present.filter((device) => device.due(nowMs));
    await Promise.all(due.map((device) => this.#poll(device, nowMs)));
  }

  /** After the deadline: a bus that was asked and answered nothing is silent. */
  end(nowMs: number): void {
    if (this.#state.kind === 'silent' || this.#issued === 0 || this.#answered > 0) return;
    this.#state = { kind: 'silent', probeAtMs: nowMs + FIRST_PROBE_MS, delayMs: FIRST_PROBE_MS, next: 0 };
    this.#event('critical', 'bus-silent', `nothing answers on ${this.id}`);
  }

  takeEvents(): readonly LogEntry[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  async #poll(device: PolledDevice, nowMs: number): Promise<void> {
    this.#issued++;
    if ((await device.poll(nowMs)) === 'silent') return;
    this.#answered++;
    if (this.#state.kind === 'answering') return;
    this.#state = { kind: 'answering' };
    this.#event('info', 'bus-back', `${this.id} answers again`);
  }

  #probe(state: BusState & { kind: 'silent' }, present: readonly PolledDevice[], nowMs: number): void {
    const device = present[state.next % Math.max(1, present.length)];
    if (nowMs < state.probeAtMs || device === undefined) return;
    for (const other of this.devices) other.abandon();
    const delayMs = Math.min(LONGEST_PROBE_MS, state.delayMs * 2);
    this.#state = { kind: 'silent', probeAtMs: nowMs + delayMs, delayMs, next: state.next + 1 };
    void this.#poll(device, nowMs);
  }

  #event(severity: LogEntry['severity'], code: string, text: string): void {
    this.#events.push({ severity, source: `bus/${this.id}`, code, text, data: { bus: this.id } });
  }
}
