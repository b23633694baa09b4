import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ColdslotError, describeError } from '../../../src/core/errors.ts';
import type { FruContents } from '../../../src/protocols/ipmi/fru.ts';
import {
  decodeFru,
  encodeFru,
  FRU_MAX_BYTES,
  fruBytesNeeded,
  serialNumberOf,
} from '../../../src/protocols/ipmi/fru.ts';
import type { FruField } from '../../../src/protocols/ipmi/fru-field.ts';
import { decodeField, encodeField, fieldText, textField } from '../../../src/protocols/ipmi/fru-field.ts';

const NOTHING: FruContents = { chassis: null, board: null, product: null };

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

/**
 * Written by hand from the definition's tables 8-1, 10-1, 11-1 and 12-1. Checksums: each area adds up to 0 modulo 256.
 * Header: areas at 8 (chassis), 24 (board), 56 (product): 01h+01h+03h+07h = 0Ch, so F4h.
 */
const HEADER = '01 00 01 03 07 00 00 f4';
/** Type 17h; part number 6-bit "IPMI" (83h), serial number BCD plus "12-3.4" (43h), no custom field. */
const CHASSIS = '01 02 17 83 29dca6 43 12b3c4 c1 00 00 00';
/** English (19h), 60 minutes after 1996-01-01; texts, an empty field, a binary custom field. */
const BOARD = '01 04 19 3c0000 c5 4c6162436f c2 7631 c3 534e39 00 c0 02 beef c1 00 00 00 00 00 00';
const PRODUCT = '01 04 19 c5 4c6162436f c4 736c6564 c0 c0 c5 736c656431 c0 c0 c1 00 00 00 00 00 00';

function summed(area: string): Uint8Array {
  const bytes = hex(area);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return Uint8Array.from([...bytes, (256 - (sum % 256)) % 256]);
}

function image(): Uint8Array {
  return Uint8Array.from([...hex(HEADER), ...summed(CHASSIS), ...summed(BOARD), ...summed(PRODUCT)]);
}

function text(value: string): FruField {
  return { encoding: 'eight-bit', text: value };
}

const CONTENTS: FruContents = {
  chassis: {
    type: 0x17,
    partNumber: { encoding: 'six-bit', text: 'IPMI' },
    serialNumber: { encoding: 'bcd-plus', text: '12-3.4' },
    custom: [],
  },
  board: {
    language: 25,
    manufacturedAtMs: Date.UTC(1996, 0, 1, 1),
    manufacturer: text('LabCo'),
    product: text('v1'),
    serialNumber: text('SN9'),
    partNumber: { encoding: 'binary', bytes: new Uint8Array() },
    fileId: text(''),
    custom: [{ encoding: 'binary', bytes: hex('beef') }],
  },
  product: {
    language: 25,
    manufacturer: text('LabCo'),
    name: text('sled'),
    partNumber: text(''),
    version: text(''),
    serialNumber: text('sled1'),
    assetTag: text(''),
    fileId: text(''),
    custom: [],
  },
};

function assertRefused(action: () => unknown, message: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof ColdslotError && error.code === 'bad-input', String(error));
    assert.match(describeError(error), message);
    return true;
  });
}

