import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { crc16, withCrc, withoutCrc } from '../../../hwsim/modbus/crc16.ts';

describe('the checksum of RTU frames', () => {
  it('is 0x1241 for 02 07, sent 41 12 (Modbus over serial line V1.02, appendix B)', () => {
    assert.equal(crc16(Uint8Array.of(0x02, 0x07)), 0x1241);
    assert.deepEqual(withCrc(Uint8Array.of(0x02, 0x07)), Uint8Array.of(0x02, 0x07, 0x41, 0x12));
  });

  it('has the check value of the catalogue of CRCs, CRC-16/MODBUS: 0x4B37 for "123456789"', () => {
    assert.equal(crc16(Buffer.from('123456789', 'latin1')), 0x4b37);
  });

  it('is right in the read request that every introduction shows: 11 03 00 6B 00 03, CRC 76 87', () => {
    const frame = Buffer.from('1103006b00037687', 'hex');
    assert.deepEqual(Buffer.from(withoutCrc(frame) ?? []), frame.subarray(0, 6));
  });

  it('finds every burst of up to 16 wrong bits, and frames that are too short', () => {
    const frames = fc.uint8Array({ minLength: 1, maxLength: 254 });
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 0xffff }), (bytes, at, burst) => {
        const frame = withCrc(bytes);
        assert.deepEqual(withoutCrc(frame), bytes);
        const place = at % (frame.length - 1);
        frame[place] = (frame[place] ?? 0) ^ (burst >> 8);
        frame[place + 1] = (frame[place + 1] ?? 0) ^ (burst & 0xff);
        assert.equal(withoutCrc(frame), null);
      }),
    );
    for (const length of [0, 1, 2]) assert.equal(withoutCrc(new Uint8Array(length).fill(0xff)), null);
  });
});
