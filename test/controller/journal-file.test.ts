// The journal on a real file system: what was acknowledged is there again, whatever happened in between.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { JournalFile, unavailableJournal } from '../../src/controller/journal-file.ts';
import { openSegment, type OpenSegment } from '../../src/controller/segment-file.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';
import { HEADER_AREA_BYTES, SEGMENT_BYTES } from '../../src/moves/journal-format.ts';
import { edgeEntry } from './edge-entry.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The first record of a journal: its kind and {"lastMove":0} are 15 bytes, the rest of a record 17. */
const FIRST_BYTES = 15 + 17;

type Fault = 'write' | 'datasync' | 'header';

/** Segments whose writes fail while `fault` is set; a failing write has written half of it. */
function faulty(code: string): { openSegment: OpenSegment; fault: Fault | null } {
  const error = Object.assign(new Error(code), { code });
  const control: { openSegment: OpenSegment; fault: Fault | null } = {
    fault: null,
    openSegment: async (file) => {
      const real = await openSegment(file);
      return {
        ...real,
        write: async (bytes, offset) => {
          const fails = control.fault === 'write' || (control.fault === 'header' && offset === 0);
          await real.write(fails ? bytes.subarray(0, bytes.length >> 1) : bytes, offset);
          if (fails) throw error;
        },
        datasync: async () => {
          if (control.fault === 'datasync') throw error;
          await real.datasync();
        },
      };
    },
  };
  return control;
}

/** The mark behind the last record, as a power loss right after the append takes it away. */
async function loseMark(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.fill(0, bytes.lastIndexOf('CSM1'));
  await writeFile(file, bytes);
}

async function flip(file: string, offset: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
}

describe('the journal file', () => {
  it('gives back what was appended, from files of full size that it never changes', async (t) => {
    const directory = await temporaryDirectory(t);
    const journal = await JournalFile.open(directory);
    await journal.append([edgeEntry(1, { kind: 'planned' }), edgeEntry(2)]);
    await journal.append([edgeEntry(1, { kind: 'committed' })]);
    await journal.close();
    const again = await JournalFile.open(directory);
    assert.equal(again.dropped, null);
    assert.deepEqual(
      [...again.ledger().open].map(([id, move]) => [id, move.state.kind]),
      [['m1', 'committed']],
    );
    assert.deepEqual(
      again.ledger().closed.map((move) => move.id),
      ['m2'],
    );
    await again.close();
    for (const name of ['segment-0', 'segment-1']) {
      const { size, mode } = await stat(path.join(directory, name));
      assert.equal(size, SEGMENT_BYTES);
      assert.equal(mode & 0o077, 0);
    }
  });

  it('goes from segment to segment when one is full, and keeps epochs of Moves long forgotten', async (t) => {
    const directory = await temporaryDirectory(t);
    let journal = await JournalFile.open(directory);
    await journal.append([edgeEntry(7, { kind: 'frozen' })]);
    for (let number = 100; number < 10_100; number += 20) {
      await journal.append(Array.from({ length: 20 }, (_, more) => edgeEntry(number + more)));
    }
    await journal.close();
    // 10,000 records of more than 300 bytes are 3 MB and more: both segments were used, one of them twice
    for (const name of ['segment-0', 'segment-1']) {
      const bytes = await readFile(path.join(directory, name));
      assert.ok(bytes.readUInt32LE(4) >= 2, `generation of ${name}`);
    }
    journal = await JournalFile.open(directory);
    assert.deepEqual([...journal.ledger().open.keys()], ['m7']);
    assert.equal(journal.ledger().lastMove, 10_099);
    assert.equal(journal.ledger().epochs.size, 50);
    assert.equal(journal.ledger().epochs.get('w49'), 10_099);
    await journal.close();
  });

  it('loses no acknowledged record when its writer is killed, ten times', { timeout: 600_000 }, async (t) => {
    const directory = await temporaryDirectory(t);
    const random = seededRandom(11);
    let acknowledged = 0;
    for (let round = 0; round < 10; round++) {
      acknowledged = Math.max(acknowledged, await killWriter(t, directory, 20 + random.int(900)));
      const journal = await JournalFile.open(directory);
      const { lastMove, epochs } = journal.ledger();
      assert.ok(lastMove >= acknowledged, `round ${round}: ${acknowledged} was acknowledged, ${lastMove} is there`);
      assert.equal(epochs.get(`w${lastMove % 50}`), lastMove);
      await journal.close();
    }
    assert.ok(acknowledged > 2000, `${acknowledged} records`);
  });

  it('drops a torn tail, says so, and never meets it again', async (t) => {
    const directory = await temporaryDirectory(t);
    let journal = await JournalFile.open(directory);
    await journal.append([edgeEntry(1)]);
    await journal.append([edgeEntry(2), edgeEntry(3)]);
    await journal.close();
    await loseMark(path.join(directory, 'segment-0'));
    // in Move 2's record, behind that of Move 1 and the first of all, which says {"lastMove":0}
    await flip(path.join(directory, 'segment-0'), HEADER_AREA_BYTES + FIRST_BYTES + edgeEntry(1).length + 17 + 40);
    journal = await JournalFile.open(directory);
    assert.match(journal.dropped ?? '', /bytes after record 2 \(wrong CRC\), never acknowledged/);
    assert.equal(journal.ledger().lastMove, 1);
    await journal.append([edgeEntry(9)]); // as long as the record that was dropped
    await journal.close();
    journal = await JournalFile.open(directory);
    assert.deepEqual(
      journal.ledger().closed.map((move) => move.id),
      ['m1', 'm9'],
    );
    assert.equal(journal.dropped, null);
    await journal.close();
  });

  it('refuses to open when an acknowledged record is damaged, and says which', async (t) => {
    const directory = await temporaryDirectory(t);
    const journal = await JournalFile.open(directory);
    for (const number of [1, 2, 3]) await journal.append([edgeEntry(number)]);
    await journal.close();
    const second = HEADER_AREA_BYTES + FIRST_BYTES + edgeEntry(1).length + 17;
    await flip(path.join(directory, 'segment-0'), second + 40);
    await assert.rejects(JournalFile.open(directory), {
      code: 'io',
      message: `record 3 of segment-0, at byte ${second}, cannot be read (wrong CRC), and record 4 at byte ${second + edgeEntry(2).length + 17} was written after it`,
      hint: `see what can be saved with: coldslot journal inspect ${directory}`,
    });
    await assert.rejects(JournalFile.open(directory), { code: 'io' }); // and it left no lock behind
  });

  it('refuses to open when the very last record is damaged, once its mark is on the disk', async (t) => {
    const directory = await temporaryDirectory(t);
    const journal = await JournalFile.open(directory);
    await journal.append([edgeEntry(1)]);
    await journal.close();
    await flip(path.join(directory, 'segment-0'), HEADER_AREA_BYTES + FIRST_BYTES + 40);
    await assert.rejects(JournalFile.open(directory), {
      code: 'io',
      message: /^record 2 of segment-0, at byte 4128,.*the mark at byte [0-9]+ says that it was durable/,
    });
  });

  it('is used by one controller at a time; the lock of a dead one does not count', async (t) => {
    const directory = await temporaryDirectory(t);
    const journal = await JournalFile.open(directory);
    await assert.rejects(JournalFile.open(directory), {
      code: 'conflict',
      message: `another controller uses this journal, process ${process.pid}`,
    });
    await journal.close();
    // this very pid, but of a process that began at another time
    await writeFile(path.join(directory, 'lock'), `{"pid":${process.pid},"startTicks":1}`);
    await (await JournalFile.open(directory)).close();
  });
});

