// The demo workload as a real process, its counter, and the judge of its logs.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { counterViolations, parseCounterLine } from '../../hwsim/sleds/counter-check.ts';
import { CounterStore, counterFault } from '../../hwsim/sleds/counter-store.ts';
import { Duty } from '../../hwsim/sleds/duty.ts';
import { cpuSeconds } from '../../hwsim/sleds/proc.ts';
import { startNode, until, type Child } from './child-process.ts';

const burnerFile = new URL('../../hwsim/sleds/burner.ts', import.meta.url).pathname;

describe('the burner', () => {
  let directory = '';
  const children: Child[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'burner-'));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });

  function start(args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Child {
    const env = { ...process.env, STATE_DIRECTORY: directory, ...environment };
    const child = startNode(['--import', 'tsx', burnerFile, ...args], { env });
    children.push(child);
    return child;
  }

  const count = () =>
    existsSync(join(directory, 'count')) ? Number(readFileSync(join(directory, 'count'), 'utf8')) : 0;
  const counted = (atLeast: number) => until(`a count of ${atLeast}`, () => count() >= atLeast && count());

  it('counts, ends at once on SIGTERM, and goes on from there at the next epoch', async () => {
    const first = start([], { COLDSLOT_EPOCH: '4' });
    await counted(2);
    assert.equal(await first.kill('SIGTERM'), 0);
    assert.equal(existsSync(join(directory, 'lock')), false);
    const between = count();
    start([], { COLDSLOT_EPOCH: '5' });
    await counted(between + 2);
    const log = readFileSync(join(directory, 'counter.log'), 'utf8');
    assert.deepEqual(counterViolations([log]), []);
    const epochs = new Set(log.split('\n').map((line) => parseCounterLine(line)?.epoch));
    assert.ok(epochs.has(4) && epochs.has(5));
  });

  it('refuses to start while another process holds the counter', async () => {
    const first = start();
    await counted(1);
    const second = start();
    assert.equal(await second.ended, 1);
    assert.match(second.text(), new RegExp(`process ${first.pid} already advances this counter`));
    await counted(count() + 1);
  });

  it('takes over from one that was killed', async () => {
    const first = start();
    await counted(2);
    await first.kill('SIGKILL');
    const between = count();
    start();
    await counted(between + 1);
    assert.deepEqual(counterViolations([readFileSync(join(directory, 'counter.log'), 'utf8')]), []);
  });

  it('is healthy while it counts and not after it has gone', async () => {
    const child = start();
    await counted(1);
    assert.equal(await start(['--health']).ended, 0);
    await child.kill('SIGKILL');
    const health = start(['--health']);
    assert.equal(await health.ended, 1);
    assert.match(health.text(), /which holds the counter, is gone/);
  });

  it('burns when its load file says so, and hardly anything when not', async () => {
    const loadFile = join(directory, 'load');
    writeFileSync(loadFile, '0\n');
    const child = start(['--cores', '0.5'], { COLDSLOT_LOAD_FILE: loadFile });
    await counted(3);
    // CPU time, and by counts, of which each is five periods however long they take
    const used = () => ({ cpuS: cpuSeconds(child.pid) ?? 0, count: count() });
    const idle = used();
    await counted(idle.count + 4);
    const idleS = (used().cpuS - idle.cpuS) / (used().count - idle.count);
    assert.ok(idleS < 0.04, `${idleS} s a count`);
    writeFileSync(loadFile, '0.4\n');
    await counted(count() + 2);
    const busy = used();
    await until('a second of CPU time', () => used().cpuS > busy.cpuS + 1, 300_000);
    const busyS = (used().cpuS - busy.cpuS) / (used().count - busy.count + 1);
    assert.ok(busyS > 5 * idleS, `${busyS} s a count, ${idleS} s without load`);
  });

  it('says what is missing', async () => {
    const child = start([], { STATE_DIRECTORY: '' });
    assert.equal(await child.ended, 2);
    assert.match(child.text(), /STATE_DIRECTORY: is not set/);
  });
});

