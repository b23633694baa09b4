// Leaks: a detector that has spoken cuts its slots' power at once; no work is moved away first, water does not wait.
// A cut slot stays off until an operator gives it power again, which is refused while the detector still speaks. A cut
// that fails or is not confirmed is tried again with every tick.
import type { Board, BoardLine } from '../board/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { LogEntry } from '../sensing/event-log.ts';
import type { Hardware } from './hardware.ts';
import { LeakDetector } from './leak-detector.ts';
import type { SlotWatch } from './slot-watch.ts';

/** How long power may take to go before that is worth an event. */
const CONFIRM_MS = 3000;
/** A command to an enable line that is not answered is given up after this. */
const GIVE_UP_MS = 2000;

interface Cut {
  readonly sinceMs: number;
  state: 'cutting' | 'cut';
  /** Why the last try failed; null when it did not. */
  error: string | null;
  isLateSaid: boolean;
  /** Since when the last command has not been answered; null when it has. */
  pendingSinceMs: number | null;
}

export class LeakWatch {
  readonly #clock: Clock;
  readonly #slots: ReadonlyMap<number, SlotWatch>;
  readonly #detectors: readonly LeakDetector[];
  readonly #report: (entry: LogEntry) => void;
  readonly #cuts = new Map<number, Cut>();

  constructor(
    board: Board,
    hardware: Hardware,
    slots: readonly SlotWatch[],
    clock: Clock,
    report: (entry: LogEntry) => void,
  ) {
    this.#clock = clock;
    this.#report = report;
    this.#slots = new Map(slots.map((slot) => [slot.number, slot]));
    this.#detectors = detectorsOf(board, hardware, clock, report);
  }

  /** Leaks cut power from now on as soon as they are told, until the returned function is called. */
  watch(): () => void {
    const ends = this.#detectors.map((detector) => detector.watch(() => this.#spread(detector)));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Once a tick, after lines and slots have been looked at. */
  update(nowMs: number): void {
    for (const detector of this.#detectors) {
      detector.update(nowMs);
      if (detector.wet) this.#spread(detector);
    }
    for (const [slot, cut] of this.#cuts) this.#follow(slot, cut, nowMs);
  }

  /** Of a slot that a leak has cut, or is cutting. */
  stateOf(slot: number): 'cutting' | 'cut' | null {
    return this.#cuts.get(slot)?.state ?? null;
  }

  /** Why the slot may not be given power; null when it may. */
  objection(slot: number): string | null {
    const nowMs = this.#clock.nowMs();
    for (const detector of this.#detectors) {
      const found = detector.place.cuts.includes(slot) ? detector.objection(nowMs) : null;
      // a detector that cannot be read speaks against power only where there was a leak
      if (found !== null && (found.kind === 'leak' || this.#cuts.has(slot))) return found.text;
    }
    return null;
  }

  /** Gives power by `give` without cutting it again; a cut slot whose power could not be given stays cut. */
  async release(slot: number, give: () => Promise<string | null>): Promise<string | null> {
    const cut = this.#cuts.get(slot);
    if (cut === undefined) return give();
    this.#cuts.delete(slot);
    const error = await give();
    if (error === null) this.#event(slot, 'info', 'leak-cleared', 'an operator gives power again after a leak');
    else if (!this.#cuts.has(slot)) this.#cuts.set(slot, cut);
    return error;
  }

  #spread(detector: LeakDetector): void {
    for (const slot of detector.place.cuts) {
      if (this.#cuts.has(slot)) continue;
      const cut: Cut = {
        sinceMs: this.#clock.nowMs(),
        state: 'cutting',
        error: null,
        isLateSaid: false,
        pendingSinceMs: null,
      };
      this.#cuts.set(slot, cut);
      void this.#try(slot, cut);
    }
  }

  /** Power that is on, or came back, is cut again. */
  #follow(slot: number, cut: Cut, nowMs: number): void {
    if (this.#slots.get(slot)?.expected() !== 'present') {
      if (cut.state === 'cutting') this.#event(slot, 'warning', 'leak-power-cut', 'leak, power cut');
      cut.state = 'cut';
      return;
    }
    if (cut.state === 'cut') this.#event(slot, 'critical', 'leak-power-back', 'has power although a leak cut it');
    cut.state = 'cutting';
    if (nowMs - cut.sinceMs >= CONFIRM_MS && !cut.isLateSaid && cut.error === null) {
      cut.isLateSaid = true;
      this.#event(slot, 'critical', 'leak-power-still-on', 'its power was cut for a leak, but it still has power');
    }
    void this.#try(slot, cut);
  }

  async #try(slot: number, cut: Cut): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (cut.pendingSinceMs !== null && nowMs - cut.pendingSinceMs < GIVE_UP_MS) return;
    if (cut.pendingSinceMs !== null) this.#noteError(slot, cut, 'the last command was not answered');
    cut.pendingSinceMs = nowMs;
    const error = (await this.#slots.get(slot)?.setPower(false)) ?? null;
    if (cut.pendingSinceMs !== nowMs) return; // given up; another is under way
    cut.pendingSinceMs = null;
    this.#noteError(slot, cut, error);
  }

  #noteError(slot: number, cut: Cut, error: string | null): void {
    if (error !== null && error !== cut.error) {
      this.#event(slot, 'critical', 'leak-cut-failed', `leak, and its power cannot be cut: ${error}; tried again`);
    }
    cut.error = error;
  }

  #event(slot: number, severity: LogEntry['severity'], code: string, text: string): void {
    this.#report({ severity, source: `slot/${slot}`, code, text: `slot ${slot}: ${text}`, data: { slot } });
  }
}

function detectorsOf(
  board: Board,
  hardware: Hardware,
  clock: Clock,
  report: (entry: LogEntry) => void,
): LeakDetector[] {
  const open = (line: BoardLine, name: string, source: string, cuts: readonly number[]) =>
    new LeakDetector({ name, source, where: nameOf(line), cuts }, hardware.line(line), clock, report);
  const all = board.slots.map(({ number }) => number);
  return [
    ...board.slots.flatMap(({ number, leak }) =>
      leak === undefined ? [] : [open(leak, `slot ${number}`, `slot/${number}`, [number])],
    ),
    ...board.leaks.map(({ id, line, cuts }) => open(line, id, `leak/${id}`, cuts === 'all' ? all : cuts)),
  ];
}

function nameOf(place: BoardLine): string {
  return 'bus' in place ? `line ${place.line} of ${place.bus}` : `pin ${place.pin} of ${place.device}`;
}
