import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerTo, bring, come, db, leave, order, ship, started } from './conversation.ts';
import type { FakeSled } from './fake-sled.ts';

const away = leave('w2', 'web', 2);
const here = come('d2', 'db', 2);

/** Completes what waits until an operation of this kind is next. */
function until(sled: FakeSled, kind: string): void {
  const next = () => {
    const [first] = sled.pending;
    return first?.kind === 'driver' ? first.op.kind : first?.kind === 'write' ? first.record.role.kind : undefined;
  };
  for (let turns = 0; next() !== kind; turns++) {
    assert.ok(turns < 50 && sled.pending.length > 0, `never came to ${kind}`);
    sled.complete(0);
  }
}

describe('a verb that fails in the agent’s machine', () => {
  it('freeze: the service is not touched when the intention cannot be written down', () => {
    const sled = started();
    order(sled, away, 'freeze');
    until(sled, 'freezing');
    sled.complete(0, 'fails');
    sled.settle();
    assert.deepEqual([sled.told.at(-1)?.error, sled.role('web'), sled.alive('web')], ['ENOSPC', 'running', [1]]);
    assert.equal(
      sled.effects.some((effect) => effect.kind === 'driver' && effect.op.kind === 'stop'),
      false,
    );
  });

  it('freeze: the service runs again when it was killed late, or could not be stopped, or frozen not written down', () => {
    for (const [step, outcome, words] of [
      ['stop', 'landed', /did not end within 10000 ms of SIGTERM; it was killed and started again/],
      ['stop', 'fails', /stop failed/],
      ['frozen', 'fails', /ENOSPC/],
    ] as const) {
      const sled = started();
      order(sled, away, 'freeze');
      until(sled, step);
      sled.complete(0, outcome);
      sled.settle();
      assert.match(sled.told.at(-1)?.error ?? '', words);
      assert.equal(sled.told.at(-1)?.record, 'running');
      assert.deepEqual(sled.alive('web'), [1]);
      bring(sled, away, 'freeze'); // it can be tried again
      assert.deepEqual(sled.alive('web'), []);
    }
  });

  it('thaw: the copy is dead and its state received again, and is killed before the next try if it was not', () => {
    const sled = started();
    bring(sled, here, 'stage');
    ship(sled, here);
    order(sled, here, 'thaw');
    until(sled, 'try');
    sled.complete(0, 'landed'); // started, and not healthy
    sled.complete(0, 'fails'); // and not to be killed
    sled.settle();
    assert.deepEqual([sled.told.at(-1)?.error, sled.alive('db')], ['kill failed', [2]]);
    assert.equal(answerTo(sled, here, 'commit')?.error, 'it has not been thawed: probation');
    bring(sled, here, 'abort');
    assert.deepEqual([sled.alive('db'), sled.role('db')], [[], 'absent']);
  });

  it('thaw after a thaw whose copy could not be killed: killed first', () => {
    const sled = started();
    bring(sled, here, 'stage');
    ship(sled, here);
    order(sled, here, 'thaw');
    until(sled, 'try');
    sled.complete(0, 'landed');
    sled.complete(0, 'fails');
    sled.settle();
    assert.equal(answerTo(sled, here, 'thaw')?.outcome, 'done'); // the sled itself asserts that none was alive
  });

  it('fence: nothing is written down as gone before it is dead, also what no driver keeps up', () => {
    const sled = started();
    bring(sled, away, 'freeze');
    sled.copies.set('web', [{ epoch: 1, process: { pid: 9, startTicks: 1, bootId: 'boot-1' } }]);
    bring(sled, away, 'fence');
    assert.deepEqual(sled.alive('web'), []);
    assert.equal(sled.disk.get('web')?.floor, 2);
  });
});

