// The demo workload as a real process, its counter, and the judge of its logs.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { counterViolations, parseCounterLine } from '../../hwsim/sleds/counter-check.ts';
import { CounterStore, counterFault } from '../../hwsim/sleds/counter-store.ts';
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

  it('burns what its load file says', async () => {
    const loadFile = join(directory, 'load');
    writeFileSync(loadFile, '0\n');
    const child = start(['--cores', '0.5'], { COLDSLOT_LOAD_FILE: loadFile });
    await counted(3);
    const share = async () => {
      const [cpuS, at] = [cpuSeconds(child.pid) ?? 0, count()];
      await counted(at + 4); // counts are half a second apart, or more on a busy machine
      return ((cpuSeconds(child.pid) ?? 0) - cpuS) / 2;
    };
    assert.ok((await share()) < 0.15);
    writeFileSync(loadFile, '0.4\n');
    await counted(count() + 2);
    assert.ok((await share()) > 0.25);
  });

  it('says what is missing', async () => {
    const child = start([], { STATE_DIRECTORY: '' });
    assert.equal(await child.ended, 2);
    assert.match(child.text(), /STATE_DIRECTORY: is not set/);
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
