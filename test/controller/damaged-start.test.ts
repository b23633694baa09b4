// A controller whose journal is damaged in the middle: it runs, makes no Moves, and says where and what to do; after
// the repair it makes Moves again.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { JournalFile } from '../../src/controller/journal-file.ts';
import { runColdslot } from '../cli/coldslot.ts';
import { edgeEntry } from './edge-entry.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/controller/main.ts', import.meta.url));
const BOARD = fileURLToPath(new URL('../../boards/sim-8.json', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  /** What it has logged so far. */
  readonly logged: () => string;
}

/** Resolves when the controller says that it is ready. */
async function startedIn(t: TestContext, run: string): Promise<Started> {
  const words = ['--board', BOARD, '--guardian', path.join(run, 'guardian.sock'), '--socket', socketIn(run)];
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...words, '--state', path.join(run, 'state')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (log += text));
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('"ready":true')) return { child, logged: () => log };
  throw new Error('the controller ended');
}

async function stopped({ child }: Started): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function socketIn(run: string): string {
  return path.join(run, 'control.sock');
}

describe('a controller with a damaged journal', () => {
  it(
    'runs without Moves and says where the damage is; repaired, it takes its Moves up',
    { timeout: 120_000 },
    async (t) => {
      const run = await temporaryDirectory(t);
      const directory = path.join(run, 'state', 'journal');
      const journal = await JournalFile.open(directory);
      for (const number of [1, 2, 3]) await journal.append([edgeEntry(number)]);
      await journal.close();
      const file = path.join(directory, 'segment-0');
      const bytes = await readFile(file);
      bytes[4200] = (bytes[4200] as number) ^ 1; // in record 2, which begins at byte 4128
      await writeFile(file, bytes);

      const damaged = await startedIn(t, run);
      const chassis = await runColdslot(['status', '--socket', socketIn(run)]);
      assert.equal(chassis.status, 0);
      await stopped(damaged);
      assert.match(
        damaged.logged(),
        /journal-unavailable.*no Moves until that is solved .*record 2 of segment-0, at byte 4128, cannot be read \(wrong CRC\)/,
      );
      assert.match(damaged.logged(), /coldslot journal inspect/);

      const repaired = await runColdslot(['journal', 'repair', '--yes', '--socket', socketIn(run)]);
      assert.equal(repaired.status, 0, repaired.err);
      const again = await startedIn(t, run);
      const moves = await runColdslot(['move', 'list', '--socket', socketIn(run)]);
      assert.match(moves.out, /m3/);
      await stopped(again);
      assert.doesNotMatch(again.logged(), /journal-unavailable/);
    },
  );
});
