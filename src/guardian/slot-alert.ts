// A slot's alert line: the sled says itself that it is too hot. A sled that is not there or has no power says nothing; a
// line that cannot be read changes nothing.
import type { BoardLine } from '../board/schema.ts';
import type { LogEntry } from '../sensing/event-log.ts';
import type { Expected } from '../sensing/polled-device.ts';
import type { Line } from './line.ts';

export class SlotAlert {
  readonly slot: number;
  readonly #name: string;
  readonly #line: Line;
  readonly #report: (entry: LogEntry) => void;
  #active = false;

  constructor(slot: number, place: BoardLine, line: Line, report: (entry: LogEntry) => void) {
    this.slot = slot;
    this.#name = 'bus' in place ? `line ${place.line} of ${place.bus}` : `pin ${place.pin} of ${place.device}`;
    this.#line = line;
    this.#report = report;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Takes in what the line said last; `sled`: what is known of the one in the slot. */
  update(nowMs: number, sled: Expected): void {
    const level = this.#line.level(nowMs);
    const next = sled === 'present' && (level === 'unknown' ? this.#active : level === 'active');
    if (next === this.#active) return;
    this.#active = next;
    const [slot, line] = [this.slot, this.#name];
    const over = sled === 'present' ? 'no longer pulls its alert line' : `is ${sled}, its alert is over`;
    const text = `slot ${slot}: the sled ${next ? 'pulls its alert line: it is too hot' : over} (${line})`;
    const [severity, code] = next ? (['critical', 'sled-alert'] as const) : (['info', 'sled-alert-over'] as const);
    this.#report({ severity, source: `slot/${slot}`, code, text, data: { slot, line } });
  }

  /** Calls back when the line becomes active, where it pushes its edges; until the returned function is called. */
  watch(listener: () => void): () => void {
    return this.#line.watch((active) => {
      if (active) listener();
    });
  }
}
