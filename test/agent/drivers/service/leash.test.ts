import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { realClock } from '../../../../src/core/clock.ts';
import { serviceSpecSchema } from '../../../../src/protocols/agent-messages.ts';
import type { Launch, Marker } from '../../../../src/agent/drivers/service/launch.ts';
import { leash, unleash } from '../../../../src/agent/drivers/service/leash.ts';
import { isAlive } from '../../../../src/agent/drivers/service/proc-table.ts';
import { findCopies, killCopies, pauseProcess, startProcess } from '../../../../src/agent/drivers/service/process.ts';
import { eventually } from '../../world.ts';

const clock = realClock();

describe('the leash of a copy on probation', () => {
  let root: string;
  let folder: string;
  let marker: Marker;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coldslot leash-')); // with a blank: the watcher is a shell script
    folder = join(root, 'workloads/web');
    mkdirSync(folder, { recursive: true });
    marker = { workload: 'web', sled: 'sled1', stateRoot: root, epoch: null };
  });
  afterEach(async () => {
    await killCopies(clock, marker, null);
    unleash(root, 'web');
    await eventually('no watcher is left', () => watchers(root).length === 0);
    rmSync(root, { recursive: true, force: true });
  });

  function launch(script: string, epoch = 3): Launch {
    const spec = serviceSpecSchema.parse({ id: 'web', command: '/bin/sh', args: ['-c', script] });
    return { spec, epoch, sled: 'sled1', stateRoot: root, stateDirectory: root, logFile: join(root, 'service.log') };
  }
  const leashes = () => readdirSync(folder).filter((name) => name.startsWith('leash-'));

  it('kills the copy when its lease is over, paused, with all it has started, and ends', async () => {
    const copy = launch('sleep 60 & setsid sleep 61 & env -i /bin/sleep 62 & wait');
    await leash(copy, 3000);
    const sinceMs = clock.nowMs();
    const id = await startProcess(copy);
    await eventually('all four', () => findCopies(marker, id).length === 4);
    await pauseProcess(clock, marker, id);
    assert.notEqual(watchers(root).length, 0);
    await eventually('all are dead', () => findCopies(marker, id).length === 0);
    assert.ok(clock.nowMs() - sinceMs > 1000, 'it had its lease');
    await eventually('the watcher has ended', () => watchers(root).length === 0);
    assert.deepEqual(leashes(), []);
  });

  it('is called off: the copy lives on past its lease, and the watcher is gone at once', async () => {
    const copy = launch('exec sleep 60');
    await leash(copy, 2000);
    const id = await startProcess(copy);
    unleash(root, 'web');
    await eventually('the watcher has ended', () => watchers(root).length === 0);
    await new Promise((resolve) => void setTimeout(resolve, 2300));
    assert.equal(isAlive(id), true);
    assert.deepEqual(leashes(), []);
  });

  it('ends by itself when its file is gone, whoever removed it', async () => {
    await leash(launch('exec sleep 60'), 600_000);
    assert.notEqual(watchers(root).length, 0);
    rmSync(root, { recursive: true, force: true });
    await eventually('the watcher has ended', () => watchers(root).length === 0);
    mkdirSync(folder, { recursive: true });
  });

  it('touches no other epoch and no other workload', async () => {
    const owner = await startProcess(launch('exec sleep 60', 4));
    const copy = launch('exec sleep 61');
    await leash(copy, 300);
    const id = await startProcess(copy);
    await eventually('the copy is dead', () => !isAlive(id));
    await eventually('the watcher has ended', () => watchers(root).length === 0);
    assert.equal(isAlive(owner), true);
  });

  it('kills nobody for a pid that was written down and given anew', async () => {
    const stranger = await startProcess(launch('exec sleep 60', 9));
    const told = { ...stranger, startTicks: stranger.startTicks + 1 };
    writeFileSync(join(folder, 'leash-1'), JSON.stringify(told));
    unleash(root, 'web');
    assert.equal(isAlive(stranger), true);
    assert.equal(existsSync(join(folder, 'leash-1')), false);
  });

  it('refuses to let a copy start that it cannot leash', async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'in the way');
    await assert.rejects(leash(launch('exec sleep 60'), 1000), /could not be leashed: EEXIST/);
  });
});

/** pids of watchers of this root, from their command lines. */
function watchers(root: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.includes('coldslot-leash') && words.some((word) => word.startsWith(`${root}/`));
      } catch {
        return false;
      }
    })
    .map(Number);
}