describe('the duty of the burner', () => {
  const PERIOD_MS = 100;

  /** CPU time used in so many periods, as a share; `given`: of the time that it burns, it gets so much of a core. */
  function shareOf(cores: number, { given = 1, overheadUs = 0, periods = 100 } = {}): number {
    let [nowMs, usedUs] = [0, 5_000_000]; // what it took to start does not count
    const duty = new Duty(PERIOD_MS, { nowMs: () => nowMs, usedUs: () => usedUs });
    const startUs = usedUs;
    for (let period = 0; period < periods; period++) {
      nowMs += PERIOD_MS;
      const burstMs = duty.burstMs(cores);
      assert.ok(burstMs >= 0 && burstMs <= 0.95 * PERIOD_MS);
      usedUs += burstMs * 1000 * given + overheadUs;
    }
    return (usedUs - startUs) / (periods * PERIOD_MS * 1000);
  }

  it('is what was set, its own overhead included', () => {
    for (const cores of [0, 0.01, 0.4, 0.9]) assert.ok(Math.abs(shareOf(cores) - cores) < 1e-9, `${cores}`);
    // 5 ms of overhead in 100 ms are 0.05 of a core: 0.35 is burnt for 0.4, the last period's overhead not yet counted
    assert.ok(Math.abs(shareOf(0.4, { overheadUs: 5000 }) - 0.4) < 0.001);
  });

  it('is made up for while the machine gives it less, as far as there is time', () => {
    // half a core in 0.8 of the time gives 0.4; what a tenth gives in all the time but what is for signals is 0.095
    assert.ok(Math.abs(shareOf(0.4, { given: 0.5, periods: 1000 }) - 0.4) < 0.01);
    assert.ok(Math.abs(shareOf(0.4, { given: 0.1, periods: 1000 }) - 0.095) < 0.001);
  });

  it('leaves signals their time, and does not catch up on more than a tenth of a second', () => {
    let [nowMs, usedUs] = [0, 0];
    const duty = new Duty(PERIOD_MS, { nowMs: () => nowMs, usedUs: () => usedUs });
    nowMs += 60_000; // it was stopped for a minute
    let caughtUpMs = 0;
    for (let i = 0; i < 10; i++) {
      const burstMs = duty.burstMs(0.5); // no time passes between the calls
      caughtUpMs += burstMs;
      usedUs += burstMs * 1000;
    }
    assert.ok(Math.abs(caughtUpMs - 100) < 1e-9, `${caughtUpMs} ms`);
  });
});

describe('the counter store', () => {
  it('keeps its log under 64 KiB and its count whole', () => {
    const directory = mkdtempSync(join(tmpdir(), 'counter-'));
    const store = new CounterStore(directory, 1, () => 1_700_000_000_000);
    for (let i = 0; i < 4000; i++) store.step();
    store.close();
    assert.equal(store.count, 4000);
    assert.ok(statSync(join(directory, 'counter.log')).size <= 64 * 1024);
    assert.match(readFileSync(join(directory, 'counter.log'), 'utf8'), /^4000 /m);
    rmSync(directory, { recursive: true });
  });

  it('goes on from the later of count and log after a kill between the two writes', () => {
    const directory = mkdtempSync(join(tmpdir(), 'counter-'));
    writeFileSync(join(directory, 'counter.log'), '41 7 1 1000\n42 7 1 1500\n');
    writeFileSync(join(directory, 'count'), '41\n');
    const store = new CounterStore(directory, 2, () => 2000);
    assert.equal(store.count, 42);
    store.close();
    rmSync(directory, { recursive: true });
  });

  it('is at fault when the count has not been written for long', () => {
    const directory = mkdtempSync(join(tmpdir(), 'counter-'));
    const store = new CounterStore(directory, 1, Date.now);
    store.step();
    assert.equal(counterFault(directory, Date.now(), 60_000), null);
    assert.match(counterFault(directory, Date.now() + 120_000, 60_000) ?? '', /last written/);
    store.close();
    assert.equal(counterFault(directory, Date.now(), 60_000), 'nobody holds the counter');
    rmSync(directory, { recursive: true });
  });
});

describe('the counter check', () => {
  const kinds = (logs: string[], undone: number[] = []) => counterViolations(logs, undone).map((found) => found.kind);

  it('finds nothing wrong with a count handed over, its log copied along', () => {
    const source = '1 10 1 100\n2 10 1 200\n';
    assert.deepEqual(kinds([source, `${source}3 20 2 300\n4 20 2 400\n`]), []);
  });

  it('finds a count that went backwards', () => {
    assert.deepEqual(kinds(['5 10 1 100\n6 10 1 200\n', '6 20 2 300\n']), ['backwards']);
  });

  it('finds two processes that counted side by side', () => {
    assert.deepEqual(kinds(['1 10 1 100\n3 10 1 300\n', '2 20 1 200\n']), ['interleaved']);
  });

  it('finds an old copy that counts on after the hand-over', () => {
    assert.deepEqual(kinds(['1 10 1 100\n4 10 1 400\n', '2 20 2 200\n3 20 2 300\n']), [
      'epoch-backwards',
      'interleaved',
    ]);
  });

  it('leaves out what an undone Move’s copy counted', () => {
    const logs = ['1 10 1 100\n2 30 1 400\n', '1 10 1 100\n2 20 2 200\n3 20 2 300\n'];
    assert.notDeepEqual(kinds(logs), []);
    assert.deepEqual(kinds(logs, [2]), []);
  });

  it('ignores a last line that a kill cut short, and no other', () => {
    assert.deepEqual(kinds(['1 10 1 100\n2 1']), []);
    assert.deepEqual(kinds(['1 10 1 100\n2 1\n3 10 1 300\n']), ['malformed']);
  });
});
