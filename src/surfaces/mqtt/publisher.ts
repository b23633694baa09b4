// Publishes the view of the chassis: each topic when its record changes, sensors also every 30 s, `seq` growing by one
// per topic. Records are compared without their time, so a quiet chassis is quiet on the bus.
import type { Clock, Timer } from '../../core/clock.ts';
import type { Bus, BusMessage } from '../../core/ports.ts';
import { isOpenMove, type ChassisView, type MoveView } from '../../core/view.ts';
import { topicsOf, type Topics } from '../../protocols/topics.ts';
import type { ChassisSource } from '../source.ts';
import { fanRecord, moveRecord, planIdentity, sensorRecord, slotRecord, stamped, statusPayload } from './payloads.ts';

const SENSOR_REFRESH_MS = 30_000;
/** A topic is published at most so often; the newest record goes out when the interval is over. */
const TOPIC_INTERVAL_MS = 500;
/** Changes are gathered for so long. */
const GATHER_MS = 100;

interface Published {
  /** What was compared; null when it must go out again whatever it is. */
  body: string | null;
  seq: number;
  atMs: number;
}

interface Pace {
  readonly intervalMs: number;
  readonly refreshMs: number;
}

const ON_CHANGE: Pace = { intervalMs: TOPIC_INTERVAL_MS, refreshMs: Infinity };
const REFRESHED: Pace = { intervalMs: TOPIC_INTERVAL_MS, refreshMs: SENSOR_REFRESH_MS };
/** A Move's states are few, and each counts. */
const AT_ONCE: Pace = { intervalMs: 0, refreshMs: Infinity };

export class MqttPublisher {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #source: ChassisSource;
  readonly #topics: Topics;
  readonly #published = new Map<string, Published>();
  readonly #stops: (() => void)[] = [];
  /** Closed Moves of the view whose topic has been cleared. */
  #closedMoves: ReadonlySet<string>;
  #next: { readonly timer: Timer; readonly dueMs: number } | null = null;
  #isClosed = false;

  constructor(bus: Bus, source: ChassisSource, clock: Clock) {
    this.#bus = bus;
    this.#source = source;
    this.#clock = clock;
    const view = source.view();
    this.#topics = topicsOf(view.chassis);
    this.#closedMoves = closedIn(view);
    this.#stops.push(
      source.onChange(() => this.#lookBy(this.#clock.nowMs() + GATHER_MS)),
      source.onEvent((record) => this.#send(this.#topics.event, JSON.stringify(record), false)),
    );
    void bus.subscribe(this.#topics.move('+'), (message) => this.#clearForgotten(message)).catch(() => {});
    this.#look();
  }

  /** Everything again: a broker that was restarted has lost what it retained. */
  republish(): void {
    for (const entry of this.#published.values()) entry.body = null;
    this.#lookBy(this.#clock.nowMs());
  }

  /** Ends the feed with `offline`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#next?.timer.cancel();
    if (this.#bus.connected())
      await this.#bus.publish(this.#topics.status, statusPayload(this.#source.view(), 'offline'), {
        retain: true,
        qos: 1,
      });
  }

  #look(): void {
    this.#next = null;
    const nowMs = this.#clock.nowMs();
    const dueMs = this.#publishView(this.#source.view(), nowMs);
    if (dueMs !== Infinity) this.#lookBy(Math.max(dueMs, nowMs + GATHER_MS));
  }

  /** One timer, for the earliest wish. */
  #lookBy(dueMs: number): void {
    if (this.#isClosed || (this.#next !== null && this.#next.dueMs <= dueMs)) return;
    this.#next?.timer.cancel();
    const timer = this.#clock.after('mqtt publisher', dueMs - this.#clock.nowMs(), () => this.#look());
    this.#next = { timer, dueMs };
  }

  /** Returns when it has to look again even if nothing changes. */
  #publishView(view: ChassisView, nowMs: number): number {
    const topics = this.#topics;
    const status = statusPayload(view, 'online');
    this.#whole(topics.status, status, status, nowMs);
    if (view.plan !== null) this.#whole(topics.plan, planIdentity(view.plan), JSON.stringify(view.plan), nowMs);
    for (const move of view.moves) this.#move(move, nowMs);
    this.#closedMoves = closedIn(view);
    return Math.min(
      ...view.slots.map((slot) => this.#record(topics.slot(slot.slot), slotRecord(slot), nowMs, ON_CHANGE)),
      ...view.fans.map((fan) => this.#record(topics.fan(fan.id), fanRecord(fan), nowMs, ON_CHANGE)),
      ...view.sensors.map((entry) => this.#record(topics.sensor(entry.name), sensorRecord(entry), nowMs, REFRESHED)),
    );
  }

  /** Retained while the Move is open; its last state is published, then the topic is cleared. */
  #move(move: MoveView, nowMs: number): void {
    if (this.#closedMoves.has(move.id)) return;
    const topic = this.#topics.move(move.id);
    this.#record(topic, moveRecord(move), nowMs, AT_ONCE, move.at);
    if (isOpenMove(move)) return;
    this.#send(topic, '', true);
    this.#published.delete(topic);
  }

  /** A Move that ended while nobody could tell the broker is still retained there. */
  #clearForgotten({ topic, payload, retained }: BusMessage): void {
    if (!retained || payload.length === 0 || this.#isClosed) return;
    const isOpen = this.#source.view().moves.some((move) => isOpenMove(move) && this.#topics.move(move.id) === topic);
    if (!isOpen) this.#send(topic, '', true);
  }

  /** Returns when the topic is due again, for a refresh or because it was held back. */
  #record(topic: string, record: object, nowMs: number, pace: Pace, at?: string): number {
    const body = JSON.stringify(record);
    const last = this.#published.get(topic);
    const isForced = last === undefined || last.body === null;
    const ageMs = nowMs - (last?.atMs ?? -Infinity);
    if (!isForced && last.body === body && ageMs < pace.refreshMs) return last.atMs + pace.refreshMs;
    if (!isForced && ageMs < pace.intervalMs) return last.atMs + pace.intervalMs;
    const seq = (last?.seq ?? -1) + 1;
    this.#published.set(topic, { body, seq, atMs: nowMs });
    this.#send(topic, stamped(body, at ?? this.#clock.wall().toISOString(), seq), true);
    return nowMs + pace.refreshMs;
  }

  /** A payload that is sent as it is. `identity`: what tells it from the one before. */
  #whole(topic: string, identity: string, payload: string, nowMs: number): void {
    if (this.#published.get(topic)?.body === identity) return;
    this.#published.set(topic, { body: identity, seq: 0, atMs: nowMs });
    this.#send(topic, payload, true);
  }

  #send(topic: string, payload: string, retain: boolean): void {
    void this.#bus.publish(topic, payload, { retain, qos: 0 });
  }
}

function closedIn(view: ChassisView): ReadonlySet<string> {
  return new Set(view.moves.filter((move) => !isOpenMove(move)).map((move) => move.id));
}
