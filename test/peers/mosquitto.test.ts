// The MQTT surface as mosquitto's own programs see it: with the embedded broker, and with mosquitto as the broker.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { MoveView } from '../../src/core/view.ts';
import { until } from '../hwsim/child-process.ts';
import { RunningChassis, SCENARIOS } from '../simulation/running-chassis.ts';
import { step } from '../simulation/steps.ts';
import { publishForeign, refusesStrangers } from './foreign-messages.ts';
import { skipWithout } from './installed.ts';
import { Mosquitto } from './mosquitto-broker.ts';
import { publish, retainedMessages, Subscriber, type Message } from './mosquitto-clients.ts';
import { assertContract, assertRetained, kindsSeen, KIND_NAMES } from './mqtt-contract.ts';

const CHASSIS = 'sim-8';
const BASE = `coldslot/${CHASSIS}`;
const ARGS = ['--scenario', `${SCENARIOS}/quiet.json`, '--speed', '10'];
/** A state that lasts a moment only may be passed over. */
const MOVE_STATES = ['planned', 'staged', 'frozen', 'shipped', 'thawed', 'committed', 'claimed', 'fenced', 'done', ''];
const RETAINED_TRIES = 40;
const SLEDS = ['sled1', 'sled2', 'sled3', 'sled4', 'sled5', 'sled6', 'sled7', 'sled8'];

describe(
  'mosquitto_sub and mosquitto_pub on the embedded broker',
  {
    skip: skipWithout('mosquitto_sub', 'mosquitto_pub'),
  },
  () => {
    it(
      'see the whole feed, and cannot disturb it',
      { skip: skipWithout('mosquitto_sub', 'mosquitto_pub') },
      async (test) => {
        await RunningChassis.during(ARGS, async (chassis) => {
          const port = portOf(chassis.endpoints.mqtt);
          await step(test, 'every topic of the contract during a Move, with exactly its keys', () =>
            wholeFeed(chassis, port),
          );
          await step(test, 'what is malformed, oversized or forged is refused and disturbs nothing', () =>
            refusesForeign(chassis, () => refusesStrangers(port, BASE)),
          );
          await step(test, 'a real Move still works', async () => {
            await moveWorks(chassis, 'mail-1', 7);
          });
          await chassis.judge();
        });
      },
    );
  },
);

describe('mosquitto as the broker', () => {
  it(
    'carries everything, tells who is lost, and may be restarted',
    { skip: skipWithout('mosquitto', 'mosquitto_sub', 'mosquitto_pub') },
    async (test) => {
      const broker = await Mosquitto.start();
      try {
        await RunningChassis.during([...ARGS, '--broker', broker.url], async (chassis) => {
          assert.equal(chassis.endpoints.mqtt, broker.url);
          await step(test, 'the same topics as on the embedded broker', () => wholeFeed(chassis, broker.port));
          await step(test, 'controller and agents speak MQTT 5', async () => speakVersion5(broker));
          await step(test, 'a lost agent is offline by its Will, and online again', () =>
            lostAgent(chassis, broker.port),
          );
          await step(test, 'a lost controller is offline by its Will, and online again', () =>
            lostController(chassis, broker.port),
          );
          await step(test, 'a broker that was restarted gets everything back', () => restarted(chassis, broker));
          await step(test, 'what is malformed, oversized or forged is refused', () =>
            refusesForeign(chassis, async () => {
              await publishForeign(broker.port, BASE);
              await ownRecordIsBack(broker.port);
              assert.equal(await publish(broker.port, `${BASE}/other/topic`, 'the broker still takes messages'), 0);
            }),
          );
          await step(test, 'a Move still works', async () => {
            await moveWorks(chassis, 'mail-1', 7);
          });
          await chassis.judge();
        });
      } finally {
        await broker.end();
      }
    },
  );
});

