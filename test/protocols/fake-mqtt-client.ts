// An MQTT client without a network: connected or not as told, with publishes that fail when the test says so.
import type { MqttClientLike } from '../../src/protocols/bus-over-mqtt.ts';

type Listener = (...args: never[]) => void;

export class FakeMqttClient implements MqttClientLike {
  connected = false;
  /** Publishes from now on fail, as when the connection goes while they are on their way. */
  failing = false;
  /** A topic that it never sends. */
  refuse: string | null = null;
  readonly sent: string[] = [];
  readonly filters: string[] = [];
  readonly #listeners = new Map<string, Listener[]>();

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  connect(): void {
    this.connected = true;
    this.failing = false;
    for (const listener of this.#listeners.get('connect') ?? []) listener();
  }

  receive(topic: string, payload: string, retain = false): void {
    const listeners = (this.#listeners.get('message') ?? []) as ((
      topic: string,
      payload: Uint8Array,
      packet: { retain: boolean },
    ) => void)[];
    for (const listener of listeners) listener(topic, Buffer.from(payload), { retain });
  }

  async publishAsync(topic: string, payload: string, options: { retain: boolean; qos: 0 | 1 }): Promise<void> {
    await Promise.resolve();
    if (this.failing || topic === this.refuse) throw new Error('the connection is closed');
    this.sent.push(`${topic}=${payload}${options.retain ? ' retained' : ''}`);
  }

  async subscribeAsync(filter: string): Promise<void> {
    await Promise.resolve();
    if (this.failing) throw new Error('the connection is closed');
    this.filters.push(filter);
  }

  async endAsync(): Promise<void> {
    await Promise.resolve();
    this.connected = false;
  }
}
