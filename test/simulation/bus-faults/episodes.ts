// What happens to the buses in a campaign: faults that begin and end, drawn from a seed.
import type { Random } from '../../../src/core/random.ts';
import type { Board } from '../../../src/board/schema.ts';
import { identities } from '../../../src/chips/identity.ts';
import type { ScenarioAction, TransferFault } from '../../../hwsim/contract.ts';
import type { FaultDesk } from '../../../hwsim/faults/fault-desk.ts';
import type { Oracle } from './oracle.ts';

const MOST_AT_A_TIME = 5;
const BEGIN_PER_S = 0.5;
/** A chip that is exchanged has no power for a while. */
const EXCHANGE_S = 3;

/**
 * Silent corruption stays at rates at which the same bit is not flipped three times in four reads: what defends against
 * it is agreement, which coincidence can forge. With 3 % of the transfers corrupted that is one reading in a million.
 */
const NOISES: readonly { readonly faults: readonly TransferFault[]; readonly shares: readonly number[] }[] = [
  { faults: ['corrupt'], shares: [0.01, 0.03] },
  { faults: ['nack'], shares: [0.05, 0.3] },
  { faults: ['arbitration'], shares: [0.05, 0.3] },
  { faults: ['pec'], shares: [0.05, 0.3] },
  { faults: ['corrupt', 'nack', 'arbitration', 'pec'], shares: [0.03, 0.1] },
];

interface Step {
  readonly atS: number;
  readonly act: () => void;
  readonly text: string;
  /** What it is done to: one fault at a time each. */
  readonly subject: string;
  readonly last: boolean;
}

export class Episodes {
  readonly #board: Board;
  readonly #desk: FaultDesk;
  readonly #oracle: Oracle;
  readonly #random: Random;
  readonly #busy = new Set<string>();
  #steps: Step[] = [];
  readonly history: { readonly atS: number; readonly text: string }[] = [];
  readonly begun = new Map<string, number>();

  constructor(board: Board, desk: FaultDesk, oracle: Oracle, random: Random) {
    this.#board = board;
    this.#desk = desk;
    this.#oracle = oracle;
    this.#random = random;
  }