describe('commands that cross in the agent’s machine', () => {
  it('acts once on one that comes again while it is under way, and answers once', () => {
    const sled = started();
    const before = sled.effects.length;
    for (let times = 0; times < 3; times++) order(sled, away, 'freeze');
    sled.settle();
    assert.equal(sled.told.length, 1);
    const writes = sled.effects.slice(before).filter((effect) => effect.kind === 'write');
    assert.equal(writes.length, 2); // freezing, frozen
  });

  it('lets an undo interrupt a health check or a transfer of its own Move, and of no other', () => {
    const sled = started();
    bring(sled, here, 'stage');
    ship(sled, here);
    order(sled, here, 'thaw');
    until(sled, 'try');
    const token = sled.pending[0]?.token;
    order(sled, come('d9', 'db', 9), 'abort');
    const cancelled = () => sled.effects.flatMap((effect) => (effect.kind === 'cancel' ? [effect.token] : []));
    assert.deepEqual(cancelled(), []);
    order(sled, here, 'abort');
    assert.deepEqual(cancelled(), [token]);
    sled.complete(0, 'landed'); // given up, its process still there
    sled.settle();
    assert.deepEqual([sled.role('db'), sled.alive('db')], ['absent', []]);
    assert.deepEqual(
      sled.told.slice(-3).map(({ verb, move, outcome }) => [verb, move, outcome]),
      [
        ['thaw', 'd2', 'failed'],
        ['abort', 'd9', 'done'],
        ['abort', 'd2', 'done'],
      ],
    );
  });

  it('gives a thaw that still waits for its turn up when its Move is undone', () => {
    const sled = started();
    bring(sled, here, 'stage');
    ship(sled, here);
    order(sled, come('d9', 'db', 9), 'abort'); // is under way
    order(sled, here, 'thaw');
    order(sled, here, 'abort');
    sled.settle();
    assert.equal(
      sled.effects.some((effect) => effect.kind === 'driver' && effect.op.kind === 'try'),
      false,
    );
    assert.match(sled.told.at(-2)?.error ?? '', /given up because the Move was undone/);
  });

  it('undoes a Move while its state comes in: what arrives all the same is refused', () => {
    const sled = started();
    bring(sled, here, 'stage');
    const token = sled.offer(here);
    sled.settle();
    order(sled, here, 'abort');
    assert.ok(sled.effects.some((effect) => effect.kind === 'cancel' && effect.token === token));
    sled.arrive(token, 7, 'd');
    sled.settle();
    assert.equal(sled.bulkDone.get(token), 'workload db: is no longer staged here');
    assert.equal(sled.role('db'), 'absent');
  });

  it('starts a transfer over when the source does: the old one is cut off first, and its leavings deleted', () => {
    const sled = started();
    bring(sled, here, 'stage');
    const first = sled.offer(here);
    sled.settle();
    const second = sled.offer(here);
    assert.equal(sled.admitted.get(second), undefined); // the first still writes
    assert.ok(sled.effects.some((effect) => effect.kind === 'cancel' && effect.token === first));
    sled.settle();
    assert.equal(sled.admitted.get(second)?.kind, 'take');
    sled.arrive(second, 7, 'd');
    sled.settle();
    assert.equal(sled.role('db'), 'received');
    const third = sled.offer(here);
    sled.settle();
    assert.deepEqual(sled.admitted.get(third), { kind: 'have', bytes: 7, digest: 'd' });
  });
});

describe('room on a sled in the agent’s machine', () => {
  it('is promised to one of two that ask at once: two cores, one of them taken', () => {
    const sled = started();
    const other = come('x2', 'other', 2);
    order(sled, here, 'stage');
    order(sled, other, 'stage');
    sled.settle();
    assert.deepEqual(
      sled.told.map(({ workload, error }) => [workload, error]),
      [
        ['db', null],
        ['other', 'sled me: no room for other: cpu: 1 asked, 0 free'],
      ],
    );
  });

  it('is the next one’s when the first that asked fails', () => {
    const sled = started();
    const other = come('x2', 'other', 2);
    order(sled, here, 'stage');
    order(sled, other, 'stage');
    sled.complete(0, 'fails'); // its command is not there
    sled.settle();
    assert.deepEqual(
      sled.told.map(({ workload, outcome }) => [workload, outcome]),
      [
        ['db', 'failed'],
        ['other', 'done'],
      ],
    );
  });
});

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
