import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import ModbusRTU from 'modbus-serial';
import { wireOpener, type ModbusSerialModule } from '../../src/buses/modbus-wire.ts';

const SPEED = { baud: 19_200, parity: 'even' } as const;
const place = { kind: 'serial', path: '/dev/ttyTEST', baud: 19_200 } as const;

/** A serial port that answers each frame with what it is told to; the rest is the real modbus-serial. */
class FakePort extends EventEmitter {
  isOpen = false;
  answer: (frame: Buffer) => Buffer | null = () => null;
  failsToOpen: Error | null = null;

  open(done: (error: Error | null) => void): void {
    this.isOpen = this.failsToOpen === null;
    done(this.failsToOpen);
  }

  close(done: () => void): void {
    this.isOpen = false;
    done();
  }

  write(frame: Buffer): void {
    const answer = this.answer(frame);
    if (answer !== null) setImmediate(() => this.emit('data', answer));
  }
}

function rig() {
  const port = new FakePort();
  const Client = ModbusRTU as unknown as new (port: unknown) => object;
  class OverFakePort extends Client {
    static readonly RTUBufferedPort = function RTUBufferedPort() {
      return port;
    };
  }
  return { port, open: wireOpener(OverFakePort as unknown as ModbusSerialModule, place) };
}

/** Unit 1, two registers 0x0102 and 0x0304. */
const GOOD = withCrc([1, 3, 4, 1, 2, 3, 4]);

function withCrc(bytes: readonly number[]): Buffer {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Buffer.from([...bytes, crc & 0xff, crc >> 8]);
}

describe('a Modbus wire', () => {
  it('sends what the specification says: unit, function 3, address, count, CRC low byte first', async () => {
    const { port, open } = rig();
    const sent: Buffer[] = [];
    port.answer = (frame) => {
      sent.push(frame);
      return GOOD;
    };
    const wire = await open(SPEED);
    assert.deepEqual(await wire.read(1, 0, 2, 5000), { kind: 'ok', registers: [0x0102, 0x0304] });
    // Modbus over serial line 1.02: 01 03 00 00 00 02 has CRC 0x0BC4, sent C4 0B
    assert.deepEqual(sent[0], Buffer.from([1, 3, 0, 0, 0, 2, 0xc4, 0x0b]));
  });

  for (const [what, answer, error] of [
    ['a wrong CRC', Buffer.from([...GOOD.subarray(0, -1), 0]), 'crc'],
    ['too few registers', withCrc([1, 3, 2, 1, 2]), 'crc'],
    ['another unit', withCrc([2, 3, 4, 1, 2, 3, 4]), 'crc'],
    ['an exception', withCrc([1, 0x83, 2]), 'exception'],
    ['a gateway’s silence', withCrc([1, 0x83, 11]), 'timeout'],
    ['nothing', null, 'timeout'],
  ] as const) {
    it(`that answers with ${what} is ${error}`, async () => {
      const { port, open } = rig();
      port.answer = () => answer;
      const got = await (await open(SPEED)).read(1, 0, 2, answer === null ? 10 : 5000);
      assert.equal(got.kind === 'error' ? got.error : got.kind, error);
    });
  }

  it('that cannot be opened says where and why', async () => {
    const { port, open } = rig();
    port.failsToOpen = new Error('Permission denied');
    await assert.rejects(open(SPEED), /^Error: serial:\/dev\/ttyTEST: Permission denied$/);
  });

  it('that is pulled out answers at once, and is no longer open', async () => {
    const { port, open } = rig();
    const wire = await open(SPEED);
    const waiting = wire.read(1, 0, 2, 5000);
    port.emit('error', new Error('device gone'));
    port.emit('close');
    assert.deepEqual(await waiting, { kind: 'error', error: 'io', detail: 'device gone' });
    assert.equal(wire.open(), false);
    assert.equal((await wire.read(1, 0, 2, 100)).kind, 'error');
  });

  it('survives a port that fails after it was closed', async () => {
    const { port, open } = rig();
    const wire = await open(SPEED);
    await wire.close();
    assert.ok(port.emit('error', new Error('too late')), 'somebody still listens');
  });

  it('cannot be had without the native part of serialport', () => {
    const { RTUBufferedPort: _, ...without } = ModbusRTU as unknown as Record<string, unknown>;
    assert.throws(
      () => wireOpener(without as unknown as ModbusSerialModule, place),
      /is not there, and \/dev\/ttyTEST needs it/,
    );
  });
});
