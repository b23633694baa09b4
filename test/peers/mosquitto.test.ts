// The MQTT contract as other people's programs see it: mosquitto's clients on the embedded broker, and mosquitto as the
// broker itself, through its death and against garbage.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { until } from '../hwsim/child-process.ts';
import { campaign, campaignSeed, deathsOf } from '../simulation/campaign.ts';
import { pause, RunningChassis, SCENARIOS } from '../simulation/running-chassis.ts';
import { step } from '../simulation/steps.ts';
import { missing } from './peer.ts';
import { Mosquitto, publish, Subscriber, type Heard } from './mosquitto.ts';
import { checkTopics, TOPIC_KINDS } from './topics.ts';

const CHASSIS = 'sim-8';
const QUIET = ['--scenario', join(SCENARIOS, 'quiet.json'), '--speed', '2'];
const skip = missing('mosquitto', 'mosquitto_sub', 'mosquitto_pub');

describe('mosquitto_sub on the embedded broker', () => {
  it('sees every topic, with the keys that were promised', { skip }, async () => {
    await RunningChassis.during(QUIET, async (chassis) => {
      const subscriber = Subscriber.start(chassis.endpoints.mqtt);
      try {
        await seeEverything(chassis, subscriber);
      } finally {
        await subscriber.end();
      }
    });
  });
});

