// The embedded MQTT broker (aedes, 3.1.1), for a chassis that has no other. Loopback unless told; inputs bounded.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { ColdslotError } from '../../core/errors.ts';
import { writePacketsWithoutTable } from '../../protocols/mqtt-packets.ts';

export interface Broker {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const MAX_PAYLOAD_BYTES = 512 * 1024;
const MAX_CLIENTS = 256;
const PORTS_TRIED = 20;
const MAX_PORT = 65_535;

/**
 * @param port The first port to try; 0 = any.
 * @param ports what to do when it is taken
 * @throws ColdslotError `io` when no port can be had; nothing is left running
 */
export async function startBroker(
  host: string,
  port: number,
  ports: 'only-this' | 'next-free' = 'next-free',
): Promise<Broker> {
  writePacketsWithoutTable();
  const aedes = await Aedes.createBroker({
    maxClientsIdLength: 128,
    queueLimit: 1000,
    connectTimeout: 5000,
    authorizePublish: (_client, packet, done) => {
      done(packet.payload.length > MAX_PAYLOAD_BYTES ? new Error(`payload over ${MAX_PAYLOAD_BYTES} bytes`) : null);
    },
  });
  aedes.on('client', (client) => takeEveryMessage(client, aedes.id));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    aedes.handle(socket);
  });
  server.maxConnections = MAX_CLIENTS;
  try {
    await listen(server, host, port, ports === 'only-this' ? 1 : PORTS_TRIED);
  } catch (error) {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    throw error;
  }
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `mqtt://${host}:${bound}`,
    port: bound,
    close: async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
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
