// The guardian's Unix socket: hello, then frames and events to every client; intents and slot commands back.
// Only the local user may open it. A client that breaks a limit or the form is closed, nobody else notices.
import { createServer, type Server } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { EventRecord } from '../core/view.ts';
import type { Frame, GuardianEvent, GuardianMessage, Intent, SlotCommand } from '../protocols/guardian-link.ts';
import { LinkSession } from './link-session.ts';
import { claimSocket, releaseSocket } from './socket-claim.ts';

const MAX_CLIENTS = 16;
/** Events kept for the first client while there is none. */
const MAX_BACKLOG = 200;
const MAX_EVENT_TEXT = 400;

export interface LinkHandlers {
  hello(): GuardianMessage;
  intent(client: number, intent: Intent): 'taken' | 'refused';
  /** Null when it was done; else why not. */
  slotCommand(command: SlotCommand): Promise<string | null>;
  gone(client: number): void;
  /** A client was closed for breaking a rule. */
  dropped(client: number, why: string): void;
}

export class LinkServer {
  readonly #clock: Clock;
  readonly #handlers: LinkHandlers;
  readonly #sessions = new Map<number, LinkSession>();
  #server: Server | null = null;
  #path = '';
  #nextId = 1;
  #backlog: GuardianEvent[] = [];

  constructor(clock: Clock, handlers: LinkHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** @throws ColdslotError `conflict` when a guardian answers there, `io` when the socket cannot be made */
  async listen(path: string): Promise<void> {
    const server = createServer((socket) => {
      const session = new LinkSession(this.#nextId++, socket, this.#clock, {
        message: (from, message) => {
          if (message.type === 'intent') this.#takeIntent(from, message);
          else void this.#takeCommand(from, message);
        },
        closed: (from, why) => {
          this.#sessions.delete(from.id);
          this.#handlers.gone(from.id);
          if (why !== null) this.#handlers.dropped(from.id, why);
        },
      });
      this.#sessions.set(session.id, session);
      session.send(this.#handlers.hello());
      for (const event of this.#backlog) session.send(event);
      this.#backlog = [];
    });
    server.maxConnections = MAX_CLIENTS;
    await claimSocket(server, path);
    this.#server = server;
    this.#path = path;
  }

  frame(frame: Frame): void {
    this.#toAll(frame);
  }

  event(record: EventRecord): void {
    const event = eventMessage(record);
    if (this.#sessions.size > 0) {
      this.#toAll(event);
      return;
    }
    this.#backlog.push(event);
    if (this.#backlog.length > MAX_BACKLOG) this.#backlog.shift();
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    for (const session of this.#sessions.values()) session.end();
    this.#sessions.clear();
    await releaseSocket(server, this.#path);
  }

  #toAll(message: GuardianMessage): void {
    if (this.#sessions.size === 0) return;
    const line = `${JSON.stringify(message)}\n`;
    for (const session of this.#sessions.values()) session.sendLine(line);
  }

  #takeIntent(session: LinkSession, intent: Intent): void {
    if (this.#handlers.intent(session.id, intent) === 'taken') return;
    session.send({
      type: 'event',
      severity: 'warning',
      source: 'guardian',
      code: 'intent-refused',
      text: 'another client holds the intent; it is free when that client goes or its lease ends',
      data: {},
    });
  }

  async #takeCommand(session: LinkSession, command: SlotCommand): Promise<void> {
    const error = await this.#handlers.slotCommand(command);
    session.send({ type: 'answer', id: command.id, error });
  }
}

function eventMessage(record: EventRecord): GuardianEvent {
  const { severity, source, code, text, data } = record;
  return {
    type: 'event',
    severity,
    source: source.slice(0, 80),
    code: code.slice(0, 60),
    text: text.slice(0, MAX_EVENT_TEXT),
    data,
  };
}