describe('a journal that cannot be written', () => {
  for (const fault of ['write', 'datasync'] as const) {
    it(`says that the disk is full when ${fault} fails, and takes the record again later`, async (t) => {
      const directory = await temporaryDirectory(t);
      const files = faulty('ENOSPC');
      const journal = await JournalFile.open(directory, files.openSegment);
      await journal.append([edgeEntry(1)]);
      files.fault = fault;
      const full = { code: 'io', subject: directory, message: 'the disk is full', hint: 'free some space on it' };
      await assert.rejects(journal.append([edgeEntry(2), edgeEntry(3), edgeEntry(4)]), full);
      assert.equal(journal.failure()?.message, 'the disk is full');
      await assert.rejects(journal.append([]), full);
      files.fault = null;
      await journal.append([]);
      assert.equal(journal.failure(), null);
      await journal.append([edgeEntry(5)]);
      await journal.close();
      const again = await JournalFile.open(directory);
      // of the refused ones nothing is left, although 3 and 4 would follow 5 where they stood
      assert.deepEqual(
        again.ledger().closed.map((move) => move.id),
        ['m1', 'm5'],
      );
      assert.equal(again.dropped, null);
      await again.close();
    });
  }

  const faults = ['write', 'datasync', 'header'] as const;
  for (const [fault, heals] of faults.flatMap((fault) => [[fault, true] as const, [fault, false] as const])) {
    const end = heals ? 'and goes on when that is over' : 'and everything stops there';
    it(`loses nothing when ${fault} fails in the middle of a compaction ${end}`, async (t) => {
      const directory = await temporaryDirectory(t);
      const files = faulty('EIO');
      let journal = await JournalFile.open(directory, files.openSegment);
      const many = Array.from({ length: 20 }, (_, more) => edgeEntry(1000 + more));
      const roomBytes = SEGMENT_BYTES - HEADER_AREA_BYTES;
      const batchBytes = many.reduce((sum, entry) => sum + entry.length + 17, 0);
      const batches = Math.floor(roomBytes / batchBytes); // so many fit, and not one more
      for (let batch = 0; batch < batches; batch++) await journal.append(many);
      files.fault = fault;
      await assert.rejects(journal.append(many.concat(edgeEntry(5000))), {
        code: 'io',
        message: 'the disk reports an error',
      });
      if (heals) {
        files.fault = null;
        await journal.append([edgeEntry(6000)]);
      }
      await journal.close();
      journal = await JournalFile.open(directory);
      assert.equal(journal.ledger().lastMove, heals ? 6000 : 1019);
      await journal.close();
    });
  }

  it('says what is wrong with its directory', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(path.join(directory, 'file'), '');
    await assert.rejects(JournalFile.open(path.join(directory, 'file', 'journal')), {
      code: 'io',
      message: 'a part of the path is not a directory',
    });
    const noSpace: OpenSegment = () => Promise.reject(Object.assign(new Error('x'), { code: 'EROFS' }));
    const other = path.join(directory, 'other');
    await mkdir(other);
    await assert.rejects(JournalFile.open(other, noSpace), { code: 'io', message: 'the file system is read-only' });
    await (await JournalFile.open(other)).close(); // no lock was left
  });

  it('is stood in for by one that refuses with the reason', async () => {
    const reason = new ColdslotError('io', '/var/lib/coldslot', 'the disk is full');
    await assert.rejects(unavailableJournal(reason).append([]), reason);
  });
});

/** Starts a writer, kills it after so many acknowledgements, and returns the last one that was read. */
async function killWriter(t: TestContext, directory: string, afterLines: number): Promise<number> {
  const script = fileURLToPath(new URL('journal-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  t.after(() => child.kill('SIGKILL'));
  let last = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (++lines === afterLines) child.kill('SIGKILL');
  }
  await exited;
  assert.ok(lines >= afterLines, 'the writer ended on its own');
  return last;
}
