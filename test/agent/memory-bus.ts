// The Bus port in memory: everyone attached hears what everyone publishes; retained messages are kept.
import type { Bus, BusMessage, PublishOptions } from '../../src/core/ports.ts';
import { topicMatches } from '../../src/protocols/bus-over-mqtt.ts';

export class MemoryBus implements Bus {
  readonly #listeners: { readonly filter: string; readonly listener: (message: BusMessage) => void }[] = [];
  readonly retained = new Map<string, string>();
  readonly published: { readonly topic: string; readonly payload: string }[] = [];

  async publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    this.published.push({ topic, payload });
    if (options.retain === true) this.retained.set(topic, payload);
    const message = { topic, payload: Buffer.from(payload), retained: false };
    for (const { filter, listener } of this.#listeners) if (topicMatches(filter, topic)) listener(message);
  }

  async subscribe(filter: string, listener: (message: BusMessage) => void): Promise<void> {
    this.#listeners.push({ filter, listener });
  }

  connected(): boolean {
    return true;
  }

  async close(): Promise<void> {}
}
