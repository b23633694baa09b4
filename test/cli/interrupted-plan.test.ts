// Ctrl-C while `coldslot plan --instance` searches: the bundled command line as a process, with signals to its pid.
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plan, PlanInstance } from '../../src/core/plan.ts';
import { auditPlan } from '../../src/placement/audit.ts';
import { brokenRules, evaluate } from '../placement/evaluator.ts';
import { generateInstance } from '../placement/generate.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Longer than anybody would wait for this test. */
const HOUR_S = 3600;
/** Of /proc/<pid>/stat, in a second (USER_HZ, which Linux shows to programs as 100 everywhere). */
const TICKS = 100;

describe('coldslot plan, interrupted', () => {
  const directory = mkdtempSync(join(tmpdir(), 'coldslot-interrupt-'));
  let started = 0;
  const running = new Set<ChildProcess>();
  before(async () => {
    await build({
      absWorkingDir: ROOT,
      entryPoints: { cli: 'src/cli.ts', 'plan-worker': 'src/cli/plan-worker.ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outdir: directory,
      outExtension: { '.js': '.mjs' },
      external: ['i2c-bus', 'onoff', 'esbuild', 'highs'],
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
      logLevel: 'error',
    });
  });
  after(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });

  /** Resolves once the command reads the instance, a pipe: from then on it is ready for signals. */
  async function start(instance: PlanInstance, seconds: number) {
    const file = join(directory, `instance-${++started}`);
    execFileSync('mkfifo', [file]);
    const args = [join(directory, 'cli.mjs'), 'plan', '--instance', file, '--seconds', String(seconds), '--json'];
    const child = spawn(process.execPath, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const taken = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (taken.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (taken.err += text));
    const ended = once(child, 'close').then(([status, signal]) => {
      running.delete(child);
      return { status: status as number | null, signal: signal as string | null };
    });
    const pipe = await open(file, 'w'); // waits for the reader
    const given = pipe.writeFile(JSON.stringify(instance)).then(() => pipe.close());
    return { pid: child.pid!, child, taken, ended, given };
  }

  it('prints the best plan so far with its bound, and says when it was stopped', async () => {
    const instance = generateInstance({ seed: 4, slots: 24, workloads: 240 });
    const { pid, child, taken, ended, given } = await start(instance, HOUR_S);
    await given;
    await until(() => cpuTicks(pid) > 2 * TICKS); // past the beginning, far from the end
    child.kill('SIGINT');
    assert.deepEqual(await ended, { status: 0, signal: null });
    assert.match(taken.err, /^coldslot: stopped after \d+\.\d s; the best plan found so far follows[^\n]*\n$/);
    const plan = JSON.parse(taken.out) as Plan;
    assert.equal(plan.status, 'feasible');
    assert.deepEqual(auditPlan(instance, plan), []);
    assert.deepEqual(brokenRules(instance, plan.assignment), []);
    assert.ok(plan.bound.totalJ > 0 && plan.bound.totalJ < plan.cost.totalJ);
    // of some use already: cooler than where everything was
    const home = Object.fromEntries(instance.workloads.map(({ id, slot }) => [id, slot]));
    const full = Object.fromEntries(instance.airMovers.map(({ id }) => [id, 1]));
    const stayingK = evaluate(instance, home, full).worstOvershootK;
    assert.ok(stayingK > 1 && plan.predicted.worstOvershootK < stayingK - 1);
    assert.ok(plan.elapsedMs < HOUR_S * 1000);
  });

  it('ends without a plan when it is interrupted again', async () => {
    // what it takes to get ready and to put a plan together leaves time for the second one
    const huge = generateInstance({ seed: 3, slots: 1000, workloads: 10_000, airMovers: 250 });
    const { child, taken, ended, given } = await start(huge, HOUR_S);
    child.kill('SIGINT');
    await given;
    await until(() => taken.err.includes('stopped after') || child.exitCode !== null);
    assert.match(taken.err, /^coldslot: stopped after/);
    child.kill('SIGINT');
    assert.deepEqual(await ended, { status: 130, signal: null });
    assert.equal(taken.out, '');
  });

  it('says nothing of the kind when nobody interrupts it', async () => {
    const { taken, ended, given } = await start(generateInstance({ seed: 1, slots: 3, workloads: 6 }), 1);
    await given;
    assert.deepEqual(await ended, { status: 0, signal: null });
    assert.equal(taken.err, '');
    assert.equal((JSON.parse(taken.out) as Plan).status, 'optimal');
  });
});

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await delay(10);
}

/** User time of all its threads: the fourteenth field, the second one being a name in brackets (proc(5)). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[11]);
}
