import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { checkMap } from '../../../src/protocols/modbus/map-checks.ts';
import { sampleMap } from './sample-map.ts';

const problems = (parts: Readonly<Record<string, unknown>>) =>
  checkMap(sampleMap(parts)).map(({ keys, message }) => `${keys.join('.')}: ${message}`);
const one = { name: 'a', at: 0, type: 'u16' };

describe('the check of a Modbus map', () => {
  it('finds nothing wrong with a right one', () => {
    assert.deepEqual(problems({}), []);
  });

  it('wants each name and each channel once', () => {
    const found = problems({
      registers: [
        { ...one, unit: 'C', channel: 'temp1' },
        { ...one, at: 1, unit: 'C', channel: 'temp1' },
      ],
    });
    assert.deepEqual(found, [
      'registers.1.name: expected each name once, a is used before',
      'registers.1.channel: expected each channel once, temp1 is used before',
    ]);
  });

  it('wants registers that do not overlap: a u32 takes two', () => {
    const found = problems({
      registers: [
        { ...one, type: 'u32' },
        { ...one, name: 'b', at: 1 },
      ],
    });
    assert.deepEqual(found, ['registers.1.at: expected registers of its own, a has some of them']);
  });

  it('wants a channel in the unit of its name', () => {
    assert.deepEqual(problems({ registers: [{ ...one, unit: '%', channel: 'fan1' }] }), [
      'registers.0.unit: expected "rpm", the unit of fan1, found "%"',
    ]);
  });

  it('wants registers that exist, and a scale that keeps the value', () => {
    assert.deepEqual(problems({ registers: [{ ...one, type: 'u32', at: 65_535 }] }), [
      'registers.0.at: expected registers up to 65535, it ends beyond it',
    ]);
    assert.deepEqual(problems({ registers: [{ ...one, scale: 0 }] }), [
      'registers.0.scale: expected a scale other than 0',
    ]);
    assert.deepEqual(problems({ probe: { at: 65_535, count: 2 } }), [
      'probe.count: expected registers up to 65535, these end beyond it',
    ]);
    assert.deepEqual(problems({ units: [{ from: 20, to: 10 }] }), ['units.0.to: expected 20 or more, found 10']);
  });

  it('wants each bit and each flag name once', () => {
    const bits = [
      { bit: 1, name: 'leak' },
      { bit: 1, name: 'leak' },
    ];
    assert.deepEqual(problems({ registers: [{ name: 'a', at: 0, type: 'flags', bits }] }), [
      'registers.0.bits.1.bit: expected each bit once, 1 is before',
      "registers.0.bits.1.name: expected each flag's name once, leak is used before",
    ]);
  });

  it('wants names of flags that are short enough for an event', () => {
    const bits = [{ bit: 0, name: 'x'.repeat(55) }];
    assert.deepEqual(problems({ registers: [{ name: 'a', at: 0, type: 'flags', bits }] }), [
      'registers.0.bits.0.name: expected at most 54 characters, it becomes the code of an event; found 55',
    ]);
  });

  it('wants outputs and their registers once, of 16 bits, and not prepared over', () => {
    const pump = { pwm: 1, at: 10, fullScale: 100 };
    assert.deepEqual(problems({ actuators: [pump, { ...pump, prepare: [{ at: 10, value: 1 }] }] }), [
      'actuators.1.pwm: expected each output once, 1 is used before',
      "actuators.1.at: expected a register of its own, 10 is another output's",
      'actuators.1.prepare.0.at: expected no register of a speed, 10 is one',
    ]);
    assert.deepEqual(problems({ registers: [{ ...one, type: 'u32', at: 10 }], actuators: [pump] }), [
      'actuators.0.at: expected a register of 16 bits, a there is u32',
    ]);
  });
});
