// The embedded MQTT broker (aedes, 3.1.1), for a chassis that has no other. Loopback unless told; inputs bounded.
import { constants } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer, type TLSSocket } from 'node:tls';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import type { Clock } from '../../core/clock.ts';
import { ColdslotError } from '../../core/errors.ts';
import { writePacketsWithoutTable } from '../../protocols/mqtt-packets.ts';
import { serverTls, type Identity } from '../../protocols/tls-identity.ts';
import { BrokerAccess, SLED_RATE, type Refusal } from './access.ts';
import { principalOf, type Principal } from './acl.ts';
import { guarded } from './packet-guard.ts';
import type { RateLimit } from './rate-limit.ts';

export interface Broker {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const MAX_PAYLOAD_BYTES = 512 * 1024;
/** A packet is its payload and a topic. */
const MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 70_000;
const MAX_CLIENTS = 256;
const PORTS_TRIED = 20;
const MAX_PORT = 65_535;
const HANDSHAKE_MS = 10_000;

export type PortRule = 'only-this' | 'next-free';

/** What makes the broker one of a chassis: its certificates and rules. */
export interface Security {
  readonly chassis: string;
  readonly identity: () => Identity;
  readonly clock: Clock;
  /** Of the TLS listener; 0 or none = any. */
  readonly port?: number;
  readonly refused: (refusal: Refusal) => void;
  readonly rate?: RateLimit;
}

export interface SecureBroker extends Broker {
  /** For those with a certificate of the chassis: TLS 1.3. */
  readonly secureUrl: string;
  /** Takes the new list of revoked certificates, and ends the connection of this sled. */
  revoke(sled: string): void;
}

/**
 * A broker without rules, for a machine where nobody else is.
 * @param port The first port to try; 0 = any.
 * @param ports what to do when it is taken
 * @throws ColdslotError `io` when no port can be had; nothing is left running
 */
export async function startBroker(host: string, port: number, ports: PortRule = 'next-free'): Promise<Broker> {
  const aedes = await makeAedes({
    authorizePublish: (_client, packet, done) => {
      done(packet.payload.length > MAX_PAYLOAD_BYTES ? new Error(`payload over ${MAX_PAYLOAD_BYTES} bytes`) : null);
    },
  });
  const listener = new Listener(createServer(), (socket) => aedes.handle(guarded(socket, MAX_PACKET_BYTES)));
  const bound = await orClose(listener.listen(host, port, ports), () => closeAll(aedes));
  return { url: `mqtt://${host}:${bound}`, port: bound, close: () => closeAll(aedes, listener) };
}

/**
 * The chassis's broker: TLS 1.3 with certificates for controller and agents, each within its own topics; and a plain
 * listener, where telemetry can be read and nothing else.
 * @throws ColdslotError `io` when no port can be had; nothing is left running
 */
export async function startSecureBroker(
  host: string,
  port: number,
  ports: PortRule,
  { chassis, identity, clock, port: securePort = 0, refused, rate = SLED_RATE }: Security,
): Promise<SecureBroker> {
  const access = new BrokerAccess({ chassis, clock, rate, maxPayloadBytes: MAX_PAYLOAD_BYTES, refused });
  const aedes = await makeAedes({
    authenticate: (client, _user, _password, done) => access.authenticate(client, done),
    authorizePublish: (client, packet, done) => access.publish(client, packet, done),
    authorizeSubscribe: (client, wish, done) => access.subscribe(client, wish, done),
    authorizeForward: (client, packet) => (access.forwards(client, packet.topic) ? packet : null),
  });
  const handle = (socket: Socket, principal: Principal) => {
    const connection = guarded(socket, MAX_PACKET_BYTES);
    access.introduce(connection, principal);
    aedes.handle(connection);
  };
  const plain = new Listener(createServer(), (socket) => handle(socket, { kind: 'reader' }));
  const tls = createTlsServer({ ...serverTls(identity(), constants.SSL_OP_NO_TICKET), handshakeTimeout: HANDSHAKE_MS });
  tls.on('tlsClientError', (error) => access.refuse('a TLS client', short(error.message)));
  const secure = new Listener(tls, (socket) => {
    const name = (socket as TLSSocket).getPeerCertificate().subject?.CN;
    if (typeof name === 'string') handle(socket, principalOf(name));
    else socket.destroy();
  });
  const end = () => closeAll(aedes, plain, secure);
  const plainPort = await orClose(plain.listen(host, port, ports), end);
  const boundSecurely = await orClose(secure.listen(host, securePort, 'only-this'), end);
  return {
    url: `mqtt://${host}:${plainPort}`,
    port: plainPort,
    secureUrl: `mqtts://${host}:${boundSecurely}`,
    revoke: (sled) => {
      tls.setSecureContext(serverTls(identity(), constants.SSL_OP_NO_TICKET));
      access.cut({ kind: 'sled', sled });
    },
    close: end,
  };
}

async function makeAedes(rules: AedesOptions): Promise<Aedes> {
  writePacketsWithoutTable();
  const aedes = await Aedes.createBroker({
    maxClientsIdLength: 128,
    queueLimit: 1000,
    connectTimeout: 5000,
    ...rules,
  });
  aedes.on('client', (client) => takeEveryMessage(client, aedes.id));
  return aedes;
}

/** A server with its connections. */
class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server | TlsServer, handle: (socket: Socket) => void) {
    this.#server = server;
    server.maxConnections = MAX_CLIENTS;
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      socket.setNoDelay(true);
      handle(socket);
    });
  }

  /** The port it got. */
  async listen(host: string, port: number, ports: PortRule): Promise<number> {
    await listen(this.#server, host, port, ports === 'only-this' ? 1 : PORTS_TRIED);
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}

async function orClose<T>(work: Promise<T>, close: () => Promise<void>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeAll(aedes: Aedes, ...listeners: readonly Listener[]): Promise<void> {
  await new Promise<void>((resolve) => aedes.close(() => resolve()));
  for (const listener of listeners) await listener.close();
}

function short(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/**
 * aedes numbers its messages and gives a client none that comes after a higher number: as a duplicate, for a client
 * whose subscriptions overlap. But messages of another QoS or retain flag overtake each other inside it, so real ones
 * were dropped (a known fault of it). Here the highest number stays 0 for every client; one whose subscriptions
 * overlap gets a message once for each, as MQTT 3.1.1 §3.3.5 allows.
 */
function takeEveryMessage(client: Client, brokerId: string): void {
  const { duplicates } = client as Client & { readonly duplicates?: object };
  if (duplicates !== undefined) Object.defineProperty(duplicates, brokerId, { get: () => 0, set: () => {} });
}

async function listen(server: Server, host: string, first: number, count: number): Promise<void> {
  const last = first === 0 ? 0 : Math.min(MAX_PORT, first + count - 1);
  for (let port = first; port <= last; port++) {
    const problem = await tryToListen(server, host, port);
    if (problem === null) return;
    if (problem.code !== 'EADDRINUSE')
      throw new ColdslotError(
        'io',
        `${host}:${port}`,
        `the broker cannot listen: ${problem.message}`,
        'give another port with --mqtt-port',
      );
  }
  throw new ColdslotError(
    'io',
    `${host}:${first}`,
    count === 1 ? `port ${first} is taken` : `ports ${first} to ${last} are all taken`,
    'give another with --mqtt-port',
  );
}

/** Null when it listens. */
function tryToListen(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, host, () => {
      server.off('error', resolve);
      resolve(null);
    });
  });
}
