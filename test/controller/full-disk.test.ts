// A full disk: open Moves stand still and go on when there is room, no new one starts, and what is preallocated is
// enough to go on with.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SegmentedJournal } from '../../src/controller/segmented-journal.ts';
import { seededRandom } from '../../src/core/random.ts';
import { SEGMENT_BYTES } from '../../src/moves/journal-format.ts';
import { LyingDisk } from './lying-disk.ts';
import { MoveBench } from './move-bench.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('a full disk', () => {
  for (const state of ['staged', 'frozen', 'shipped', 'committed', 'claimed']) {
    it(`lets a Move that is ${state} stand still, and go on when there is room; a crash meanwhile loses nothing`, async () => {
      const disk = new LyingDisk(SEGMENT_BYTES, seededRandom(5));
      disk.powerOn(Infinity);
      const bench = new MoveBench(['sled1', 'sled2', 'sled3']);
      bench.agent('sled1').adopt('w1', 1);
      bench.agent('sled3').adopt('w2', 1);
      const open = async () => {
        const journal = await SegmentedJournal.open('journal', disk.files);
        await bench.openMover({ journal, ledger: journal.ledger() });
      };
      await open();
      await bench.move('w1', 'sled2');
      assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === state, 60_000));
      disk.isFull = true;
      await bench.clock.advanceAsync(90_000);
      assert.equal(bench.mover?.get('m1')?.state, state);
      assert.match(bench.mover?.get('m1')?.error ?? '', /journal cannot be written: .*the disk is full/);
      await assert.rejects(bench.move('w2', 'sled2'), { code: 'io', message: /the disk is full; free some space/ });
      bench.killMover();
      disk.powerOff();
      disk.powerOn(Infinity);
      // the segments are there, so a journal opens on a full disk, too, unless its tail was torn
      disk.isFull = false;
      await open();
      assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'done', 120_000));
      assert.equal(bench.runsOn('w1'), 'sled2');
      assert.equal(bench.runsOn('w2'), 'sled3');
      await bench.close();
    });
  }

  it('goes on by itself, without a restart', async () => {
    const disk = new LyingDisk(SEGMENT_BYTES, seededRandom(6));
    disk.powerOn(Infinity);
    const bench = new MoveBench(['sled1', 'sled2']);
    bench.agent('sled1').adopt('w1', 1);
    const journal = await SegmentedJournal.open('journal', disk.files);
    await bench.openMover({ journal, ledger: journal.ledger() });
    await bench.move('w1', 'sled2');
    assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'frozen', 60_000));
    disk.isFull = true;
    await bench.clock.advanceAsync(90_000);
    disk.isFull = false;
    assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'done', 60_000));
    assert.equal(bench.mover?.journalProblem(), null);
    await bench.close();
  });
});

/** A file system of its own for one process; it goes with it. */
function onSmallDisk(directory: string, sizeKiB: number): { status: number | null; out: string } | null {
  const script = fileURLToPath(new URL('journal-on-full-disk.ts', import.meta.url));
  const shell = 'mount -t tmpfs -o size="$0"k none "$1" || exit 77; shift; exec "$@"';
  const node = [process.execPath, '--import', 'tsx', script, directory];
  const ended = spawnSync('unshare', ['-Urm', 'sh', '-c', shell, String(sizeKiB), directory, ...node], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (ended.error !== undefined || ended.status === 77 || ended.stderr.startsWith('unshare: ')) return null;
  return { status: ended.status, out: `${ended.stdout}${ended.stderr}` };
}

describe('a file system that is really full', () => {
  it('does not stop a journal that is there, and one that is not there yet says so and begins when there is room', async (t) => {
    const ended = onSmallDisk(await temporaryDirectory(t), 4096);
    if (ended === null) return t.skip('no file system may be mounted here (unshare -Urm)');
    assert.equal(ended.status, 0, ended.out);
    assert.deepEqual(ended.out.trim().split('\n'), [
      'a new journal on the full disk: the disk is full',
      'a new journal with room: Move 1',
      'appended on the full disk: Move 6001',
      'opened again: Move 6001',
    ]);
  });
});
