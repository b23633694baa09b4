// The agent's connection to the broker: MQTT 5, or 3.1.1 where that is refused; a session the broker keeps, so that
// commands sent while the agent is away for a short time still come; a Will that says offline; reconnects with backoff.
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Random } from '../core/random.ts';
import { MqttBus, type MqttClientLike } from '../protocols/bus-over-mqtt.ts';
import { CONTROLLER_NAME } from '../protocols/enrolment.ts';
import { clientTls, type Identity } from '../protocols/tls-identity.ts';
import { writePacketsWithoutTable } from '../protocols/mqtt-packets.ts';
import { backoffMs } from './backoff.ts';

const RECONNECT = { firstMs: 500, maxMs: 15_000 };
const SESSION_EXPIRY_S = 3600;
const KEEPALIVE_S = 10;
/** CONNACK codes for "unsupported protocol version": MQTT 3.1.1 §3.2.2.3 and MQTT 5 §3.2.2.2. */
const UNSUPPORTED_VERSION = new Set([1, 0x84]);

export interface LinkPorts {
  readonly url: string;
  readonly clientId: string;
  readonly random: Random;
  /** The sled's certificate; null on a broker without TLS. */
  readonly identity: Identity | null;
  readonly statusTopic: string;
  /** The record the broker is to publish when this agent is lost; asked for at every connect. */
  readonly offlineRecord: () => string;
  readonly connected: () => void;
  readonly warn: (message: string) => void;
}

export class MqttLink {
  readonly bus: MqttBus;
  readonly #client: MqttClient;
  readonly #ports: LinkPorts;
  #failures = 0;
  #warned = false;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
    writePacketsWithoutTable();
    this.#client = connect(ports.url, this.#options());
    this.bus = new MqttBus(sendingOnlyWhileItStays(this.#client));
    this.#client.on('connect', () => this.#onConnect());
    this.#client.on('close', () => this.#onClose());
    this.#client.on('reconnect', () => this.#renewWill());
    this.#client.on('error', (error) => this.#onError(error));
  }

  protocolVersion(): number {
    return this.#client.options.protocolVersion ?? 4;
  }

  /** Connects again, so that the broker holds a Will that names what runs now. */
  async renew(): Promise<void> {
    if (!this.#client.connected) return; // the next connect carries it
    const client = this.#client;
    await client.endAsync(); // what is on its way is acknowledged first
    this.#renewWill();
    const connected = new Promise<void>((resolve) => void client.once('connect', () => resolve()));
    client.reconnect();
    await connected;
  }

  #options(): IClientOptions {
    return {
      ...(this.#ports.identity === null ? {} : clientTls(this.#ports.identity, CONTROLLER_NAME)),
      clientId: this.#ports.clientId,
      protocolVersion: 5,
      clean: false,
      properties: { sessionExpiryInterval: SESSION_EXPIRY_S },
      keepalive: KEEPALIVE_S,
      reconnectPeriod: RECONNECT.firstMs,
      connectTimeout: 10_000,
      reconnectOnConnackError: true,
      resubscribe: false, // the bus does that
      queueQoSZero: false,
      will: this.#will(),
    };
  }

  #will(): NonNullable<IClientOptions['will']> {
    return { topic: this.#ports.statusTopic, payload: Buffer.from(this.#ports.offlineRecord()), qos: 1, retain: true };
  }

  /** A Will cannot change while connected; each connect carries the newest. */
  #renewWill(): void {
    this.#client.options.will = this.#will();
  }

  #onConnect(): void {
    this.#failures = 0;
    this.#warned = false;
    this.#client.options.reconnectPeriod = RECONNECT.firstMs;
    this.#ports.connected();
  }

  #onClose(): void {
    this.#client.options.reconnectPeriod = Math.ceil(backoffMs(RECONNECT, this.#failures++, this.#ports.random));
  }

  #onError(error: Error & { code?: unknown }): void {
    if (typeof error.code === 'number' && UNSUPPORTED_VERSION.has(error.code) && this.protocolVersion() === 5) {
      this.#client.options.protocolVersion = 4;
      delete this.#client.options.properties;
      this.#client.options.reconnectPeriod = 1; // at once: the broker is there
      return;
    }
    if (this.#warned) return; // once until it is connected again
    this.#warned = true;
    this.#ports.warn(
      `broker ${this.#ports.url}: ${error.message === '' ? String(error.code) : error.message}; trying on`,
    );
  }
}

/** While the client disconnects, what is published waits for the next connect. */
function sendingOnlyWhileItStays(client: MqttClient): MqttClientLike {
  return {
    get connected() {
      return client.connected && !client.disconnecting;
    },
    on: client.on.bind(client),
    publishAsync: (topic, payload, options) => client.publishAsync(topic, payload, options),
    subscribeAsync: (filter, options) => client.subscribeAsync(filter, options),
    endAsync: (force) => client.endAsync(force),
  };
}