describe('FRU information', () => {
  it('decodes an image written by hand', () => {
    assert.equal(image().length, 8 + 16 + 32 + 32);
    assert.deepEqual(decodeFru(image()), CONTENTS);
  });

  it('encodes to exactly that image', () => {
    assert.deepEqual(encodeFru(CONTENTS), image());
  });

  it('does not care what follows the areas, as an EEPROM is larger', () => {
    assert.deepEqual(decodeFru(Uint8Array.from([...image(), ...new Uint8Array(8000).fill(0xff)])), CONTENTS);
  });

  it('is a header alone when there is no area', () => {
    assert.deepEqual(encodeFru(NOTHING), hex('01 00 00 00 00 00 00 ff'));
    assert.deepEqual(decodeFru(hex('01 00 00 00 00 00 00 ff')), NOTHING);
  });

  it('passes over the internal use and multi-record areas', () => {
    // both point at bytes that are no area; 01h + 01h + 02h = 04h
    assert.deepEqual(decodeFru(hex('01 01 00 00 00 02 00 fc ffffffffffffffff')), NOTHING);
  });

  it('takes fields that a writer left out for empty', () => {
    const area = summed('01 02 19 c5 4c6162436f c1 00 00 00 00 00');
    const product = decodeFru(Uint8Array.from([...hex('01 00 00 00 01 00 00 fe'), ...area])).product;
    assert.ok(product);
    assert.equal(fieldText(product.manufacturer), 'LabCo');
    assert.equal(fieldText(product.serialNumber), '');
    assert.deepEqual(product.custom, []);
  });

  it('tells how much of an EEPROM has to be read', () => {
    const eeprom = Uint8Array.from([...image(), ...new Uint8Array(8000).fill(0xff)]);
    const steps: number[] = [0];
    for (let have = 0, need = 8; need > have; need = fruBytesNeeded(eeprom.subarray(0, have))) {
      have = need;
      steps.push(have);
    }
    assert.deepEqual(steps, [0, 8, 58, 88]); // header, start of the product area at 56, end of it
    assert.equal(fruBytesNeeded(new Uint8Array(16).fill(0xff)), 255 * 8 + 2);
    assert.equal(fruBytesNeeded(new Uint8Array(8000).fill(0xff)), FRU_MAX_BYTES);
    assert.equal(fruBytesNeeded(encodeFru(NOTHING)), 8);
  });

  it('finds the serial number: of the product, else the board, else the chassis', () => {
    assert.equal(serialNumberOf(CONTENTS), 'sled1');
    assert.equal(serialNumberOf({ ...CONTENTS, product: null }), 'SN9');
    assert.equal(serialNumberOf({ ...NOTHING, chassis: CONTENTS.chassis }), '12-3.4');
    assert.equal(serialNumberOf(NOTHING), null);
  });

  it('says which area is wrong, and where', () => {
    const broken = (change: (bytes: Uint8Array) => Uint8Array | void) => {
      const bytes = image();
      return change(bytes) ?? bytes;
    };
    const cases: readonly [(bytes: Uint8Array) => Uint8Array | void, RegExp][] = [
      [(bytes) => bytes.subarray(0, 7), /^FRU common header, offset 0: 7 bytes/],
      [(bytes) => void (bytes[0] = 2), /^FRU common header, offset 0: format version 2/],
      [(bytes) => void (bytes[7] = 0), /^FRU common header, offset 7: checksum is 00h, the bytes ask for f4h/],
      [(bytes) => bytes.subarray(0, 8), /^FRU chassis area, offset 8: begins beyond the 8 bytes/],
      [(bytes) => void (bytes[24] = 0), /^FRU board area, offset 24: format version 0/],
      [(bytes) => void (bytes[25] = 0), /^FRU board area, offset 25: has a length of 0/],
      [(bytes) => bytes.subarray(0, 80), /^FRU product area, offset 57: 32 bytes long, beyond the 80 bytes/],
      [(bytes) => void (bytes[60] = 0x20), /^FRU product area, offset 87: checksum is /],
    ];
    for (const [change, message] of cases) assertRefused(() => decodeFru(broken(change)), message);
  });

  it('does not run past the end of an area whose end marker is missing', () => {
    const header = hex('01 00 01 00 00 00 00 fe');
    const noEnd = summed('01 01 17 00 00 00 00');
    assertRefused(
      () => decodeFru(Uint8Array.from([...header, ...noEnd])),
      /^FRU chassis area, offset 15: .*no end marker/,
    );
    const longField = summed('01 01 17 ff 00 00 00');
    assertRefused(
      () => decodeFru(Uint8Array.from([...header, ...longField])),
      /^FRU chassis area, offset 12: fields run past/,
    );
  });
});

describe('FRU fields', () => {
  it('pack 6-bit ASCII as the definition’s example: "IPMI" is 29h DCh A6h', () => {
    assert.deepEqual(encodeField({ encoding: 'six-bit', text: 'IPMI' }, 25, 'x'), hex('83 29dca6'));
    assert.deepEqual(decodeField(2, hex('29dca6'), 25), { encoding: 'six-bit', text: 'IPMI' });
  });

  it('pack BCD plus with digits, blank, dash and period', () => {
    assert.deepEqual(encodeField({ encoding: 'bcd-plus', text: '90-1. 2' }, 25, 'x'), hex('44 90b1ca2a'));
    assert.deepEqual(decodeField(1, hex('90b1ca2a'), 25), { encoding: 'bcd-plus', text: '90-1. 2' });
  });

  it('are Latin-1 in English areas and UTF-16 in others', () => {
    assert.deepEqual(encodeField(text('Kühl'), 25, 'x'), hex('c4 4bfc686c'));
    assert.deepEqual(encodeField(text('Kühl'), 0, 'x'), hex('c4 4bfc686c'));
    assert.deepEqual(encodeField(text('冷'), 51, 'x'), hex('c2 b751'));
    assert.deepEqual(decodeField(3, hex('b751'), 51), text('冷'));
  });

  it('never write one 8-bit byte, which would end the fields', () => {
    assertRefused(() => encodeField(text('A'), 25, 'FRU board area, field 1'), /^FRU board area, field 1: one 8-bit/);
    assert.deepEqual(textField('A'), { encoding: 'six-bit', text: 'A' });
    assert.deepEqual(textField('sled1'), text('sled1'));
  });

  it('refuse what their encoding does not hold, and more than 63 bytes', () => {
    assertRefused(() => encodeField(text('€'), 25, 'x'), /"€" is not in Latin-1/);
    assertRefused(() => encodeField({ encoding: 'six-bit', text: 'ab' }, 25, 'x'), /"a" is not in 6-bit ASCII/);
    assertRefused(() => encodeField({ encoding: 'bcd-plus', text: '1x' }, 25, 'x'), /"x" is not in BCD plus/);
    assertRefused(() => encodeField(text('a'.repeat(64)), 25, 'x'), /64 bytes do not fit into a field of 63/);
    assert.equal(encodeField(text('a'.repeat(63)), 25, 'x')[0], 0xff);
  });

  it('refuse contents that an area cannot hold', () => {
    const board = CONTENTS.board;
    assert.ok(board);
    const many = { ...NOTHING, board: { ...board, custom: Array<FruField>(40).fill(text('a'.repeat(60))) } };
    assertRefused(() => encodeFru(many), /^FRU board area: length 3\d\d does not fit into a byte/);
    const early = { ...NOTHING, board: { ...board, manufacturedAtMs: Date.UTC(1995, 0, 1) } };
    assertRefused(() => encodeFru(early), /^FRU board area, manufacturing date: /);
    assertRefused(() => encodeFru({ ...NOTHING, board: { ...board, language: 256 } }), /^FRU board area: language 256/);
  });
});

