import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import { MqttBus } from '../../src/protocols/bus-over-mqtt.ts';
import { agentStatusSchema, type AgentStatus, type AgentVerb } from '../../src/protocols/agent-messages.ts';
import { lockStateRoot } from '../../src/agent/instance-lock.ts';
import { AgentProcess } from './agent-process.ts';
import { ownLoopback } from '../core/own-loopback.ts';
import { TestBroker } from './broker.ts';
import { CHASSIS, World, assertOneAtATime, eventually, type MoveOrder } from './world.ts';

const order: MoveOrder = { move: 'm1', workload: 'web', epoch: 2, from: 'sled1', to: 'sled2' };

describe('agents that are killed with SIGKILL', () => {
  let broker: TestBroker;
  let client: MqttClient;
  let world: World;
  let source: AgentProcess;
  let destination: AgentProcess;
  let sleds: readonly AgentProcess[];
  const statuses = new Map<string, AgentStatus>();

  before(async () => {
    broker = await new TestBroker(ownLoopback()).open();
  });
  after(() => broker.close());

  beforeEach(async () => {
    client = await connectAsync(broker.url());
    world = await new World(new MqttBus(client)).open();
    statuses.clear();
    await world.bus.subscribe(`coldslot/${CHASSIS}/agent/+/status`, (message) => {
      const status = agentStatusSchema.parse(JSON.parse(Buffer.from(message.payload).toString('utf8')));
      statuses.set(status.sled, status);
    });
    source = new AgentProcess(world, 'sled1', broker.url(), [world.counter('web')]);
    destination = new AgentProcess(world, 'sled2', broker.url());
    sleds = [source, destination];
  });
  afterEach(async () => {
    for (const sled of sleds) await sled.end('SIGKILL');
    await world.close();
  });

  async function startBoth(): Promise<number> {
    await Promise.all([source.start(), destination.start()]);
    for (const sled of ['sled1', 'sled2'])
      await eventually(`${sled} online`, () => statuses.get(sled)?.state === 'online');
    return world.counted(1);
  }

  async function done(verb: AgentVerb): Promise<void> {
    const answer = await world.tell(order, verb, verb === 'stage' ? { spec: world.counter('web') } : {});
    assert.deepEqual([verb, answer.outcome, answer.error], [verb, 'done', null]);
  }

  it('leaves services running, takes them over after the restart and never starts a second copy', async () => {
    const pid = await startBoth();
    await source.end('SIGKILL');
    assert.equal(await world.counted(1), pid);
    await source.start();
    assert.equal(await world.counted(1), pid);
    assert.deepEqual(world.services('web'), [pid]);
    await done('stage');
    await done('freeze'); // one that was taken over is stopped as any other
    assert.deepEqual(world.services('web'), []);
  });

  it('goes on with the Move after both were killed behind every verb', async () => {
    await startBoth();
    for (const verb of ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence'] as const) {
      await done(verb);
      await Promise.all([source.killAndStart(), destination.killAndStart()]);
      if (verb === 'freeze' || verb === 'ship' || verb === 'thaw') assert.deepEqual(world.services('web'), [], verb);
      await done(verb); // a controller that missed the answer asks again
    }
    await world.counted(2);
    assert.equal(world.services('web').length, 1);
    assertOneAtATime(world);
  });

  it('starts at the destination when the commit comes to an agent that lost the thawed copy', async () => {
    await startBoth();
    for (const verb of ['stage', 'freeze', 'ship', 'thaw'] as const) await done(verb);
    await destination.killAndStart();
    assert.deepEqual(world.services('web'), []);
    await done('commit');
    await world.counted(2);
    assertOneAtATime(world);
  });

  it('does not let a thawed copy outlive its lease when its agent is dead', async () => {
    await startBoth();
    for (const verb of ['stage', 'freeze', 'ship'] as const) await done(verb);
    assert.equal((await world.tell(order, 'thaw', { leaseMs: 2000 })).error, null);
    await destination.end('SIGKILL');
    await eventually('its lease is over', () => world.services('web').length === 0);
    await destination.start();
    await done('commit');
    await world.counted(2);
    assertOneAtATime(world);
  });

  it('undoes the Move after both were killed behind every verb', async () => {
    for (const [index, last] of (['stage', 'freeze', 'ship', 'thaw'] as const).entries()) {
      const mine = { ...order, move: `undo-${index}`, epoch: index + 2 };
      if (index === 0) await startBoth();
      for (const verb of ['stage', 'freeze', 'ship', 'thaw'] as const) {
        const answer = await world.tell(mine, verb, verb === 'stage' ? { spec: world.counter('web') } : {});
        assert.equal(answer.error, null);
        if (verb === last) break;
      }
      await Promise.all([source.killAndStart(), destination.killAndStart()]);
      for (const verb of ['abort', 'resume'] as const) assert.equal((await world.tell(mine, verb)).outcome, 'done');
      const pid = await world.counted(1);
      assert.deepEqual(world.services('web'), [pid]);
    }
  });

  it('is killed in the middle of verbs and never runs two copies', async () => {
    await startBoth();
    let killAfterMs = 0;
    for (const verb of ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence'] as const) {
      const atSource = verb === 'freeze' || verb === 'ship' || verb === 'fence';
      const victim = atSource ? source : destination;
      for (let tries = 0; tries < 2; tries++) {
        const command = world.command(order, verb, verb === 'stage' ? { spec: world.counter('web') } : {});
        await world.post(atSource ? 'sled1' : 'sled2', command);
        killAfterMs = (killAfterMs * 7 + 3) % 40; // any instant will do
        await new Promise((resolve) => void setTimeout(resolve, killAfterMs));
        await victim.killAndStart();
        const frozen = verb !== 'stage' && verb !== 'freeze';
        if (frozen && verb !== 'commit' && verb !== 'fence') assert.deepEqual(world.services('web'), []);
        assert.ok(world.services('web').length <= 1);
      }
      await done(verb);
    }
    await world.counted(2);
    assert.equal(world.services('web').length, 1);
    assertOneAtATime(world);
  });

  it('finds a service again that was started but whose pid was never written down', async () => {
    const pid = await startBoth();
    await source.end('SIGKILL');
    forgetProcess(join(world.stateRoot('sled1'), 'records/web.json'));
    await source.start();
    assert.equal(await world.counted(1), pid);
    assert.deepEqual(world.services('web'), [pid]);
  });

  it('carries out a command that was sent while it was away', async () => {
    await startBoth();
    await done('stage');
    await source.end('SIGKILL');
    const answer = world.tell(order, 'freeze');
    await source.start();
    assert.equal((await answer).outcome, 'done');
    assert.deepEqual(world.services('web'), []);
  });

  it('is shown offline by its Will with its last workloads, and online again', async () => {
    await startBoth();
    await eventually('its last will names what runs', () => source.errors.includes('the last will names them'));
    await source.end('SIGKILL');
    const lost = await eventually('offline', () => {
      const status = statuses.get('sled1');
      return status?.state === 'offline' ? status : undefined;
    });
    assert.deepEqual([lost.bulk, lost.workloads.map((workload) => workload.id)], [null, ['web']]);
    await source.start();
    await eventually('online again', () => statuses.get('sled1')?.state === 'online');
  });

  it('answers a freeze after the broker was away', async () => {
    await startBoth();
    await broker.goAway();
    await broker.open();
    assert.equal((await world.tell(order, 'freeze')).outcome, 'done');
  });

  it('ends in order on SIGTERM, leaving services, or stopping them when told to', async () => {
    const pid = await startBoth();
    assert.equal(await source.end('SIGTERM'), 0);
    await eventually('its last record', () => statuses.get('sled1')?.state === 'offline');
    assert.equal(await world.counted(1), pid);
    await source.start('--stop-services');
    assert.equal(await source.end('SIGTERM'), 0);
    assert.deepEqual(world.services('web'), []);
  });

  it('lets no second agent work on the same state', async () => {
    await startBoth();
    await assert.rejects(lockStateRoot(world.clock, world.stateRoot('sled1'), 0), /another agent works here/);
    await source.end('SIGKILL');
    const lock = await lockStateRoot(world.clock, world.stateRoot('sled1'), 5000);
    lock.release();
  });
});

/** What the record says when the agent was killed between starting the service and writing its pid. */
function forgetProcess(file: string): void {
  const record = JSON.parse(readFileSync(file, 'utf8').split('\n')[1] ?? '') as { role: { process: unknown } };
  assert.notEqual(record.role.process, null);
  record.role.process = null;
  const text = JSON.stringify(record);
  writeFileSync(file, `sha256 ${createHash('sha256').update(text).digest('hex')}\n${text}`);
}
