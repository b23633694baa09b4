import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentDirectory } from '../../src/controller/agent-directory.ts';
import { PowerAttribution } from '../../src/controller/power-attribution.ts';
import { workloadViews } from '../../src/controller/workload-view.ts';
import type { MoveView } from '../../src/core/view.ts';
import { move } from '../surfaces/sample-view.ts';
import { announced, status } from './announcements.ts';

function shown(record: ReturnType<typeof status>, moves: readonly MoveView[] = []) {
  const directory = new AgentDirectory();
  directory.update(record);
  return workloadViews(directory.workloads(), moves, new PowerAttribution()).map((entry) => [entry.id, entry.state]);
}

describe('a workload as operators see it', () => {
  it('is in the state its agent says', () => {
    const workloads = [announced('a'), announced('b', { state: 'stopped' }), announced('c', { state: 'failed' })];
    assert.deepEqual(shown(status('sled1', { slot: 1, workloads })), [
      ['a', 'running'],
      ['b', 'stopped'],
      ['c', 'failed'],
    ]);
  });

  it('is moving while a Move of it is open, and no longer when that has ended', () => {
    const record = status('sled3', { slot: 3, workloads: [announced('web', { state: 'frozen' })] });
    assert.deepEqual(shown(record, [move('m1', { state: 'shipped' })]), [['web', 'moving']]);
    assert.deepEqual(shown(record, [move('m1', { state: 'undone' })]), [['web', 'frozen']]);
  });

  it('is lost when its agent is offline', () => {
    assert.deepEqual(shown(status('sled1', { slot: 1, state: 'offline', workloads: [announced('a')] })), [
      ['a', 'lost'],
    ]);
  });

  it('is not shown while nobody knows the slot of its sled', () => {
    assert.deepEqual(shown(status('sled1', { workloads: [announced('a')] })), []);
  });
});
