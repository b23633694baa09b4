// A message bus in memory that keeps what was published, and a source whose view the test changes.
import type { Bus, BusMessage, PublishOptions } from '../../src/core/ports.ts';
import type { ChassisView, EventRecord } from '../../src/core/view.ts';
import type { ChassisSource, OperatorCall } from '../../src/surfaces/source.ts';

export interface Sent {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export class MemoryBus implements Bus {
  isUp = true;
  sent: Sent[] = [];
  readonly #listeners: { readonly filter: string; readonly listener: (message: BusMessage) => void }[] = [];

  publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    this.sent.push({ topic, payload, retain: options.retain ?? false });
    return Promise.resolve();
  }

  subscribe(filter: string, listener: (message: BusMessage) => void): Promise<void> {
    this.#listeners.push({ filter, listener });
    return Promise.resolve();
  }

  connected(): boolean {
    return this.isUp;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** As a broker that still retains something from before. */
  receive(filter: string, message: BusMessage): void {
    for (const entry of this.#listeners) if (entry.filter === filter) entry.listener(message);
  }

  /** What was published since the last call. */
  take(): Sent[] {
    const sent = this.sent;
    this.sent = [];
    return sent;
  }

  takeTopics(): string[] {
    return this.take().map((message) => message.topic);
  }
}

export class FakeSource implements ChassisSource {
  current: ChassisView;
  readonly calls: OperatorCall[] = [];
  answer: (call: OperatorCall) => unknown = () => null;
  readonly #changeListeners = new Set<() => void>();
  readonly #eventListeners = new Set<(record: EventRecord) => void>();

  constructor(view: ChassisView) {
    this.current = view;
  }

  view(): ChassisView {
    return this.current;
  }

  change(part: Partial<ChassisView>): void {
    this.current = { ...this.current, ...part };
    for (const listener of this.#changeListeners) listener();
  }

  event(record: EventRecord): void {
    for (const listener of this.#eventListeners) listener(record);
  }

  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onEvent(listener: (record: EventRecord) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** How many listen for changes: watches that have not ended. */
  get listening(): number {
    return this.#changeListeners.size;
  }

  async call(call: OperatorCall): Promise<unknown> {
    this.calls.push(call);
    await Promise.resolve();
    return this.answer(call);
  }
}
