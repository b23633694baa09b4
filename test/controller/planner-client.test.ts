import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
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

  it('answers at once with the best so far when it is stopped, though it was given an hour', async () => {
    client = new PlannerClient(file);
    const instance = generateInstance({ seed: 4, slots: 24, workloads: 240 });
    const planning = client.plan(instance, HOUR_S, 0);
    await delay(300); // most likely it is searching by now; if not, it ends all the same
    client.stop();
    const { plan, stay } = await planning;
    assert.deepEqual(auditPlan(instance, plan), []);
    assert.deepEqual(brokenRules(instance, plan.assignment), []);
    assert.equal(stay.moves.length, 0);
  });

  it('plans on for the next request after one that was stopped', async () => {
    client = new PlannerClient(file);
    const big = generateInstance({ seed: 4, slots: 24, workloads: 240 });
    const stopped = client.plan(big, HOUR_S, 0);
    client.stop();
    const small = generateInstance({ seed: 1, slots: 3, workloads: 6 });
    const next = client.plan(small, 10, 0);
    await stopped;
    assert.equal((await next).plan.status, 'optimal');
  });
});