const latin1 = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 30,
});
const sixBit = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x5f }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const bcdPlus = fc.string({ unit: fc.constantFrom(...'0123456789 -.'.split('')), maxLength: 40 });
const field: fc.Arbitrary<FruField> = fc.oneof(
  latin1.filter((value) => value.length !== 1).map((value): FruField => ({ encoding: 'eight-bit', text: value })),
  sixBit.map((value): FruField => ({ encoding: 'six-bit', text: value.trimEnd() })),
  bcdPlus.map((value): FruField => ({ encoding: 'bcd-plus', text: value.trimEnd() })),
  fc.uint8Array({ maxLength: 63 }).map((bytes): FruField => ({ encoding: 'binary', bytes })),
);
const custom = fc.array(field, { maxLength: 5 });
const language = fc.constantFrom(0, 25);
const plain = { noNullPrototype: true };
const contents: fc.Arbitrary<FruContents> = fc.record(
  {
    chassis: fc.option(fc.record({ type: fc.nat(255), partNumber: field, serialNumber: field, custom }, plain)),
    board: fc.option(
      fc.record(
        {
          language,
          manufacturedAtMs: fc.option(
            fc.integer({ min: 1, max: 0xffffff }).map((minutes) => Date.UTC(1996, 0, 1) + minutes * 60_000),
          ),
          manufacturer: field,
          product: field,
          serialNumber: field,
          partNumber: field,
          fileId: field,
          custom,
        },
        plain,
      ),
    ),
    product: fc.option(
      fc.record(
        {
          language,
          manufacturer: field,
          name: field,
          partNumber: field,
          version: field,
          serialNumber: field,
          assetTag: field,
          fileId: field,
          custom,
        },
        plain,
      ),
    ),
  },
  plain,
);

/** Random bytes seldom have a right checksum: an image with some bytes changed and its checksums put right gets deeper. */
function repaired(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (const [at, value] of changes) changed[8 + (at % (changed.length - 8))] = value;
  for (const at of [1, 3, 7].map((eights) => eights * 8)) {
    const end = Math.min(at + (changed[at + 1] ?? 0) * 8, changed.length);
    if (end <= at) continue;
    changed[end - 1] = 0;
    changed[end - 1] = -changed.subarray(at, end).reduce((sum, byte) => sum + byte, 0) & 0xff;
  }
  return changed;
}

describe('FRU information, whatever it holds', () => {
  it('survives encoding and decoding', () => {
    fc.assert(
      fc.property(contents, (value) => assert.deepEqual(decodeFru(encodeFru(value)), value)),
      { numRuns: 300 },
    );
  });

  const decodesOrRefuses = (bytes: Uint8Array): 'decoded' | 'refused' => {
    try {
      decodeFru(bytes);
      return 'decoded';
    } catch (error) {
      assert.ok(error instanceof ColdslotError && error.code === 'bad-input', String(error));
      return 'refused';
    }
  };

  it('is decoded or refused with a ColdslotError, for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodesOrRefuses(bytes)),
      { numRuns: 500 },
    );
  });

  it('and for damaged images with right checksums, of which some decode and some do not', () => {
    const seen = new Set<string>();
    const changes = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (list) => void seen.add(decodesOrRefuses(repaired(image(), list)))),
      { numRuns: 1000 },
    );
    assert.deepEqual([...seen].toSorted(), ['decoded', 'refused']);
  });
});
