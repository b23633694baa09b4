// The chassis' MQTT feed as a subscriber on this machine sees it: the last record of each topic, and all events.
import { connectAsync, type MqttClient } from 'mqtt';
import { until } from '../../hwsim/child-process.ts';

const WAIT_MS = 60_000;

export type FeedRecord = Readonly<Record<string, unknown>>;

export class Feed {
  readonly #client: MqttClient;
  readonly #root: string;
  readonly #latest = new Map<string, FeedRecord>();
  readonly #retained = new Set<string>();
  readonly #events: FeedRecord[] = [];

  private constructor(client: MqttClient, chassis: string) {
    this.#client = client;
    this.#root = `coldslot/${chassis}/`;
    client.on('message', (topic, payload, packet) => {
      const name = topic.slice(this.#root.length);
      const record = JSON.parse(payload.toString()) as FeedRecord;
      if (name === 'event') this.#events.push(record);
      else this.#latest.set(name, record);
      if (packet.retain) this.#retained.add(name);
    });
  }

  static async open(url: string, chassis: string): Promise<Feed> {
    const client = await connectAsync(url);
    const feed = new Feed(client, chassis);
    await client.subscribeAsync(`coldslot/${chassis}/#`);
    return feed;
  }

  latest(topic: string): FeedRecord | undefined {
    return this.#latest.get(topic);
  }

  /** Topics whose record came because it had been kept. */
  retained(): ReadonlySet<string> {
    return this.#retained;
  }

  /** Events with this code, so far. */
  events(code: string): readonly FeedRecord[] {
    return this.#events.filter((event) => event['code'] === code);
  }

  /** The topic's record as soon as it is as wanted. @throws with the last one when it does not become so */
  async shows(topic: string, wanted: (record: FeedRecord) => boolean, deadlineMs = WAIT_MS): Promise<FeedRecord> {
    const look = () => {
      const record = this.#latest.get(topic);
      return record !== undefined && wanted(record) ? record : null;
    };
    try {
      return await until(topic, look, deadlineMs);
    } catch {
      throw new Error(`${topic} stayed ${JSON.stringify(this.#latest.get(topic))}`);
    }
  }

  /** The first event with this code after those that there were. */
  async event(code: string, after: number): Promise<FeedRecord> {
    return until(`an event ${code}`, () => this.events(code)[after], WAIT_MS);
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
