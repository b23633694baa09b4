// The Bus port over an MQTT client that is handed in: topic filters, a bounded queue while the broker is away. The
// oldest unsent message goes first when the queue is full; retained topics keep only their newest value.
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
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  readonly sent: () => void;
}

export class MqttBus implements Bus {
  readonly #client: MqttClientLike;
  readonly #limit: number;
  readonly #listeners: { readonly filter: string; readonly listener: (message: BusMessage) => void }[] = [];
  #queue: Waiting[] = [];
  /** Messages given up because the queue was full. */
  dropped = 0;

  constructor(client: MqttClientLike, queueLimit = 1000) {
    this.#client = client;
    this.#limit = queueLimit;
    client.on('message', (topic, payload, packet) => {
      const message = { topic, payload, retained: packet.retain === true };
      for (const entry of this.#listeners) if (topicMatches(entry.filter, topic)) entry.listener(message);
    });
    client.on('connect', () => {
      void this.#resume();
    });
  }

  publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    const retain = options.retain ?? false;
    const qos = options.qos ?? 0;
    if (this.#client.connected) return this.#send({ topic, payload, retain, qos, sent: () => {} });
    return new Promise((resolve) => this.#enqueue({ topic, payload, retain, qos, sent: resolve }));
  }

  async subscribe(filter: string, listener: (message: BusMessage) => void): Promise<void> {
    this.#listeners.push({ filter, listener });
    if (this.#client.connected) await this.#client.subscribeAsync(filter, { qos: 1 });
  }

  connected(): boolean {
    return this.#client.connected;
  }

  async close(): Promise<void> {
    await this.#client.endAsync(!this.#client.connected);
  }

  #enqueue(message: Waiting): void {
    if (message.retain) {
      for (const old of this.#queue) if (old.retain && old.topic === message.topic) old.sent();
      this.#queue = this.#queue.filter((old) => !(old.retain && old.topic === message.topic));
    }
    this.#queue.push(message);
    if (this.#queue.length > this.#limit) {
      this.#queue.shift()?.sent();
      this.dropped++;
    }
  }

  async #send(message: Waiting): Promise<void> {
    try {
      await this.#client.publishAsync(message.topic, message.payload, { retain: message.retain, qos: message.qos });
      message.sent();
    } catch {
      this.#enqueue(message); // the connection went while it was on its way: send again on the next connect
    }
  }

  async #resume(): Promise<void> {
    await Promise.allSettled(this.#listeners.map((entry) => this.#client.subscribeAsync(entry.filter, { qos: 1 })));
    const waiting = this.#queue;
    this.#queue = [];
    for (const message of waiting) await this.#send(message);
  }
}

/** MQTT 5 §4.7: + is one level, # the rest. */
export function topicMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    if (index >= levels.length || (want !== '+' && want !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
