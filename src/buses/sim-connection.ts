// One pipelined connection to the simulator's bus server (src/core/bus-wire.ts). Requests of one turn of the event loop
// go out in one write; each has a deadline; a lost connection fails what is open and is made again, with backoff.
import { createConnection, type Socket } from 'node:net';
import { LineSplitter, MAX_LINE_BYTES, type BusRequest, type BusResponse } from '../core/bus-wire.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { backoff } from './backoff.ts';

/** Requests waiting for an answer; beyond it the server is not keeping up. */
const MAX_PENDING = 4096;
const RECONNECT = { firstMs: 50, longestMs: 2000 } as const;

/** `refused`: not sent, or the connection broke before the answer. */
export type SimAnswer =
  | { readonly kind: 'answer'; readonly response: BusResponse }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'refused'; readonly detail: string };

/** A request before it has its number. */
export type SimRequest = BusRequest extends infer R ? (R extends BusRequest ? Omit<R, 'id'> : never) : never;

export interface SimConnectionOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Edges of lines that are watched. */
  readonly onEdge: (line: string, level: 0 | 1) => void;
  /** Connected, for the first time or again. */
  readonly onConnect: () => void;
}

interface Pending {
  readonly answer: (answer: SimAnswer) => void;
  readonly dueMs: number;
}

export class SimConnection {
  readonly #options: SimConnectionOptions;
  /** In the order they were sent, so the first is always due first. */
  readonly #pending = new Map<number, Pending>();
  #socket: Socket | null = null;
  #connected = false;
  #closed = false;
  #nextId = 1;
  #outgoing = '';
  #deadline: Timer | null = null;
  #retry: Timer | null = null;
  #waits = backoff(RECONNECT);
  #lastError = 'not connected yet';

  constructor(options: SimConnectionOptions) {
    this.#options = options;
    this.#connect();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Why there is no connection. */
  get lastError(): string {
    return this.#lastError;
  }

  /** Always answers, never rejects. */
  request(request: SimRequest): Promise<SimAnswer> {
    return new Promise((resolve) => this.send(request, resolve));
  }

  /** As request, but answers within the order of what the server sends: before an edge that comes after the answer. */
  send(request: SimRequest, answer: (answer: SimAnswer) => void): void {
    if (!this.#connected) {
      answer({ kind: 'refused', detail: `bus server ${this.#options.path}: ${this.#lastError}` });
      return;
    }
    if (this.#pending.size >= MAX_PENDING) {
      answer({ kind: 'refused', detail: `bus server ${this.#options.path}: ${MAX_PENDING} requests are open` });
      return;
    }
    const id = this.#nextId++;
    if (this.#outgoing === '') setImmediate(() => this.#flush());
    this.#outgoing += `${JSON.stringify({ id, ...request })}\n`;
    this.#pending.set(id, { answer, dueMs: this.#options.clock.nowMs() + this.#options.timeoutMs });
    this.#deadline ??= this.#watchDeadline(this.#options.timeoutMs);
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#lost(this.#connected ? 'closed' : this.#lastError);
  }

  #connect(): void {
    this.#retry = null;
    const socket = createConnection(this.#options.path);
    const lines = new LineSplitter(MAX_LINE_BYTES);
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('connect', () => this.#established());
    socket.on('data', (chunk: string) => this.#receive(lines, chunk));
    socket.on('error', (error) => void (this.#lastError = error.message));
    socket.on('close', () => {
      if (this.#socket === socket) this.#lost(this.#connected ? 'the connection was lost' : this.#lastError);
    });
  }

  #established(): void {
    this.#connected = true;
    this.#waits = backoff(RECONNECT);
    this.#options.onConnect();
  }

  #lost(why: string): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#connected = false;
    this.#lastError = why;
    this.#outgoing = '';
    socket?.destroy();
    this.#deadline?.cancel();
    this.#deadline = null;
    const open = [...this.#pending.values()];
    this.#pending.clear();
    for (const { answer } of open) answer({ kind: 'refused', detail: `bus server ${this.#options.path}: ${why}` });
    if (this.#closed || this.#retry !== null) return;
    this.#retry = this.#options.clock.after('bus server reconnect', this.#waits.next().value, () => this.#connect());
  }

  #flush(): void {
    const text = this.#outgoing;
    this.#outgoing = '';
    if (text !== '') this.#socket?.write(text);
  }

  #receive(lines: LineSplitter, chunk: string): void {
    try {
      for (const line of lines.push(chunk)) this.#answer(JSON.parse(line) as BusResponse);
    } catch (error) {
      this.#lost(`it sent what is not an answer: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #answer(response: BusResponse): void {
    if (!('id' in response)) {
      this.#options.onEdge(response.line, response.level);
      return;
    }
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id); // an answer after its deadline finds nobody
    pending?.answer({ kind: 'answer', response });
  }

  /** One timer for all: it looks at the oldest request, and waits on for the next. */
  #watchDeadline(delayMs: number): Timer {
    return this.#options.clock.after('bus server answer', delayMs, () => {
      this.#deadline = null;
      const nowMs = this.#options.clock.nowMs();
      for (const [id, { dueMs, answer }] of this.#pending) {
        if (dueMs > nowMs) {
          this.#deadline = this.#watchDeadline(dueMs - nowMs);
          return;
        }
        this.#pending.delete(id);
        answer({ kind: 'timeout' });
      }
    });
  }
}
