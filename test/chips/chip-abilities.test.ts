// What `chip list` says of each chip is what its driver does.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { I2cAnswer, I2cBus } from '../../src/core/ports.ts';
import { chipAbilities } from '../../src/chips/chip-abilities.ts';
import { decodableChips } from '../../src/chips/decode.ts';
import { openCheckedChip } from '../../src/chips/identity.ts';
import type { ChipOptions } from '../../src/chips/registry.ts';
import { openChip } from '../../src/chips/registry.ts';
import { near } from './near.ts';

/** Answers every read with 01h 02h 01h 02h…, takes every write, and keeps all of it. */
class WillingBus implements I2cBus {
  readonly id = 'i2c3';
  readonly log: string[] = [];

  transfer(_: number, write: Uint8Array, length: number): Promise<I2cAnswer> {
    this.log.push(`${Buffer.from(write).toString('hex')} ${length}`);
    return Promise.resolve({ kind: 'ok', data: Uint8Array.from({ length }, (__, index) => 1 + (index % 2)) });
  }
}

async function readingsOf(name: string, options: ChipOptions): Promise<readonly number[]> {
  const chip = openChip(name, new WillingBus(), 0x40, options);
  if (chip.kind !== 'sensor' && chip.kind !== 'fan') return [];
  await chip.configure();
  const all = await chip.readAll(0);
  return [...all.values()].flatMap((reading) => (reading.kind === 'value' ? [reading.value] : []));
}

describe('the abilities of chips', () => {
  const all = chipAbilities();

  it('name the watchdogs that can be armed', async () => {
    for (const { name, kind, watchdogS } of all.filter((chip) => chip.kind === 'fan')) {
      const chip = openChip(name, new WillingBus(), 0x40);
      assert.ok(chip.kind === 'fan', kind);
      const armed: number[] = [];
      for (const timeoutS of [5, 10, 30] as const) {
        if ((await chip.armWatchdog(timeoutS)).kind === 'ok') armed.push(timeoutS);
      }
      assert.deepEqual(armed, watchdogS, name);
    }
    assert.ok(all.some(({ watchdogS }) => watchdogS.length > 0));
  });

  it('name the chips whose transfers have a packet error code when it is asked for', async () => {
    for (const { name, kind, pec } of all.filter((chip) => chip.kind === 'sensor' || chip.kind === 'fan')) {
      const [without, withCode] = [new WillingBus(), new WillingBus()];
      for (const [bus, options] of [
        [without, {}],
        [withCode, { pec: true }],
      ] as const) {
        const chip = openChip(name, bus, 0x40, options);
        if (chip.kind === 'sensor' || chip.kind === 'fan') await chip.readAll(0);
      }
      assert.ok(without.log.length > 0, name);
      assert.equal(withCode.log.join() !== without.log.join(), pec, `${name}, a ${kind}`);
    }
  });

  it('name the chips whose readings depend on a shunt', async () => {
    for (const { name, shunt } of all) {
      const one = await readingsOf(name, { shuntMicroOhm: 1000 });
      const two = await readingsOf(name, { shuntMicroOhm: 2000 });
      assert.equal(one.length, two.length, name);
      assert.equal(
        one.some((value, index) => !near(value, two[index] ?? Number.NaN)),
        shunt,
        name,
      );
    }
  });

  it('name the chips that tell conditions, those that can be decoded, and those that say who they are', () => {
    for (const { name, conditions, decode, identity } of all) {
      const chip = openChip(name, new WillingBus(), 0x40);
      assert.equal('readConditions' in chip, conditions, name);
      assert.equal(decode, decodableChips().includes(name), name);
      assert.equal('identify' in openCheckedChip(name, new WillingBus(), 0x40), identity, name);
    }
  });

  it('give sizes of memories and channels of muxes', () => {
    const found = new Map(all.map((chip) => [chip.name, chip]));
    assert.equal(found.get('24c64')?.sizeBytes, 8192); // 64 Kibit
    assert.equal(found.get('pca9548')?.channelCount, 8);
    assert.equal(found.get('tmp75')?.sizeBytes, undefined);
  });

  it('have Linux’ labels of each of which there is one', () => {
    for (const { name, channels } of all) {
      const labels = channels.flatMap(({ label }) => label ?? []);
      assert.equal(new Set(labels).size, labels.length, name);
      assert.equal(new Set(channels.map(({ channel }) => channel)).size, channels.length, name);
    }
  });
});
