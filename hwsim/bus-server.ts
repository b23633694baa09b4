// The chassis's buses and lines on a Unix socket (src/core/bus-wire.ts): answers come in order for each bus, after the
// time their bits take on the wire. A client that breaks the form is closed, nobody else notices.
import { createServer, type Server, type Socket } from 'node:net';
import { lstatSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { LineSplitter, MAX_LINE_BYTES, MAX_TRANSFER_BYTES, fromHex, toHex } from '../src/core/bus-wire.ts';
import type { BusRequest, BusResponse } from '../src/core/bus-wire.ts';
import type { Clock } from '../src/core/clock.ts';
import { ColdslotError } from '../src/core/errors.ts';
import type { I2cAnswer, I2cBus } from '../src/core/ports.ts';
import { BusScheduler } from './bus/bus-scheduler.ts';
import type { BusTopology } from './bus/topology.ts';
import type { LineBank } from './lines/line-bank.ts';
import type { Wire } from './lines/wire.ts';

/** Answers a client has not read; a client that reads nothing is closed instead of filling memory. */
const MAX_BACKLOG_BYTES = 4 << 20;
/** Requests of one client that may wait at a time. */
const MAX_PENDING = 4096;
const MAX_CLIENTS = 32;

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/i, 'expected bytes in hex');
const id = z.int().min(0);
const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({
    id,
    op: z.literal('t'),
    bus: z.string(),
    a: z.int().min(0).max(0x7f),
    w: hex.max(2 * MAX_TRANSFER_BYTES),
    n: z.int().min(0).max(MAX_TRANSFER_BYTES),
  }),
  z.strictObject({ id, op: z.enum(['r', 'w']), line: z.string() }),
  z.strictObject({ id, op: z.literal('s'), line: z.string(), level: z.union([z.literal(0), z.literal(1)]) }),
]);

/** What the server needs to know of the chassis. */
export interface Hardware {
  readonly topology: BusTopology;
  readonly lines: LineBank;
  plantS(): number;
}

export type LogLine = (text: string, data?: Readonly<Record<string, unknown>>) => void;

interface Client {
  readonly socket: Socket;
  readonly splitter: LineSplitter;
  readonly unwatch: Map<string, () => void>;
  outbox: string;
  pending: number;
  open: boolean;
}

export class BusServer {
  readonly #hardware: Hardware;
  readonly #log: LogLine;
  readonly #scheduler: BusScheduler;
  readonly #clients = new Set<Client>();
  #server: Server | null = null;
  #path = '';

  /** `spinMs`: see BusScheduler; 0 makes all waiting go through the clock, as tests with virtual time need it. */
  constructor(hardware: Hardware, clock: Clock, log: LogLine, spinMs = 2) {
    this.#hardware = hardware;
    this.#log = log;
    this.#scheduler = new BusScheduler(clock, spinMs, () => this.#flush());
  }

  /** @throws ColdslotError when the socket cannot be made there, or something that is no socket is in its place */
  listen(path: string): Promise<void> {
    removeOldSocket(path);
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = MAX_CLIENTS;
    this.#server = server;
    this.#path = path;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) =>
        reject(
          new ColdslotError(
            'io',
            path,
            `cannot listen: ${error.message}`,
            'its folder must exist and its path be short',
          ),
        );
      server.once('error', fail);
      const mask = process.umask(0o177); // whoever can open it drives the hardware
      server.listen(path, () => {
        server.off('error', fail);
        server.on('error', (error) => this.#log(`bus server: ${error.message}`));
        resolve();
      });
      process.umask(mask);
    });
  }

  async close(): Promise<void> {
    this.#scheduler.close();
    for (const client of this.#clients) this.#drop(client);
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    rmSync(this.#path, { force: true });
  }

  /** Seconds that transactions have held a bus so far, for a benchmark to compare with. */
  wireTimeS(bus: string): number {
    return this.#hardware.topology.wireTimeS(bus);
  }

  /** The same bus without the socket: answers when they are due. */
  simBus(bus: string): I2cBus {
    const transfer = (address: number, write: Uint8Array, readLength: number) =>
      new Promise<I2cAnswer>((resolve) => this.#transfer(bus, address, write, readLength, resolve));
    return { id: bus, transfer };
  }

  #transfer(bus: string, a: number, write: Uint8Array, n: number, deliver: (answer: I2cAnswer) => void): void {
    const { topology } = this.#hardware;
    this.#scheduler.submit(
      topology.root(bus),
      (busMs) => topology.execute(bus, a, write, n, { plantS: this.#hardware.plantS(), busMs }),
      deliver,
    );
  }

  #accept(socket: Socket): void {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    const client: Client = { socket, splitter, unwatch: new Map(), outbox: '', pending: 0, open: true };
    this.#clients.add(client);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#receive(client, chunk));
    socket.on('error', () => this.#drop(client));
    socket.on('close', () => this.#drop(client));
  }

  #receive(client: Client, chunk: string): void {
    try {
      for (const line of client.splitter.push(chunk)) {
        if (client.open) this.#serve(client, requestSchema.parse(JSON.parse(line)));
      }
    } catch (error) {
      const why = error instanceof z.ZodError ? (error.issues[0]?.message ?? 'wrong form') : (error as Error).message;
      this.#log(`bus server: closed a client after a bad request: ${why}`);
      this.#drop(client);
    }
    this.#flush();
  }

  #serve(client: Client, request: BusRequest): void {
    if (request.op !== 't') {
      const wire = this.#hardware.lines.gpio(request.line);
      if (wire === null) throw new Error(`there is no line ${JSON.stringify(request.line.slice(0, 80))}`);
      if (request.op === 's') wire.drive(request.level);
      if (request.op === 'w') this.#watch(client, wire, request.line);
      this.#send(client, { id: request.id, level: wire.level });
      return;
    }
    if (this.#hardware.topology.segment(request.bus) === null) {
      throw new Error(`there is no bus ${JSON.stringify(request.bus.slice(0, 80))}`);
    }
    if (++client.pending > MAX_PENDING) throw new Error(`more than ${MAX_PENDING} requests wait`);
    this.#transfer(request.bus, request.a, fromHex(request.w), request.n, (answer) => {
      client.pending--;
      this.#send(
        client,
        answer.kind === 'ok'
          ? { id: request.id, d: toHex(answer.data) }
          : { id: request.id, e: answer.error, detail: answer.detail },
      );
    });
  }

  #watch(client: Client, wire: Wire, line: string): void {
    if (client.unwatch.has(line)) return;
    client.unwatch.set(
      line,
      wire.watch((level) => {
        this.#send(client, { line, level });
        this.#flush();
      }),
    );
  }

  #send(client: Client, response: BusResponse): void {
    if (client.open) client.outbox += `${JSON.stringify(response)}\n`;
  }

  /** One write a client for all that has become due together. */
  #flush(): void {
    for (const client of this.#clients) {
      if (client.outbox === '' || !client.open) continue;
      client.socket.write(client.outbox);
      client.outbox = '';
      if (client.socket.writableLength > MAX_BACKLOG_BYTES) {
        this.#log('bus server: closed a client that does not read its answers');
        this.#drop(client);
      }
    }
  }

  #drop(client: Client): void {
    if (!client.open) return;
    client.open = false;
    this.#clients.delete(client);
    for (const unwatch of client.unwatch.values()) unwatch();
    client.socket.destroy();
  }
}

/** One that a killed server left behind. */
function removeOldSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new ColdslotError('refused', path, 'is there and is no socket', 'choose another path');
  rmSync(path);
}
