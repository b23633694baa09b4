import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { resolveTemplates } from '../../../src/board/entity-manager/template.ts';

const given = new Map([
  ['bus', '17'],
  ['address', '81'],
  ['board_product_name', 'Fan Board'],
]);
const resolved = (text: string) => resolveTemplates({ text }, given);

describe('a template', () => {
  it('gets the value, whatever the case, alone or within text', () => {
    assert.equal(resolved('$bus').fields['text'], '17');
    assert.equal(resolved('$BUS').fields['text'], '17');
    assert.equal(resolved('$BOARD_PRODUCT_NAME of slot_$bus_X').fields['text'], 'Fan Board of slot_17_X');
  });

  it('is reckoned with from left to right, in whole numbers', () => {
    assert.equal(resolved('$bus % 100 + 15').fields['text'], '32'); // 17 + 15
    assert.equal(resolved('$bus / 2 * 4 + 39').fields['text'], '71'); // 8·4 + 39
    // 8, 10, 30, 0, 0, 1, 0, 102
    assert.equal(resolved('$bus / 2 + 2 * 3 % 5 * 3 + 1 / 4 + 102').fields['text'], '102');
  });

  it('may stand several times in a name, each with its own arithmetic', () => {
    assert.equal(
      resolved('FCB_$bus - 15 FAN $bus * 4 - 64 + 1 TACH_IL_SPEED_RPM').fields['text'],
      'FCB_2 FAN 5 TACH_IL_SPEED_RPM', // 17 − 15; 68 − 64 + 1
    );
  });

  it('is resolved at any depth, and everything else stays', () => {
    const { fields, needs } = resolveTemplates({ a: [{ b: '$address % 4 + 88' }], c: 5, d: null }, given);
    assert.deepEqual(fields, { a: [{ b: '89' }], c: 5, d: null }); // 81 mod 4 = 1
    assert.deepEqual(needs, []);
  });

  it('that no value was given for is named, and so is one that cannot be reckoned with', () => {
    assert.deepEqual(resolved('$index of $PRODUCT_ASSET_TAG').needs, ['$index', '$PRODUCT_ASSET_TAG']);
    assert.equal(resolved('$index on $bus').fields['text'], '$index on 17');
    assert.deepEqual(resolved('$BOARD_PRODUCT_NAME + 1').needs, [
      '$BOARD_PRODUCT_NAME as a number that + 1 can be done with',
    ]);
    assert.deepEqual(resolved('$bus / 0').needs, ['$bus as a number that / 0 can be done with']);
  });
});
