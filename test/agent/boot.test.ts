import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sendState } from '../../src/agent/bulk/sender.ts';
import { World, assertOneAtATime, eventually, kill, type MoveOrder } from './world.ts';

const order: MoveOrder = { move: 'm1', workload: 'web', epoch: 2, from: 'sled1', to: 'sled2' };

describe('a sled that boots', () => {
  let world: World;
  beforeEach(async () => {
    world = await new World().open();
  });
  afterEach(() => world.close());

  const write = (sled: string) => join(world.stateRoot(sled), 'granted-boot');
  const asked = (sled: string, boot: string) =>
    eventually(`${sled} asks in ${boot}`, () => world.asks.find((ask) => ask.sled === sled && ask.boot === boot));

  /** The power goes: nothing of the sled is left, and its agent starts in another boot. */
  async function reboot(sled: string, boot: string): Promise<void> {
    await world.stopAgent(sled);
    for (const pid of world.services()) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (environment.includes(`COLDSLOT_SLED=${sled}`)) kill(pid, 'SIGKILL');
    }
    await world.startAgent(sled, sled === 'sled1' ? [world.counter('web')] : [], { boot });
  }

  it('starts nothing and takes nothing until it is granted its floors, then runs its services', async () => {
    world.answersAsks = false;
    await world.startAgent('sled1', [world.counter('web')], { boot: 'b1' });
    const ask = await asked('sled1', 'b1');
    assert.deepEqual(ask.workloads, [{ id: 'web', epoch: 0, floor: 0, move: null }]);
    await world.post('sled1', world.command(order, 'freeze'));
    const claims = { ticket: world.ticket({ ...order, to: 'sled1' }), move: 'm1', workload: 'web', epoch: 2 };
    const shipment = { peer: world.peer('sled1'), claims, signal: new AbortController().signal, progress: () => {} };
    await assert.rejects(sendState({ directory: world.root, ...shipment }), /sled1: waits for its floors/);
    const foreign = generateKeyPairSync('ed25519').privateKey;
    await world.grant('sled1', 'b1', { web: 0 }, foreign);
    await world.grant('sled1', 'b0', { web: 0 });
    await new Promise((resolve) => void setTimeout(resolve, 100));
    assert.deepEqual([world.services(), world.events], [[], []]);
    await world.grant('sled1', 'b1', { web: 0 });
    await world.counted(1);
    await eventually('the boot is kept', () => existsSync(write('sled1')));
    assert.deepEqual(world.events, []); // the freeze was not taken
  });

  it('goes on at once when its agent is started again in the same boot, but not when that cannot be read', async () => {
    await world.startAgent('sled1', [world.counter('web')], { boot: 'b1' });
    const pid = await world.counted(1);
    await eventually('the boot is kept', () => existsSync(write('sled1')));
    world.answersAsks = false;
    await world.stopAgent('sled1');
    await world.startAgent('sled1', [world.counter('web')], { boot: 'b1' });
    assert.equal((await world.send('sled1', world.command(order, 'query'))).outcome, 'done');
    assert.deepEqual([world.services('web'), world.asks.length], [[pid], 1]);
    await world.stopAgent('sled1');
    writeFileSync(write('sled1'), readFileSync(write('sled1'), 'utf8').replace(/b1$/, 'b2'));
    await world.startAgent('sled1', [world.counter('web')], { boot: 'b2' });
    assert.equal((await asked('sled1', 'b2')).workloads[0]?.epoch, 1);
  });

  it('refuses a delayed thaw and commit after its slot was cut; the source resumes at its old epoch', async () => {
    await world.startAgent('sled1', [world.counter('web')], { boot: 'b1' });
    await world.startAgent('sled2', [], { boot: 'b1' });
    await world.counted(1);
    for (const verb of ['stage', 'freeze', 'ship', 'thaw'] as const)
      assert.equal((await world.tell(order, verb, verb === 'stage' ? { spec: world.counter('web') } : {})).error, null);
    world.answersAsks = false;
    await reboot('sled2', 'b2');
    await reboot('sled1', 'b2'); // and the source at the same time
    const ask = await asked('sled2', 'b2');
    assert.deepEqual(ask.workloads, [{ id: 'web', epoch: 2, floor: 0, move: 'm1' }]);
    assert.deepEqual((await asked('sled1', 'b2')).workloads, [{ id: 'web', epoch: 1, floor: 0, move: 'm1' }]);
    await world.grant('sled2', 'b2', { web: order.epoch + 1 });
    await world.grant('sled1', 'b2', { web: 0 });
    for (const verb of ['thaw', 'commit'] as const) {
      const answer = await world.tell(order, verb);
      assert.deepEqual([answer.outcome, answer.record], ['failed', 'none'], verb);
    }
    assert.deepEqual(world.services(), []);
    const state = join(world.stateRoot('sled2'), 'workloads/web/epoch-2');
    await eventually('its state is deleted', () => !existsSync(state));
    assert.equal((await world.tell(order, 'resume')).outcome, 'done');
    const pid = await world.counted(1);
    assert.equal((await world.tell(order, 'abort')).outcome, 'done');
    assert.deepEqual(world.services(), [pid]);
  });
});

describe('a copy on probation', () => {
  let world: World;
  beforeEach(async () => {
    world = await new World().open();
  });
  afterEach(() => world.close());

  async function thawed(leaseMs: number): Promise<void> {
    await world.startAgent('sled1', [world.counter('web')]);
    await world.startAgent('sled2');
    await world.counted(1);
    for (const verb of ['stage', 'freeze', 'ship', 'thaw'] as const) {
      const more = { spec: verb === 'stage' ? world.counter('web') : null, ...(verb === 'thaw' ? { leaseMs } : {}) };
      assert.equal((await world.tell(order, verb, more)).error, null);
    }
  }

  it('ends with its lease, and is started when the commit comes late all the same', async () => {
    await thawed(3000);
    await eventually('it is dead', () => world.services('web').length === 0);
    const record = join(world.stateRoot('sled2'), 'records/web.json');
    await eventually('it is received again', () => readFileSync(record, 'utf8').includes('"kind":"received"'));
    assert.equal((await world.tell(order, 'commit')).outcome, 'done');
    await world.counted(2);
  });

  it('lives on past its lease once it is committed', async () => {
    await thawed(4000);
    const [pid] = world.services('web');
    assert.equal((await world.tell(order, 'commit')).outcome, 'done');
    await new Promise((resolve) => void setTimeout(resolve, 4200));
    assert.equal(await world.counted(2), pid);
    assert.equal((await world.tell(order, 'fence')).outcome, 'done');
    assertOneAtATime(world);
  });
});