/** Subscribes, moves a workload by hand, and judges all that was seen. */
async function wholeFeed(chassis: RunningChassis, port: number): Promise<void> {
  const feed = new Subscriber(port);
  try {
    await until('the status', () => feed.on(`${BASE}/status`).length > 0);
    const move = await moveWorks(chassis, 'web-1', 2);
    await until('all topics', () => kindsSeen(CHASSIS, feed.messages).length === KIND_NAMES.length);
    await until('the topic of the Move to be cleared', () => feed.on(`${BASE}/move/${move.id}`).at(-1)?.payload === '');
    assertContract(CHASSIS, feed.messages);
    assertEverythingIsThere(chassis, feed);
    assertMoveOnTheBus(feed, move);
    await keepsRetained(port, feed.topics());
  } finally {
    await feed.end();
  }
}

/**
 * What the broker keeps. `--retained-only` ends with the first message that is not, and on a busy feed one may come
 * before the last that is kept: then it is asked again.
 */
async function keepsRetained(port: number, seen: readonly string[]): Promise<Message[]> {
  for (let left = RETAINED_TRIES; ; left--) {
    const kept = await retainedMessages(port);
    try {
      assertRetained(CHASSIS, seen, kept);
      return kept;
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

/** One topic for each slot, fan, sensor and sled that the controller itself knows. */
function assertEverythingIsThere(chassis: RunningChassis, feed: Subscriber): void {
  const { view } = chassis;
  assert.ok(view !== null && view.slots.length === 8 && view.fans.length > 0 && view.sensors.length > 0);
  const wanted = [
    ...view.slots.map((slot) => `${BASE}/slot/${slot.slot}`),
    ...view.fans.map((fan) => `${BASE}/fan/${fan.id}`),
    ...view.sensors.map((sensor) => `${BASE}/sensor/${sensor.name}`),
    ...SLEDS.map((sled) => `${BASE}/agent/${sled}/status`),
  ];
  const seen = new Set(feed.topics());
  assert.deepEqual(
    wanted.filter((topic) => !seen.has(topic)),
    [],
  );
}

/** Commands to both ends, and to nobody else, each answered; QoS 1 and never retained; the Move's states in order. */
function assertMoveOnTheBus(feed: Subscriber, move: MoveView): void {
  const about = (message: Message) => (json(message)['move'] === move.id ? [message] : []);
  const talk = feed.messages.filter(({ topic }) => /\/agent\/[^/]+\/(command|event)$/.test(topic)).flatMap(about);
  const topics = new Set(talk.map((message) => message.topic));
  const ends = [`sled${move.from}`, `sled${move.to}`];
  const expected = ends.flatMap((sled) => [`${BASE}/agent/${sled}/command`, `${BASE}/agent/${sled}/event`]);
  assert.deepEqual([...topics].toSorted(), expected.toSorted());
  for (const message of talk) {
    assert.equal(message.qos, 1, `${message.topic} ${message.payload}`);
    assert.equal(message.retained, false, `${message.topic} ${message.payload}`);
    const { epoch, workload } = json(message);
    assert.deepEqual({ epoch, workload }, { epoch: move.epoch, workload: move.workload });
  }
  const states = feed.on(`${BASE}/move/${move.id}`).map((sent) => (sent.payload === '' ? '' : json(sent)['state']));
  assert.deepEqual(states.slice(-2), ['done', '']);
  assert.deepEqual(
    states,
    MOVE_STATES.filter((state) => states.includes(state)),
    'each at most once, in this order',
  );
}

/** Moves a workload by hand. */
async function moveWorks(chassis: RunningChassis, workload: string, to: number): Promise<MoveView> {
  const { id } = await chassis.move(workload, to);
  const ended = await chassis.moveEnded(id);
  assert.equal(ended.state, 'done', ended.error ?? '');
  await until(`${workload} to run in slot ${to}`, () => chassis.slotOf(workload) === to);
  await chassis.whole();
  return ended;
}

function speakVersion5(broker: Mosquitto): void {
  const versions = broker.versions();
  const clients = [`coldslot-${CHASSIS}-controller`, ...SLEDS.map((sled) => `coldslot-${CHASSIS}-agent-${sled}`)];
  assert.deepEqual(
    clients.map((client) => [client, versions.get(client)]),
    clients.map((client) => [client, 'p5']),
  );
}

async function lostAgent(chassis: RunningChassis, port: number): Promise<void> {
  const topic = `${BASE}/agent/sled3/status`;
  await comesAndGoes(port, topic, () => chassis.killAgent('sled3'));
  await until(
    'the new agent to be known',
    () => chassis.view?.agents.find((agent) => agent.sled === 'sled3')?.state === 'online',
  );
  await chassis.whole();
}

async function lostController(chassis: RunningChassis, port: number): Promise<void> {
  await comesAndGoes(port, `${BASE}/status`, () => chassis.kill('controller'));
  await chassis.whole();
}

/** A retained record that says online; offline once its publisher is killed; online again. Each as the contract has it. */
async function comesAndGoes(port: number, topic: string, kill: () => Promise<void>): Promise<void> {
  const feed = new Subscriber(port, topic);
  const states = () => feed.messages.map((message) => json(message)['state']);
  try {
    await until('the record', () => states().at(-1) === 'online');
    await kill();
    await until('the Will', () => states().includes('offline'));
    await until('the new process', () => states().at(-1) === 'online', 60_000);
    for (const message of feed.messages) assertContract(CHASSIS, [message]); // `seq` begins anew with the process
    assert.equal(states().filter((state) => state === 'offline').length, 1);
  } finally {
    await feed.end();
  }
}

/** The broker has no persistence: what it keeps afterwards is what it was given again. */
async function restarted(chassis: RunningChassis, broker: Mosquitto): Promise<void> {
  const topics = (await retainedMessages(broker.port)).map((message) => message.topic);
  await broker.kill();
  await broker.run();
  await chassis.whole();
  const feed = new Subscriber(broker.port);
  try {
    await until('the retained topics', () => topics.every((topic) => feed.topics().includes(topic)), 60_000);
  } finally {
    await feed.end();
  }
  const kept = await keepsRetained(broker.port, topics);
  for (const message of kept) assertContract(CHASSIS, [message]);
  speakVersion5(broker);
  await moveWorks(chassis, 'batch-1', 3);
}

async function refusesForeign(chassis: RunningChassis, disturb: () => Promise<void>): Promise<void> {
  const workloads = chassis.view?.workloads.map(({ id, slot, epoch }) => ({ id, slot, epoch }));
  const agents = SLEDS.map((sled) => chassis.agentPid(sled));
  const parts = (['controller', 'guardian', 'hwsim'] as const).map((part) => chassis.pid(part));
  await disturb();
  await chassis.whole();
  assert.deepEqual(
    SLEDS.map((sled) => chassis.agentPid(sled)),
    agents,
    'the agents are the same processes',
  );
  assert.deepEqual(
    (['controller', 'guardian', 'hwsim'] as const).map((part) => chassis.pid(part)),
    parts,
  );
  assert.deepEqual(
    chassis.view?.workloads.map(({ id, slot, epoch }) => ({ id, slot, epoch })),
    workloads,
    'nothing was moved',
  );
}

/** What a stranger retained in the place of an agent's record is replaced with the agent's next one. */
async function ownRecordIsBack(port: number): Promise<void> {
  const feed = new Subscriber(port, `${BASE}/agent/sled1/status`);
  try {
    await until('the agent to say what it is', () => {
      const last = feed.messages.at(-1);
      return last !== undefined && json(last)['sled'] === 'sled1';
    });
  } finally {
    await feed.end();
  }
}

function json(message: Message): Record<string, unknown> {
  return JSON.parse(message.payload) as Record<string, unknown>;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
