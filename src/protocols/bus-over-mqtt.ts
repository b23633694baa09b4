// The Bus port over an MQTT client that is handed in: topic filters, and a bounded queue while the broker is away. When
// the queue is full its oldest message is given up; of a retained topic only the newest value is kept.
import type { Bus, BusMessage, PublishOptions } from '../core/ports.ts';

/** The part of an MQTT.js client that is used here. */
export interface MqttClientLike {
  readonly connected: boolean;
  on(event: 'message', listener: (topic: string, payload: Uint8Array, packet: { retain?: boolean }) => void): unknown;
  on(event: 'connect', listener: () => void): unknown;
  publishAsync(topic: string, payload: string, options: { retain: boolean; qos: 0 | 1 }): Promise<unknown>;
  subscribeAsync(filter: string, options: { qos: 0 | 1 }): Promise<unknown>;
  endAsync(force?: boolean): Promise<unknown>;
}

interface Waiting {
  /** Grows with every publish: messages are sent, and sent again, in this order. */
  readonly order: number;
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  failures: number;
  /** Called once, when it was sent or given up. */
  readonly settle: () => void;
}

const QUEUE_LIMIT = 1000;
/** A message that fails so often is at fault itself (a topic that cannot be, too large for the broker). */
const MAX_FAILURES = 3;

export class MqttBus implements Bus {
  readonly #client: MqttClientLike;
  readonly #limit: number;
  readonly #listeners: { readonly filter: string; readonly listener: (message: BusMessage) => void }[] = [];
  #queue: Waiting[] = [];
  #published = 0;
  #isFlushing = false;
  #dropped = 0;

  constructor(client: MqttClientLike, queueLimit = QUEUE_LIMIT) {
    this.#client = client;
    this.#limit = queueLimit;
    client.on('message', (topic, payload, packet) => {
      const message = { topic, payload, retained: packet.retain === true };
      for (const entry of this.#listeners) if (topicMatches(entry.filter, topic)) entry.listener(message);
    });
    client.on('connect', () => void this.#resume());
  }

  /** Messages given up: the queue was full, or they cannot be sent at all. */
  get dropped(): number {
    return this.#dropped;
  }

  publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    const { retain = false, qos = 0 } = options;
    return new Promise((resolve) => {
      const message = { order: this.#published++, topic, payload, retain, qos, failures: 0, settle: resolve };
      // While older ones wait, it waits behind them: else an old retained value would arrive after a newer one.
      if (this.#client.connected && !this.#isFlushing && this.#queue.length === 0) void this.#send(message);
      else this.#enqueue(message);
    });
  }

  /** @throws Error when the broker refuses the filter */
  async subscribe(filter: string, listener: (message: BusMessage) => void): Promise<void> {
    this.#listeners.push({ filter, listener });
    if (!this.#client.connected) return;
    try {
      await this.#client.subscribeAsync(filter, { qos: 1 });
    } catch (error) {
      if (this.#client.connected) throw error; // else it is made on the next connect
    }
  }

  connected(): boolean {
    return this.#client.connected;
  }

  async close(): Promise<void> {
    await this.#client.endAsync(!this.#client.connected);
    for (const message of this.#queue.splice(0)) message.settle(); // nobody waits for what is never sent
  }

  /** In order, for a message that could not be sent comes back when newer ones wait already. */
  #enqueue(message: Waiting): void {
    if (message.retain && this.#queue.some((other) => isSameRetained(other, message) && other.order > message.order)) {
      message.settle();
      return;
    }
    this.#queue = this.#queue.filter((other) => {
      const isOutdated = message.retain && isSameRetained(other, message);
      if (isOutdated) other.settle();
      return !isOutdated;
    });
    const place = this.#queue.findLastIndex((other) => other.order < message.order) + 1;
    this.#queue.splice(place, 0, message);
    if (this.#queue.length > this.#limit) this.#giveUp(this.#queue.shift());
  }

  #giveUp(message: Waiting | undefined): void {
    message?.settle();
    this.#dropped++;
  }

  async #send(message: Waiting): Promise<void> {
    const { topic, payload, retain, qos } = message;
    try {
      await this.#client.publishAsync(topic, payload, { retain, qos });
      message.settle();
    } catch {
      if (++message.failures >= MAX_FAILURES) this.#giveUp(message);
      else this.#enqueue(message); // mostly the connection went while it was on its way: again on the next connect
      await new Promise<void>((resolve) => void setImmediate(resolve)); // lets the client notice that it is closed
      if (this.#client.connected) void this.#flush();
    }
  }

  async #resume(): Promise<void> {
    await Promise.allSettled(this.#listeners.map((entry) => this.#client.subscribeAsync(entry.filter, { qos: 1 })));
    await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    try {
      for (let next = this.#nextToSend(); next !== undefined; next = this.#nextToSend()) await this.#send(next);
    } finally {
      this.#isFlushing = false;
    }
  }

  #nextToSend(): Waiting | undefined {
    return this.#client.connected ? this.#queue.shift() : undefined;
  }
}

function isSameRetained(a: Waiting, b: Waiting): boolean {
  return a.retain && b.retain && a.topic === b.topic;
}

/** MQTT 5 §4.7: + is one level, # the rest and the level above it; neither matches a first level that begins with $. */
export function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    if (index >= levels.length || (want !== '+' && want !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
