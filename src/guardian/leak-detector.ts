// One leak detector's line, debounced: it must be active at two looks at least HOLD_MS apart, with no inactive one in
// between. The second look follows by itself. A line that cannot be read is no leak, but it is said.
import type { Clock, Timer } from '../core/clock.ts';
import type { LogEntry } from '../sensing/event-log.ts';
import type { Line, LineLevel } from './line.ts';

/** How long the line must have been active: a glitch on the wire is shorter. */
export const HOLD_MS = 100;
/** Of a timer that may fire a little early. */
const RECHECK_MS = HOLD_MS + 10;
/** Looks in a row at a line that cannot be read before that is worth an event. */
const UNREADABLE_AFTER = 3;

export interface DetectorPlace {
  /** `slot 3`, or a chassis detector's id. */
  readonly name: string;
  /** For the event log: `slot/3`, `leak/rpu`. */
  readonly source: string;
  /** Where the line is, for people. */
  readonly where: string;
  /** Slots whose power it cuts. */
  readonly cuts: readonly number[];
}

type State =
  | { readonly kind: 'dry' }
  | { readonly kind: 'suspect'; readonly sinceMs: number }
  | { readonly kind: 'wet' };

const DRY: State = { kind: 'dry' };

export class LeakDetector {
  readonly place: DetectorPlace;
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #report: (entry: LogEntry) => void;
  #state: State = DRY;
  /** When an edge told last that there is no leak. */
  #driedMs = -Infinity;
  #recheck: Timer | null = null;
  #unreadable = 0;
  #onLeak: () => void = () => {};

  constructor(place: DetectorPlace, line: Line, clock: Clock, report: (entry: LogEntry) => void) {
    this.place = place;
    this.#line = line;
    this.#clock = clock;
    this.#report = report;
  }

  get wet(): boolean {
    return this.#state.kind === 'wet';
  }

  /** What speaks against giving power to a slot behind it now; null when nothing does. */
  objection(nowMs: number): { readonly kind: 'leak' | 'unreadable'; readonly text: string } | null {
    const { name, where } = this.place;
    const level = this.#level(nowMs);
    if (level === 'active' || this.#state.kind !== 'dry') {
      return { kind: 'leak', text: `the leak detector of ${name} still says that there is a leak (${where})` };
    }
    if (level === 'inactive') return null;
    return { kind: 'unreadable', text: `the leak detector of ${name} cannot be read (${where})` };
  }

  /** From now on edges are looked at as they come, where the line pushes them; until the returned function is called. */
  watch(onLeak: () => void): () => void {
    this.#onLeak = onLeak;
    const unwatch = this.#line.watch((active) => {
      if (active) this.#activeAt(this.#clock.nowMs());
      else {
        this.#driedMs = this.#clock.nowMs();
        this.#dryUp();
      }
    });
    return () => {
      unwatch();
      this.#recheck?.cancel();
      this.#onLeak = () => {};
    };
  }

  /** Takes in what the line said last. */
  update(nowMs: number): void {
    const level = this.#level(nowMs);
    this.#noteReadable(level !== 'unknown');
    if (level === 'active') this.#activeAt(this.#line.readAtMs());
    else if (level === 'inactive') this.#dryUp();
  }

  /** As read last, unless an edge has come since. */
  #level(nowMs: number): LineLevel {
    const level = this.#line.level(nowMs);
    return level === 'active' && this.#line.readAtMs() <= this.#driedMs ? 'inactive' : level;
  }

  /** @param atMs When it was: an old answer of a line that no longer answers is no second look. */
  #activeAt(atMs: number): void {
    if (this.#state.kind === 'dry') this.#suspect(atMs);
    else if (this.#state.kind === 'suspect' && atMs - this.#state.sinceMs >= HOLD_MS) this.#confirm();
  }

  #suspect(atMs: number): void {
    this.#state = { kind: 'suspect', sinceMs: atMs };
    this.#recheck?.cancel();
    this.#recheck = this.#clock.after(`leak of ${this.place.name}`, RECHECK_MS, () => void this.#lookAgain());
  }

  async #lookAgain(): Promise<void> {
    await this.#line.ask(this.#clock.nowMs());
    this.update(this.#clock.nowMs());
  }

  #confirm(): void {
    this.#state = { kind: 'wet' };
    const { name, source, where, cuts } = this.place;
    const slots = cuts.length === 1 ? `slot ${cuts[0]}` : `slots ${cuts.join(', ')}`;
    const text = `leak: the detector of ${name} has spoken (${where}); the power of ${slots} is cut at once`;
    this.#report({ severity: 'critical', source, code: 'leak', text, data: { detector: name, slots: cuts } });
    this.#onLeak();
  }

  #dryUp(): void {
    this.#recheck?.cancel();
    const wasWet = this.wet;
    this.#state = DRY;
    if (!wasWet) return;
    const { name, source, where } = this.place;
    const text = `the leak detector of ${name} no longer says that there is a leak (${where}); the power stays off until it is given`;
    this.#report({ severity: 'warning', source, code: 'leak-over', text, data: { detector: name } });
  }

  #noteReadable(readable: boolean): void {
    const before = this.#unreadable;
    this.#unreadable = readable ? 0 : Math.min(UNREADABLE_AFTER, before + 1);
    const isLost = this.#unreadable === UNREADABLE_AFTER;
    if (isLost === (before === UNREADABLE_AFTER)) return;
    const { name, source, where } = this.place;
    const text = isLost
      ? `the leak detector of ${name} cannot be read (${where}): a leak there would not be seen`
      : `the leak detector of ${name} can be read again (${where})`;
    const [severity, code] = isLost ? (['warning', 'leak-unreadable'] as const) : (['info', 'leak-readable'] as const);
    this.#report({ severity, source, code, text, data: { detector: name } });
  }
}
