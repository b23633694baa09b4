import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { good, none, type NoReason, type Reading } from '../../src/core/reading.ts';
import { judgeReads, MOST_READS } from '../../src/sensing/agreement.ts';

const CHANNELS = [{ channel: 'temp1', unit: 'C' }] as const;

/** What is believed of one temperature: a number is a value, a word a failure. */
function judge(known: number | null, ...reads: readonly (number | NoReason)[]) {
  const { readings, settled, jumped } = judgeReads(
    CHANNELS,
    new Map(known === null ? [] : [['temp1', known]]),
    reads.map((read) => new Map([['temp1', typeof read === 'number' ? good(read, 0) : none(read, 0)]])),
  );
  const reading: Reading | undefined = readings.get('temp1');
  return { is: reading?.kind === 'value' ? reading.value : reading?.reason, settled, jumped };
}

describe('a temperature', () => {
  it('within a kelvin of the one before is believed at once', () => {
    assert.deepEqual(judge(45, 45.9), { is: 45.9, settled: true, jumped: false });
  });

  it('that comes after none, or moved, is believed when three reads agree', () => {
    assert.deepEqual(judge(null, 45), { is: 'implausible', settled: false, jumped: false });
    assert.deepEqual(judge(null, 45, 45.1), { is: 'implausible', settled: false, jumped: false });
    assert.deepEqual(judge(null, 45, 45.1, 45), { is: 45, settled: true, jumped: false });
    assert.deepEqual(judge(40, 61, 61.2, 61.1), { is: 61.1, settled: true, jumped: true });
  });

  it('with one bit flipped is not: 45 °C with bit 4 is 61 °C, the next read settles it', () => {
    assert.deepEqual(judge(45, 61), { is: 'implausible', settled: false, jumped: true });
    assert.deepEqual(judge(45, 61, 45.1), { is: 45.1, settled: true, jumped: false });
    assert.deepEqual(judge(null, 61, 45, 45.1, 45), { is: 45, settled: true, jumped: false });
  });

  it('of which no three reads agree is implausible', () => {
    assert.equal(judge(null, 45, 61, 45, 13).is, 'implausible');
  });
});

describe('a failure', () => {
  it('out of the blue is asked about again, up to three times', () => {
    assert.deepEqual(judge(45, 'fault'), { is: 'fault', settled: false, jumped: false });
    assert.deepEqual(judge(45, 'fault', 45), { is: 45, settled: true, jumped: false });
    assert.deepEqual(judge(45, 'fault', 'fault', 'fault'), { is: 'fault', settled: true, jumped: false });
  });

  it('is not asked about again when it is a time-out, or was there before', () => {
    assert.equal(judge(45, 'timeout').settled, true);
    assert.equal(judge(null, 'fault').settled, true);
  });
});

it('a value that one flip in four reads made is never believed', () => {
  const bits = fc.integer({ min: 0, max: 15 });
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 120, noNaN: true }),
      bits,
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      (trueC, bit, at, fresh) => {
        const raw = Math.round(trueC * 256) & 0xfff0;
        const reads: number[] = [];
        for (let n = 0; n < MOST_READS; n++) {
          reads.push((n === at ? raw ^ (1 << bit) : raw) / 256);
          const { is, settled } = judge(fresh ? null : raw / 256, ...reads);
          if (typeof is === 'number') assert.ok(Math.abs(is - raw / 256) <= 1, `${is} for ${raw / 256}`);
          if (settled) return;
        }
        assert.fail('four reads of which three are the same must settle it');
      },
    ),
  );
});
