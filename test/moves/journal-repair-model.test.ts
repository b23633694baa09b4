// A journal loses records, is repaired, and the Moves go on with faults of every kind: at most one copy, nothing stuck.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeHeaderArea, encodeMark, encodeRecord, HEADER_AREA_BYTES } from '../../src/moves/journal-format.ts';
import { repairedSegments, repairOf } from '../../src/moves/journal-repair.ts';
import { surveyOf, type Segments } from '../../src/moves/journal-survey.ts';
import { emptyLedger, encodeEntry, fold, snapshotOf, type JournalEntry, type Ledger } from '../../src/moves/ledger.ts';
import { readPair } from '../../src/moves/segment-pair.ts';
import { soundParts, type Parts } from './model/model-controller.ts';
import { simulate } from './model/simulation.ts';

/** Each entry appended by itself; the records from `first` on have a flipped bit. */
function damagedSegments(entries: readonly JournalEntry[], first: number, count: number): Segments {
  const records = entries.map((entry, index) => {
    const bytes = encodeRecord({ sequence: index + 1, durable: index, entry: encodeEntry(entry) });
    if (index >= first && index < first + count) bytes[20] = (bytes[20] as number) ^ 1;
    return bytes;
  });
  const area = encodeHeaderArea({ generation: 1, firstSequence: 1 });
  const segment = Buffer.concat([area, ...records, encodeMark(entries.length), new Uint8Array(64)]);
  return [new Uint8Array(segment), new Uint8Array(HEADER_AREA_BYTES)];
}

type Mend = (segments: Segments, entries: readonly JournalEntry[]) => Ledger;

/** Through the bytes that a repair writes, as the next start reads them. */
const repaired: Mend = (segments) => {
  const survey = surveyOf(segments);
  assert.equal(survey.verdict, 'damaged');
  const written = repairedSegments(repairOf(survey));
  const reading = readPair(written as Segments);
  assert.equal(reading.kind, 'whole');
  return reading.ledger;
};

interface Damage {
  /** Which start of the controller finds it. */
  readonly start: number;
  readonly first: number;
  readonly count: number;
}

class DamagedRun {
  found: readonly JournalEntry[] = [];
  #starts = 0;
  #base: readonly JournalEntry[] | null = null;

  run(seed: number, damage: Damage, mend: Mend, isRecorded = false) {
    const recover = (entries: readonly JournalEntry[]): Ledger => {
      if (++this.#starts === damage.start && damage.first < entries.length) {
        this.found = entries;
        this.#base = snapshotOf(mend(damagedSegments(entries, damage.first, damage.count), entries));
      }
      const all = this.#base === null ? entries : [...this.#base, ...entries.slice(this.found.length)];
      return all.reduce(fold, emptyLedger);
    };
    const parts: Parts = { ...soundParts, recover };
    return simulate(seed, parts, isRecorded);
  }
}

/** Of the records that are lost, Moves that no other record names. */
function forgottenMoves(entries: readonly JournalEntry[], { first, count }: Damage): string[] {
  const idOf = (entry: JournalEntry) => (entry.kind === 'edge' ? [entry.move.id] : []);
  const isLost = (index: number) => index >= first && index < first + count;
  const read = new Set(entries.flatMap((entry, index) => (isLost(index) ? [] : idOf(entry))));
  return entries
    .slice(first, first + count)
    .flatMap(idOf)
    .filter((id) => !read.has(id));
}

const SEEDS = 24;

describe('Moves after a repair of the journal', () => {
  it('keep every invariant, whichever single record was lost', () => {
    let runs = 0;
    let forgotten = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const start = 2 + (seed % 5);
      for (let first = 0; ; first++) {
        const damage = { start, first, count: 1 };
        const run = new DamagedRun();
        const { violation } = run.run(seed, damage, repaired);
        if (run.found.length === 0) break;
        runs++;
        const [unknown] = forgottenMoves(run.found, damage);
        if (unknown !== undefined) forgotten++;
        // Of a Move of which nothing is left, the destination may keep the room it reserved: a repair says so.
        const isExplained = unknown !== undefined && /has copies left: .*(staged|received)/.test(violation ?? '');
        if (violation === null || isExplained) continue;
        const { history } = new DamagedRun().run(seed, damage, repaired, true);
        assert.fail(`seed ${seed}, record ${first + 1}: ${violation}\n${history.slice(-150).join('\n')}`);
      }
    }
    assert.ok(runs > 500, `${runs} runs`);
    assert.ok(forgotten > 0, 'no Move was ever forgotten');
  });

  it('never run a workload twice nor use an epoch twice, when many records in a row are lost', () => {
    let runs = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const damage = { start: 2 + (seed % 5), first: (seed * 7) % 40, count: 2 + (seed % 9) };
      const run = new DamagedRun();
      const { violation } = run.run(seed, damage, repaired);
      if (run.found.length === 0) continue;
      runs++;
      // what stands still is all that may be: Moves of which nothing is left, or that wait for a word they never get
      const isStill = /^(still open|reservations|.* has copies left|.* runs nowhere)/.test(violation ?? '');
      assert.ok(violation === null || isStill, `seed ${seed}: ${violation}`);
    }
    assert.ok(runs > 100, `${runs} runs`);
  });

  it('would run twice if they just went on from what can be read', () => {
    const naive: Mend = (segments) =>
      surveyOf(segments).segments[0].records.reduce(
        (ledger, { entry }) => fold(ledger, entry as JournalEntry),
        emptyLedger,
      );
    const violations = new Set<string>();
    for (let seed = 1; seed <= 150; seed++) {
      for (let back = 1; back <= 3; back++) {
        const probe = new DamagedRun();
        const start = 2 + (seed % 5);
        probe.run(seed, { start, first: 0, count: 1 }, repaired);
        const damage = { start, first: Math.max(0, probe.found.length - back), count: back };
        const { violation } = new DamagedRun().run(seed, damage, naive);
        if (violation !== null) violations.add(violation.replaceAll(/[0-9]+/g, 'N'));
      }
    }
    assert.ok(
      [...violations].some((text) => /runs on sledN and on sledN|after epoch/.test(text)),
      [...violations].join('\n'),
    );
  });
});