  /** Does what is due, and perhaps begins something new. */
  second(nowS: number): void {
    this.#play(nowS);
    if (this.#busy.size >= MOST_AT_A_TIME || this.#random.next() >= BEGIN_PER_S) return;
    const begin = this.#random.pick([
      () => this.#noise(nowS),
      () => this.#noise(nowS),
      () => this.#storm(nowS),
      () => this.#held(nowS),
      () => this.#hung(nowS),
      () => this.#silent(nowS),
      () => this.#slow(nowS),
      () => this.#stuckMux(nowS),
      () => this.#swapped(nowS),
      () => this.#pulled(nowS),
    ]);
    begin();
    this.#play(nowS);
  }

  /** Everything that is still broken ends. */
  healAll(nowS: number): void {
    for (const step of this.#steps.filter(({ last }) => last).toSorted((a, b) => a.atS - b.atS)) this.#do(step, nowS);
    this.#steps = [];
    this.#busy.clear();
  }

  /** For good: nothing heals it. */
  breakForGood(action: ScenarioAction, nowS: number): void {
    this.history.push({ atS: nowS, text: `${JSON.stringify(action)} for good` });
    this.#desk.apply(action);
  }

  #noise(nowS: number): void {
    const { faults, shares } = this.#random.pick(NOISES);
    const share = this.#random.pick(shares);
    this.#between(nowS, this.#segment(), (bus) => ({ kind: 'bus-noise', bus, share, faults }), 10, 60);
  }

  /** Every bus on which nothing else happens is a little disturbed for a while. */
  #storm(nowS: number): void {
    const share = this.#random.pick([0.01, 0.03]);
    const faults: readonly TransferFault[] = this.#random.pick([
      ['corrupt'],
      ['corrupt', 'nack', 'arbitration', 'pec'],
    ]);
    const calm = this.#segments().filter((segment) => !this.#busy.has(segment));
    if (!this.#take('storm', 'storm')) return;
    const each = (act: (bus: string) => ScenarioAction) => () => {
      for (const bus of calm) this.#desk.apply(act(bus));
    };
    this.#plan(
      nowS,
      'storm',
      `${share} of ${faults.join(', ')} everywhere`,
      each((bus) => ({ kind: 'bus-noise', bus, share, faults })),
    );
    const endS = nowS + 20 + this.#random.int(60);
    this.#plan(
      endS,
      'storm',
      'calm everywhere',
      each((name) => ({ kind: 'heal', name })),
      true,
    );
  }

  #held(nowS: number): void {
    const pulses = 1 + this.#random.int(12);
    this.#between(nowS, this.#random.pick(this.#roots()), (bus) => ({ kind: 'bus-held', bus, pulses }), 4, 25);
  }

  #hung(nowS: number): void {
    this.#between(nowS, this.#segment(), (bus) => ({ kind: 'bus-hung', bus }), 1, 25);
  }

  #silent(nowS: number): void {
    this.#between(nowS, this.#device().id, (device) => ({ kind: 'device-nack', device }), 1, 20);
  }

  #slow(nowS: number): void {
    const delayMs = this.#random.pick([5, 60]);
    this.#between(nowS, this.#device().id, (device) => ({ kind: 'device-slow', device, delayMs }), 3, 20);
  }

  #stuckMux(nowS: number): void {
    if (this.#board.muxes.length === 0) return;
    const mux = this.#random.pick(this.#board.muxes);
    const { channel } = this.#random.pick(mux.channels);
    this.#between(nowS, mux.id, (id) => ({ kind: 'mux-stuck', mux: id, channel }), 3, 20);
  }

  #swapped(nowS: number): void {
    const able = this.#board.devices.filter(
      ({ chip, channels }) => identities[chip] !== undefined && channels.length > 0,
    );
    if (able.length === 0) return;
    const { id, chip } = this.#random.pick(able);
    const other = this.#random.pick(['tmp421', 'tmp422', 'lm75', 'ina219'].filter((name) => name !== chip));
    if (!this.#take(id, 'chip-swapped')) return;
    const backS = nowS + EXCHANGE_S + 3 + this.#random.int(12);
    const out = () => this.#desk.apply({ kind: 'device-nack', device: id });
    const answers = () => this.#desk.apply({ kind: 'heal', name: id });
    this.#plan(nowS, id, `${id} goes silent, to be a ${other}`, out);
    this.#plan(nowS + EXCHANGE_S, id, `${id} is a ${other}`, () => {
      answers();
      this.#desk.apply({ kind: 'chip-swapped', device: id, chip: other });
      this.#oracle.swapped.add(id);
    });
    this.#plan(backS, id, `${id} goes silent, to be itself`, out);
    this.#plan(
      backS + EXCHANGE_S,
      id,
      `${id} is itself`,
      () => {
        answers();
        this.#oracle.swapped.delete(id);
      },
      true,
    );
  }

  #pulled(nowS: number): void {
    const { number } = this.#random.pick(this.#board.slots);
    const kind = this.#random.pick(['sled-pull', 'sled-unplug'] as const);
    const subject = `slot ${number}`;
    if (!this.#board.devices.some(({ slot }) => slot === number) || !this.#take(subject, kind)) return;
    this.#plan(nowS, subject, `${kind} ${number}`, () => this.#desk.apply({ kind, slot: number }));
    const backS = nowS + 3 + this.#random.int(15);
    this.#plan(backS, subject, `push ${number}`, () => this.#desk.apply({ kind: 'sled-push', slot: number }), true);
  }

  #between(nowS: number, name: string, action: (name: string) => ScenarioAction, leastS: number, spanS: number): void {
    const what = action(name);
    if (!this.#take(name, what.kind)) return;
    this.#plan(nowS, name, JSON.stringify(what), () => this.#desk.apply(what));
    const healS = nowS + leastS + this.#random.int(spanS);
    this.#plan(healS, name, `heal ${name}`, () => this.#desk.apply({ kind: 'heal', name }), true);
  }

  #take(subject: string, kind: string): boolean {
    if (this.#busy.has(subject)) return false;
    this.#busy.add(subject);
    this.begun.set(kind, (this.begun.get(kind) ?? 0) + 1);
    return true;
  }

  #plan(atS: number, subject: string, text: string, act: () => void, last = false): void {
    this.#steps.push({ atS, subject, text, act, last });
  }

  #play(nowS: number): void {
    const due = this.#steps.filter(({ atS }) => atS <= nowS);
    this.#steps = this.#steps.filter(({ atS }) => atS > nowS);
    for (const step of due) this.#do(step, nowS);
  }

  #do({ subject, text, act, last }: Step, nowS: number): void {
    this.history.push({ atS: nowS, text });
    act();
    if (last) this.#busy.delete(subject);
  }

  #roots(): string[] {
    return this.#board.buses.filter(({ kind }) => kind === 'i2c').map(({ id }) => id);
  }

  #segment(): string {
    return this.#random.pick(this.#segments());
  }

  #segments(): string[] {
    return [...this.#roots(), ...this.#board.muxes.flatMap(({ channels }) => channels.map(({ id }) => id))];
  }

  #device() {
    return this.#random.pick(this.#board.devices.filter(({ chip }) => chip !== 'hwmon-fan'));
  }
}
