// The local socket that the command line and the live view talk to (protocols/control.ts). Each client is answered in
// the order of its requests, and is read no faster than it reads its answers.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { LineSplitter } from '../../core/bus-wire.ts';
import { every, realClock, type Clock } from '../../core/clock.ts';
import { ColdslotError, describeError } from '../../core/errors.ts';
import {
  controlRequestSchema,
  type ControlCall,
  type ControlRequest,
  type ControlResponse,
} from '../../protocols/control.ts';
import type { ChassisSource } from '../source.ts';
import { listenLocally } from './local-socket.ts';

const MAX_REQUEST_BYTES = 64 * 1024;
const MAX_CLIENTS = 32;

export interface ControlServer {
  close(): Promise<void>;
}

/**
 * @param clock Paces what `watch` sends.
 * @throws ColdslotError when another controller answers on the socket, or it cannot be made
 */
export async function startControlServer(
  path: string,
  source: ChassisSource,
  clock: Clock = realClock(),
): Promise<ControlServer> {
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => {}); // 'close' follows
    void new Client(socket, source, clock).serve();
  });
  server.maxConnections = MAX_CLIENTS;
  await listenLocally(server, path);
  return {
    close: async () => {
      for (const socket of clients) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

class Client {
  readonly #socket: Socket;
  readonly #source: ChassisSource;
  readonly #clock: Clock;
  #stopWatching = () => {};

  constructor(socket: Socket, source: ChassisSource, clock: Clock) {
    this.#socket = socket;
    this.#source = source;
    this.#clock = clock;
  }

  async serve(): Promise<void> {
    const lines = new LineSplitter(MAX_REQUEST_BYTES);
    this.#socket.setEncoding('utf8');
    this.#socket.once('close', () => this.#stopWatching());
    try {
      for await (const chunk of this.#socket as AsyncIterable<string>)
        for (const line of lines.push(chunk)) await this.#take(line);
    } catch {
      this.#socket.destroy(); // it went, or sent a line without end: nothing after that can be trusted
    }
  }

  async #take(line: string): Promise<void> {
    const request = parseRequest(line);
    if ('error' in request) return this.#send(request);
    const { id, call } = request;
    if (call.method === 'watch') return this.#watch(id, call.maxHz);
    return this.#send(await this.#answer(id, call));
  }

  async #answer(id: number, call: Exclude<ControlCall, { method: 'watch' }>): Promise<ControlResponse> {
    try {
      if (call.method === 'view') return { id, result: this.#source.view(), more: false };
      return { id, result: (await this.#source.call(call)) ?? null, more: false };
    } catch (error) {
      return { id, error: errorBody(error) };
    }
  }

  /** Sends a view now, and after changes at most `maxHz` times a second; a later watch takes the place of this one. */
  #watch(id: number, maxHz: number): void {
    this.#stopWatching();
    let isDirty = true;
    const stop = this.#source.onChange(() => {
      isDirty = true;
    });
    const look = () => {
      if (!isDirty || this.#socket.writableNeedDrain || this.#socket.destroyed) return;
      isDirty = false;
      this.#write({ id, result: this.#source.view(), more: true });
    };
    look();
    const timer = every(this.#clock, 'watch', 1000 / maxHz, look);
    this.#stopWatching = () => {
      timer.cancel();
      stop();
    };
  }

  /** Resolves when the client has taken enough of it that more may be written. */
  async #send(response: ControlResponse): Promise<void> {
    if (this.#write(response)) return;
    const waiting = new AbortController();
    const options = { signal: waiting.signal };
    try {
      await Promise.race([once(this.#socket, 'drain', options), once(this.#socket, 'close', options)]);
    } finally {
      waiting.abort();
    }
  }

  #write(response: ControlResponse): boolean {
    return this.#socket.destroyed || this.#socket.write(`${JSON.stringify(response)}\n`);
  }
}

function parseRequest(line: string): ControlRequest | Extract<ControlResponse, { error: unknown }> {
  const json = parseJson(line);
  const parsed = controlRequestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : null;
  const issue = parsed.error.issues[0];
  const place = (issue?.path ?? []).map(String).join('.');
  return {
    id: typeof id === 'number' && Number.isSafeInteger(id) ? id : -1,
    error: {
      code: 'bad-input',
      subject: place === '' ? 'request' : `request ${place}`,
      message: json === undefined ? 'not JSON' : (issue?.message ?? 'not a request'),
      hint: '',
    },
  };
}

/** Undefined when it is none. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function errorBody(error: unknown): Extract<ControlResponse, { error: unknown }>['error'] {
  if (error instanceof ColdslotError)
    return { code: error.code, subject: error.subject, message: error.message, hint: error.hint };
  return { code: 'failed', subject: 'controller', message: describeError(error), hint: '' };
}
