// Two segments: which one counts, and compaction interrupted anywhere.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeHeaderArea, encodeRecords, HEADER_AREA_BYTES, SEGMENT_BYTES } from '../../src/moves/journal-format.ts';
import { emptyLedger, encodeEntry, fold, type JournalEntry } from '../../src/moves/ledger.ts';
import { compact, readPair, type Position } from '../../src/moves/segment-pair.ts';

const entries: JournalEntry[] = [
  { kind: 'counter', lastMove: 12 },
  { kind: 'epochs', epochs: { w1: 4, w2: 9 } },
];
const ledger = entries.reduce(fold, emptyLedger);

function segment(generation: number, firstSequence: number, records: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_BYTES);
  bytes.set(encodeHeaderArea({ generation, firstSequence }));
  bytes.set(records, HEADER_AREA_BYTES);
  return bytes;
}

const full = segment(5, 1, encodeRecords(entries.map(encodeEntry), 1, 0));
const position: Position = { current: 0, generation: 5, tailOffset: 0, nextSequence: 3, compaction: 'pending' };

function wholeOf(pair: readonly [Uint8Array, Uint8Array]) {
  const reading = readPair(pair);
  if (reading.kind !== 'whole') throw new assert.AssertionError({ message: reading.what });
  return reading;
}

describe('a pair of segments', () => {
  it('starts empty, also when the very first header was torn', () => {
    const torn = new Uint8Array(SEGMENT_BYTES);
    torn.set(encodeHeaderArea({ generation: 1, firstSequence: 1 }).subarray(0, 7));
    const reading = wholeOf([torn, new Uint8Array(SEGMENT_BYTES)]);
    assert.deepEqual(reading.ledger, emptyLedger);
    assert.equal(reading.position.compaction, 'pending');
  });

  it('goes by the higher generation, whichever side it is on', () => {
    const other = segment(6, 3, encodeRecords([encodeEntry({ kind: 'counter', lastMove: 13 })], 3, 2));
    assert.equal(wholeOf([full, other]).ledger.lastMove, 13);
    assert.equal(wholeOf([other, full]).ledger.lastMove, 13);
    assert.equal(wholeOf([other, full]).position.current, 0);
  });

  it('says the same before, in and after a compaction, wherever that is cut off', () => {
    const compacted = compact(position, ledger);
    assert.ok(compacted !== null);
    const older = segment(4, 1, encodeRecords([encodeEntry({ kind: 'counter', lastMove: 2 })], 1, 0));
    const cuts = Array.from({ length: 41 }, (_, part) => Math.floor((compacted.body.length * part) / 40));
    for (const cut of [...cuts, ...Array.from({ length: 60 }, (_, byte) => byte)]) {
      const half = older.slice();
      half.set(compacted.body.subarray(0, cut), HEADER_AREA_BYTES);
      assert.deepEqual(wholeOf([full, half]).ledger, ledger, `body cut after ${cut} bytes`);
    }
    const bodyDone = older.slice();
    bodyDone.set(compacted.body, HEADER_AREA_BYTES);
    const copies = [0, HEADER_AREA_BYTES / 2]; // sixteen bytes each
    for (const cut of copies.flatMap((at) => Array.from({ length: 18 }, (_, byte) => at + byte))) {
      const half = bodyDone.slice();
      half.set(compacted.header.subarray(0, cut));
      assert.deepEqual(wholeOf([full, half]).ledger, ledger, `header cut after ${cut} bytes`);
    }
    bodyDone.set(compacted.header);
    const { position: after } = wholeOf([full, bodyDone]);
    assert.deepEqual(after, compacted.position);
    assert.deepEqual([after.current, after.generation, after.nextSequence], [1, 6, 5]);
  });

  it('is damaged when there are records and no header', () => {
    const headerless = full.slice();
    headerless.fill(0, 0, HEADER_AREA_BYTES);
    assert.deepEqual(readPair([headerless, new Uint8Array(SEGMENT_BYTES)]), {
      kind: 'damaged',
      what: 'neither segment has a readable header, at byte 0 or 2048, but there are records',
    });
  });

  it('does not compact what would not fit', () => {
    const epochs = Object.fromEntries(Array.from({ length: 40_000 }, (_, number) => [`workload-${number}-of-many`, 1]));
    assert.equal(compact(position, fold(ledger, { kind: 'epochs', epochs })), null);
  });
});
