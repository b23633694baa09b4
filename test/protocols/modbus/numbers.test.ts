import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  decodeNumber,
  encodeNumber,
  registerCount,
  resolutionOf,
  type NumberRegister,
} from '../../../src/protocols/modbus/numbers.ts';
import { register } from './sample-map.ts';

const number = (parts: Readonly<Record<string, unknown>>) => register(parts) as NumberRegister;
const value = (parts: Readonly<Record<string, unknown>>, ...words: number[]) => {
  const answer = decodeNumber(number(parts), words);
  return answer.kind === 'value' ? answer.value : answer.kind;
};

describe('a number of a Modbus register', () => {
  it('is unsigned, or two’s complement where the map says so', () => {
    assert.equal(value({ type: 'u16' }, 0xffff), 65_535);
    assert.equal(value({ type: 'i16' }, 0xffff), -1);
    assert.equal(value({ type: 'i16' }, 0x8000), -32_768);
    assert.equal(value({ type: 'u32' }, 0xffff, 0xffff), 4_294_967_295);
    assert.equal(value({ type: 'i32' }, 0xffff, 0xfffe), -2);
  });

  it('over several registers begins with the most significant one, or with the least when the map says so', () => {
    assert.equal(value({ type: 'u32' }, 0x0001, 0x0002), 65_538);
    assert.equal(value({ type: 'u32', wordOrder: 'little' }, 0x0001, 0x0002), 131_073);
    assert.equal(value({ type: 'u64' }, 0, 1, 0, 0), 4_294_967_296);
    assert.equal(value({ type: 'u64', wordOrder: 'little' }, 0, 0, 1, 0), 4_294_967_296);
  });

  it('is IEEE 754 single precision for f32: 0x42C8_0000 is 100, and NaN is no number', () => {
    assert.equal(value({ type: 'f32' }, 0x42c8, 0x0000), 100);
    assert.equal(value({ type: 'f32', wordOrder: 'little' }, 0x0000, 0x42c8), 100);
    assert.equal(value({ type: 'f32' }, 0x7fc0, 0x0000), 'not-a-number');
    assert.equal(value({ type: 'f32' }, 0x7f80, 0x0000), 'not-a-number');
  });

  it('is scaled and shifted: 7 fraction bits are 1/128, tenths of a kelvin become °C', () => {
    assert.equal(value({ type: 'i16', scale: 1 / 128 }, 0x0c80), 25); // 3200 / 128
    assert.equal(value({ type: 'i16', scale: 1 / 128 }, 0xff80), -1); // −128 / 128
    const kelvin = value({ type: 'u16', scale: 0.1, offset: -273.15 }, 2981); // 298.1 K
    assert.ok(Math.abs(Number(kelvin) - 24.95) < 1e-9);
  });

  it('is absent when the raw value is one the map lists', () => {
    assert.equal(value({ type: 'i16', absent: [-32_768] }, 0x8000), 'absent');
    assert.equal(value({ type: 'u16', absent: [0xffff] }, 0xffff), 'absent');
  });

  it('survives being written and read back, within the register’s resolution', () => {
    const types = fc.constantFrom('u16', 'i16', 'u32', 'i32', 'u64', 'f32');
    const property = fc.property(
      types,
      fc.constantFrom('big', 'little'),
      fc.constantFrom(1, 0.1, 1 / 128, 10, -0.5),
      fc.constantFrom(0, -273.15),
      fc.integer({ min: 0, max: 30_000 }),
      (type, wordOrder, scale, offset, raw) => {
        const one = number({ type, wordOrder, scale, offset });
        const wanted = raw * scale + offset;
        const words = encodeNumber(one, wanted);
        assert.equal(words?.length, registerCount(one));
        const read = decodeNumber(one, words ?? []);
        const tolerance = resolutionOf(one) / 2 + Math.abs(wanted) * 1e-6 + 1e-4;
        assert.ok(read.kind === 'value' && Math.abs(read.value - wanted) <= tolerance, `${wanted} → ${String(words)}`);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('is kept within what the register holds, and no number cannot be written', () => {
    assert.deepEqual(encodeNumber(number({ type: 'u16' }), 70_000), [0xffff]);
    assert.deepEqual(encodeNumber(number({ type: 'u16' }), -5), [0]);
    assert.deepEqual(encodeNumber(number({ type: 'i16' }), -40_000), [0x8000]);
    assert.equal(encodeNumber(number({ type: 'u16' }), Number.NaN), null);
    assert.equal(encodeNumber(number({ type: 'u16' }), Infinity), null);
  });

  it('is finite or said to be none, whatever the registers hold', () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    const property = fc.property(
      fc.constantFrom('u16', 'i16', 'u32', 'i32', 'u64', 'f32'),
      fc.tuple(word, word, word, word),
      (type, words) => {
        const one = number({ type });
        const answer = decodeNumber(one, words.slice(0, registerCount(one)));
        assert.ok(answer.kind !== 'value' || Number.isFinite(answer.value));
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});
