// A small bus server from the form in src/core/bus-wire.ts, with switches for what can go wrong.
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { BusRequest, BusResponse } from '../../src/core/bus-wire.ts';

type Answer = BusResponse | 'silent' | 'hang-up' | { readonly raw: string };

export class TestBusServer {
  readonly path: string;
  /** What the server says to a request. */
  answer: (request: BusRequest) => Answer;
  readonly requests: BusRequest[] = [];
  /** How many pieces arrived on the wire. */
  chunks = 0;
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();

  constructor(path: string, answer: (request: BusRequest) => Answer) {
    this.path = path;
    this.answer = answer;
  }

  async start(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    server.listen(this.path);
    await once(server, 'listening');
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  edge(line: string, level: 0 | 1): void {
    for (const socket of this.#sockets) socket.write(`${JSON.stringify({ line, level })}\n`);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setEncoding('utf8');
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let rest = '';
    socket.on('data', (chunk: string) => {
      this.chunks++;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#handle(socket, JSON.parse(line) as BusRequest);
    });
  }

  #handle(socket: Socket, request: BusRequest): void {
    this.requests.push(request);
    const answer = this.answer(request);
    if (answer === 'silent') return;
    if (answer === 'hang-up') socket.destroy();
    else socket.write(`${'raw' in answer ? answer.raw : JSON.stringify(answer)}\n`);
  }
}
