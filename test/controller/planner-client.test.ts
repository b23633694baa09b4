import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { PlannerClient } from '../../src/controller/planner-client.ts';
import { auditPlan } from '../../src/placement/audit.ts';
import { brokenRules } from '../placement/evaluator.ts';
import { generateInstance } from '../placement/generate.ts';

const WORKER = fileURLToPath(new URL('../../src/controller/planner-worker.ts', import.meta.url));
/** Longer than anybody would wait for this test: what it is given up after is the runner's limit, not this. */
const HOUR_S = 3600;

describe('the planner’s thread', () => {
  let client: PlannerClient | null = null;
  const directory = mkdtempSync(join(tmpdir(), 'coldslot-planner-'));
  const file = pathToFileURL(join(directory, 'planner-worker.mjs'));
  before(async () => {
    await build({
      entryPoints: [WORKER],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: fileURLToPath(file),
      logLevel: 'error',
    });
  });
  afterEach(() => client?.close());
  after(() => rmSync(directory, { recursive: true }));

  it('ends at once with the controller, in the middle of a search, and says so to whoever waits for it', async () => {
    client = new PlannerClient(file);
    const small = generateInstance({ seed: 1, slots: 3, workloads: 6 });
    await client.plan(small, 10, 0); // it runs by now
    const searching = client.plan(generateInstance({ seed: 4, slots: 24, workloads: 240 }), HOUR_S, 0);
    const waiting = client.stay(small);
    const failed = { code: 'failed', subject: 'planner', message: 'is being stopped' };
    await Promise.all([assert.rejects(searching, failed), assert.rejects(waiting, failed), client.close()]);
  });

  it('plans one after the other, each with its stay', async () => {
    client = new PlannerClient(file);
    const instances = [1, 2].map((seed) => generateInstance({ seed, slots: 3, workloads: 6 }));
    const answers = await Promise.all(instances.map((instance) => client!.plan(instance, 10, 0)));
    for (const [i, { plan, stay }] of answers.entries()) {
      assert.equal(plan.status, 'optimal');
      assert.deepEqual(auditPlan(instances[i]!, plan), []);
      assert.deepEqual(brokenRules(instances[i]!, plan.assignment), []);
      assert.equal(stay.moves.length, 0);
    }
    assert.deepEqual(
      Object.keys(answers[1]!.plan.assignment),
      instances[1]!.workloads.map(({ id }) => id),
    );
  });
});
