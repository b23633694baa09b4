// A Modbus bus on TCP, as a device with a network plug or a gateway to a serial line offers it. Messaging on TCP/IP
// V1.0b: several clients, each with several transactions; a client that is no Modbus client is closed, nobody else notices.
import { createServer, type Server, type Socket } from 'node:net';
import { ColdslotError } from '../../src/core/errors.ts';
import type { LogLine } from '../bus-server.ts';
import { encodeMbap, MbapSplitter, type MbapFrame } from './mbap.ts';
import type { ModbusBus } from './modbus-bus.ts';
import { exceptionPdu, modbusExceptions } from './pdu.ts';

const MAX_CLIENTS = 32;
/** Transactions of one client that may be open; what it sends beyond waits in its socket. */
const MAX_OPEN = 16;
/** Answers a client has not read. */
const MAX_BACKLOG_BYTES = 64 * 1024;
/** Ports tried, the one asked for included. */
const PORTS_TRIED = 200;
/** V1.0b, 4.4.2.1: what addresses the device at the plug itself, where it is the only one. */
const PLUG_UNITS: ReadonlySet<number> = new Set([0, 255]);

interface Client {
  readonly socket: Socket;
  readonly splitter: MbapSplitter;
  readonly waiting: MbapFrame[];
  open: number;
  lastHeardMs: number;
}

export class ModbusTcpServer {
  readonly #bus: ModbusBus;
  readonly #log: LogLine;
  readonly #clients = new Set<Client>();
  #server: Server | null = null;

  constructor(bus: ModbusBus, log: LogLine) {
    this.#bus = bus;
    this.#log = log;
  }

  /**
   * Listens at the port, or at the next that is free; 0 = any. Resolves with the port.
   * @throws ColdslotError `io` when none of them can be had
   */
  async listen(host: string, port: number): Promise<number> {
    for (let candidate = port; candidate < port + PORTS_TRIED && candidate <= 65_535; candidate++) {
      const server = createServer((socket) => this.#accept(socket));
      const bound = await bind(server, host, candidate);
      if (bound === null) continue;
      this.#server = server;
      server.on('error', (error) => this.#log(`modbus server: ${error.message}`));
      return bound;
    }
    const last = Math.min(port + PORTS_TRIED - 1, 65_535);
    throw new ColdslotError(
      'io',
      `tcp://${host}:${port}`,
      `no port up to ${last} is free`,
      'name another with --modbus',
    );
  }

  async close(): Promise<void> {
    this.#bus.close();
    for (const client of this.#clients) this.#drop(client);
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    if (this.#clients.size >= MAX_CLIENTS) this.#dropLongestUnheard();
    const lastHeardMs = this.#bus.clock.nowMs();
    const client: Client = { socket, splitter: new MbapSplitter(), waiting: [], open: 0, lastHeardMs };
    this.#clients.add(client);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(client, chunk));
    socket.on('error', () => this.#drop(client));
    socket.on('close', () => this.#drop(client));
  }

  /** V1.0b, 4.2.2: the connection that has been unused for longest makes room. */
  #dropLongestUnheard(): void {
    const [oldest] = [...this.#clients].toSorted((a, b) => a.lastHeardMs - b.lastHeardMs);
    if (oldest !== undefined) this.#drop(oldest);
  }

  #receive(client: Client, chunk: Uint8Array): void {
    if (!this.#clients.has(client)) return;
    client.lastHeardMs = this.#bus.clock.nowMs();
    try {
      client.waiting.push(...client.splitter.push(chunk));
    } catch (error) {
      this.#log(`modbus server: closed a client of ${this.#bus.id}: ${(error as Error).message}`);
      this.#drop(client);
      return;
    }
    this.#serveWaiting(client);
  }

  #serveWaiting(client: Client): void {
    while (client.open < MAX_OPEN) {
      const frame = client.waiting.shift();
      if (frame === undefined) break;
      this.#serve(client, frame);
    }
    if (client.waiting.length > 0) client.socket.pause();
    else client.socket.resume();
  }

  #serve(client: Client, request: MbapFrame): void {
    const answer = this.#answer(request);
    if (answer === null) return;
    client.open++;
    this.#bus.answerAfter(request.pdu.length, answer.length, () => {
      client.open--;
      if (!this.#clients.has(client)) return;
      client.socket.write(encodeMbap({ ...request, pdu: answer }));
      if (client.socket.writableLength <= MAX_BACKLOG_BYTES) return this.#serveWaiting(client);
      this.#log(`modbus server: closed a client of ${this.#bus.id} that does not read its answers`);
      this.#drop(client);
    });
  }

  /** Null = none. A gateway throws a damaged answer away, and says of it as of an address without a device: 0x0B. */
  #answer({ unit, pdu }: MbapFrame): Uint8Array | null {
    const [only, ...others] = this.#bus.units.keys();
    const isPlug = PLUG_UNITS.has(unit) && others.length === 0 && only !== undefined;
    const outcome = this.#bus.serve(isPlug ? only : unit, pdu);
    if (outcome.kind === 'silence') return null;
    if (outcome.kind === 'answer' && !outcome.damaged) return outcome.pdu;
    return exceptionPdu((pdu[0] ?? 0) & 0x7f, modbusExceptions.noAnswer);
  }

  #drop(client: Client): void {
    if (!this.#clients.delete(client)) return;
    client.waiting.length = 0;
    client.socket.destroy();
  }
}

/** The port it listens at; null when that one is taken. */
function bind(server: Server, host: string, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else reject(new ColdslotError('io', `tcp://${host}:${port}`, `cannot listen: ${error.message}`));
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
