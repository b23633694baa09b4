import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerTo, bring, come, db, leave, order, ship, started } from './conversation.ts';

const away = leave('w2', 'web', 2);
const here = come('d2', 'db', 2);

describe('probation in the agent’s machine', () => {
  const timer = 'probation of db';

  it('ends when the lease that began with the copy is over; a commit that comes late all the same starts it', () => {
    const sled = started();
    bring(sled, here, 'stage', 'thaw'); // with a lease of 5000 ms
    const tried = sled.effects.find((effect) => effect.kind === 'driver' && effect.op.kind === 'try');
    assert.ok(tried?.kind === 'driver' && tried.op.kind === 'try' && tried.op.leaseMs === 5000);
    const leftMs = sled.timers.get(timer) ?? Infinity;
    assert.ok(leftMs < 5000 && leftMs > 4900, String(leftMs)); // what the health check took is gone
    sled.fire(timer);
    sled.settle();
    assert.deepEqual([sled.role('db'), sled.alive('db')], ['received', []]);
    bring(sled, here, 'commit');
    assert.deepEqual([sled.role('db'), sled.alive('db')], ['running', [2]]);
  });

  it('takes the command’s deadline and half a minute for a lease where it names none', () => {
    const sled = started();
    bring(sled, here, 'stage');
    ship(sled, here);
    sled.command(here, 'thaw', { leaseMs: null, deadline: new Date(sled.nowMs + 60_000).toISOString() });
    sled.settle();
    const leftMs = sled.timers.get(timer) ?? Infinity;
    assert.ok(leftMs > 80_000 && leftMs <= 90_000, String(leftMs));
  });

  it('kills again a copy that could not be killed when its lease was over', () => {
    const sled = started();
    bring(sled, here, 'stage', 'thaw');
    sled.fire(timer);
    sled.complete(0, 'fails');
    sled.settle();
    assert.deepEqual(sled.alive('db'), [2]);
    sled.fire(timer);
    sled.settle();
    assert.deepEqual([sled.role('db'), sled.alive('db')], ['received', []]);
  });

  it('is called off by the commit', () => {
    const sled = started();
    bring(sled, here, 'stage', 'thaw', 'commit');
    assert.equal(sled.timers.has(timer), false);
    sled.take({ kind: 'timer', timer }); // fired at that very moment
    sled.settle();
    assert.deepEqual([sled.role('db'), sled.alive('db')], ['running', [2]]);
  });
});

describe('the agent’s machine that ends', () => {
  it('interrupts what takes long, kills a copy on probation and lets services run on', () => {
    const sled = started();
    bring(sled, here, 'stage', 'thaw');
    order(sled, away, 'freeze');
    sled.settle();
    order(sled, away, 'ship');
    sled.take({ kind: 'ending', services: 'leave' });
    assert.ok(sled.effects.some((effect) => effect.kind === 'cancel'));
    assert.equal(sled.ended, false);
    sled.complete(0, 'fails');
    sled.settle();
    assert.equal(sled.ended, true);
    assert.deepEqual([sled.role('db'), sled.alive('db')], ['received', []]);
    order(sled, here, 'commit'); // too late: the next agent is asked again
    assert.deepEqual(sled.pending, []);
  });

  it('stops services when it is told to', () => {
    for (const [services, alive] of [
      ['leave', [1]],
      ['stop', []],
    ] as const) {
      const sled = started();
      sled.take({ kind: 'ending', services });
      sled.settle();
      assert.deepEqual([sled.ended, sled.alive('web')], [true, alive]);
    }
  });
});

describe('answers of the agent’s machine', () => {
  it('tell of a transfer twice a second at most, and of bytes and digest at its end', () => {
    const sled = started();
    bring(sled, away, 'freeze');
    order(sled, away, 'ship');
    const token = sled.pending[0]?.token ?? 0;
    for (let bytes = 1; bytes <= 2000; bytes++) sled.take({ kind: 'progress', token, bytes }); // one each millisecond
    const progress = sled.told.filter(({ outcome }) => outcome === 'progress');
    assert.equal(progress.length, 4);
    assert.deepEqual(
      progress.map(({ bytes }) => bytes),
      [500, 1000, 1500, 2000],
    );
    sled.settle();
    const shipped = sled.told.at(-1);
    assert.deepEqual([shipped?.outcome, shipped?.bytes, shipped?.digest], ['done', 7, 'of epoch 1']);
    const measured = sled.effects.find((effect) => effect.kind === 'measured');
    assert.ok(measured?.kind === 'measured' && measured.shipMs > 1999 && measured.bytes === 7);
  });

  it('write down which process it is now after the service was started again', () => {
    const sled = started();
    const process = { pid: 4242, startTicks: 7, bootId: 'boot-1' };
    sled.take({ kind: 'process', workload: 'web', epoch: 1, process });
    sled.settle();
    const role = sled.disk.get('web')?.role;
    assert.deepEqual(role?.kind === 'running' && role.process, process);
  });

  it('refuse what the ticket does not allow', () => {
    const sled = started();
    const answer = answerTo(sled, { ...away, chassis: 'another' }, 'freeze');
    assert.equal(answer?.error, 'the ticket is for chassis another, this is c');
    const { deadline, ...rest } = { ...away, verb: 'freeze' as const, deadline: '2026-01-01', ticket: 't', spec: db };
    sled.take({
      kind: 'command',
      wallMs: 0,
      claims: { refused: 'ticket: the signature is not the controller’s' },
      command: { ...rest, deadline, leaseMs: null, peer: null },
    });
    assert.equal(sled.told.at(-1)?.error, 'ticket: the signature is not the controller’s');
    assert.deepEqual(sled.pending, []);
  });
});
