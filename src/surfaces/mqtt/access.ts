// The chassis's access rules as aedes asks for them: who a connection is, what it may publish and read, how fast. What is
// refused is told once a client and kind, then counted.
import type { Duplex } from 'node:stream';
import type { AuthenticateError, Client, PublishPacket, Subscription } from 'aedes';
import type { Clock } from '../../core/clock.ts';
import { clientIdOf, isReservedClientId, mayPublish, mayReceive, maySubscribe, type Principal } from './acl.ts';
import { fullBucket, take, type Bucket, type RateLimit } from './rate-limit.ts';

export interface AccessOptions {
  readonly chassis: string;
  readonly clock: Clock;
  readonly maxPayloadBytes: number;
  /** For sleds; the controller has none. */
  readonly rate: RateLimit;
  /** Told the first time, and at every power of ten. */
  readonly refused: (refusal: Refusal) => void;
}

export interface Refusal {
  readonly who: string;
  readonly what: string;
  readonly count: number;
}

/** A client that would have to wait longer for its next message has lost all measure, and is cut. */
const MAX_WAIT_MS = 10_000;
const MAX_TOLD = 1000;

const NOT_AUTHORIZED = 5; // MQTT 3.1.1 §3.2.2.3

export const SLED_RATE: RateLimit = { messagesPerS: 100, bytesPerS: 2 << 20, burstS: 5 };

export class BrokerAccess {
  readonly #options: AccessOptions;
  readonly #principals = new WeakMap<Duplex, Principal>();
  readonly #buckets = new WeakMap<Duplex, Bucket>();
  /** Of those with a certificate that are connected, by name. */
  readonly #connected = new Map<string, Client>();
  readonly #counts = new Map<string, number>();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Before a connection is handed to aedes. */
  introduce(connection: Duplex, principal: Principal): void {
    this.#principals.set(connection, principal);
  }

  authenticate(client: Client, done: (error: AuthenticateError | null, success: boolean | null) => void): void {
    const why = this.#whyNot(client);
    if (why === null) return done(null, true);
    this.refuse(nameOf(this.#principalOf(client)), why, 'connecting');
    done(Object.assign(new Error(why), { returnCode: NOT_AUTHORIZED }), null);
  }

  #whyNot(client: Client): string | null {
    const principal = this.#principalOf(client);
    const wanted = clientIdOf(this.#options.chassis, principal);
    if (wanted === null)
      return isReservedClientId(this.#options.chassis, client.id) ? `client id ${client.id} needs a certificate` : null;
    if (client.id !== wanted) return `client id ${client.id} with the certificate of ${nameOf(principal)}`;
    const other = this.#connected.get(wanted);
    if (other !== undefined && !other.closed) return 'a second connection with its certificate';
    this.#connected.set(wanted, client);
    return null;
  }

  publish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void {
    if (client === null) return done(null);
    const principal = this.#principalOf(client);
    const refuse = (what: string, kind = what) => {
      this.refuse(nameOf(principal), what, kind);
      done(new Error(what));
    };
    if (packet.payload.length > this.#options.maxPayloadBytes)
      return refuse(`a payload over ${this.#options.maxPayloadBytes} bytes`);
    if (!mayPublish(this.#options.chassis, principal, packet.topic))
      return refuse(`publishing on ${short(packet.topic)}`, 'publishing');
    const waitMs = this.#wait(client, principal, packet.payload.length);
    if (waitMs > MAX_WAIT_MS) return refuse('far more messages than its rate');
    if (waitMs === 0) return done(null);
    this.refuse(nameOf(principal), 'more messages than its rate: it is slowed down');
    this.#options.clock.after('MQTT client over its rate', waitMs, () => done(null));
  }

  subscribe(
    client: Client | null,
    wish: Subscription,
    done: (error: Error | null, granted?: Subscription | null) => void,
  ) {
    if (client === null) return done(null, wish);
    const principal = this.#principalOf(client);
    if (maySubscribe(this.#options.chassis, principal, wish.topic)) return done(null, wish);
    this.refuse(nameOf(principal), `reading ${short(wish.topic)}`, 'reading');
    done(null, null);
  }

  /** Whether a message is passed on to a client. */
  forwards(client: Client, topic: string): boolean {
    return mayReceive(this.#options.chassis, this.#principalOf(client), topic);
  }

  /** Ends the connection of a name, such as a sled whose certificate was revoked. */
  cut(principal: Principal): void {
    const id = clientIdOf(this.#options.chassis, principal);
    if (id !== null) this.#connected.get(id)?.close();
  }

  /** @param kind what is counted together; a client that makes up a new topic each time must not fill the log */
  refuse(who: string, what: string, kind = what): void {
    const key = `${who} ${kind}`;
    if (this.#counts.size >= MAX_TOLD && !this.#counts.has(key)) return;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (Number.isInteger(Math.log10(count))) this.#options.refused({ who, what, count });
  }

  #wait(client: Client, principal: Principal, bytes: number): number {
    if (principal.kind === 'controller') return 0;
    const { rate, clock } = this.#options;
    const nowMs = clock.nowMs();
    const before = this.#buckets.get(client.conn) ?? fullBucket(rate, nowMs);
    const { bucket, waitMs } = take(before, rate, bytes, nowMs);
    this.#buckets.set(client.conn, bucket);
    return waitMs;
  }

  #principalOf(client: Client): Principal {
    return this.#principals.get(client.conn) ?? { kind: 'reader' };
  }
}

export function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case 'controller':
      return 'the controller';
    case 'sled':
      return `sled ${principal.sled}`;
    case 'reader':
      return 'a client without a certificate';
  }
}

function short(topic: string): string {
  return topic.length > 80 ? `${topic.slice(0, 79)}…` : topic;
}
