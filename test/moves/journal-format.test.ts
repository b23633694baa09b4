// The journal's bytes: what a torn write or a flipped bit does to them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from '../../src/moves/crc32.ts';
import {
  encodeHeaderArea,
  encodeRecords,
  HEADER_AREA_BYTES,
  readHeader,
  type SegmentHeader,
} from '../../src/moves/journal-format.ts';
import { scanSegment } from '../../src/moves/segment-scan.ts';

const header: SegmentHeader = { generation: 3, firstSequence: 10 };
const entries = ['first', 'second, a bit longer', 'third'].map((text) => new Uint8Array(Buffer.from(text)));

/** One append for each entry, each durable before the next. */
const appends = entries.map((entry, index) => encodeRecords([entry], 10 + index, 9 + index));

function segmentOf(...parts: readonly Uint8Array[]): Uint8Array {
  const segment = new Uint8Array(HEADER_AREA_BYTES + 512);
  segment.set(encodeHeaderArea(header));
  segment.set(Buffer.concat(parts), HEADER_AREA_BYTES);
  return segment;
}

function textsOf(segment: Uint8Array): string[] {
  return scanSegment(segment, header).records.map((record) => Buffer.from(record.entry).toString());
}

describe('CRC-32', () => {
  it('gives the check value of its definition, and that of a PNG’s end', () => {
    assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926); // catalogue of CRC algorithms, CRC-32/ISO-HDLC
    assert.equal(crc32(Buffer.from('IEND')), 0xae426082); // the last four bytes of every PNG file
    assert.equal(crc32(new Uint8Array()), 0);
  });
});

describe('a record', () => {
  it('is laid out as the file says', () => {
    const bytes = encodeRecords([Buffer.from('A')], 258, 257);
    // length 1, sequence 0x102, durable 0x101, 'A', separator, CRC over these 14 bytes
    assert.equal(Buffer.from(bytes.subarray(0, 14)).toString('hex'), '010000000201000001010000410a');
    assert.equal(bytes.length, 18);
  });
});

describe('a segment', () => {
  it('gives back what was written, and where to go on', () => {
    const scan = scanSegment(segmentOf(...appends), header);
    assert.deepEqual(textsOf(segmentOf(...appends)), ['first', 'second, a bit longer', 'third']);
    assert.deepEqual(scan.end, { kind: 'clean' });
    assert.equal(scan.nextSequence, 13);
    assert.equal(scan.tailOffset, HEADER_AREA_BYTES + 5 + 20 + 5 + 3 * 17);
  });

  it('torn at any byte keeps the whole records before it and says what was dropped', () => {
    const all = Buffer.concat(appends);
    const ends = [22, 22 + 37, 22 + 37 + 22]; // entry and 17 bytes each
    for (let kept = 0; kept < all.length; kept++) {
      const scan = scanSegment(segmentOf(all.subarray(0, kept)), header);
      const whole = ends.filter((end) => end <= kept).length;
      assert.equal(scan.records.length, whole, `torn after ${kept} bytes`);
      const left = kept - (ends[whole - 1] ?? 0);
      if (left === 0) assert.equal(scan.end.kind, 'clean');
      else if (scan.end.kind === 'torn') assert.ok(scan.end.droppedBytes <= left);
      else assert.equal(scan.end.kind, 'clean', 'only zeros were written of it');
    }
  });

  it('never takes a record with a flipped bit, whichever it is', () => {
    const at = HEADER_AREA_BYTES + 22;
    for (let offset = at; offset < at + 37; offset++) {
      for (let bit = 0; bit < 8; bit++) {
        const segment = segmentOf(...appends);
        segment[offset] = (segment[offset] ?? 0) ^ (1 << bit);
        const scan = scanSegment(segment, header);
        assert.deepEqual(
          scan.records.map((record) => record.sequence),
          [10],
          `byte ${offset - at} bit ${bit}`,
        );
        assert.equal(scan.end.kind, 'damaged'); // the third record says that the second was durable
      }
    }
  });

  it('calls a broken record at the end torn: nothing proves that it was ever acknowledged', () => {
    const segment = segmentOf(...appends);
    const last = HEADER_AREA_BYTES + 22 + 37 + 20;
    segment[last] = (segment[last] ?? 0) ^ 1;
    const { end, records } = scanSegment(segment, header);
    assert.equal(records.length, 2);
    assert.deepEqual(end, { kind: 'torn', droppedBytes: 22, reason: 'wrong CRC' });
  });

  it('calls a batch torn whose first half never came to the disk', () => {
    const batch = encodeRecords(entries, 10, 9);
    batch.fill(0, 0, 30);
    assert.equal(scanSegment(segmentOf(batch), header).end.kind, 'torn');
  });

  it('does not take records of an older use of the segment for its own', () => {
    const stale = encodeRecords(entries, 4, 3);
    const scan = scanSegment(segmentOf(appends[0] as Uint8Array, stale), header);
    assert.deepEqual(
      scan.records.map((record) => record.sequence),
      [10],
    );
  });

  it('is known by either copy of its header, and by none when both are broken', () => {
    for (const copy of [0, HEADER_AREA_BYTES / 2]) {
      const segment = segmentOf();
      segment[copy + 5] = 0xff;
      assert.deepEqual(readHeader(segment), header);
      segment[HEADER_AREA_BYTES / 2 - copy + 12] = 0x99;
      assert.equal(readHeader(segment), null);
    }
    assert.equal(readHeader(new Uint8Array(HEADER_AREA_BYTES)), null);
  });
});
