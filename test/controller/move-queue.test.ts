import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { MoveQueue, type MoveWish } from '../../src/controller/move-queue.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import type { MoveView } from '../../src/core/view.ts';
import { move } from '../surfaces/sample-view.ts';

const wish = (workload: string): MoveWish => ({ workload, from: 3, to: 5, trigger: 'plan' });
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Starts Moves at once, but for those it was told to refuse. */
class Starter {
  readonly started: MoveView[] = [];
  refuse = new Set<string>();

  start(wished: MoveWish): Promise<MoveView> {
    if (this.refuse.has(wished.workload))
      return Promise.reject(new ColdslotError('refused', wished.workload, 'no room'));
    const view = move(`m${this.started.length + 1}`, { workload: wished.workload, state: 'planned' });
    this.started.push(view);
    return Promise.resolve(view);
  }

  names(): string[] {
    return this.started.map((view) => view.workload);
  }

  view(workload: string, state: MoveView['state']): MoveView {
    const view = this.started.find((entry) => entry.workload === workload);
    assert.ok(view, `${workload} was not started`);
    return { ...view, state };
  }
}

describe('the queue of Moves', () => {
  let starter = new Starter();
  let refused: string[] = [];
  let queue = new MoveQueue(starter, 2, () => {});
  beforeEach(() => {
    starter = new Starter();
    refused = [];
    queue = new MoveQueue(starter, 2, (wished, why) => refused.push(`${wished.workload}: ${why}`));
  });

  it('starts them in the plan’s order, two at once', async () => {
    queue.add(['a', 'b', 'c', 'd'].map(wish));
    await settled();
    assert.deepEqual(starter.names(), ['a', 'b']);
    queue.update(starter.view('b', 'done'));
    await settled();
    assert.deepEqual(starter.names(), ['a', 'b', 'c']);
    queue.update(starter.view('a', 'done'));
    await settled();
    assert.deepEqual(starter.names(), ['a', 'b', 'c', 'd']);
  });

  it('is busy until the last one has ended', async () => {
    assert.equal(queue.busy(), false);
    queue.add([wish('a')]);
    assert.equal(queue.busy(), true);
    await settled();
    queue.update(starter.view('a', 'committed'));
    assert.equal(queue.busy(), true);
    queue.update(starter.view('a', 'done'));
    assert.equal(queue.busy(), false);
  });

  it('drops the rest of the plan when a Move is undone', async () => {
    queue.add(['a', 'b', 'c'].map(wish));
    await settled();
    queue.update(starter.view('a', 'undoing'));
    await settled();
    assert.deepEqual(starter.names(), ['a', 'b']);
    queue.update(starter.view('a', 'undone'));
    queue.update(starter.view('b', 'done'));
    await settled();
    assert.deepEqual(starter.names(), ['a', 'b']);
    assert.equal(queue.busy(), false);
  });

  it('drops the rest of the plan when one is refused, and says which and why', async () => {
    starter.refuse.add('b');
    queue.add(['a', 'b', 'c'].map(wish));
    await settled();
    assert.deepEqual(refused, ['b: b: no room']);
    queue.update(starter.view('a', 'done'));
    await settled();
    assert.deepEqual(starter.names(), ['a']);
    assert.equal(queue.busy(), false);
  });

  it('starts an operator’s Move beside the queue, and tells the operator when it is refused', async () => {
    queue.add(['a', 'b', 'c'].map(wish));
    await queue.startNow(wish('z'));
    assert.deepEqual(starter.names(), ['a', 'b', 'z']);
    starter.refuse.add('y');
    await assert.rejects(queue.startNow(wish('y')), /no room/);
    assert.deepEqual(refused, []);
  });

  it('remembers when each began in plant time, and how it ended', async () => {
    queue.setPlantTime(100);
    queue.add([wish('a')]);
    await settled();
    queue.setPlantTime(130);
    queue.update(starter.view('a', 'done'));
    queue.update(move('m9', { workload: 'old', state: 'undone' })); // recovered from the journal
    assert.deepEqual(
      queue.past().map((entry) => [entry.workload, entry.startedAtS, entry.outcome]),
      [
        ['a', 100, 'done'],
        ['old', 130, 'undone'],
      ],
    );
  });

  it('takes no Move for open again whose start is answered after its end', async () => {
    const started = queue.startNow(wish('a'));
    queue.update(starter.view('a', 'done'));
    await started;
    assert.equal(queue.busy(), false);
  });
});
