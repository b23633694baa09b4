// Moves waiting their turn: started in the plan's order, a few at once, and dropped when one before them is undone
// (the plan they belong to no longer holds). The first one waits while those under way still hold the room it needs:
// the order is right one by one, so it finds that room when they are done. Remembers what was moved, for the policy.
import { describeError } from '../core/errors.ts';
import { isOpenMove, type MoveTrigger, type MoveView } from '../core/view.ts';
import type { LoadMark } from './load-mark.ts';
import type { MovePast } from './planner-policy.ts';

export interface MoveWish {
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  readonly trigger: MoveTrigger;
}

/** What carries Moves out. */
export interface MoveStarter {
  /** @throws ColdslotError when it cannot be started */
  start(wish: MoveWish): Promise<MoveView>;
  /** Why it cannot start beside what is under way now, such as no room; null when it can. */
  mustWait?(wish: MoveWish): string | null;
}

const REMEMBERED = 500;

/** So long after the last Move's end the sleds' records may still show its source as taken, plant s. */
const RECORD_LAG_S = 10;

export class MoveQueue {
  readonly #starter: MoveStarter;
  readonly #atOnce: number;
  readonly #onRefused: (wish: MoveWish, why: string) => void;
  #waiting: MoveWish[] = [];
  #past: (MovePast & { readonly id: string })[] = [];
  #plantS = 0;
  #starting = 0;
  #lastEndS = -Infinity;
  #loadOf: (workload: string) => LoadMark | null = () => null;

  constructor(starter: MoveStarter, atOnce: number, onRefused: (wish: MoveWish, why: string) => void) {
    this.#starter = starter;
    this.#atOnce = atOnce;
    this.#onRefused = onRefused;
  }

  setPlantTime(plantS: number): void {
    this.#plantS = plantS;
    if (this.#waiting.length > 0) this.#next();
  }

  /** What is remembered of the load when a Move starts. */
  setLoad(loadOf: (workload: string) => LoadMark | null): void {
    this.#loadOf = loadOf;
  }

  past(): readonly MovePast[] {
    return this.#past;
  }

  /** Where work is going: slot by workload, of Moves under way and of those that wait. */
  headed(): ReadonlyMap<string, number> {
    const open = this.#past.filter((move) => move.outcome === 'open');
    return new Map([...open, ...this.#waiting].map(({ workload, to }) => [workload, to]));
  }

  busy(): boolean {
    return this.#waiting.length > 0 || this.#starting > 0 || this.#past.some((move) => move.outcome === 'open');
  }

  add(wishes: readonly MoveWish[]): void {
    this.#waiting.push(...wishes);
    this.#next();
  }

  /** Starts one now, beside the queue. @throws ColdslotError when it cannot be started */
  async startNow(wish: MoveWish): Promise<MoveView> {
    this.#starting++;
    try {
      const view = await this.#starter.start(wish);
      this.#remember(view);
      return view;
    } finally {
      this.#starting--;
    }
  }

  /** Told of every change of a Move. */
  update(view: MoveView): void {
    const before = this.#past.find((move) => move.id === view.id)?.outcome;
    const outcome = this.#remember(view);
    if (before === outcome) return;
    if (outcome !== 'open') this.#lastEndS = this.#plantS;
    if (outcome === 'undone') this.#waiting = [];
    this.#next();
  }

  /** A Move seen for the first time was started here, or recovered from the journal. */
  #remember(view: MoveView): MovePast['outcome'] {
    const { id, workload, from, to, trigger } = view;
    const outcome = outcomeOf(view);
    const index = this.#past.findIndex((move) => move.id === id);
    const known = this.#past[index];
    if (known !== undefined && known.outcome !== 'open') return known.outcome; // `start` may answer after the Move's end
    const startedAtS = known?.startedAtS ?? this.#plantS;
    const load = known === undefined ? this.#loadOf(workload) : (known.load ?? null);
    const entry = { id, workload, from, to, trigger, startedAtS, endedAtS: this.#plantS, outcome, load } as const;
    if (index >= 0) this.#past[index] = entry;
    else this.#past.push(entry);
    if (this.#past.length > REMEMBERED) this.#past.shift();
    return outcome;
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#underWay() < this.#atOnce) {
      const [wish] = this.#waiting;
      if (wish === undefined || this.#hasToWait(wish)) return;
      this.#waiting.shift();
      void this.#startQueued(wish);
    }
  }

  async #startQueued(wish: MoveWish): Promise<void> {
    this.#starting++;
    try {
      this.#remember(await this.#starter.start(wish));
    } catch (error) {
      this.#waiting = []; // before `#starting` makes room for the next
      this.#onRefused(wish, describeError(error));
    } finally {
      this.#starting--;
    }
    this.#next();
  }

  /** With nothing under way and all records in, it is started whatever stands against it: the refusal says what. */
  #hasToWait(wish: MoveWish): boolean {
    const mayChange = this.#underWay() > 0 || this.#plantS - this.#lastEndS < RECORD_LAG_S;
    return mayChange && (this.#starter.mustWait?.(wish) ?? null) !== null;
  }

  #underWay(): number {
    return this.#starting + this.#past.filter((move) => move.outcome === 'open').length;
  }
}

function outcomeOf(view: MoveView): MovePast['outcome'] {
  if (isOpenMove(view)) return 'open';
  return view.state === 'done' ? 'done' : 'undone';
}
