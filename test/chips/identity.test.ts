import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { I2cAnswer, I2cBus } from '../../src/core/ports.ts';
import { identities, openCheckedChip } from '../../src/chips/identity.ts';
import { chipKinds } from '../../src/chips/registry.ts';
import { makeChip } from '../../hwsim/chips/chip-factory.ts';
import { byteChip, wordChip } from './probe-bus.ts';

const ADDRESS = 0x4c;

async function configured(name: string, bus: I2cBus) {
  const chip = openCheckedChip(name, bus, ADDRESS);
  assert.ok(chip.kind === 'sensor' || chip.kind === 'fan');
  return chip.configure();
}

describe('a chip that can say who it is', () => {
  it('is configured when it is what the board says: TMP421, manufacturer 55h at FEh, device 21h at FFh (SBOS398)', async () => {
    assert.deepEqual(await configured('tmp421', byteChip(ADDRESS, { 0xfe: 0x55, 0xff: 0x21 })), { kind: 'ok' });
  });

  it('is refused, and not written to, when it is another: the detail says as what it answers', async () => {
    const bus = byteChip(ADDRESS, { 0xfe: 0x55, 0xff: 0x23, 0x09: 0x44 });
    const result = await configured('tmp421', bus);
    assert.ok(result.kind === 'failed');
    assert.equal(result.reason, 'fault');
    assert.match(result.detail, /tmp421 at 0x4c on .*register 0xff: answers as 0x23, expected 0x21: this is no tmp421/);
    assert.deepEqual(bus.writes(), []);
  });

  it('may be a later revision: the INA226 is 226h with a revision in the low four bits (SBOS547)', async () => {
    assert.equal((await configured('ina226', wordChip(ADDRESS, { 0xfe: 0x5449, 0xff: 0x2261 }))).kind, 'ok');
    assert.equal((await configured('ina226', wordChip(ADDRESS, { 0xfe: 0x5449, 0xff: 0x2270 }))).kind, 'failed');
  });

  it('is that of the ADT7475 family and of MCP9600 as Linux detects them, revisions aside', async () => {
    assert.equal((await configured('adt7475', byteChip(ADDRESS, { 0x3d: 0x75, 0x3e: 0x41 }))).kind, 'ok');
    assert.equal((await configured('adt7475', byteChip(ADDRESS, { 0x3d: 0x76, 0x3e: 0x41 }))).kind, 'failed');
    // 6Ch to 6Fh: the last two bits are the revision
    assert.equal((await configured('adt7490', byteChip(ADDRESS, { 0x3e: 0x41, 0x3f: 0x6e }))).kind, 'ok');
    assert.equal((await configured('adt7490', byteChip(ADDRESS, { 0x3e: 0x41, 0x3f: 0x69 }))).kind, 'failed');
    // Device ID 40h, then the revision
    assert.equal((await configured('mcp9600', wordChip(ADDRESS, { 0x20: 0x4013 }))).kind, 'ok');
    assert.equal((await configured('mcp9600', wordChip(ADDRESS, { 0x20: 0x4113 }))).kind, 'failed');
  });

  it('is not taken for another because of one corrupted byte', async () => {
    const good = byteChip(ADDRESS, { 0xfe: 0x55, 0xff: 0x21 });
    let first = true;
    const bus: I2cBus = {
      id: 'noisy',
      transfer: async (...transfer): Promise<I2cAnswer> => {
        const answer = await good.transfer(...transfer);
        if (answer.kind === 'error' || !first) return answer;
        first = false;
        return { kind: 'ok', data: answer.data.map((byte) => byte ^ 0x04) };
      },
    };
    assert.deepEqual(await configured('tmp421', bus), { kind: 'ok' });
  });

  it('is asked without being configured, so that a fan controller can be', async () => {
    const bus = byteChip(ADDRESS, { 0xfd: 0x34, 0xfe: 0x5d });
    const chip = openCheckedChip('emc2305', bus, ADDRESS);
    assert.ok(chip.kind === 'fan');
    assert.deepEqual(await chip.identify?.(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), []);
  });
});

describe('the table of identities', () => {
  it('names only chips that there are drivers for', () => {
    assert.deepEqual(
      Object.keys(identities).filter((name) => !chipKinds.has(name)),
      [],
    );
  });

  it('is what the simulated chips answer', async () => {
    for (const name of ['tmp421', 'tmp422', 'tmp423', 'ina226']) {
      const device = { id: name, chip: name, bus: 'b', address: ADDRESS, shuntMicroOhm: 1000, channels: [] };
      const probe = () => 1;
      const probes = { temperature: () => probe, busVoltage: () => probe, current: () => probe, rotor: () => probe };
      const model = makeChip(device, { probes, lines: {}, eepromContent: () => new Uint8Array(0) } as never);
      const transfer = (_address: number, write: Uint8Array, length: number): Promise<I2cAnswer> =>
        Promise.resolve({
          kind: 'ok',
          data: model.transfer(write, length, { plantS: 0, busMs: 0 }) ?? new Uint8Array(0),
        });
      assert.deepEqual(await configured(name, { id: 'b', transfer }), { kind: 'ok' }, name);
    }
  });
});
