// Whole days of a chassis in virtual time under the eyes of the drift detector: nothing is wrong, so nothing may be said;
// and dust that takes half a day to gather.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { causeKey } from '../../src/thermal/drift-cause.ts';
import { DRILL_PLANTS, Drill } from '../thermal/drift-drill.ts';

const HOUR_S = 3600;

describe('a day of 24 hours', () => {
  DRILL_PLANTS.forEach((plant, index) => {
    it(`passes without a false alarm: ${plant}`, () => {
      const drill = new Drill(plant, { seed: 21 + index, swingK: 3 });
      drill.run(24 * HOUR_S);
      assert.deepEqual(drill.log, []);
    });
  });
});

describe('a filter that gathers dust for half a day', () => {
  it('is named as what it is, as slow as it is, and is over when it has been cleaned', () => {
    const drill = new Drill('standard', { seed: 7 });
    drill.run(4 * HOUR_S);
    for (let minute = 0; minute < 12 * 60; minute++) {
      drill.foul((2 * minute) / (12 * 60));
      drill.run(60);
    }
    const [found, ...more] = drill.log;
    assert.ok(found !== undefined && more.length === 0, `${drill.log.length} were said`);
    assert.equal(causeKey(found.change.finding.cause), 'filter');
    assert.equal(found.change.finding.growth, 'slow');
    drill.foul(0);
    drill.run(2 * HOUR_S);
    assert.deepEqual(
      drill.log.map(({ change }) => change.kind),
      ['found', 'gone'],
    );
  });
});
