import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { judgeProbe } from '../../../src/board/entity-manager/probe.ts';

const fru = "xyz.openbmc_project.FruDevice({'BOARD_PRODUCT_NAME': 'Fan Board.*', 'BUS': 17})";
const judged = (probe: unknown, values: Record<string, string>, found: readonly string[] = []) =>
  judgeProbe(probe, new Map(Object.entries(values)), new Set(found)).kind;

describe('a probe', () => {
  it('holds when every property matches its pattern or number', () => {
    assert.equal(judged(fru, { board_product_name: 'Fan Board 2', bus: '17' }), 'holds');
    assert.equal(judged(fru, { board_product_name: 'Fan Board 2', bus: '18' }), 'fails');
    assert.equal(judged(fru, { board_product_name: 'Spider Board', bus: '17' }), 'fails');
  });

  it('is unknown, and says what it asks for, where a property was not given', () => {
    assert.deepEqual(judgeProbe(fru, new Map([['bus', '17']]), new Set()), {
      kind: 'unknown',
      asks: ['BOARD_PRODUCT_NAME'],
    });
    assert.equal(judged(fru, { bus: '18' }), 'fails');
  });

  it('joins conditions with AND and OR', () => {
    assert.equal(judged(['FALSE', 'OR', 'TRUE'], {}), 'holds');
    assert.equal(judged(['TRUE', 'AND', 'FALSE'], {}), 'fails');
    assert.equal(judged(['TRUE', 'AND', fru], {}), 'unknown');
  });

  it('can ask for another configuration', () => {
    assert.equal(judged("FOUND('Base')", {}, ['Base']), 'holds');
    assert.equal(judged("FOUND('Base')", {}), 'unknown');
  });
});
