import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { BusError } from '../../src/core/ports.ts';
import { openHardwareBus, type I2cModule, type SyncI2c } from '../../src/buses/i2c-bus.ts';

/** An i2c-bus whose device answers 0x10, 0x11, 0x12 …, and which notes every call. */
function fakeI2c(fail: () => Error | null = () => null, short = 0) {
  const calls: string[] = [];
  const note = (text: string) => {
    const error = fail();
    if (error !== null) throw error;
    calls.push(text);
  };
  const fill = (buffer: Buffer, length: number) => {
    for (let i = 0; i < length; i++) buffer[i] = 0x10 + i;
    return length - short;
  };
  const hex = (buffer: Buffer) => buffer.toString('hex');
  const bus: SyncI2c = {
    receiveByteSync: (a) => (note(`receiveByte ${a}`), 0x10),
    readByteSync: (a, c) => (note(`readByte ${a} ${c}`), 0x10),
    readWordSync: (a, c) => (note(`readWord ${a} ${c}`), 0x1110), // low byte was first on the wire
    readI2cBlockSync: (a, c, n, buffer) => (note(`readBlock ${a} ${c} ${n}`), fill(buffer, n)),
    i2cReadSync: (a, n, buffer) => (note(`i2cRead ${a} ${n}`), fill(buffer, n)),
    writeQuickSync: (a, _command, bit) => note(`quick ${a} ${bit}`),
    sendByteSync: (a, b) => note(`sendByte ${a} ${b}`),
    writeByteSync: (a, c, b) => note(`writeByte ${a} ${c} ${b}`),
    writeWordSync: (a, c, w) => note(`writeWord ${a} ${c} ${w.toString(16)}`),
    i2cWriteSync: (a, n, buffer) => (note(`i2cWrite ${a} ${n} ${hex(buffer)}`), n - short),
    closeSync: () => void calls.push('close'),
  };
  const module: I2cModule = { openSync: (number) => (calls.push(`open ${number}`), bus) };
  return { calls, module };
}

const bytes = (...values: number[]) => Uint8Array.of(...values);

describe('an I2C bus over i2c-bus', () => {
  const transfers: readonly [what: string, write: Uint8Array, read: number, calls: string[]][] = [
    ['a register byte is an SMBus byte read', bytes(2), 1, ['readByte 76 2']],
    ['a register word is an SMBus word read', bytes(0), 2, ['readWord 76 0']],
    ['up to 32 bytes are one block read', bytes(0x18), 32, ['readBlock 76 24 32']],
    ['more than 32 bytes are a write and a read', bytes(0x18), 33, ['i2cWrite 76 1 18', 'i2cRead 76 33']],
    [
      'an EEPROM’s two-byte address is a write and a read',
      bytes(0x01, 0x40),
      16,
      ['i2cWrite 76 2 0140', 'i2cRead 76 16'],
    ],
    ['reading without a register, one byte', bytes(), 1, ['receiveByte 76']],
    ['reading without a register, four bytes', bytes(), 4, ['i2cRead 76 4']],
    ['writing a pointer', bytes(7), 0, ['sendByte 76 7']],
    ['writing a byte register', bytes(1, 0x60), 0, ['writeByte 76 1 96']],
    ['writing a word register, high byte first as chips take it', bytes(5, 0x12, 0x34), 0, ['writeWord 76 5 3412']],
    ['writing more', bytes(0, 64, 1, 2, 3), 0, ['i2cWrite 76 5 0040010203']],
    ['asking whether somebody is there', bytes(), 0, ['quick 76 0']],
  ];
  for (const [what, write, read, calls] of transfers) {
    it(what, async () => {
      const fake = fakeI2c();
      const bus = openHardwareBus('chassis', () => 3, fake.module);
      const answer = await bus.transfer(0x4c, write, read);
      assert.deepEqual(fake.calls, ['open 3', ...calls]);
      const expected = Uint8Array.from({ length: read }, (_, i) => 0x10 + i);
      assert.deepEqual(answer, { kind: 'ok', data: expected });
    });
  }

  const faults: readonly [code: string, error: BusError][] = [
    ['ENXIO', 'nack'],
    ['EREMOTEIO', 'nack'],
    ['ETIMEDOUT', 'timeout'],
    ['EAGAIN', 'arbitration'],
    ['EBUSY', 'busy'],
    ['EBADMSG', 'pec'],
    ['EIO', 'io'],
  ];
  for (const [code, error] of faults) {
    it(`answers ${error} for ${code}, naming bus and address`, async () => {
      const fake = fakeI2c(() => Object.assign(new Error(`${code}: it failed`), { code }));
      const answer = await openHardwareBus('chassis', () => 3, fake.module).transfer(0x4c, bytes(0), 2);
      assert.equal(answer.kind === 'error' && answer.error, error);
      assert.match(answer.kind === 'error' ? answer.detail : '', /^chassis 0x4c: /);
    });
  }

  it('answers io when fewer bytes come back than were asked for', async () => {
    const bus = openHardwareBus('chassis', () => 3, fakeI2c(() => null, 1).module);
    const answer = await bus.transfer(0x50, bytes(0), 8);
    assert.deepEqual(answer, { kind: 'error', error: 'io', detail: 'chassis 0x50: only 7 of 8 bytes came back' });
  });

  it('answers io while its mux’s driver is not there, and works as soon as it is', async () => {
    let bound = false;
    const number = () => {
      if (!bound) throw new Error('channel-0 is not there');
      return 17;
    };
    const fake = fakeI2c();
    const bus = openHardwareBus('sled1', number, fake.module);
    assert.equal((await bus.transfer(0x48, bytes(0), 2)).kind, 'error');
    bound = true;
    assert.equal((await bus.transfer(0x48, bytes(0), 2)).kind, 'ok');
    assert.equal(fake.calls[0], 'open 17');
  });

  it('sends nothing over a file for which Linux has refused the address', async () => {
    let owned = true;
    const refusal = Object.assign(new Error('EBUSY: resource busy, setAddr'), { code: 'EBUSY' });
    const wire: number[] = [];
    const module: I2cModule = {
      openSync: () => {
        const files = new Map<number, number>(); // address asked for → the one that Linux has set, as in i2c-bus 5.2.3
        const file = (address: number) => {
          const kept = files.get(address);
          if (kept !== undefined) return kept;
          files.set(address, owned ? 0 : address);
          if (owned) throw refusal;
          return address;
        };
        const bus = fakeI2c().module.openSync(0);
        return { ...bus, readWordSync: (address) => (wire.push(file(address)), 0x1110) };
      },
    };
    const bus = openHardwareBus('chassis', () => 3, module);
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await bus.transfer(0x4c, bytes(0), 2);
      assert.equal(answer.kind === 'error' && answer.error, 'busy');
    }
    assert.deepEqual(wire, []); // above all not to address 0, the general call
    owned = false;
    assert.equal((await bus.transfer(0x4c, bytes(0), 2)).kind, 'ok');
    assert.deepEqual(wire, [0x4c]);
  });

  it('has done it when the call returns: two transfers not waited for are in order', async () => {
    const fake = fakeI2c();
    const bus = openHardwareBus('chassis', () => 0, fake.module);
    const both = [bus.transfer(0x20, bytes(1, 2), 0), bus.transfer(0x21, bytes(0), 1)];
    assert.deepEqual(fake.calls, ['open 0', 'writeByte 32 1 2', 'readByte 33 0']);
    await Promise.all(both);
  });
});
