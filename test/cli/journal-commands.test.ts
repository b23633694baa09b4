// coldslot journal inspect and repair, as processes, on real directories.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { JournalFile } from '../../src/controller/journal-file.ts';
import { edgeEntry } from '../controller/edge-entry.ts';
import { temporaryDirectory } from '../controller/temporary-directory.ts';
import { runColdslot } from './coldslot.ts';

/** The first record of a journal: 15 bytes of entry, 17 around it. */
const FIRST_RECORD_AT = 4096 + 15 + 17;

async function contents(directory: string): Promise<Map<string, string>> {
  const names = (await readdir(directory)).toSorted();
  const files = await Promise.all(
    names.map(async (name) => {
      const file = path.join(directory, name);
      const { mtimeMs } = await stat(file);
      const text = (await stat(file)).isDirectory() ? '' : (await readFile(file)).toString('base64');
      return [name, `${mtimeMs} ${text}`] as const;
    }),
  );
  return new Map(files);
}

/** Move 1 frozen, Move 2 done, Move 1 shipped, Move 3 done; then the second edge of Move 1 gets a flipped bit. */
async function damagedJournal(directory: string): Promise<number> {
  const journal = await JournalFile.open(directory);
  await journal.append([edgeEntry(1, { kind: 'frozen' })]);
  await journal.append([edgeEntry(2)]);
  await journal.append([edgeEntry(1, { kind: 'shipped' })]);
  await journal.append([edgeEntry(3)]);
  await journal.close();
  const before = [edgeEntry(1, { kind: 'frozen' }), edgeEntry(2)].reduce((sum, entry) => sum + entry.length + 17, 0);
  const offset = FIRST_RECORD_AT + before;
  const file = path.join(directory, 'segment-0');
  const bytes = await readFile(file);
  bytes[offset + 50] = (bytes[offset + 50] as number) ^ 4;
  await writeFile(file, bytes);
  return offset;
}

const inspected = z.object({
  directory: z.string(),
  controllerPid: z.int().nullable(),
  verdict: z.string(),
  what: z.string().nullable(),
  segments: z.array(
    z.object({
      name: z.string(),
      isCurrent: z.boolean(),
      generation: z.int().nullable(),
      records: z.array(z.record(z.string(), z.unknown())),
      unreadable: z.array(z.object({ offset: z.int(), bytes: z.int(), reason: z.string() })),
    }),
  ),
  repair: z.object({ keptRecords: z.int(), lost: z.array(z.unknown()), moves: z.array(z.unknown()) }).nullable(),
});

describe('coldslot journal inspect', () => {
  it('shows the records of a journal that is in use, and changes nothing', async (t) => {
    const state = await temporaryDirectory(t);
    const directory = path.join(state, 'journal');
    const journal = await JournalFile.open(directory);
    await journal.append([edgeEntry(1, { kind: 'frozen' })]);
    const before = await contents(directory);
    const { status, out, err } = await runColdslot(['journal', 'inspect', state, '--json']);
    assert.equal(err, '');
    assert.equal(status, 0);
    assert.deepEqual(await contents(directory), before);
    const found = inspected.parse(JSON.parse(out));
    assert.equal(found.directory, directory);
    assert.equal(found.controllerPid, process.pid);
    assert.equal(found.verdict, 'whole');
    assert.equal(found.repair, null);
    assert.deepEqual(found.segments[0]?.records, [
      { number: 1, offset: 4096, bytes: 32, kind: 'counter' },
      {
        number: 2,
        offset: FIRST_RECORD_AT,
        bytes: edgeEntry(1, { kind: 'frozen' }).length + 17,
        kind: 'edge',
        move: 'm1',
        workload: 'w1',
        state: 'frozen',
        epoch: 1,
        at: '2023-11-14T22:13:20.000Z', // 1,700,000,000 s after 1970
      },
    ]);
    const text = await runColdslot(['journal', 'inspect', directory]);
    assert.match(text.out, new RegExp(`a controller uses it, process ${process.pid}`));
    assert.match(text.out, /2 \| +4128 \| edge +\| m1 +\| w1 +\| frozen \| +1 +\| 2023-11-14T22:13:20.000Z/);
    await journal.close();
  });

  it('says which record is damaged, where, and what a repair would do', async (t) => {
    const directory = await temporaryDirectory(t);
    const offset = await damagedJournal(directory);
    const { status, out } = await runColdslot(['journal', 'inspect', directory]);
    assert.equal(status, 0);
    assert.match(
      out,
      new RegExp(`DAMAGED.*: record 4 of segment-0, at byte ${offset}, cannot be read \\(wrong CRC\\)`),
    );
    assert.match(out, /A repair loses record 4 \(segment-0, byte [0-9]+\)\. 4 records are kept/);
    assert.match(out, /m1 w1, sled1 → sled2: frozen → undoing/);
    assert.match(out, /coldslot journal repair --yes/);
  });

  it('finds the journal where a controller keeps it, and says where it looked', async (t) => {
    const run = await temporaryDirectory(t);
    const nothing = await runColdslot(['journal', 'inspect'], { COLDSLOT_RUN: run });
    assert.equal(nothing.status, 1);
    assert.equal(
      nothing.err,
      `coldslot: ${run}/state/journal: there is no journal; name the directory: the controller’s state directory, or journal in it\n`,
    );
    await mkdir(path.join(run, 'state'));
    await (await JournalFile.open(path.join(run, 'state', 'controller', 'journal'))).close();
    const found = await runColdslot(['journal', 'inspect', '--json'], { COLDSLOT_RUN: run });
    assert.equal(inspected.parse(JSON.parse(found.out)).directory, `${run}/state/controller/journal`);
  });
});

