import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { parseModbusPlace, placeText } from '../../src/buses/modbus-place.ts';
import { describeError } from '../../src/core/errors.ts';

describe('the place of a Modbus line', () => {
  it('is an address and port, or a path', () => {
    assert.deepEqual(parseModbusPlace('tcp://127.0.0.1:1502'), { kind: 'tcp', host: '127.0.0.1', port: 1502 });
    assert.deepEqual(parseModbusPlace('tcp://[::1]:502'), { kind: 'tcp', host: '::1', port: 502 });
    assert.deepEqual(parseModbusPlace('serial:/dev/ttyUSB0', 9600), {
      kind: 'serial',
      path: '/dev/ttyUSB0',
      baud: 9600,
    });
    assert.equal(placeText(parseModbusPlace('serial:/dev/ttyUSB0')), 'serial:/dev/ttyUSB0');
    assert.equal(placeText(parseModbusPlace('tcp://rack:502')), 'tcp://rack:502');
  });

  for (const wrong of [
    '',
    'tcp://host',
    'tcp://host:0',
    'tcp://host:65536',
    'serial:ttyUSB0',
    'udp://host:1',
    'tcp://a/b:1',
  ]) {
    it(`is not ${JSON.stringify(wrong)}`, () => {
      assert.throws(
        () => parseModbusPlace(wrong),
        (error) => describeError(error).startsWith('Modbus place: expected tcp://HOST:PORT or serial:/PATH, found'),
      );
    });
  }
});
