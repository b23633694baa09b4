// The guardian, which switches the power of slots and reads it. In rough weather its switches do nothing, or late, or
// without a word; its readings come late or not at all; it is killed and starts again.
import type { SlotPowerState } from '../../src/moves/control.ts';
import type { EventQueue } from './event-queue.ts';
import type { History } from './history.ts';
import type { Sled } from './sled.ts';
import type { Weather } from './weather.ts';

export interface PowerReading {
  readonly slot: number;
  readonly sled: string | null;
  readonly power: SlotPowerState;
  /** True time at which it was read. */
  readonly takenMs: number;
}

export interface GuardianParts {
  readonly queue: EventQueue;
  readonly weather: Weather;
  readonly history: History;
  /** By slot number less 1. */
  readonly sleds: readonly Sled[];
  readonly read: (reading: PowerReading) => void;
}

export const FRAME_MS = 1_000;
/** Whoever asks the guardian waits this long for its word. */
const ANSWER_LIMIT_MS = 5_000;

export class Guardian {
  readonly #parts: GuardianParts;
  #up = true;
  #life = 0;
  readonly #due = new Set<number>();
  /** When the last late reading will have arrived. */
  lastArrivalMs = 0;

  constructor(parts: GuardianParts) {
    this.#parts = parts;
  }

  kill(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#life++;
    this.#due.clear();
    this.#parts.history.note('guardian', 'is killed');
  }

  start(): void {
    if (this.#up) return;
    this.#up = true;
    this.#parts.history.note('guardian', 'starts');
    this.readAll();
  }

  /** The frames of the next second show every slot. */
  readAll(): void {
    this.#parts.sleds.forEach((_, n) => this.changed(n + 1));
  }

  /** Asks to cut a slot's power, or to give it back. The answer says what became of the request, not of the power. */
  ask(kind: 'cut' | 'give', slot: number, answer: (error: string | null) => void): void {
    const { queue, weather, history } = this.#parts;
    let told = false;
    const tell = (error: string | null) => {
      if (!told) answer(error);
      told = true;
    };
    queue.after(ANSWER_LIMIT_MS, () => tell('the guardian does not answer'));
    if (!this.#up) return;
    const life = this.#life;
    const delayMs =
      5 + weather.random.next() * 30 + (weather.strikes('guardian', 0.25) ? weather.random.next() * 15_000 : 0);
    queue.after(delayMs, () => {
      if (life !== this.#life) return;
      if (weather.strikes('guardian', 0.2)) return tell('the switch does not answer');
      // power that stays on is what a fence must notice; whether it came back is told by the switch alone
      const stuck = kind === 'cut' && weather.strikes('guardian', 0.6);
      if (stuck) history.note('guardian', `the switch of slot ${slot} is stuck`);
      else this.#switch(kind, slot);
      if (!weather.strikes('guardian', 0.15)) queue.after(5, () => tell(null));
    });
  }

  #switch(kind: 'cut' | 'give', slot: number): void {
    const sled = this.#parts.sleds[slot - 1];
    this.#parts.history.note('guardian', kind === 'cut' ? `cuts slot ${slot}` : `gives slot ${slot} its power back`);
    sled?.supply(kind === 'give');
  }

  /** The slot, or what sits in it, is not what it was: the next frame shows it. */
  changed(slot: number): void {
    this.#frame(slot, this.#parts.weather.random.next() * FRAME_MS);
  }

  #frame(slot: number, delayMs: number): void {
    if (!this.#up || this.#due.has(slot)) return;
    this.#due.add(slot);
    const life = this.#life;
    this.#parts.queue.after(delayMs, () => {
      if (life !== this.#life) return;
      this.#due.delete(slot);
      this.#read(slot);
    });
  }

  #read(slot: number): void {
    const { queue, weather, sleds, read } = this.#parts;
    const sled = sleds[slot - 1];
    if (sled === undefined) return;
    const blind = weather.strikes('guardian', 0.1);
    const power = blind ? 'unknown' : sled.powered ? 'on' : 'confirmed-off';
    const reading: PowerReading = { slot, sled: sled.seated ? sled.name : null, power, takenMs: queue.nowMs };
    const late = weather.strikes('guardian', sled.powered ? 0.25 : 0.8); // a slot that was off and is not any more
    const lateMs = late ? weather.random.next() * 60_000 : 0;
    this.lastArrivalMs = Math.max(this.lastArrivalMs, queue.nowMs + lateMs);
    queue.after(20 + lateMs, () => read(reading));
  }
}
