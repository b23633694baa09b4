import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeText, encodeText, flagsSet } from '../../../src/protocols/modbus/text.ts';
import type { FlagsRegister } from '../../../src/protocols/modbus/numbers.ts';
import { register } from './sample-map.ts';

describe('text in Modbus registers', () => {
  it('has two characters in a register, the first in the high byte; blanks and NULs at the end are no part of it', () => {
    assert.equal(decodeText([0x5053, 0x5520, 0x2000]), 'PSU');
    assert.equal(decodeText([0x4142, 0x0043]), 'AB');
    assert.deepEqual(encodeText('PSU', 3), [0x5053, 0x5500, 0]);
  });

  it('shows what cannot be printed as ?', () => {
    assert.equal(decodeText([0x411b, 0xff42]), 'A??B');
  });

  it('reads back as it was written', () => {
    const printable = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)) });
    fc.assert(fc.property(printable, (text) => assert.equal(decodeText(encodeText(text, 32)), text.slice(0, 64))));
  });

  it('never holds control characters, whatever the registers hold', () => {
    const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 32 });
    fc.assert(fc.property(words, (some) => assert.match(decodeText(some), /^[\x20-\x7e]*$/)));
  });
});

describe('flags of a Modbus register', () => {
  const bits = [
    { bit: 0, name: 'dry' },
    { bit: 15, name: 'leak', severity: 'critical' },
  ];
  const flags = register({ type: 'flags', bits }) as FlagsRegister;
  const names = (word: number) => flagsSet(flags, word).map(({ name }) => name);

  it('are the bits that are set and have a name', () => {
    assert.deepEqual(names(0), []);
    assert.deepEqual(names(0x8000), ['leak']);
    assert.deepEqual(names(0x8003), ['dry', 'leak']);
  });
});
