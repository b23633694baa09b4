import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { PmbusCoefficients } from '../../src/chips/pmbus-format.ts';
import {
  directOf,
  directValue,
  halfValue,
  linear11Of,
  linear11Value,
  linear16Of,
  linear16Value,
  packetErrorCode,
  voutModeOf,
} from '../../src/chips/pmbus-format.ts';

const word = fc.integer({ min: 0, max: 0xffff });

describe('LINEAR11', () => {
  it('is a mantissa of 11 bits and an exponent of 5, both signed', () => {
    assert.equal(linear11Value(0x0000), 0);
    assert.equal(linear11Value(0x0001), 1);
    assert.equal(linear11Value(0xf819), 12.5); // 11111b = −1, 25: 25/2
    assert.equal(linear11Value(0xe030), 3); // 11100b = −4, 48: 48/16
    assert.equal(linear11Value(0x0fff), -2); // 00001b = 1, 7FFh = −1
    assert.equal(linear11Value(0x7bff), 1023 * 32768); // the largest
    assert.equal(linear11Value(0x7c00), -1024 * 32768); // the smallest
    assert.equal(linear11Value(0x8001), 2 ** -16); // the finest
  });

  it('is written with as much precision as fits, and saturates', () => {
    assert.equal(linear11Of(0), 0);
    assert.equal(linear11Of(12.5), 0xd320); // 12.5 · 2^6 = 800 = 320h, exponent −6 = 11010b
    assert.equal(linear11Of(-40), 0xe580); // −40 · 2^4 = −640 = 580h, exponent −4 = 11100b
    assert.equal(linear11Of(1e12), 0x7bff);
    assert.equal(linear11Of(-1e12), 0x7c00);
    assert.equal(linear11Of(Number.POSITIVE_INFINITY), 0x7bff);
  });

  it('comes back as it was, and every value within half a step', () => {
    fc.assert(fc.property(word, (raw) => linear11Value(linear11Of(linear11Value(raw))) === linear11Value(raw)));
    fc.assert(
      fc.property(fc.double({ min: -3e7, max: 3e7, noNaN: true }), (value) => {
        const error = Math.abs(linear11Value(linear11Of(value)) - value);
        return error <= Math.max(2 ** -17, Math.abs(value) / 1023);
      }),
    );
  });

  it('has no NaN', () => {
    assert.throws(() => linear11Of(Number.NaN), /NaN/);
  });
});

describe('LINEAR16', () => {
  it('takes its exponent from VOUT_MODE', () => {
    // 17h: mode 000b, exponent 10111b = −9. 1800h = 6144: 6144/512 = 12 V
    const mode = voutModeOf(0x17);
    assert.deepEqual(mode, { kind: 'linear', exponent: -9 });
    assert.equal(linear16Value(0x1800, -9), 12);
    assert.equal(linear16Of(12, -9), 0x1800);
    assert.equal(linear16Value(0xffff, -9), 65535 / 512, 'unsigned');
  });

  it('saturates at its ends', () => {
    assert.equal(linear16Of(-1, -9), 0);
    assert.equal(linear16Of(1e9, -9), 0xffff);
    assert.equal(linear16Of(Number.POSITIVE_INFINITY, 15), 0xffff);
  });

  it('comes back as it was with every exponent', () => {
    fc.assert(
      fc.property(
        word,
        fc.integer({ min: -16, max: 15 }),
        (raw, exponent) => linear16Of(linear16Value(raw, exponent), exponent) === raw,
      ),
    );
  });
});

describe('DIRECT', () => {
  // ADM1272 data sheet, 0–100 V range: m = 4062, b = 0, R = −2
  const voltage: PmbusCoefficients = { m: 4062, b: 0, r: -2 };

  it('is (raw · 10^-R − b) / m', () => {
    // 48 V: 4062 · 48 / 100 = 1949.76, so 1950; back: 195000 / 4062 = 48.0059 V
    assert.equal(directOf(48, voltage), 1950);
    assert.ok(Math.abs(directValue(1950, voltage) - 48.0059) < 1e-4);
    // offset and positive R: 25.00 °C at m = 1, R = 2; (2500 − 0) / 100
    assert.equal(directValue(2500, { m: 1, b: 0, r: 2 }), 25);
    // ADM1272 temperature: m = 42, b = 31871, R = −1. 25 °C: (42 · 25 + 31871)/10 = 3292.1
    assert.equal(directOf(25, { m: 42, b: 31871, r: -1 }), 3292);
  });

  it('is signed, and saturates', () => {
    assert.equal(directValue(0xffff, { m: 1, b: 0, r: 0 }), -1);
    assert.equal(directOf(-1, { m: 1, b: 0, r: 0 }), 0xffff);
    assert.equal(directOf(1e9, voltage), 0x7fff);
    assert.equal(directOf(-1e9, voltage), 0x8000);
  });

  it('comes back as it was with any coefficients', () => {
    const coefficients = fc.record({
      m: fc.integer({ min: 1, max: 32767 }),
      b: fc.integer({ min: -32768, max: 32767 }),
      r: fc.integer({ min: -4, max: 4 }),
    });
    fc.assert(fc.property(word, coefficients, (raw, c) => directOf(directValue(raw, c), c) === raw));
  });
});

describe('VOUT_MODE', () => {
  it('tells the format', () => {
    assert.deepEqual(voutModeOf(0x1f), { kind: 'linear', exponent: -1 });
    assert.deepEqual(voutModeOf(0x0f), { kind: 'linear', exponent: 15 });
    assert.deepEqual(voutModeOf(0x21), { kind: 'vid', code: 1 });
    assert.deepEqual(voutModeOf(0x40), { kind: 'direct' });
    assert.deepEqual(voutModeOf(0x60), { kind: 'half' });
    assert.deepEqual(voutModeOf(0x97), { kind: 'linear', exponent: -9 }, 'relative limits do not matter');
  });
});

describe('half precision', () => {
  it('is IEEE 754’s', () => {
    assert.equal(halfValue(0x3c00), 1);
    assert.equal(halfValue(0xc000), -2);
    assert.equal(halfValue(0x7bff), 65504);
    assert.equal(halfValue(0x0001), 2 ** -24);
    assert.equal(halfValue(0x7c00), null, 'infinity');
    assert.equal(halfValue(0x7e00), null, 'not a number');
  });
});

describe('packet error code', () => {
  it('is CRC-8 with polynomial 07h', () => {
    // Check value of CRC-8 (poly 07h, init 0) in the catalogue of CRC algorithms: "123456789" gives F4h
    assert.equal(packetErrorCode(Buffer.from('123456789')), 0xf4);
    assert.equal(packetErrorCode([]), 0);
    // By hand: 01h shifts to 80h, then (100h xor 107h) = 07h
    assert.equal(packetErrorCode([0x01]), 0x07);
  });

  it('of a message with its own code is 0', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => packetErrorCode([...bytes, packetErrorCode(bytes)]) === 0));
  });
});
