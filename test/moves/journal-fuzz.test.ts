// Segments made of anything: what reads them ends, with a result or the one error that is documented.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ColdslotError } from '../../src/core/errors.ts';
import {
  encodeHeaderArea,
  encodeMark,
  encodeRecord,
  HEADER_AREA_BYTES,
  SEGMENT_BYTES,
} from '../../src/moves/journal-format.ts';
import { repairedSegments, repairOf } from '../../src/moves/journal-repair.ts';
import { searchFrom } from '../../src/moves/journal-search.ts';
import { surveyOf, type Segments } from '../../src/moves/journal-survey.ts';
import { readPair } from '../../src/moves/segment-pair.ts';
import { scanSegment } from '../../src/moves/segment-scan.ts';
import { edgeEntry } from '../controller/edge-entry.ts';

const small = fc.integer({ min: 0, max: 12 });
const bodies = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 9 }).map((number) => edgeEntry(number, { kind: 'frozen' })) },
  fc.uint8Array({ minLength: 1, maxLength: 60 }),
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.json())
    .map(([kind, json]) => Buffer.from(`${String.fromCharCode(kind)}${json}`)),
);
/** Whole records, marks, zeros and noise, with sequences that often fit together. */
const parts = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ sequence: small, durable: small, entry: bodies }).map(encodeRecord) },
    small.map(encodeMark),
    small.map((length) => new Uint8Array(length)),
    fc.uint8Array({ maxLength: 40 }),
  ),
  { maxLength: 12 },
);
const header = fc.oneof(
  { weight: 4, arbitrary: fc.record({ generation: small, firstSequence: small }).map(encodeHeaderArea) },
  fc.uint8Array({ minLength: HEADER_AREA_BYTES, maxLength: HEADER_AREA_BYTES }),
  fc.constant(new Uint8Array(HEADER_AREA_BYTES)),
);
const segment = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(header, parts).map(([head, rest]) => new Uint8Array(Buffer.concat([head, ...rest]))),
  },
  fc.uint8Array({ maxLength: 9000, size: 'max' }),
);
const pair: fc.Arbitrary<Segments> = fc.tuple(segment, segment);

describe('segments made of anything', () => {
  it('are read to a result, or refused as those of another version', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(pair, (segments) => {
        try {
          kinds.add(readPair(segments).kind);
        } catch (error) {
          assert.ok(error instanceof ColdslotError && error.code === 'bad-input', String(error));
          kinds.add('foreign');
        }
      }),
      { numRuns: 3000 },
    );
    assert.deepEqual([...kinds].toSorted(), ['damaged', 'foreign', 'whole']);
  });

  it('hold no more in memory than they are long', () => {
    fc.assert(
      fc.property(segment, (bytes) => {
        const { records, tailOffset } = scanSegment(bytes, { generation: 1, firstSequence: 1 });
        assert.ok(records.reduce((sum, record) => sum + record.entry.length, 0) <= bytes.length);
        assert.ok(tailOffset <= Math.max(bytes.length, HEADER_AREA_BYTES));
      }),
      { numRuns: 1000 },
    );
  });

  it('are surveyed, and repaired to what the next start takes for whole', () => {
    const verdicts = new Map<string, number>();
    fc.assert(
      fc.property(pair, (segments) => {
        const survey = surveyOf(segments);
        verdicts.set(survey.verdict, (verdicts.get(survey.verdict) ?? 0) + 1);
        if (survey.verdict !== 'damaged') return;
        const repair = repairOf(survey);
        const repaired = repairedSegments(repair, SEGMENT_BYTES / 8);
        assert.ok(repaired !== null);
        const reading = readPair(repaired);
        assert.ok(reading.kind === 'whole' && reading.dropped === null);
        const found = survey.segments.flatMap((each) => each.records.flatMap(({ entry }) => entry ?? []));
        for (const id of reading.ledger.open.keys()) {
          assert.ok(
            found.some((entry) => entry.kind === 'edge' && entry.move.id === id),
            `${id} came from nowhere`,
          );
        }
      }),
      { numRuns: 2000 },
    );
    for (const verdict of ['whole', 'torn', 'damaged', 'foreign']) {
      assert.ok((verdicts.get(verdict) ?? 0) > 5, `${verdict}: ${verdicts.get(verdict)}`);
    }
  });

  it('that look like records everywhere are given up on, and not taken for a torn tail', () => {
    // each fourth byte starts a length of 0x0AFD with a separator where it belongs: 700 MB to put through the CRC
    const bytes = new Uint8Array(SEGMENT_BYTES);
    for (let at = HEADER_AREA_BYTES; at + 4 <= bytes.length; at += 4) bytes.set([0xfd, 0x0a, 0, 0], at);
    bytes.set(encodeHeaderArea({ generation: 1, firstSequence: 1 }));
    assert.deepEqual(
      [...searchFrom(bytes, HEADER_AREA_BYTES)].map((found) => found.kind),
      ['given-up'],
    );
    assert.equal(scanSegment(bytes, { generation: 1, firstSequence: 1 }).end.kind, 'damaged');
  });
});
