import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { I2cAnswer } from '../../src/core/ports.ts';
import { open, ProbeBus } from './probe-bus.ts';

/** An EEPROM whose byte at offset n is n mod 251, addressed as the data sheets say. */
function eeprom(device: number, addressBytes: 1 | 2, sizeBytes: number): ProbeBus {
  return new ProbeBus({
    transfer: (address, write, readLength): Promise<I2cAnswer> => {
      const high = addressBytes === 2 ? (write[0] ?? 0) : address - device;
      const offset = (high << 8) | (write[addressBytes - 1] ?? 0);
      if (write.length !== addressBytes || offset + readLength > sizeBytes) {
        return Promise.resolve({ kind: 'error', error: 'nack', detail: `at ${offset}` });
      }
      return Promise.resolve({
        kind: 'ok',
        data: Uint8Array.from({ length: readLength }, (_, n) => (offset + n) % 251),
      });
    },
  });
}

function expected(offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, n) => (offset + n) % 251);
}

describe('24Cxx EEPROMs', () => {
  it('reads in aligned blocks of at most 32 bytes', async () => {
    const bus = eeprom(0x54, 2, 8192);
    const answer = await open('eeprom', '24c64', bus, 0x54).read(0x1f0, 60);
    assert.deepEqual(answer, { kind: 'ok', data: expected(0x1f0, 60) });
    assert.deepEqual(
      bus.transfers.map(({ write, readLength }) => [write, readLength]),
      [
        ['01f0', 16],
        ['0200', 32],
        ['0220', 12],
      ],
    );
  });

  it('reads the whole of each kind', async () => {
    const kinds: readonly [string, 1 | 2, number][] = [
      ['24c02', 1, 256],
      ['24c04', 1, 512],
      ['24c08', 1, 1024],
      ['24c16', 1, 2048],
      ['24c32', 2, 4096],
      ['at24c128', 2, 16_384],
      ['24c256', 2, 32_768],
    ];
    for (const [name, addressBytes, sizeBytes] of kinds) {
      const chip = open('eeprom', name, eeprom(0x50, addressBytes, sizeBytes), 0x50);
      assert.equal(chip.sizeBytes, sizeBytes, name);
      assert.deepEqual(await chip.read(0, sizeBytes), { kind: 'ok', data: expected(0, sizeBytes) }, name);
    }
  });

  it('puts the upper address bits of a 24C16 into the device address', async () => {
    const bus = eeprom(0x50, 1, 2048);
    await open('eeprom', '24c16', bus, 0x50).read(0x7ff, 1);
    assert.deepEqual(bus.transfers, [{ address: 0x57, write: 'ff', readLength: 1 }]);
  });

  it('gives the failure of the block that failed, and no bytes', async () => {
    const bus = eeprom(0x54, 2, 8192);
    bus.fail = ({ write }) => (write === '0020' ? 'timeout' : null);
    const answer = await open('eeprom', '24c64', bus, 0x54).read(0, 64);
    assert.deepEqual(answer, {
      kind: 'failed',
      reason: 'timeout',
      detail: '24c64 at 0x54 on i2c3, register 0x0020: timeout (injected)',
    });
  });

  it('refuses a read beyond its end without asking the chip', async () => {
    const bus = eeprom(0x50, 1, 256);
    const chip = open('eeprom', '24c02', bus, 0x50);
    for (const [offset, length] of [
      [250, 7],
      [-1, 2],
      [0, Number.NaN],
    ] as const) {
      assert.equal((await chip.read(offset, length)).kind, 'failed');
    }
    assert.deepEqual(bus.transfers, []);
    assert.deepEqual(await chip.read(250, 6), { kind: 'ok', data: expected(250, 6) });
  });
});
