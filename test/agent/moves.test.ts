import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { agentStatusSchema } from '../../src/protocols/agent-messages.ts';
import type { Clock } from '../../src/core/clock.ts';
import { topicsOf } from '../../src/protocols/topics.ts';
import { sendState } from '../../src/agent/bulk/sender.ts';
import { writeDurably } from '../../src/agent/records/durable-file.ts';
import type { MemoryBus } from './memory-bus.ts';
import { CHASSIS, World, assertOneAtATime, eventually, kill, type MoveOrder } from './world.ts';

const order: MoveOrder = { move: 'm1', workload: 'web', epoch: 2, from: 'sled1', to: 'sled2' };

describe('a Move between two agents', () => {
  let world: World;
  beforeEach(async () => {
    world = await new World().open();
  });
  afterEach(() => world.close());

  async function bring(to: 'staged' | 'frozen' | 'received' | 'probation' | 'committed'): Promise<void> {
    const spec = world.counter('web');
    for (const [verb, state] of [
      ['stage', 'staged'],
      ['freeze', 'frozen'],
      ['ship', 'received'],
      ['thaw', 'probation'],
      ['commit', 'committed'],
    ] as const) {
      const answer = await world.tell(order, verb, verb === 'stage' ? { spec } : {});
      assert.deepEqual([answer.outcome, answer.error], ['done', null], verb);
      if (state === to) return;
    }
  }

  async function twoSleds(): Promise<number> {
    await world.startAgent('sled1', [world.counter('web')]);
    await world.startAgent('sled2');
    return world.counted(1);
  }

  it('counts on where it stopped, and never in two places', async () => {
    await twoSleds();
    await bring('committed');
    assert.equal((await world.tell(order, 'fence')).outcome, 'done');
    await world.counted(2);
    assert.equal(existsSync(join(world.stateRoot('sled1'), 'workloads/web/epoch-1')), false);
    assert.equal(world.services('web').length, 1);
    assertOneAtATime(world);
  });

  it('answers a command that comes again as it did the first time, and does nothing', async () => {
    await twoSleds();
    await bring('committed');
    await world.tell(order, 'fence');
    const pid = await world.counted(2);
    for (const verb of ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence'] as const) {
      const again = await world.tell(order, verb, verb === 'stage' ? { spec: world.counter('web') } : {});
      assert.deepEqual([verb, again.outcome], [verb, 'done']);
    }
    assert.deepEqual(world.services('web'), [pid]);
    const undone = await world.tell(order, 'abort');
    assert.deepEqual([undone.outcome, undone.error], ['failed', 'the Move is over here: committed']);
    const resumed = await world.tell(order, 'resume');
    assert.deepEqual([resumed.outcome, resumed.error], ['failed', 'the Move is over here: fenced']);
    assert.deepEqual(world.services('web'), [pid]);
  });

  it('does each verb once when it is sent twice at once', async () => {
    await twoSleds();
    await world.tell(order, 'stage', { spec: world.counter('web') });
    for (const [sled, verb] of [
      ['sled1', 'freeze'],
      ['sled1', 'ship'],
      ['sled2', 'thaw'],
      ['sled2', 'commit'],
      ['sled1', 'fence'],
    ] as const) {
      void world.post(sled, world.command(order, verb));
      assert.equal((await world.send(sled, world.command(order, verb))).outcome, 'done');
    }
    await world.counted(2);
    assertOneAtATime(world);
  });

  it('ships what is in the state directory, and tells bytes and digest the same at both ends', async () => {
    await twoSleds();
    await bring('frozen');
    const state = join(world.stateRoot('sled1'), 'workloads/web/epoch-1');
    writeFileSync(join(state, 'big'), Buffer.alloc(3_000_000, 7));
    const shipped = await world.tell(order, 'ship');
    const thawed = await world.tell(order, 'thaw');
    const sizes = 3_000_000 + readFileSync(join(state, 'count')).length;
    assert.equal(shipped.bytes, sizes);
    assert.match(shipped.digest ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual([thawed.bytes, thawed.digest], [shipped.bytes, shipped.digest]);
    const copy = readFileSync(join(world.stateRoot('sled2'), 'workloads/web/epoch-2/big'));
    assert.equal(sha256(copy), sha256(Buffer.alloc(3_000_000, 7)));
  });

  it('is undone from every state: the kept copy runs again at its old epoch, nothing stays behind', async () => {
    for (const [index, state] of (['staged', 'frozen', 'received', 'probation'] as const).entries()) {
      const own = await new World().open();
      world = own;
      await twoSleds();
      await bring(state);
      assert.equal((await world.tell(order, 'abort')).outcome, 'done');
      assert.equal((await world.tell(order, 'resume')).outcome, 'done');
      const pid = await world.counted(1);
      assert.deepEqual(world.services('web'), [pid], state);
      assert.equal(existsSync(join(world.stateRoot('sled2'), 'workloads/web/epoch-2')), false);
      assert.equal((await world.tell(order, 'query')).record, 'none');
      const late = await world.tell(order, 'freeze');
      assert.deepEqual([late.outcome, late.error], ['failed', 'the Move is over here: resumed']);
      const lateStage = await world.tell(order, 'stage', { spec: world.counter('web') });
      assert.equal(lateStage.error, 'the Move is over here: aborted');
      if (index < 3) await own.close();
    }
  });

  it('says what the record says when asked', async () => {
    await twoSleds();
    const at = async (sled: string) => (await world.send(sled, world.command(order, 'query'))).record;
    assert.deepEqual([await at('sled1'), await at('sled2')], ['running', 'none']);
    await bring('staged');
    assert.deepEqual([await at('sled1'), await at('sled2')], ['running', 'staged']);
    await world.tell(order, 'freeze');
    assert.deepEqual([await at('sled1'), await at('sled2')], ['frozen', 'staged']);
    await world.tell(order, 'ship');
    assert.deepEqual([await at('sled1'), await at('sled2')], ['shipped', 'received']);
    await world.tell(order, 'thaw');
    assert.deepEqual([await at('sled1'), await at('sled2')], ['shipped', 'probation']);
    await world.tell(order, 'commit');
    assert.deepEqual([await at('sled1'), await at('sled2')], ['shipped', 'committed']);
    await world.tell(order, 'fence');
    assert.deepEqual([await at('sled1'), await at('sled2')], ['fenced', 'committed']);
    const { spec } = await world.send('sled2', world.command(order, 'query'));
    assert.deepEqual(spec, world.counter('web'));
  });

  it('keeps a thawed copy still until it is committed', async () => {
    await twoSleds();
    await bring('probation');
    const [pid] = world.services('web');
    assert.match(readFileSync(`/proc/${pid}/stat`, 'utf8'), /\) T /);
    const before = world.counts().length;
    await new Promise((resolve) => void setTimeout(resolve, 60)); // a dozen counts of one that runs
    assert.equal(world.counts().length, before);
    await world.tell(order, 'commit');
    assert.equal(await world.counted(2), pid);
  });

  it('moves on from sled to sled and back, with ever higher epochs', async () => {
    await twoSleds();
    await bring('committed');
    await world.tell(order, 'fence');
    const back = { move: 'm2', workload: 'web', epoch: 3, from: 'sled2', to: 'sled1' };
    const stale = await world.tell({ ...back, epoch: 2 }, 'stage', { spec: world.counter('web') });
    assert.equal(stale.error, 'epoch 2 is not above the floor 2');
    for (const verb of ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence'] as const)
      assert.equal((await world.tell(back, verb, verb === 'stage' ? { spec: world.counter('web') } : {})).error, null);
    await world.counted(3);
    assertOneAtATime(world);
  });

  it('does not start a service from the configuration that has moved away', async () => {
    await twoSleds();
    await bring('committed');
    await world.tell(order, 'fence');
    await world.stopAgent('sled1');
    await world.startAgent('sled1', [world.counter('web')]);
    assert.equal(world.services('web').length, 1);
    assertOneAtATime(world);
  });

  it('starts the service again when it does not end in time, and says so', async () => {
    const stubborn = world.counter('web', {
      args: ['-e', `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')`],
      stopDeadlineMs: 100,
    });
    await world.startAgent('sled1', [stubborn]);
    await eventually('the service is up', () => readLog(world, 'sled1').includes('up'));
    const [before] = world.services('web');
    const answer = await world.tell(order, 'freeze');
    assert.equal(answer.outcome, 'failed');
    assert.match(answer.error ?? '', /did not end within 100 ms of SIGTERM; it was killed and started again/);
    assert.equal(answer.record, 'running');
    const after = world.services('web');
    assert.equal(after.length, 1);
    assert.notEqual(after[0], before);
  });

  it('answers why a thaw failed, leaves nothing running, and can be tried again', async () => {
    const sick = world.counter('web', {
      health: ['/bin/sh', '-c', 'echo database not there >&2; exit 3'],
      healthDeadlineMs: 1000,
    });
    await world.startAgent('sled1', [sick]);
    await world.startAgent('sled2');
    await world.counted(1);
    await world.tell(order, 'stage', { spec: sick });
    await world.tell(order, 'freeze');
    await world.tell(order, 'ship');
    const answer = await world.tell(order, 'thaw');
    assert.equal(answer.outcome, 'failed');
    assert.match(
      answer.error ?? '',
      /not healthy within 1000 ms: health command ended with status 3 \(database not there\)/,
    );
    assert.equal(answer.record, 'received');
    assert.deepEqual(world.services('web'), []);
    const commit = await world.tell(order, 'commit');
    assert.equal(commit.error, 'it has not been thawed: received');
    await world.tell(order, 'abort');
    await world.tell(order, 'resume');
    await world.counted(1);
  });

  it('gives up a health check that takes long when the Move is undone', async () => {
    const slow = world.counter('web', {
      health: [process.execPath, '-e', 'setInterval(() => {}, 1000)'],
      healthDeadlineMs: 600_000,
    });
    await world.startAgent('sled1', [slow]);
    await world.startAgent('sled2');
    await world.counted(1);
    await world.tell(order, 'stage', { spec: slow });
    await world.tell(order, 'freeze');
    await world.tell(order, 'ship');
    const thawed = world.tell(order, 'thaw');
    await eventually('the copy on probation and its health check', () => world.services('web').length === 2);
    assert.equal((await world.tell(order, 'abort')).outcome, 'done');
    assert.match((await thawed).error ?? '', /given up because the Move was undone/);
    assert.deepEqual(world.services('web'), []);
  });

  it('starts a thawed copy that died before its commit: once committed it only goes forward', async () => {
    await twoSleds();
    await bring('probation');
    const [paused = 0] = world.services('web');
    kill(paused, 'SIGKILL');
    assert.equal((await world.tell(order, 'commit')).outcome, 'done');
    await world.counted(2, paused);
  });

  it('kills a thawed copy that nobody commits, and starts it all the same when the commit comes late', async () => {
    let expire = () => {};
    const clock: Clock = {
      ...world.clock,
      after: (name, delayMs, callback) => {
        if (!name.startsWith('probation')) return world.clock.after(name, delayMs, callback);
        assert.ok(delayMs > 60_000 && delayMs <= 90_000, String(delayMs)); // the deadline, a minute off, and 30 s
        expire = callback;
        return { cancel: () => {} };
      },
    };
    await world.startAgent('sled1', [world.counter('web')]);
    await world.startAgent('sled2', [], { clock });
    await world.counted(1);
    await bring('probation');
    expire();
    await eventually('it is dead', () => world.services('web').length === 0);
    const record = join(world.stateRoot('sled2'), 'records/web.json');
    await eventually('it is received again', () => readFileSync(record, 'utf8').includes('"kind":"received"'));
    await world.tell(order, 'commit');
    await world.counted(2);
    expire(); // a timer that fires too late kills no owner
    await world.tell(order, 'fence');
    await world.counted(2);
    assertOneAtATime(world);
  });

  it('takes in bulk data only with the controller’s ticket for it, and only what is staged', async () => {
    await twoSleds();
    await bring('frozen');
    const directory = join(world.stateRoot('sled1'), 'workloads/web/epoch-1');
    const send = (ticket: string, more: { readonly workload?: string; readonly epoch?: number } = {}) =>
      sendState({
        directory,
        peer: world.peer('sled2'),
        claims: { ticket, move: 'm1', workload: 'web', epoch: 2, ...more },
        signal: new AbortController().signal,
        progress: () => {},
      });
    const foreign = generateKeyPairSync('ed25519').privateKey;
    await assert.rejects(send(world.ticket(order, foreign)), /signature is not the controller/);
    await assert.rejects(send('x'), /not of the form/);
    await assert.rejects(send(world.ticket({ ...order, to: 'sled3' })), /from sled1 to sled3; .* not for sled2/);
    await assert.rejects(send(world.ticket(order), { workload: 'db' }), /the ticket is for workload web/);
    await assert.rejects(send(world.ticket(order), { epoch: 3 }), /the ticket is for epoch 2/);
    const other = { ...order, workload: 'db' };
    await assert.rejects(send(world.ticket(other), { workload: 'db' }), /workload db: is not staged here/);
    assert.equal((await world.send('sled2', world.command(order, 'query'))).record, 'staged');
    assert.ok((await send(world.ticket(order))).bytes > 0);
  });

  it('starts a service again that ends by itself', async () => {
    await world.startAgent('sled1', [world.counter('web')]);
    const first = await world.counted(1);
    kill(first, 'SIGKILL');
    await world.counted(1, first);
    assertOneAtATime(world);
  });

  it('refuses a destination without room, without the command, or with a copy of its own', async () => {
    await world.startAgent('sled1', [world.counter('web')]);
    await world.startAgent('sled2', [world.counter('db', { demand: { cpu: 7.5 } })]);
    const big = await world.tell(order, 'stage', { spec: world.counter('web') });
    assert.match(big.error ?? '', /no room for web: cpu: 1 asked, 0.5 free/);
    const small = world.counter('web', { demand: { cpu: 0.5 } });
    const absent = await world.tell(order, 'stage', { spec: { ...small, command: '/nowhere/at-all' } });
    assert.match(absent.error ?? '', /\/nowhere\/at-all: does not exist on this sled/);
    const gpu = await world.tell(order, 'stage', { spec: { ...small, demand: { gpu: 1 } } });
    assert.match(gpu.error ?? '', /gpu: 1 asked, 0 free/);
    assert.equal((await world.tell(order, 'stage', { spec: small })).outcome, 'done');
    const second = { ...order, move: 'm9', workload: 'other' };
    const full = await world.tell(second, 'stage', { spec: world.counter('other', { demand: { cpu: 0.1 } }) });
    assert.match(full.error ?? '', /cpu: 0.1 asked, 0 free/); // what is staged counts
    const own = { move: 'm3', workload: 'db', epoch: 2, from: 'sled1', to: 'sled2' };
    assert.match(
      (await world.tell(own, 'stage', { spec: world.counter('db') })).error ?? '',
      /a copy is here already, running/,
    );
  });

  it('refuses tickets of a foreign key, another workload, another sled, another epoch, another chassis, and late commands', async () => {
    await twoSleds();
    const forged = world.ticket(order, generateKeyPairSync('ed25519').privateKey);
    const claims = { ...order, chassis: CHASSIS };
    const cases: [string, RegExp][] = [
      [forged, /signature is not the controller/],
      ['nonsense', /not of the form BODY.SIGNATURE/],
      [world.ticket({ ...claims, workload: 'db' }), /the ticket is for workload db/],
      [world.ticket({ ...claims, from: 'sled7' }), /from sled7 to sled2; freeze is not for sled1/],
      [world.ticket({ ...claims, from: 'sled2', to: 'sled1' }), /freeze is not for sled1/],
      [world.ticket({ ...claims, epoch: 9 }), /the ticket is for epoch 9/],
      [world.ticket({ ...claims, move: 'm7' }), /the ticket is for Move m7/],
    ];
    for (const [ticket, words] of cases) {
      const answer = await world.tell(order, 'freeze', { ticket });
      assert.equal(answer.outcome, 'failed');
      assert.match(answer.error ?? '', words);
    }
    const late = await world.tell(order, 'freeze', { deadline: new Date(Date.now() - 1000).toISOString() });
    assert.match(late.error ?? '', /after its deadline/);
    assert.equal((await world.tell(order, 'query')).outcome, 'done');
    await world.counted(1); // none of them stopped it
  });

  it('leaves everything as it was when the record cannot be written', async () => {
    let full = false;
    const write = async (file: string, text: string) => {
      if (full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      await writeDurably(file, text);
    };
    await world.startAgent('sled1', [world.counter('web')], { write });
    await world.startAgent('sled2', [], { write });
    const pid = await world.counted(1);
    full = true;
    for (const verb of ['stage', 'freeze', 'fence'] as const) {
      const answer = await world.tell(order, verb, { spec: world.counter('web') });
      assert.equal(answer.outcome, 'failed', verb);
      assert.match(answer.error ?? '', /records\/web\.json: cannot be written: ENOSPC.*make room/);
      assert.deepEqual(world.services('web'), [pid]);
    }
    full = false;
    assert.equal((await world.tell(order, 'stage', { spec: world.counter('web') })).outcome, 'done');
  });

  it('runs the service again when the disk fills up between stopping it and writing that down', async () => {
    let writes = 0;
    let allowed = Infinity;
    const write = async (file: string, text: string) => {
      if (++writes > allowed) throw new Error('ENOSPC: no space left on device, write');
      await writeDurably(file, text);
    };
    await world.startAgent('sled1', [world.counter('web')], { write });
    const pid = await world.counted(1);
    writes = 0;
    allowed = 1; // the intention is written, what follows is not
    const answer = await world.tell(order, 'freeze');
    assert.equal(answer.outcome, 'failed');
    await world.counted(1, pid);
    allowed = Infinity;
    assert.equal((await world.tell(order, 'freeze')).outcome, 'done');
    assert.deepEqual(world.services('web'), []);
    assertOneAtATime(world);
  });

  it('refuses state it cannot carry, by name, and can be undone then', async () => {
    await twoSleds();
    await bring('frozen');
    const state = join(world.stateRoot('sled1'), 'workloads/web/epoch-1');
    symlinkSync('../../../secret', join(state, 'way-out'));
    const answer = await world.tell(order, 'ship');
    assert.match(answer.error ?? '', /epoch-1\/way-out: points out of the state directory/);
    await world.tell(order, 'abort');
    assert.equal((await world.tell(order, 'resume')).outcome, 'done');
    await world.counted(1);
  });

  it('shows in its record when a service may be moved, and what may be done about a sled that does not answer', async () => {
    const days = [0, 6];
    const windows = [{ days, from: '22:00', to: '04:30' }];
    await world.startAgent('sled1', [
      world.counter('web', { fence: 'power', moveWindows: windows }),
      world.counter('db'),
    ]);
    await world.counted(1);
    const bus = world.bus as MemoryBus;
    const workloads = await eventually('both in the record', () => {
      const text = bus.retained.get(topicsOf(CHASSIS).agentStatus('sled1'));
      const status = text === undefined ? undefined : agentStatusSchema.parse(JSON.parse(text));
      return status?.workloads.length === 2 ? status.workloads : undefined;
    });
    const shown = Object.fromEntries(workloads.map(({ id, fence, moveWindows }) => [id, { fence, moveWindows }]));
    assert.deepEqual(shown, {
      web: { fence: 'power', moveWindows: windows },
      db: { fence: 'wait', moveWindows: [] },
    });
  });

  it('shows its workloads, what they use and what it has learned in the retained record', async () => {
    await twoSleds();
    await bring('committed');
    await world.tell(order, 'fence');
    const bus = world.bus as MemoryBus;
    const statusOf = (sled: string) => {
      const text = bus.retained.get(topicsOf(CHASSIS).agentStatus(sled));
      return text === undefined ? undefined : agentStatusSchema.parse(JSON.parse(text));
    };
    const there = await eventually('the record of sled2', () => {
      const status = statusOf('sled2');
      return status?.workloads[0]?.state === 'running' && status.workloads[0].memoryBytes > 0 ? status : undefined;
    });
    assert.equal(there.workloads[0]?.epoch, 2);
    const left = await eventually('the record of sled1', () => {
      const status = statusOf('sled1');
      return status?.workloads.length === 0 ? status : undefined;
    });
    assert.equal(left.models.moveSamples, 1);
    assert.ok(left.models.meanFreezeMs > 0 && left.models.meanBytesPerS > 0);
    assert.ok(left.seq > 0);
  });
});

function readLog(world: World, sled: string): string {
  const file = join(world.stateRoot(sled), 'workloads/web/service.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
