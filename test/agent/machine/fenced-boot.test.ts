import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { absentRecord, type Role, type WorkloadRecord } from '../../../src/agent/records/workload-record.ts';
import { answerTo, boots, bring, come, leave, order, ship, started } from './conversation.ts';
import { FakeSled } from './fake-sled.ts';

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
