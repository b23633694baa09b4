// The examples are those of the Modbus Application Protocol V1.1b3.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { answerPdu, modbusExceptions, type RegisterFile } from '../../../hwsim/modbus/pdu.ts';

/** Registers from `from` on; those from 0x100 on cannot be written. */
function device(from: number, values: number[]): RegisterFile {
  const has = (address: number, count: number) => address >= from && address + count <= from + values.length;
  return {
    read: (address, count) => (has(address, count) ? values.slice(address - from, address - from + count) : null),
    write: (address, written) => {
      if (!has(address, written.length)) return modbusExceptions.illegalAddress;
      if (written.includes(0xffff)) return modbusExceptions.illegalValue;
      written.forEach((value, i) => (values[address - from + i] = value));
      return null;
    },
  };
}

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const answer = (file: RegisterFile, request: string) => Buffer.from(answerPdu(file, hex(request))).toString('hex');

describe('a device answers', () => {
  it('a read of registers 108 to 110 (6.3)', () => {
    const file = device(107, [0x022b, 0x0000, 0x0064]);
    assert.equal(answer(file, '03 00 6B 00 03'), '0306022b00000064');
  });

  it('a read of input register 9 (6.4)', () => {
    assert.equal(answer(device(8, [0x000a]), '04 00 08 00 01'), '0402000a');
  });

  it('a write of register 2, with an echo (6.6)', () => {
    const values = [0, 0];
    assert.equal(answer(device(0, values), '06 00 01 00 03'), '0600010003');
    assert.deepEqual(values, [0, 3]);
  });

  it('a write of two registers from 2 on (6.12)', () => {
    const values = [0, 0, 0];
    assert.equal(answer(device(0, values), '10 00 01 00 02 04 00 0A 01 02'), '1000010002');
    assert.deepEqual(values, [0, 0x000a, 0x0102]);
  });
});

describe('a device refuses', () => {
  const file = () => device(0, [1, 2, 3]);

  it('a function that it has not: 1', () => {
    for (const code of [0x01, 0x02, 0x05, 0x0f, 0x17, 0x2b, 0x00, 0x7f]) {
      const refused = Buffer.of(code | 0x80, 1).toString('hex');
      assert.equal(answer(file(), `${code.toString(16).padStart(2, '0')} 00 00 00 01`), refused);
    }
  });

  it('registers that are not there: 2', () => {
    assert.equal(answer(file(), '03 00 02 00 02'), '8302');
    assert.equal(answer(file(), '04 FF FF 00 01'), '8402');
    assert.equal(answer(file(), '06 00 03 00 01'), '8602');
    assert.equal(answer(file(), '10 00 02 00 02 04 00 01 00 01'), '9002');
  });

  it('a wrong number of registers or of bytes: 3, before it looks at the address', () => {
    assert.equal(answer(file(), '03 00 00 00 00'), '8303');
    assert.equal(answer(file(), '03 00 00 00 7E'), '8303'); // 126; at most 125 (6.3)
    assert.equal(answer(file(), '03 00 00 00'), '8303');
    assert.equal(answer(file(), '06 00 00 00 01 00'), '8603');
    assert.equal(answer(file(), '10 00 00 00 02 02 00 01'), '9003');
    assert.equal(answer(file(), '10 00 00 00 00 00'), '9003');
    assert.equal(answer(file(), '10'), '9003');
  });

  it('a value that a register does not take: 3', () => {
    assert.equal(answer(file(), '06 00 00 FF FF'), '8603');
  });

  it('everything when it is broken: 4', () => {
    const broken: RegisterFile = {
      read: () => {
        throw new Error('no converter');
      },
      write: () => null,
    };
    assert.equal(answer(broken, '03 00 00 00 01'), '8304');
  });

  it('whatever else comes, in two bytes or as a whole answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 253 }), (pdu) => {
        const bytes = answerPdu(file(), pdu);
        const isException = ((bytes[0] ?? 0) & 0x80) !== 0;
        assert.equal((bytes[0] ?? 0) & 0x7f, (pdu[0] ?? 0) & 0x7f);
        if (isException) assert.equal(bytes.length, 2);
        else if (bytes[0] === 0x06 || bytes[0] === 0x10) assert.equal(bytes.length, 5);
        else assert.equal(bytes.length, 2 + (bytes[1] ?? 0));
      }),
    );
  });
});
