// What a stranger, or a broken program, may put on the topics of the agents: none of it is a command, an answer or a
// record of coldslot's.
import assert from 'node:assert/strict';
import { until } from '../hwsim/child-process.ts';
import { publish, Subscriber } from './mosquitto-clients.ts';

/** Agents and controller take 256 KiB at most. */
const OVERSIZED = JSON.stringify({ move: 'x'.repeat(300 * 1024) });
/** The embedded broker takes 512 KiB at most; a broker of others may let it through. */
const HUGE = 'x'.repeat(600 * 1024);
const DEADLINE = '2100-01-01T00:00:00.000Z';

const MALFORMED: readonly (string | Uint8Array)[] = [
  '',
  'not JSON',
  '{"move":"m1"',
  'null',
  '[]',
  '-0',
  '"stage"',
  '{"__proto__":{"verb":"fence"},"constructor":1}',
  '['.repeat(50_000),
  Uint8Array.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]),
  OVERSIZED,
];

/** A command in its right form for what runs on sled2, with a ticket nobody signed. */
function forgedCommand(verb: string, ticket: string): string {
  const body = { move: 'm9', workload: 'queue-1', epoch: 99, verb, deadline: DEADLINE, ticket, spec: null, peer: null };
  return JSON.stringify(body);
}

const FORGED_TICKETS = ['', 'x', 'a.b.c', `${btoa('{"chassis":"sim-8"}')}.${btoa('x'.repeat(64))}`];
const TAKING_VERBS = ['freeze', 'fence', 'commit', 'abort', 'resume'];

/** An answer to a Move that nobody asked for. */
function forgedAnswer(sled: string): string {
  const body = { move: 'm9', workload: 'queue-1', epoch: 99, verb: 'fence', deadline: DEADLINE, ticket: 'x', sled };
  const rest = { outcome: 'done', error: null, spec: null, bytes: 0, digest: null, record: 'fenced', at: DEADLINE };
  return JSON.stringify({ ...body, ...rest });
}

/** A record of another sled than the topic's, without its work. */
function foreignRecord(sled: string): string {
  const head = { sled, slot: 1, state: 'offline', version: '9', drivers: ['service'], capacities: {}, bulk: null };
  const models = { moveSamples: 0, meanFreezeMs: 0, meanBytesPerS: 0 };
  return JSON.stringify({ ...head, workloads: [], models, at: DEADLINE, seq: 1_000_000 });
}

/** Publishes all of it; resolves when each forged command was answered with a refusal. */
export async function publishForeign(port: number, base: string): Promise<void> {
  for (const payload of MALFORMED) {
    for (const leaf of ['command', 'event', 'status']) await publish(port, `${base}/agent/sled1/${leaf}`, payload);
  }
  for (const leaf of ['command', 'event', 'status']) await publish(port, `${base}/agent/sled4/${leaf}`, HUGE);
  await publish(port, `${base}/agent/sled2/event`, forgedAnswer('sled2'));
  await publish(port, `${base}/agent/sled2/event`, forgedAnswer('sled5'));
  await publish(port, `${base}/agent/sled1/command`, forgedCommand('fence', 'x'), '-r');
  await publish(port, `${base}/agent/sled1/command`, '', '-r'); // takes it out of the broker's memory again
  await publish(port, `${base}/agent/sled1/status`, foreignRecord('sled2'), '-r');
  await refusesForgedCommands(port, base);
}

/** Without a certificate nothing at all is published on the chassis's own broker. */
export async function refusesStrangers(port: number, base: string): Promise<void> {
  const leaves = ['command', 'event', 'status', 'ask', 'grant'];
  const topics = [`${base}/other/topic`, `${base}/status`, ...leaves.map((leaf) => `${base}/agent/sled2/${leaf}`)];
  const seen = new Subscriber(port, `${base}/#`);
  try {
    await until('the subscription', () => seen.messages.length > 0);
    for (const topic of topics)
      for (const payload of [...MALFORMED, HUGE, forgedAnswer('sled2'), forgedCommand('fence', 'x')])
        assert.notEqual(await publish(port, topic, payload), 0, topic);
    assert.equal(seen.on(`${base}/other/topic`).length, 0);
    assert.equal(seen.messages.filter(({ payload }) => payload.includes('"m9"')).length, 0);
  } finally {
    await seen.end();
  }
}

async function refusesForgedCommands(port: number, base: string): Promise<void> {
  const answers = new Subscriber(port, `${base}/agent/sled2/#`);
  try {
    await until('the subscription', () => answers.messages.length > 0); // the agent's retained record
    const commands = FORGED_TICKETS.flatMap((ticket) => TAKING_VERBS.map((verb) => forgedCommand(verb, ticket)));
    for (const command of commands) assert.equal(await publish(port, `${base}/agent/sled2/command`, command), 0);
    const told = () => answers.on(`${base}/agent/sled2/event`).map((message) => JSON.parse(message.payload) as Answer);
    await until('an answer to each', () => told().length >= commands.length);
    for (const { outcome, error } of told()) {
      assert.equal(outcome, 'failed');
      assert.match(error ?? '', /ticket/);
    }
  } finally {
    await answers.end();
  }
}

interface Answer {
  readonly outcome: string;
  readonly error: string | null;
}
