import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { registerCount } from '../../../src/protocols/modbus/numbers.ts';
import { groupReads, MAX_GAP, MAX_READ, splitGroup, wordsOf } from '../../../src/protocols/modbus/read-groups.ts';
import { register, sampleMap } from './sample-map.ts';

const at = (places: readonly number[], parts: Readonly<Record<string, unknown>> = {}) =>
  places.map((place, index) => register({ name: `r${index}`, at: place, type: 'u16', ...parts }));
const spans = (registers: ReturnType<typeof at>) => groupReads(registers).map(({ at, count }) => [at, count]);

describe('reads of Modbus registers', () => {
  it('join neighbours, over a small gap too, and leave out a wide one', () => {
    assert.deepEqual(spans(at([10, 11, 13])), [[10, 4]]);
    assert.deepEqual(spans(at([10, 10 + 1 + MAX_GAP])), [[10, MAX_GAP + 2]]);
    assert.deepEqual(spans(at([10, 10 + 2 + MAX_GAP])), [
      [10, 1],
      [12 + MAX_GAP, 1],
    ]);
  });

  it('keep registers of different intervals apart', () => {
    const groups = groupReads([...at([1, 3]), ...at([2], { pollS: 60 })]);
    assert.deepEqual(
      groups.map(({ at, count, pollS }) => [at, count, pollS]),
      [
        [1, 3, 0],
        [2, 1, 60],
      ],
    );
  });

  it('never ask for more than 125 registers, and cover every register once', () => {
    const place = fc.integer({ min: 0, max: 2000 });
    const type = fc.constantFrom('u16', 'u32', 'u64');
    const property = fc.property(
      fc.uniqueArray(fc.tuple(place, type), { maxLength: 200, selector: ([at]) => at }),
      (list) => {
        const registers = list.map(([at, type], index) => register({ name: `r${index}`, at, type }));
        const groups = groupReads(registers);
        assert.ok(groups.every(({ count }) => count >= 1 && count <= MAX_READ));
        const covered = groups.flatMap((group) => group.registers);
        assert.equal(covered.length, registers.length);
        for (const group of groups) {
          for (const one of group.registers) {
            assert.ok(one.at >= group.at && one.at + registerCount(one) <= group.at + group.count);
          }
        }
      },
    );
    fc.assert(property);
  });

  it('are cut at the widest gap when a device refuses them', () => {
    const [group] = groupReads(at([10, 11, 20, 22]));
    const halves = group === undefined ? null : splitGroup(group);
    assert.deepEqual(
      halves?.map(({ at, count }) => [at, count]),
      [
        [10, 2],
        [20, 3],
      ],
    );
    const [single] = groupReads(at([10]));
    assert.equal(single === undefined ? undefined : splitGroup(single), null);
  });

  it('give each register its own words', () => {
    const { registers } = sampleMap({
      registers: [
        { name: 'a', at: 5, type: 'u16' },
        { name: 'b', at: 7, type: 'u32' },
      ],
    });
    const [group] = groupReads(registers);
    assert.ok(group);
    const words = [50, 60, 70, 80];
    assert.deepEqual(
      registers.map((one) => wordsOf(group, one, words)),
      [[50], [70, 80]],
    );
  });
});
