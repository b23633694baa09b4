// The controller's event log: bounded, newest kept, with growing ids.
import type { EventRecord, Severity } from '../core/view.ts';

const KEPT = 500;

export interface EventInput {
  readonly severity: Severity;
  readonly source: string;
  readonly code: string;
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export class EventLog {
  readonly #wall: () => Date;
  readonly #listeners = new Set<(record: EventRecord) => void>();
  #records: EventRecord[] = [];
  #nextId = 1;

  constructor(wall: () => Date) {
    this.#wall = wall;
  }

  add(event: EventInput): void {
    const record: EventRecord = {
      id: this.#nextId++,
      at: this.#wall().toISOString(),
      severity: event.severity,
      source: event.source,
      code: event.code,
      text: event.text,
      data: event.data ?? {},
    };
    this.#records.push(record);
    if (this.#records.length > KEPT) this.#records.shift();
    for (const listener of this.#listeners) listener(record);
  }

  onEvent(listener: (record: EventRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The last `count`, oldest first. */
  last(count: number): readonly EventRecord[] {
    return count <= 0 ? [] : this.#records.slice(-count); // slice(-0) would be all
  }
}
