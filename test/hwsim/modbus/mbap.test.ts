import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { encodeMbap, MbapSplitter } from '../../../hwsim/modbus/mbap.ts';

describe('a frame of Modbus on TCP', () => {
  // Messaging on TCP/IP V1.0b, 4.4.1.3: read one register of device 0xFF, transaction 0x1501
  const bytes = Buffer.from('150100000006ff0300040001', 'hex');
  const frame = { transaction: 0x1501, unit: 0xff, pdu: Uint8Array.of(3, 0, 4, 0, 1) };

  it('is transaction, protocol 0, length, unit and PDU', () => {
    assert.deepEqual(new MbapSplitter().push(bytes), [frame]);
    assert.deepEqual(Buffer.from(encodeMbap(frame)), bytes);
  });

  it('is found in whatever pieces it comes', () => {
    const pdu = fc.uint8Array({ minLength: 1, maxLength: 253 });
    const frames = fc.array(
      fc.record({ transaction: fc.nat(0xffff), unit: fc.nat(0xff), pdu }, { noNullPrototype: true }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 300 })), (sent, sizes) => {
        const stream = Buffer.concat(sent.map(encodeMbap));
        const splitter = new MbapSplitter();
        const got = [];
        for (let at = 0; at < stream.length;) {
          const size = sizes.next().value ?? 1;
          got.push(...splitter.push(stream.subarray(at, at + size)));
          at += size;
        }
        assert.deepEqual(got, sent);
      }),
    );
  });

  it('is no frame with another protocol, or a length that no PDU has', () => {
    assert.throws(
      () => new MbapSplitter().push(Buffer.from('474554202f20485454', 'hex')),
      /protocol 21536 is not Modbus/,
    );
    assert.throws(() => new MbapSplitter().push(Buffer.from('00010000000101', 'hex')), /a length of 1 is not 2 to 254/);
    assert.throws(() => new MbapSplitter().push(Buffer.from('0001000000ff01', 'hex')), /a length of 255/);
  });

  it('that is garbage ends in an error or in waiting for less than one frame, never in anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), (chunks) => {
        const splitter = new MbapSplitter();
        try {
          for (const chunk of chunks)
            for (const { pdu } of splitter.push(chunk)) assert.ok(pdu.length >= 1 && pdu.length <= 253);
        } catch (error) {
          assert.match((error as Error).message, /is not Modbus|a length of/);
        }
      }),
    );
  });
});
