import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { open, ProbeBus } from './probe-bus.ts';

const ADDRESS = 0x6a;

/** CRC-8 by long division of the bits. */
function crc8(bytes: readonly number[]): number {
  let remainder = 0;
  for (const byte of [...bytes, 0]) {
    for (let bit = 7; bit >= 0; bit--) {
      remainder = (remainder << 1) | ((byte >> bit) & 1);
      if (remainder > 0xff) remainder ^= 0x107;
    }
  }
  return remainder;
}

/** A drive that is ready and well: flags 3Fh = functional, no reset required, link active; no warnings. */
function drive({ flags = 0x3f, warnings = 0xff, temperature = 40, length = 6, spoil = 0 }): ProbeBus {
  const block = [length, flags, warnings, temperature, 3, 0, 0];
  const pec = crc8([ADDRESS << 1, 0, (ADDRESS << 1) | 1, ...block]) ^ spoil;
  return new ProbeBus({ transfer: () => Promise.resolve({ kind: 'ok', data: Uint8Array.of(...block, pec) }) });
}

async function read(bus: ProbeBus): Promise<number | string> {
  const reading = await open('sensor', 'nvme', bus, ADDRESS).read('temp1', 0);
  return reading.kind === 'value' ? reading.value : reading.reason;
}

describe('an NVMe drive', () => {
  it('tells its temperature in one transfer of eight bytes', async () => {
    const bus = drive({});
    assert.equal(await read(bus), 40);
    assert.deepEqual(bus.transfers, [{ address: ADDRESS, write: '00', readLength: 8 }]);
    const all = await open('sensor', 'nvme', bus, ADDRESS).readAll(3);
    assert.deepEqual(all.get('temp1'), { kind: 'value', value: 40, atMs: 3 });
  });

  it('has temperatures from −60 to 127 °C, and codes for having none', async () => {
    const expected = [
      [0x00, 0],
      [0x7f, 127],
      [0xc4, -60],
      [0xff, -1],
      [0x80, 'fault'], // none in the last 5 s
      [0x81, 'fault'], // the sensor has failed
      [0x82, 'implausible'],
      [0xc3, 'implausible'],
    ] as const;
    for (const [temperature, value] of expected) assert.equal(await read(drive({ temperature })), value);
  });

  it('is not believed with a wrong packet error code or another length', async () => {
    assert.equal(await read(drive({ spoil: 0x10 })), 'fault');
    assert.equal(await read(drive({ length: 0xff })), 'implausible');
  });

  it('tells its conditions', async () => {
    const conditionsOf = async (bus: ProbeBus) => {
      const answer = await open('sensor', 'nvme', bus, ADDRESS).readConditions?.();
      return answer?.kind === 'ok' ? answer.conditions.map(({ name }) => name) : answer;
    };
    assert.deepEqual(await conditionsOf(drive({})), []);
    // 4Fh: not ready, not functional, reset required; F5h: bits 1 and 3 are 0
    const names = ['not-ready', 'failed', 'reset-required', 'temperature-out-of-range', 'read-only'];
    assert.deepEqual(await conditionsOf(drive({ flags: 0x4f, warnings: 0xf5 })), names);
  });
});
