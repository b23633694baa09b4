// The event log: a bounded ring of what happened, with stable codes. Codes are named where they are raised.
import type { Clock } from '../core/clock.ts';
import type { EventRecord, Severity } from '../core/view.ts';

/** An event before the log gives it a number and a date. */
export interface LogEntry {
  readonly severity: Severity;
  readonly source: string;
  readonly code: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export class EventLog {
  readonly #clock: Clock;
  readonly #capacity: number;
  #records: EventRecord[] = [];
  #nextId = 1;

  constructor(clock: Clock, capacity = 1000) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  append(entry: LogEntry): EventRecord {
    const { severity, source, code, text, data } = entry;
    const record = { id: this.#nextId++, at: this.#clock.wall().toISOString(), severity, source, code, text, data };
    this.#records.push(record);
    if (this.#records.length > this.#capacity) this.#records.shift();
    return record;
  }

  /** Records after `id`, oldest first; those that fell out of the ring are gone. */
  since(id: number): readonly EventRecord[] {
    return this.#records.filter((record) => record.id > id);
  }
}
