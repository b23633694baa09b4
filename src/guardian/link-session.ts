// One client of the guardian's socket: lines in with limits on size and rate, messages out with a limit on what waits.
import type { Socket } from 'node:net';
import { LineSplitter } from '../core/bus-wire.ts';
import type { Clock } from '../core/clock.ts';
import {
  controllerMessageSchema,
  MAX_GUARDIAN_LINE_BYTES,
  type ControllerMessage,
  type GuardianMessage,
} from '../protocols/guardian-link.ts';

/** What may wait for a client that does not read; about a minute of frames of a large chassis. */
export const MAX_WAITING_BYTES = 4 << 20;
export const MAX_MESSAGES_PER_S = 200;
const FAREWELL_MS = 200;

export interface SessionHandlers {
  message(session: LinkSession, message: ControllerMessage): void;
  /** Once, whatever the reason; `why` null = the client left. */
  closed(session: LinkSession, why: string | null): void;
}

export class LinkSession {
  readonly id: number;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #handlers: SessionHandlers;
  readonly #splitter = new LineSplitter(MAX_GUARDIAN_LINE_BYTES);
  #secondStartMs = -Infinity;
  #inSecond = 0;
  #open = true;

  constructor(id: number, socket: Socket, clock: Clock, handlers: SessionHandlers) {
    this.id = id;
    this.#socket = socket;
    this.#clock = clock;
    this.#handlers = handlers;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', () => this.close(null));
    socket.on('close', () => this.close(null));
  }

  send(message: GuardianMessage): void {
    this.sendLine(`${JSON.stringify(message)}\n`);
  }

  /** As `send`, for a message that goes to several. */
  sendLine(line: string): void {
    if (!this.#open) return;
    this.#socket.write(line);
    if (this.#socket.writableLength > MAX_WAITING_BYTES) this.close('it does not read what is sent');
  }

  close(why: string | null): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.destroy();
    this.#handlers.closed(this, why);
  }

  /** Lets what was sent go out first, if the client reads it soon. */
  end(): void {
    this.#open = false;
    const patience = this.#clock.after('farewell to a client', FAREWELL_MS, () => this.#socket.destroy());
    this.#socket.once('close', () => patience.cancel());
    this.#socket.destroySoon();
  }

  #take(chunk: string): void {
    let lines: string[];
    try {
      lines = this.#splitter.push(chunk);
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
      return;
    }
    for (const line of lines) {
      if (!this.#open) return;
      this.#takeLine(line);
    }
  }

  #takeLine(line: string): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#secondStartMs >= 1000) {
      this.#secondStartMs = nowMs;
      this.#inSecond = 0;
    }
    this.#inSecond++;
    if (this.#inSecond > MAX_MESSAGES_PER_S) {
      this.close(`more than ${MAX_MESSAGES_PER_S} messages a second`);
      return;
    }
    const message = parse(line);
    if (typeof message === 'string') this.close(message);
    else this.#handlers.message(this, message);
  }
}

/** A message, or what is wrong with the line. */
function parse(line: string): ControllerMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return `not JSON: ${line.slice(0, 40)}`;
  }
  const parsed = controllerMessageSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return `not a message: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
}
