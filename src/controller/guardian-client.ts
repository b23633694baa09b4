// The controller's end of the guardian's socket: frames and events in, intents and slot commands out. Reconnects for
// as long as it lives; the guardian cools on its own meanwhile.
import { createConnection, type Socket } from 'node:net';
import { ColdslotError } from '../core/errors.ts';
import { LineSplitter } from '../core/bus-wire.ts';
import {
  MAX_GUARDIAN_LINE_BYTES,
  guardianMessageSchema,
  type Frame,
  type GuardianEvent,
  type GuardianMessage,
  type Intent,
  type SlotCommand,
} from '../protocols/guardian-link.ts';

export interface GuardianListener {
  onFrame(frame: Frame): void;
  onEvent(event: GuardianEvent): void;
  onConnection(state: 'connected' | 'lost'): void;
}

const RETRY_MS = 200;
const ANSWER_DEADLINE_MS = 3000;

export class GuardianClient {
  readonly #path: string;
  readonly #listener: GuardianListener;
  readonly #answers = new Map<number, (error: string | null) => void>();
  #socket: Socket | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed = false;
  #nextId = 1;

  constructor(path: string, listener: GuardianListener) {
    this.#path = path;
    this.#listener = listener;
    this.#connect();
  }

  /** Dropped when the guardian is away: the next frame brings the next intent. */
  sendIntent(intent: Intent): void {
    this.#socket?.write(`${JSON.stringify(intent)}\n`);
  }

  /** Cuts or gives a slot's power, or switches its identify light. @throws ColdslotError when it was not done */
  async commandSlot(slot: number, action: SlotCommand['action']): Promise<void> {
    const socket = this.#socket;
    if (socket === null)
      throw new ColdslotError('failed', `slot ${slot}`, 'the guardian is not reachable', 'try again');
    const id = this.#nextId++;
    const error = await new Promise<string | null>((resolve) => {
      const timer = setTimeout(() => resolve('the guardian did not answer in time'), ANSWER_DEADLINE_MS);
      this.#answers.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      socket.write(`${JSON.stringify({ type: 'slot', id, slot, action } satisfies SlotCommand)}\n`);
    });
    this.#answers.delete(id);
    if (error !== null) throw new ColdslotError('failed', `slot ${slot}`, error);
  }

  close(): void {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#socket?.destroy();
  }

  #connect(): void {
    const socket = createConnection(this.#path);
    const lines = new LineSplitter(MAX_GUARDIAN_LINE_BYTES);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      this.#socket = socket;
      this.#listener.onConnection('connected');
    });
    socket.on('data', (chunk: string) => {
      const messages = messagesIn(lines, chunk);
      if (messages === null) socket.destroy(); // not our guardian's language: start afresh
      else for (const message of messages) this.#take(message);
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      if (this.#socket === socket) {
        this.#socket = null;
        if (!this.#closed) this.#listener.onConnection('lost');
      }
      for (const answer of this.#answers.values()) answer('the connection to the guardian was lost');
      if (!this.#closed) this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
    });
  }

  #take(message: GuardianMessage): void {
    if (message.type === 'frame') this.#listener.onFrame(message);
    else if (message.type === 'event') this.#listener.onEvent(message);
    else if (message.type === 'answer') this.#answers.get(message.id)?.(message.error);
  }
}

/** Null for anything else than our messages. */
function messagesIn(lines: LineSplitter, chunk: string): GuardianMessage[] | null {
  try {
    return lines.push(chunk).map((line) => guardianMessageSchema.parse(JSON.parse(line)));
  } catch {
    return null;
  }
}