describe('mosquitto as the broker', () => {
  let broker: Mosquitto;
  before(async () => {
    if (skip === false) broker = await Mosquitto.start();
  });
  after(() => broker?.close());

  it('carries the chassis, through deaths of agents, controller and itself', { skip }, async (test) => {
    await RunningChassis.during([...QUIET, '--broker', broker.url], async (chassis) => {
      let subscriber = Subscriber.start(broker.url);
      try {
        await step(test, 'every topic is there', () => seeEverything(chassis, subscriber));

        await step(test, 'controller and agents speak MQTT 5', async () => {
          assert.match(broker.log(), new RegExp(`as coldslot-${CHASSIS}-controller \\(p5,`));
          for (let sled = 1; sled <= 8; sled++) {
            assert.match(broker.log(), new RegExp(`as coldslot-${CHASSIS}-agent-sled${sled} \\(p5,`));
          }
          assert.doesNotMatch(broker.log(), /as coldslot-\S+ \(p[234],/);
        });

        await step(test, 'the Will of a killed agent says offline, and it comes back', async () => {
          await offlineAndOnline(subscriber, `coldslot/${CHASSIS}/agent/sled3/status`, () =>
            chassis.killAgent('sled3'),
          );
          await chassis.whole();
        });

        await step(test, 'the Will of a killed controller says offline, and it comes back', async () => {
          await offlineAndOnline(subscriber, `coldslot/${CHASSIS}/status`, () => chassis.kill('controller'));
          await chassis.whole();
        });

        await step(test, 'after the broker was killed everybody connects again and says everything again', async () => {
          await subscriber.end();
          await broker.killAndStart();
          subscriber = Subscriber.start(broker.url);
          await until('all retained topics', () => isComplete(subscriber.heard()));
          await chassis.whole();
          const ended = await chassis.moveEnded((await chassis.move('web-1', 2)).id);
          assert.equal(ended.state, 'done', ended.error ?? '');
        });

        await step(test, 'garbage disturbs nobody', () => garbage(chassis, broker.url));
        await chassis.judge();
      } finally {
        await subscriber.end();
      }
    });
  });

  it('may die at random as well while work moves', { skip }, async (test) => {
    const seed = campaignSeed();
    test.diagnostic(`COLDSLOT_SEED=${seed} asks for the same Moves and deaths again`);
    await RunningChassis.during([...QUIET, '--broker', broker.url], async (chassis) => {
      const deaths = { ...deathsOf(chassis), broker: () => broker.killAndStart() };
      const result = await campaign(chassis, deaths, 8, seed);
      test.diagnostic(`${result.done} Moves done, ${result.undone} undone, ${result.deaths} deaths`);
      await chassis.judge();
    });
  });
});

/** A plan and a Move are asked for, then every kind of topic must have come, for every slot, fan and sled. */
async function seeEverything(chassis: RunningChassis, subscriber: Subscriber): Promise<void> {
  await until('the retained topics', () => isComplete(subscriber.heard()));
  await chassis.call({ method: 'plan', apply: false });
  const { id } = await chassis.moveEnded((await chassis.move('cache-1', 4)).id);
  const move = `coldslot/${CHASSIS}/move/${id}`;
  await until('the Move to be cleared', () =>
    subscriber.heard().some((one) => one.topic === move && one.payload === ''),
  );
  await until('a plan', () => subscriber.heard().some((one) => one.topic === `coldslot/${CHASSIS}/plan`));

  const heard = subscriber.heard();
  assert.deepEqual([...checkTopics(heard, CHASSIS)].toSorted(), TOPIC_KINDS.toSorted());
  const states = heard.flatMap((one) => {
    return one.topic === move && one.payload !== '' ? [(JSON.parse(one.payload) as { state: string }).state] : [];
  });
  assert.equal(states.at(-1), 'done', 'its last state is told before it is cleared');
  const sensors = new Set(heard.filter((one) => one.topic.includes('/sensor/')).map((one) => one.topic));
  assert.equal(sensors.size, chassis.view?.sensors.length, 'a topic for each sensor');
}

/** The topics that say how things are, for all of boards/sim-8.json: 8 slots, 3 fans, 8 sleds, the chassis. */
function isComplete(heard: readonly Heard[]): boolean {
  const topics = new Set(heard.map((one) => one.topic.slice(`coldslot/${CHASSIS}/`.length)));
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
  const wanted = [
    'status',
    ...numbers.map((slot) => `slot/${slot}`),
    ...['fan0', 'fan1', 'fan2'].map((fan) => `fan/${fan}`),
    ...numbers.map((sled) => `agent/sled${sled}/status`),
  ];
  return wanted.every((topic) => topics.has(topic));
}

async function offlineAndOnline(subscriber: Subscriber, topic: string, kill: () => Promise<void>): Promise<void> {
  const states = () => {
    const own = subscriber.heard().filter((one) => one.topic === topic);
    return own.map((one) => (JSON.parse(one.payload) as { state: string }).state);
  };
  const seen = states().length;
  await kill();
  await until(`offline on ${topic}`, () => states().slice(seen)[0] === 'offline');
  await until(`online on ${topic}`, () => states().slice(seen).includes('online'));
}

/** What is wrong in form, too long, forged or of somebody else is refused; nobody ends, nothing changes. */
async function garbage(chassis: RunningChassis, url: string): Promise<void> {
  const base = `coldslot/${CHASSIS}/agent`;
  const before = { controller: chassis.pid('controller'), agents: agentPids(chassis), copies: chassis.copies() };
  const forged = {
    ...{ move: 'm999', workload: 'db-1', epoch: 99, verb: 'fence', deadline: '2099-01-01T00:00:00Z' },
    ...{ ticket: 'eyJhbGciOiJub25lIn0.e30.', spec: null, peer: null },
  };
  const wrong = [
    '',
    'not json',
    '[]',
    '{}',
    'null',
    '{"verb":"fence"}',
    `{"a":"${'x'.repeat(400_000)}"}`,
    '\u0000\u0001',
  ];
  for (const payload of [...wrong, JSON.stringify(forged)]) await publish(url, `${base}/sled3/command`, payload);
  for (const payload of wrong) await publish(url, `${base}/sled3/event`, payload);
  const status = { ...onlineRecord(), sled: 'sled4', workloads: [] };
  for (const payload of [...wrong, JSON.stringify(status)]) await publish(url, `${base}/sled3/status`, payload);
  await publish(url, `${base}/sled3/status`, 'garbage that stays', ['-r']);
  await pause(500);

  assert.equal(chassis.pid('controller'), before.controller, 'the controller lives');
  assert.deepEqual(agentPids(chassis), before.agents, 'the agents live');
  assert.deepEqual(chassis.copies(), before.copies, 'the work goes on');
  assert.equal(chassis.view?.agents.length, 8);
  await chassis.whole();
  for (const to of [5, 3]) {
    const ended = await chassis.moveEnded((await chassis.move('index-1', to)).id);
    assert.equal(ended.state, 'done', `sled3 still gives and takes work: ${ended.error}`);
    await until(`the view to have it in slot ${to}`, () => chassis.slotOf('index-1') === to);
    await chassis.whole();
  }

  await chassis.kill('controller'); // the next one finds what stayed on the broker
  await chassis.whole();
}

function agentPids(chassis: RunningChassis): (number | null)[] {
  return [1, 2, 3, 4, 5, 6, 7, 8].map((sled) => chassis.agentPid(`sled${sled}`));
}

function onlineRecord(): object {
  return {
    ...{ slot: 3, state: 'online', version: '0.1.0', drivers: ['service'], capacities: {}, bulk: null },
    ...{ models: { moveSamples: 0, meanFreezeMs: 0, meanBytesPerS: 0 }, at: '2026-01-01T00:00:00Z', seq: 1 },
  };
}