describe('coldslot journal repair', () => {
  it('changes nothing without --yes, nor while a controller uses the journal', async (t) => {
    const directory = await temporaryDirectory(t);
    await damagedJournal(directory);
    const before = await contents(directory);
    const dry = await runColdslot(['journal', 'repair', directory, '--json']);
    assert.equal(dry.status, 0);
    assert.deepEqual(z.object({ done: z.boolean(), aside: z.null() }).parse(JSON.parse(dry.out)), {
      done: false,
      aside: null,
    });
    assert.deepEqual(await contents(directory), before);

    const used = await temporaryDirectory(t);
    const journal = await JournalFile.open(used);
    const refused = await runColdslot(['journal', 'repair', used, '--yes']);
    assert.equal(refused.status, 1);
    assert.match(refused.err, new RegExp(`another controller uses this journal, process ${process.pid}; stop it`));
    await journal.close();
  });

  it('puts the originals aside and leaves a journal that opens, with the Move to be undone and epochs ahead', async (t) => {
    const directory = await temporaryDirectory(t);
    await damagedJournal(directory);
    const originals = await Promise.all(
      ['segment-0', 'segment-1'].map((name) => readFile(path.join(directory, name), 'base64')),
    );
    await assert.rejects(JournalFile.open(directory), { code: 'io' });
    const { status, out, err } = await runColdslot(['journal', 'repair', directory, '--yes', '--json']);
    assert.equal(err, '');
    assert.equal(status, 0);
    const { done, aside } = z.object({ done: z.boolean(), aside: z.string() }).parse(JSON.parse(out));
    assert.equal(done, true);
    const kept = await Promise.all(
      ['segment-0', 'segment-1'].map((name) => readFile(path.join(aside, name), 'base64')),
    );
    assert.deepEqual(kept, originals);

    const journal = await JournalFile.open(directory);
    const ledger = journal.ledger();
    assert.deepEqual([...ledger.open.keys()], ['m1']);
    assert.deepEqual(ledger.open.get('m1')?.state, {
      kind: 'undoing',
      thaw: 'unknown',
      abort: 'pending',
      resume: 'blocked',
    });
    assert.deepEqual(
      ledger.closed.map((move) => move.id),
      ['m2', 'm3'],
    );
    assert.ok(ledger.lastMove > 3);
    for (const number of [1, 2, 3]) assert.ok((ledger.epochs.get(`w${number}`) ?? 0) > number);
    await journal.append([edgeEntry(20_000)]);
    await journal.close();

    const again = await runColdslot(['journal', 'repair', directory, '--yes']);
    assert.equal(again.status, 0);
    assert.match(again.out, /nothing to repair: whole/);
  });
});
