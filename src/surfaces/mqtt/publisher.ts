// Publishes the view of the chassis: each topic when its record changes, sensors also every 30 s, `seq` growing by one
// per topic. Everything is compared without its time, so a quiet chassis is quiet on the bus.
import type { Clock, Timer } from '../../core/clock.ts';
import type { Bus } from '../../core/ports.ts';
import type { ChassisView, MoveView } from '../../core/view.ts';
import { topicsOf, type Topics } from '../../protocols/topics.ts';
import type { ChassisSource } from '../source.ts';

const SENSOR_REFRESH_MS = 30_000;
/** A topic is published at most so often. */
const TOPIC_INTERVAL_MS = 500;
const LOOK_INTERVAL_MS = 100;

interface Published {
  body: string;
  seq: number;
  atMs: number;
}

export class MqttPublisher {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #source: ChassisSource;
  readonly #topics: Topics;
  readonly #published = new Map<string, Published>();
  readonly #stops: (() => void)[] = [];
  readonly #openMoves = new Set<string>();
  #timer: Timer | null = null;
  #dirty = true;

  constructor(bus: Bus, source: ChassisSource, clock: Clock) {
    this.#bus = bus;
    this.#source = source;
    this.#clock = clock;
    this.#topics = topicsOf(source.view().chassis);
    this.#stops.push(
      source.onChange(() => {
        this.#dirty = true;
      }),
      source.onEvent((record) => this.#send(this.#topics.event, JSON.stringify(record), false)),
    );
    this.#look();
  }

  /** Everything again: a broker that was restarted has lost what it retained. */
  republish(): void {
    for (const entry of this.#published.values()) entry.body = '';
    this.#dirty = true;
  }

  /** Ends the feed with `offline`. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#timer?.cancel();
    if (this.#bus.connected())
      await this.#bus.publish(this.#topics.status, statusPayload(this.#source.view(), 'offline'), {
        retain: true,
        qos: 1,
      });
  }

  #look(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#dirty) {
      this.#dirty = false;
      this.#publishView(this.#source.view(), nowMs);
    }
    this.#timer = this.#clock.after('mqtt publisher', LOOK_INTERVAL_MS, () => this.#look());
  }

  #publishView(view: ChassisView, nowMs: number): void {
    const topics = this.#topics;
    this.#plain(topics.status, statusPayload(view, 'online'), nowMs);
    for (const slot of view.slots) this.#record(topics.slot(slot.slot), slot, nowMs, Infinity);
    for (const fan of view.fans) this.#record(topics.fan(fan.id), fan, nowMs, Infinity);
    for (const sensor of view.sensors) this.#record(topics.sensor(sensor.name), sensor, nowMs, SENSOR_REFRESH_MS);
    if (view.plan !== null) this.#plain(topics.plan, JSON.stringify(view.plan), nowMs);
    for (const move of view.moves) this.#move(move, nowMs);
  }

  /** Retained while the Move is open; its last state is published, then the topic is cleared. */
  #move(move: MoveView, nowMs: number): void {
    const topic = this.#topics.move(move.id);
    const { at, ...rest } = move;
    const open = move.state !== 'done' && move.state !== 'undone';
    if (open) {
      this.#openMoves.add(move.id);
      this.#record(topic, rest, nowMs, Infinity, at, 0);
    } else if (this.#openMoves.delete(move.id)) {
      this.#record(topic, rest, nowMs, Infinity, at, 0);
      this.#send(topic, '', true);
      this.#published.delete(topic);
    }
  }

  #record(
    topic: string,
    record: object,
    nowMs: number,
    refreshMs: number,
    at?: string,
    intervalMs = TOPIC_INTERVAL_MS,
  ): void {
    const body = JSON.stringify(record);
    const last = this.#published.get(topic);
    const ageMs = nowMs - (last?.atMs ?? -Infinity);
    if (last !== undefined && last.body === body && ageMs < refreshMs) {
      if (refreshMs !== Infinity) this.#dirty = true;
      return;
    }
    if (last !== undefined && ageMs < intervalMs && last.body !== '') {
      this.#dirty = true; // its newest state goes out when the interval is over
      return;
    }
    const seq = (last?.seq ?? -1) + 1;
    this.#published.set(topic, { body, seq, atMs: nowMs });
    const stamped = `${body.slice(0, -1)},"at":${JSON.stringify(at ?? this.#clock.wall().toISOString())},"seq":${seq}}`;
    this.#send(topic, stamped, true);
  }

  #plain(topic: string, payload: string, nowMs: number): void {
    const last = this.#published.get(topic);
    if (last?.body === payload) return;
    this.#published.set(topic, { body: payload, seq: 0, atMs: nowMs });
    this.#send(topic, payload, true);
  }

  #send(topic: string, payload: string, retain: boolean): void {
    void this.#bus.publish(topic, payload, { retain, qos: 0 });
  }
}

/** The chassis' own record; as `offline` it is also the Will. */
export function statusPayload(
  view: Pick<ChassisView, 'version' | 'board' | 'startedAt'>,
  state: 'online' | 'offline',
): string {
  return JSON.stringify({ state, version: view.version, board: view.board, startedAt: view.startedAt });
}
