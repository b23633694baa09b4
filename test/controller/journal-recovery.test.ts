// The journal on a disk that loses, tears and reorders what was written since the last datasync, and on one whose bits
// flip at rest. After every crash: all that was confirmed, and nothing that was never written.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SegmentedJournal } from '../../src/controller/segmented-journal.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { HEADER_AREA_BYTES, readHeader } from '../../src/moves/journal-format.ts';
import { fold } from '../../src/moves/ledger.ts';
import { currentOf } from '../../src/moves/segment-pair.ts';
import { endOfBytes } from '../../src/moves/segment-scan.ts';
import { RecoveryRun, SEGMENT_BYTES, textOf } from './recovery-run.ts';

const SEEDS = 250;
const LIVES = 40;

describe('the journal after a power loss', () => {
  it(`says what was confirmed, ${SEEDS * LIVES} times, whatever the disk made of the rest`, async () => {
    const reached = { torn: 0, inOpen: 0, generations: 0, tails: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = new RecoveryRun(seed);
      for (let life = 0; life < LIVES; life++) {
        const before = run.attempts.length;
        await run.live(1 + run.random.int(24), 12, seed % 3 === 0 ? 0.05 : 0).catch((error: unknown) => {
          throw new Error(`seed ${seed}, life ${life}`, { cause: error });
        });
        if (before > 0) reached.tails++;
        if (run.journal === null) reached.inOpen++;
        else if (run.journal.dropped !== null) reached.torn++;
        run.disk.powerOff();
      }
      reached.generations += Math.max(...run.disk.files.map((file) => readHeader(file.stored)?.generation ?? 0));
    }
    // the lives were worth something: torn tails, power lost while it opened, and many changes of the segment
    assert.ok(reached.torn > 500, `${reached.torn} torn tails`);
    assert.ok(reached.inOpen > 200, `${reached.inOpen} times in the middle of a recovery`);
    assert.ok(reached.generations > 5 * SEEDS, `${reached.generations} compactions`);
  });

  it('is lost at every operation of a change of segments, and forgets nothing', async () => {
    let crashes = 0;
    for (let seed = 1; seed <= 12; seed++) {
      // just before the segment is full, then the power goes one operation later each time
      for (let operations = 1; operations <= 12; operations++) {
        const run = new RecoveryRun(seed);
        await run.live(Infinity, 8);
        const generation = () => Math.max(...run.disk.files.map((file) => readHeader(file.stored)?.generation ?? 0));
        for (const first = generation(); generation() === first;) await run.live(Infinity, 1);
        run.disk.powerOff();
        await run.live(operations, 40);
        run.disk.powerOff();
        await run.live(Infinity, 2);
        run.disk.powerOff();
        await run.live(Infinity, 0);
        crashes++;
      }
    }
    assert.equal(crashes, 144);
  });
});

/** Bytes of both segments that are in use: headers, and everything before the zeros. */
function placesOf(run: RecoveryRun): readonly (readonly [file: 0 | 1, offset: number])[] {
  return ([0, 1] as const).flatMap((file) => {
    const end = endOfBytes(run.disk.files[file].stored, HEADER_AREA_BYTES);
    return Array.from({ length: end }, (_, offset) => [file, offset] as const);
  });
}

async function opened(run: RecoveryRun): Promise<SegmentedJournal | 'refused'> {
  run.disk.powerOn(Infinity);
  try {
    return await SegmentedJournal.open('journal', run.disk.files, SEGMENT_BYTES);
  } catch (error) {
    if (error instanceof ColdslotError && error.code === 'io') {
      assert.match(error.message, /segment/);
      assert.match(error.message, /at byte [0-9]+|from byte 0/);
      assert.match(error.hint, /coldslot journal inspect/);
      return 'refused';
    }
    throw error;
  }
}

function restore(run: RecoveryRun, stored: readonly Uint8Array[]): void {
  for (const [index, file] of run.disk.files.entries()) {
    file.settle('something');
    file.stored.set(stored[index] as Uint8Array);
    file.reread();
  }
}

describe('the journal with bits flipped at rest', () => {
  it('is whole or refused for each flipped bit, when all that was written had reached the disk', async () => {
    const outcomes = { whole: 0, refused: 0 };
    for (let seed = 1; seed <= 30; seed++) {
      const run = new RecoveryRun(seed);
      await run.live(Infinity, 5 + run.random.int(60));
      run.disk.powerOff('everything');
      const stored = run.disk.files.map((file) => file.stored.slice());
      const places = placesOf(run);
      for (let flip = 0; flip < 80; flip++) {
        const [file, offset] = run.random.pick(places);
        const bytes = run.disk.files[file];
        bytes.stored[offset] = (bytes.stored[offset] as number) ^ (1 << run.random.int(8));
        bytes.reread();
        const journal = await opened(run);
        if (journal !== 'refused') assert.equal(textOf(journal.ledger()), textOf(run.confirmed), `seed ${seed}`);
        outcomes[journal === 'refused' ? 'refused' : 'whole']++;
        restore(run, stored);
      }
    }
    assert.ok(outcomes.refused > 300 && outcomes.whole > 300, JSON.stringify(outcomes));
  });

  it('loses at most the last append, and says so, when a flipped bit and a power loss come together', async () => {
    const outcomes = { whole: 0, refused: 0, dropped: 0 };
    for (let seed = 1; seed <= 400; seed++) {
      const run = new RecoveryRun(seed);
      await run.live(Infinity, 5 + run.random.int(60));
      run.disk.powerOff();
      const [file, end] = endOfCurrent(run);
      // near the end, where nothing may be left to show that a record was durable
      const offset = run.random.next() < 0.5 ? end - 1 - run.random.int(600) : run.random.int(end);
      const bytes = run.disk.files[file];
      bytes.stored[offset] = (bytes.stored[offset] as number) ^ (1 << run.random.int(8));
      bytes.reread();
      const journal = await opened(run);
      if (journal === 'refused') outcomes.refused++;
      else if (textOf(journal.ledger()) === textOf(run.confirmed)) outcomes.whole++;
      else {
        outcomes.dropped++;
        assert.match(journal.dropped ?? '', /bytes after record \d+/);
        const kept = run.lastAppend.map((_, count) => run.lastAppend.slice(0, count).reduce(fold, run.confirmedBefore));
        assert.ok(
          kept.map(textOf).includes(textOf(journal.ledger())),
          `seed ${seed}: more than the last append is lost`,
        );
      }
    }
    for (const [outcome, count] of Object.entries(outcomes)) assert.ok(count > 10, `${outcome}: ${count}`);
  });

  it('is refused when the newer segment has lost its header or all of it', async () => {
    for (const extentBytes of [HEADER_AREA_BYTES, SEGMENT_BYTES]) {
      const run = new RecoveryRun(3);
      await run.live(Infinity, 90);
      run.disk.powerOff('everything');
      const [file] = endOfCurrent(run);
      run.disk.files[file].stored.fill(0, 0, extentBytes);
      run.disk.files[file].reread();
      assert.equal(await opened(run), 'refused');
    }
  });
});

function endOfCurrent(run: RecoveryRun): readonly [file: 0 | 1, end: number] {
  const stored = [run.disk.files[0].stored, run.disk.files[1].stored] as const;
  const file = currentOf(stored) ?? 0;
  return [file, endOfBytes(stored[file], HEADER_AREA_BYTES)];
}
