// The work in a chassis as it really is: what runs where, what each slot draws for it, and Moves that take their time:
// the state is copied while the workload runs (both ends work for that), then it stands for a moment, then it runs at
// the destination.
import { ColdslotError } from '../../../src/core/errors.ts';
import type { MoveView } from '../../../src/core/view.ts';
import type { MoveStarter, MoveWish } from '../../../src/controller/move-queue.ts';
import { COURSE_STEP_S, type DayWorkload } from './course.ts';

/** What copying a state takes, each end, W; how fast it goes; how long the workload then stands. */
const COPY_W = 8;
const COPY_GIB_PER_S = 0.25;
const STAGE_S = 3;
const GAP_S = 2;
/** Of the memory it has asked for, what a workload has written to. */
const USED_MEMORY = 0.5;

export interface Running {
  readonly workload: DayWorkload;
  /** Slot number. */
  slot: number;
  epoch: number;
  move: OpenMove | null;
  /** Since it left a slot: that slot, by the time. For counting returns. */
  readonly left: { readonly slot: number; readonly atS: number; readonly powerW: number }[];
}

interface OpenMove {
  readonly view: MoveView;
  readonly to: number;
  readonly freezeS: number;
  readonly endS: number;
}

export interface MoveMark {
  readonly atS: number;
  readonly workload: string;
  readonly from: number;
  readonly to: number;
}

export interface WorkOptions {
  readonly course: readonly DayWorkload[];
  /** In the order of the board; capacity of each. */
  readonly slots: readonly { readonly number: number; readonly capacity: Readonly<Record<string, number>> }[];
}

export class Work implements MoveStarter {
  readonly running = new Map<string, Running>();
  readonly marks: MoveMark[] = [];
  /** Moves that ended, to be taken by who asked for them. */
  ended: MoveView[] = [];
  /** Grows when work comes, goes or moves. */
  version = 0;
  workloadSeconds = 0;
  /** Moves back to a slot that the workload had left drawing about as much: ever, and within the hour. */
  returns = 0;
  quickReturns = 0;
  readonly #slots: WorkOptions['slots'];
  #coming: DayWorkload[];
  #nowS = 0;
  #moves = 0;

  constructor({ course, slots }: WorkOptions) {
    this.#slots = slots;
    this.#coming = course.toSorted((a, b) => a.startS - b.startS);
    this.#arrive();
  }

  get nowS(): number {
    return this.#nowS;
  }

  /** One second on. */
  second(): void {
    this.#nowS += 1;
    this.workloadSeconds += this.running.size;
    for (const entry of this.running.values()) {
      if (entry.move !== null && entry.move.endS <= this.#nowS) this.#finish(entry, entry.move);
      if (entry.move === null && entry.workload.endS <= this.#nowS) {
        this.running.delete(entry.workload.id);
        this.version++;
      }
    }
    this.#arrive();
  }

  coresOf({ workload }: Running): number {
    return workload.cores[Math.floor(this.#nowS / COURSE_STEP_S)] ?? 0;
  }

  isFrozen({ move }: Running): boolean {
    return move !== null && this.#nowS >= move.freezeS;
  }

  powerW(entry: Running): number {
    return this.isFrozen(entry) ? 0 : this.coresOf(entry) * entry.workload.wattsPerCore;
  }

  /** W above idle, by slot number. */
  slotPowerW(): Map<number, number> {
    const powers = new Map(this.#slots.map(({ number }) => [number, 0]));
    const add = (slot: number, powerW: number) => powers.set(slot, (powers.get(slot) ?? 0) + powerW);
    for (const entry of this.running.values()) {
      add(entry.slot, this.powerW(entry));
      if (entry.move === null) continue;
      add(entry.slot, COPY_W);
      add(entry.move.to, COPY_W);
    }
    return powers;
  }

  /** @throws ColdslotError `refused` when the work is not there, moves already, or finds no room */
  start(wish: MoveWish): Promise<MoveView> {
    const entry = this.running.get(wish.workload);
    if (entry === undefined || entry.slot !== wish.from || entry.move !== null) {
      return Promise.reject(
        new ColdslotError('refused', wish.workload, `it does not stand still in slot ${wish.from}`),
      );
    }
    if (!this.fits(entry.workload, wish.to)) {
      return Promise.reject(new ColdslotError('refused', `slot ${wish.to}`, `it has no room for ${wish.workload}`));
    }
    const copyS = STAGE_S + Math.ceil((USED_MEMORY * entry.workload.demand.memoryGiB) / COPY_GIB_PER_S);
    const view: MoveView = {
      ...{ id: `m${++this.#moves}`, workload: wish.workload, from: wish.from, to: wish.to, trigger: wish.trigger },
      ...{ state: 'staged', epoch: entry.epoch, progress: { bytes: 0, rounds: 0 } },
      ...{ downtimeMs: null, error: null, at: '' },
    };
    entry.move = { view, to: wish.to, freezeS: this.#nowS + copyS, endS: this.#nowS + copyS + GAP_S };
    return Promise.resolve(view);
  }

  /** Whether a slot has room beside what runs there and what is coming. */
  fits({ demand, id }: DayWorkload, slot: number): boolean {
    const capacity: Readonly<Record<string, number>> =
      this.#slots.find(({ number }) => number === slot)?.capacity ?? {};
    return Object.entries(demand).every(([name, amount]) => {
      let used = 0;
      for (const { workload, slot: at, move } of this.running.values()) {
        if (workload.id !== id && (at === slot || move?.to === slot)) used += workload.demand[name as 'cpu'];
      }
      return used + amount <= (capacity[name] ?? 0);
    });
  }

  /** Puts a workload somewhere at once: only for those who know everything. */
  put(id: string, slot: number): void {
    const entry = this.running.get(id);
    if (entry === undefined || entry.slot === slot) return;
    this.#note(entry, slot);
    entry.slot = slot;
    this.version++;
  }

  #finish(entry: Running, move: OpenMove): void {
    this.#note(entry, move.to);
    entry.slot = move.to;
    entry.epoch++;
    entry.move = null;
    this.version++;
    this.ended.push({ ...move.view, state: 'done', epoch: entry.epoch, downtimeMs: GAP_S * 1000 });
  }

  /** A return under constant load: to a slot it left, drawing within 20 % of what it drew then. */
  #note(entry: Running, to: number): void {
    const powerW = this.coresOf(entry) * entry.workload.wattsPerCore;
    const before = entry.left.findLast(({ slot }) => slot === to);
    if (before !== undefined && Math.abs(before.powerW - powerW) <= 0.2 * before.powerW) {
      this.returns++;
      if (this.#nowS - before.atS < 3600) this.quickReturns++;
    }
    entry.left.push({ slot: entry.slot, atS: this.#nowS, powerW });
    this.marks.push({ atS: this.#nowS, workload: entry.workload.id, from: entry.slot, to });
  }

  #arrive(): void {
    while (this.#coming[0] !== undefined && this.#coming[0].startS <= this.#nowS) {
      const workload = this.#coming[0];
      const slot = this.#roomFor(workload);
      if (slot === null) {
        // it waits: tried again the next second, and what comes after it waits behind it
        return;
      }
      this.#coming = this.#coming.slice(1);
      this.running.set(workload.id, { workload, slot, epoch: 1, move: null, left: [] });
      this.version++;
    }
  }

  #roomFor(workload: DayWorkload): number | null {
    for (let i = 0; i < this.#slots.length; i++) {
      const slot = this.#slots[(workload.origin + i) % this.#slots.length];
      if (slot !== undefined && this.fits(workload, slot.number)) return slot.number;
    }
    return null;
  }
}
