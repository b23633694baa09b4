// The planner's thread: it stays while it is used, and is ended when it is not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { PlannerClient } from '../../src/controller/planner-client.ts';
import { generateInstance } from '../placement/generate.ts';

/** A planner that answers with the number of its thread instead of a plan. */
const echo = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId } from 'node:worker_threads';
    parentPort.on('message', ({ id }) => parentPort.postMessage({ kind: 'planned', id, plan: threadId, stay: null }));
  `)}`,
);
const instance = generateInstance({ seed: 1, slots: 2, workloads: 2 });
const threadOf = async (planner: PlannerClient) => (await planner.plan(instance, 1, 0)).plan as unknown as number;

describe('the planner’s thread', () => {
  it('is the same for plans that follow each other', async (t) => {
    const planner = new PlannerClient(echo, 60_000);
    t.after(() => planner.close());
    assert.equal(await threadOf(planner), await threadOf(planner));
  });

  it('is ended when nothing is asked of it, and another one answers the next request', async (t) => {
    const planner = new PlannerClient(echo, 1);
    t.after(() => planner.close());
    const first = await threadOf(planner);
    while ((await threadOf(planner)) === first) await pause(20); // each request that comes in time keeps it
  });

  it('stays while a request is open, however long that takes', async (t) => {
    const slow = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort, threadId } from 'node:worker_threads';
        parentPort.on('message', ({ id }) => {
          const answer = () => parentPort.postMessage({ kind: 'planned', id, plan: threadId, stay: null });
          if (id === 1) answer();
          else setTimeout(answer, 100);
        });
      `)}`,
    );
    const planner = new PlannerClient(slow, 1);
    t.after(() => planner.close());
    const [, second] = await Promise.all([threadOf(planner), threadOf(planner)]);
    assert.ok(second > 0);
  });
});
