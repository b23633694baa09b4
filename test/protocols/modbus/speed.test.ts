import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeSpeed, encodeSpeed, preparationOf } from '../../../src/protocols/modbus/speed.ts';
import { sampleMap } from './sample-map.ts';

const actuators = sampleMap({
  actuators: [
    { pwm: 1, at: 100, fullScale: 100, prepare: [{ at: 200, value: 0x0202 }] },
    {
      pwm: 2,
      at: 101,
      fullScale: 1000,
      prepare: [
        { at: 200, value: 0x0204 },
        { at: 201, value: 1 },
      ],
    },
  ],
}).actuators;
const [pump, fan] = actuators;
if (pump === undefined || fan === undefined) throw new Error('the map has two actuators');

describe('the speed of a Modbus actuator', () => {
  it('is a share of the full scale, never less than asked for', () => {
    assert.equal(encodeSpeed(pump, 1), 100);
    assert.equal(encodeSpeed(pump, 0.29), 29); // although 0.29 · 100 is 28.999999999999996 or a little more
    assert.equal(encodeSpeed(pump, 0.291), 30);
    assert.equal(encodeSpeed(fan, 0.291), 291);
    assert.ok(Object.is(encodeSpeed(pump, 0), 0));
  });

  it('is kept within 0 and 1, and no number is refused', () => {
    assert.equal(encodeSpeed(pump, 1.5), 100);
    assert.equal(encodeSpeed(pump, -1), 0);
    assert.equal(encodeSpeed(pump, Number.NaN), null);
  });

  it('reads back within one step', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(ratio, (wanted) => {
        const back = decodeSpeed(pump, encodeSpeed(pump, wanted) ?? -1);
        assert.ok(back >= wanted - 1e-9 && back - wanted < 0.01 + 1e-9);
      }),
    );
  });

  it('is prepared for by what all outputs in use want, bits of one register joined', () => {
    assert.deepEqual(preparationOf([pump]), [{ at: 200, value: 0x0202 }]);
    assert.deepEqual(preparationOf([pump, fan]), [
      { at: 200, value: 0x0206 },
      { at: 201, value: 1 },
    ]);
  });
});
