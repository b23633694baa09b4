import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentDirectory } from '../../src/controller/agent-directory.ts';
import { announced, status } from './announcements.ts';

function directoryOf(...statuses: ReturnType<typeof status>[]): AgentDirectory {
  const directory = new AgentDirectory();
  for (const record of statuses) directory.update(record);
  return directory;
}

describe('where a sled sits', () => {
  it('is where its FRU is seen, whatever its agent was told', () => {
    const directory = directoryOf(status('sled1', { slot: 1 }));
    directory.setFruSlots(new Map([['sled1', 4]]));
    assert.equal(directory.slotOf('sled1'), 4);
    assert.equal(directory.sledIn(4), 'sled1');
    assert.equal(directory.sledIn(1), null);
  });

  it('is where its agent was told when no FRU names it', () => {
    const directory = directoryOf(status('sled1', { slot: 1 }));
    directory.setFruSlots(new Map([['SN-0815', 1]])); // a serial number that is no agent's id
    assert.equal(directory.slotOf('sled1'), 1);
  });

  it('is not known when its agent was told a slot where the FRU of another agent is seen', () => {
    const directory = directoryOf(status('liar', { slot: 2 }), status('sled2'));
    directory.setFruSlots(new Map([['sled2', 2]]));
    assert.equal(directory.slotOf('liar'), null);
    assert.equal(directory.sledIn(2), 'sled2');
  });

  it('is not known for a sled that nobody has told of', () => {
    assert.equal(directoryOf().slotOf('ghost'), null);
    assert.equal(directoryOf(status('sled1')).slotOf('sled1'), null);
  });

  it('has no agent online when the agent there is offline', () => {
    assert.equal(directoryOf(status('sled1', { slot: 1, state: 'offline' })).sledIn(1), null);
  });
});

describe('who owns a workload that both ends of a Move announce', () => {
  const source = (state: 'running' | 'frozen') =>
    status('sled1', { slot: 1, workloads: [announced('web', { state, epoch: 4 })] });
  const destination = (state: 'running' | 'probation') =>
    status('sled2', { slot: 2, workloads: [announced('web', { state, epoch: 5 })] });
  const ownerOf = (...statuses: ReturnType<typeof status>[]) =>
    directoryOf(...statuses)
      .workloads()
      .map((entry) => `${entry.workload.id} on ${entry.sled}, ${entry.workload.state}`);

  it('is the source while the destination is on probation', () => {
    assert.deepEqual(ownerOf(source('frozen'), destination('probation')), ['web on sled1, frozen']);
    assert.deepEqual(ownerOf(destination('probation'), source('frozen')), ['web on sled1, frozen']);
  });

  it('is the destination once it runs there, though the source still keeps its copy', () => {
    assert.deepEqual(ownerOf(destination('running'), source('frozen')), ['web on sled2, running']);
  });

  it('is the higher epoch when the source’s record is older than the Move', () => {
    assert.deepEqual(ownerOf(source('running'), destination('running')), ['web on sled2, running']);
    assert.deepEqual(ownerOf(destination('running'), source('running')), ['web on sled2, running']);
  });

  it('is the end that is there when the other is gone and only its last word says that it runs', () => {
    const gone = status('sled1', {
      slot: 1,
      state: 'offline',
      workloads: [announced('web', { epoch: 9, state: 'running' })],
    });
    assert.deepEqual(ownerOf(gone, source('frozen')), ['web on sled1, frozen']);
    assert.deepEqual(
      ownerOf(gone, status('sled2', { slot: 2, workloads: [announced('web', { state: 'frozen', epoch: 9 })] })),
      ['web on sled2, frozen'],
    );
  });

  it('is still the sled that is gone when nobody else has it', () => {
    const gone = status('sled1', { slot: 1, state: 'offline', workloads: [announced('web')] });
    assert.deepEqual(
      directoryOf(gone)
        .workloads()
        .map((entry) => [entry.slot, entry.online]),
      [[1, false]],
    );
  });
});

describe('a workload claimed twice', () => {
  it('is said when two agents that are online both run it', () => {
    const both = directoryOf(
      status('sled1', { workloads: [announced('web')] }),
      status('sled2', { workloads: [announced('web'), announced('db')] }),
    );
    assert.deepEqual(both.claimedTwice(), ['web']);
    assert.deepEqual(both.runnersOf('web'), ['sled1', 'sled2']);
  });

  it('is not said of a copy that is kept, on probation, or on a sled that is gone', () => {
    const fine = directoryOf(
      status('sled1', { workloads: [announced('web')] }),
      status('sled2', { workloads: [announced('web', { state: 'probation' })] }),
      status('sled3', { workloads: [announced('web', { state: 'frozen' })] }),
      status('sled4', { state: 'offline', workloads: [announced('web')] }),
    );
    assert.deepEqual(fine.claimedTwice(), []);
  });
});

it('tells of every record of an agent that is online, until nobody listens', () => {
  const directory = new AgentDirectory();
  const heard: string[] = [];
  const stop = directory.onOnline((sled) => heard.push(sled));
  directory.update(status('sled1'));
  directory.update(status('sled1', { state: 'offline' }));
  directory.update(status('sled2'));
  stop();
  directory.update(status('sled3'));
  assert.deepEqual(heard, ['sled1', 'sled2']);
});
