import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { absentRecord, type Role, type WorkloadRecord } from '../../../src/agent/records/workload-record.ts';
import { answerTo, boots, bring, come, db, leave, order, ship, started, web } from './conversation.ts';
import { FakeSled } from './fake-sled.ts';

const ASK = 'ask for floors';
const away = leave('w2', 'web', 2);
const here = come('d2', 'db', 2);

const nothing = () => false;

function record(id: string, role: Role, floor = 0): WorkloadRecord {
  return { ...absentRecord(id), role, floor };
}

function drivers(sled: FakeSled): string[] {
  return sled.effects.flatMap((effect) => (effect.kind === 'driver' ? [`${effect.op.kind} ${effect.workload}`] : []));
}

/** A sled that was up with these, is switched off and boots. */
function rebooted(sled: FakeSled): FakeSled {
  sled.crash(nothing, true);
  sled.effects.length = 0;
  sled.told.length = 0;
  return sled;
}

describe('a sled that boots', () => {
  it('asks before anything: starts nothing, answers nothing, takes no transfer', () => {
    const sled = new FakeSled([web]);
    assert.deepEqual(sled.asks, []); // not connected
    sled.take({ kind: 'connected' });
    const ask = {
      kind: 'floors-ask',
      sled: 'me',
      boot: 'boot-1',
      workloads: [{ id: 'web', epoch: 0, floor: 0, move: null }],
    };
    assert.deepEqual(sled.asks, [ask]);
    for (const verb of ['stage', 'freeze', 'thaw', 'commit', 'abort', 'query'] as const) order(sled, here, verb);
    const token = sled.offer(here);
    assert.deepEqual([drivers(sled), sled.told, sled.pending], [[], [], []]);
    assert.equal(sled.admitted.get(token)?.kind, 'refuse');
    assert.equal(sled.log.filter((line) => line.includes('came before the floors')).length, 1);
    sled.grant();
    sled.settle();
    assert.deepEqual([sled.alive('web'), sled.diskBoot], [[1], 'boot-1']);
  });

  it('also asks when nothing lives on it: a delayed stage must not come first', () => {
    const sled = new FakeSled([]);
    sled.take({ kind: 'connected' });
    assert.deepEqual(sled.asks[0]?.workloads, []);
    order(sled, here, 'stage');
    assert.deepEqual(sled.pending, []);
    sled.grant();
    sled.settle();
    assert.equal(answerTo(sled, here, 'stage')?.outcome, 'done');
  });

  it('asks again every three seconds, and tells people once when half a minute has passed', () => {
    const sled = new FakeSled([web]);
    sled.take({ kind: 'connected' });
    for (let seconds = 3; seconds <= 60; seconds += 3) {
      assert.equal(sled.timers.get(ASK), 3000);
      sled.nowMs += 3000;
      sled.fire(ASK);
      assert.equal(sled.log.length, seconds >= 30 ? 1 : 0);
    }
    assert.equal(sled.asks.length, 21);
    assert.match(sled.log[0] ?? '', /no floors were granted for 30 s, so any workload is not started/);
    sled.grant();
    sled.settle();
    sled.fire(ASK);
    assert.equal(sled.timers.has(ASK), false);
    assert.deepEqual(sled.alive('web'), [1]);
  });

  it('goes on at once when only its agent was started again', () => {
    const sled = started();
    sled.crash(nothing, false);
    assert.deepEqual(drivers(sled).slice(-1), ['clean web']);
    sled.settle();
    assert.deepEqual([sled.alive('web'), sled.asks.length], [[1], 1]);
    assert.equal(answerTo(sled, away, 'freeze')?.outcome, 'done');
  });

  it('believes no grant of another boot', () => {
    const sled = rebooted(started());
    sled.take({ kind: 'floors', boot: 'boot-1', floors: { web: 1 } });
    assert.deepEqual(sled.pending, []);
    assert.equal(boots(sled).alive('web').length, 1);
  });

  it('leaves alone what the grant does not name, and goes on asking for it', () => {
    const sled = new FakeSled([web, db]);
    sled.take({ kind: 'connected' });
    sled.grant((id, floor) => (id === 'web' ? floor : null));
    sled.settle();
    assert.deepEqual([sled.alive('web'), sled.alive('db'), sled.diskBoot], [[1], [], null]);
    sled.fire(ASK);
    assert.deepEqual(
      sled.asks.at(-1)?.workloads.map(({ id }) => id),
      ['db'],
    );
    sled.grant();
    sled.settle();
    assert.deepEqual([sled.alive('db'), sled.diskBoot], [[1], 'boot-1']);
  });

  it('asks for more workloads than fit in one question, one portion after the other', () => {
    const records = Array.from({ length: 600 }, (_, at) => record(`w${at}`, { kind: 'absent' }, 3));
    const sled = new FakeSled([], records);
    boots(sled);
    for (const size of [256, 88]) {
      assert.notEqual(sled.diskBoot, 'boot-1');
      sled.fire(ASK);
      assert.equal(sled.asks.at(-1)?.workloads.length, size);
      sled.grant();
      sled.settle();
    }
    assert.equal(sled.diskBoot, 'boot-1');
  });
});

