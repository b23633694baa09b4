// What lies between the machines: a broker that all reach over their own line, and lines between any two sleds. In calm
// a message takes milliseconds; in rough weather it is lost, doubled, late or overtaken, and lines are cut.
import type { EventQueue, Happening } from './event-queue.ts';
import type { History } from './history.ts';
import type { Weather } from './weather.ts';

export const CONTROLLER = 'controller';

/** A session that the broker keeps for a client that is away holds this many messages. */
const HELD_MAX = 100;
/** Beyond this a message is not late but lost. */
const LATEST_MS = 45_000;

export interface NetworkParts {
  readonly queue: EventQueue;
  readonly weather: Weather;
  readonly history: History;
  readonly reconnected: (node: string) => void;
  /** Whether somebody is there who takes messages in. */
  readonly listens: (node: string) => boolean;
}

export class Network {
  readonly #queue: EventQueue;
  readonly #weather: Weather;
  readonly #history: History;
  readonly #cut = new Set<string>();
  readonly #held = new Map<string, Happening[]>();
  readonly #reconnected: (node: string) => void;
  readonly #listens: (node: string) => boolean;
  #brokerUp = true;
  /** Grows when the broker loses what is on its way. */
  #brokerLife = 0;
  /** Until when something sent in rough weather may still arrive. */
  lastArrivalMs = 0;

  constructor({ queue, weather, history, reconnected, listens }: NetworkParts) {
    this.#queue = queue;
    this.#weather = weather;
    this.#history = history;
    this.#reconnected = reconnected;
    this.#listens = listens;
  }

  connected(node: string): boolean {
    return this.#brokerUp && !this.#cut.has(node);
  }

  linked(one: string, other: string): boolean {
    return !this.#cut.has(lineOf(one, other));
  }

  /** Over the broker. What arrives may do so never, later or twice. */
  send(from: string, to: string, arrive: Happening): void {
    if (!this.connected(from)) return;
    if (!this.#weather.rough()) {
      this.#deliver(to, 1 + this.#weather.random.next() * 4, arrive);
      return;
    }
    if (this.#weather.strikes('network', 0.2)) return;
    this.#deliver(to, this.#delayMs(), arrive);
    if (this.#weather.strikes('network', 0.2)) this.#deliver(to, this.#delayMs(), arrive);
  }

  #delayMs(): number {
    const { random } = this.#weather;
    const usualMs = 1 + random.next() * 4;
    if (this.#weather.strikes('network', 0.05)) return usualMs + random.next() * LATEST_MS;
    if (this.#weather.strikes('network', 0.25)) return usualMs + random.next() * 4_000;
    return usualMs;
  }

  #deliver(to: string, delayMs: number, arrive: Happening): void {
    const atMs = this.#queue.nowMs + delayMs;
    if (atMs > this.lastArrivalMs) this.lastArrivalMs = atMs;
    const life = this.#brokerLife;
    this.#queue.at(atMs, () => {
      if (life !== this.#brokerLife) return;
      if (!this.#cut.has(to) && this.#listens(to)) arrive();
      else if (this.#weather.random.next() < 0.5) this.#hold(to, arrive);
    });
  }

  #hold(to: string, arrive: Happening): void {
    const held = this.#held.get(to) ?? [];
    this.#held.set(to, held);
    if (held.length < HELD_MAX) held.push(arrive);
  }

  /** Between a machine and the broker, or between two sleds. */
  cut(one: string, other: string | null): void {
    this.#cut.add(other === null ? one : lineOf(one, other));
    this.#history.note('network', `${one} is cut off from ${other ?? 'the broker'}`);
  }

  heal(one: string, other: string | null): void {
    if (!this.#cut.delete(other === null ? one : lineOf(one, other))) return;
    this.#history.note('network', `${one} is connected with ${other ?? 'the broker'} again`);
    if (other !== null) return;
    if (this.#brokerUp) this.#reconnected(one);
    this.listensAgain(one);
  }

  /** It gets what the broker has kept for it. */
  listensAgain(node: string): void {
    if (!this.connected(node)) return;
    const held = this.#held.get(node) ?? [];
    this.#held.delete(node);
    for (const arrive of held) this.#deliver(node, 1 + this.#weather.random.next() * 10, arrive);
  }

  breakBroker(): void {
    if (!this.#brokerUp) return;
    this.#brokerUp = false;
    this.#brokerLife++;
    this.#held.clear();
    this.#history.note('broker', 'is down, its queues are lost');
  }

  startBroker(nodes: readonly string[]): void {
    if (this.#brokerUp) return;
    this.#brokerUp = true;
    this.#history.note('broker', 'is up again');
    for (const node of nodes) if (!this.#cut.has(node)) this.#reconnected(node);
  }

  healAll(nodes: readonly string[]): void {
    this.startBroker(nodes);
    for (const line of [...this.#cut]) {
      const [one, other] = line.split('|') as [string, string?];
      this.heal(one, other ?? null);
    }
  }
}

function lineOf(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}