describe('floors', () => {
  it('are durable before anything starts, and the boot is kept after all of them', () => {
    const sled = rebooted(started());
    sled.take({ kind: 'connected' });
    sled.grant((_id, floor) => floor + 1); // its own epoch: it is the owner
    assert.deepEqual(
      sled.pending.map(({ kind }) => kind),
      ['write'],
    );
    assert.deepEqual(drivers(sled), []);
    sled.complete(0);
    assert.equal(sled.disk.get('web')?.floor, 1);
    assert.deepEqual(sled.pending.map(({ kind }) => kind).toSorted(), ['driver', 'write-boot']);
    sled.settle();
    assert.deepEqual(sled.alive('web'), [1]);
  });

  it('are asked for again when they could not be written down; meanwhile nothing of that workload starts', () => {
    const sled = rebooted(started());
    sled.take({ kind: 'connected' });
    sled.grant((_id, floor) => floor + 1);
    order(sled, away, 'freeze');
    sled.complete(0, 'fails');
    sled.settle();
    assert.deepEqual([drivers(sled), sled.told, sled.alive('web')], [[], [], []]);
    assert.equal(sled.diskBoot, 'boot-1'); // the boot before
    sled.fire(ASK);
    sled.grant((_id, floor) => floor + 1);
    sled.settle();
    assert.deepEqual([sled.alive('web'), sled.diskBoot], [[1], 'boot-2']);
  });

  it('hold when that they were granted cannot be written down: the next agent of this boot asks again', () => {
    const sled = rebooted(started());
    sled.take({ kind: 'connected' });
    sled.grant();
    for (const pending of [...sled.pending].filter(({ kind }) => kind === 'write-boot'))
      sled.complete(sled.pending.indexOf(pending), 'fails');
    sled.settle();
    assert.deepEqual(sled.alive('web'), [1]);
    sled.crash(nothing, false);
    assert.deepEqual(sled.pending, []); // not even adopted
    boots(sled);
    assert.deepEqual(sled.alive('web'), [1]);
  });

  it('drop a copy below: killed, forgotten, its state deleted after the record is durable', () => {
    const sled = rebooted(started());
    sled.take({ kind: 'connected' });
    sled.grant(() => 4);
    sled.settle();
    assert.deepEqual([sled.role('web'), sled.disk.get('web')?.floor, sled.alive('web')], ['absent', 4, []]);
    assert.deepEqual(drivers(sled), ['kill web', 'clean web']);
    assert.equal(answerTo(sled, come('w3', 'web', 3), 'stage')?.error, 'epoch 3 is not above the floor 4');
    assert.equal(answerTo(sled, come('w5', 'web', 5), 'stage')?.outcome, 'done');
  });

  it('keep a configured service from starting that lives elsewhere', () => {
    const sled = new FakeSled([web]);
    sled.take({ kind: 'connected' });
    sled.grant(() => 7);
    sled.settle();
    assert.deepEqual([sled.alive('web'), sled.role('web'), sled.disk.get('web')?.floor], [[], 'absent', 7]);
  });

  it('are asked for a configured service without a record also within a boot', () => {
    const sled = new FakeSled(
      [web, db],
      [record('web', { kind: 'running', epoch: 1, spec: web, process: null }, 1)],
      'boot-1',
    );
    sled.settle();
    assert.deepEqual([sled.alive('web'), sled.alive('db')], [[1], []]);
    sled.take({ kind: 'connected' });
    assert.deepEqual(
      sled.asks.at(-1)?.workloads.map(({ id }) => id),
      ['db'],
    );
    sled.grant();
    sled.settle();
    assert.deepEqual(sled.alive('db'), [1]);
  });
});

describe('a destination that was fenced by power and boots', () => {
  const fencedFloor = here.epoch + 1; // what the controller answers for a Move whose destination it has cut

  for (const state of ['staged', 'received', 'probation'] as const) {
    it(`refuses a delayed thaw or commit: it was ${state}`, () => {
      const sled = started();
      bring(sled, here, 'stage');
      if (state === 'received') ship(sled, here);
      if (state === 'probation') bring(sled, here, 'thaw');
      rebooted(sled);
      order(sled, here, 'thaw'); // before it was told its floors
      sled.take({ kind: 'connected' });
      sled.grant((id, floor) => (id === 'db' ? fencedFloor : floor));
      order(sled, here, 'commit'); // while it takes them up
      sled.settle();
      for (const verb of ['thaw', 'commit'] as const) assert.equal(answerTo(sled, here, verb)?.outcome, 'failed');
      assert.equal(
        sled.told.some(({ outcome }) => outcome === 'done'),
        false,
      );
      assert.deepEqual([sled.alive('db'), sled.role('db')], [[], 'absent']);
      assert.equal(
        drivers(sled).some((line) => line === 'try db' || line === 'start db'),
        false,
      );
      assert.equal(answerTo(sled, here, 'abort')?.outcome, 'done'); // still owed
    });
  }

  it('goes on with a Move that is still open: its floor is the Move’s epoch', () => {
    const sled = started();
    bring(sled, here, 'stage', 'thaw');
    rebooted(sled);
    sled.take({ kind: 'connected' });
    sled.grant((id, floor) => (id === 'db' ? here.epoch : floor));
    sled.settle();
    assert.equal(sled.role('db'), 'received');
    bring(sled, here, 'commit'); // it had been thawed: a commit is never refused after that
    assert.deepEqual(sled.alive('db'), [2]);
  });
});

describe('a source that boots', () => {
  it('resumes at its old epoch: the floor of an open Move that may be undone is the one it has', () => {
    const sled = started();
    bring(sled, away, 'freeze', 'ship');
    boots(rebooted(sled));
    assert.deepEqual([sled.role('web'), sled.alive('web')], ['shipped', []]);
    bring(sled, away, 'resume');
    assert.deepEqual([sled.alive('web'), sled.role('web')], [[1], 'running']);
  });

  it('resumes also when its floor is its own epoch: it is the owner of an undone Move', () => {
    const sled = started();
    bring(sled, away, 'freeze');
    rebooted(sled);
    sled.take({ kind: 'connected' });
    sled.grant(() => 1);
    sled.settle();
    bring(sled, away, 'resume');
    assert.deepEqual(sled.alive('web'), [1]);
  });

  it('drops its frozen copy when the Move was committed meanwhile; the fence that is owed is done', () => {
    const sled = started();
    bring(sled, away, 'freeze', 'ship');
    rebooted(sled);
    sled.take({ kind: 'connected' });
    sled.grant(() => away.epoch);
    sled.settle();
    assert.equal(sled.role('web'), 'absent');
    assert.match(answerTo(sled, away, 'resume')?.error ?? '', /no copy is kept here/);
    assert.equal(answerTo(sled, away, 'fence')?.record, 'fenced');
  });

  it('does an owed fence also when the workload has moved on twice since, and its floor is higher', () => {
    const sled = started();
    bring(sled, away, 'freeze', 'ship');
    rebooted(sled);
    sled.take({ kind: 'connected' });
    sled.grant(() => 9);
    sled.settle();
    assert.equal(answerTo(sled, away, 'fence')?.outcome, 'done');
    assert.equal(sled.disk.get('web')?.floor, 9);
  });

  it('runs on when it died in the middle of a freeze: nobody was told it is frozen', () => {
    const sled = started();
    order(sled, away, 'freeze');
    sled.complete(0); // freezing is durable
    boots(rebooted(sled));
    assert.deepEqual([sled.role('web'), sled.alive('web')], ['running', [1]]);
  });

  it('leaves a workload alone whose record could not be read, but keeps its floor', () => {
    const sled = new FakeSled([], [record('web', { kind: 'unreadable', reason: 'torn' })]);
    sled.take({ kind: 'connected' });
    sled.grant(() => 5);
    sled.settle();
    assert.deepEqual([sled.role('web'), sled.disk.get('web')?.floor, drivers(sled)], ['unreadable', 5, []]);
    assert.ok(sled.log.some((line) => line.includes('web is left alone: torn')));
    assert.match(answerTo(sled, away, 'fence')?.error ?? '', /below the floor/);
    assert.equal(answerTo(sled, leave('w6', 'web', 6), 'fence')?.outcome, 'done');
  });
});
