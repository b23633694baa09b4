import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lm75Temperature, lm75Variants } from '../../src/chips/lm75.ts';
import { byteChip, open, wordChip } from './probe-bus.ts';

function celsius(chip: string, raw: number): number {
  const variant = lm75Variants[chip];
  assert.ok(variant);
  return lm75Temperature(raw, variant);
}

describe('LM75 family', () => {
  it('converts the data sheets’ tables, left-aligned', () => {
    // LM75: 9 bits, FAh = +125 °C … 192h = −55 °C
    const lm75: readonly [number, number][] = [
      [0x0fa, 125],
      [0x032, 25],
      [0x001, 0.5],
      [0x000, 0],
      [0x1ff, -0.5],
      [0x1ce, -25],
      [0x192, -55],
    ];
    for (const [code, expected] of lm75) assert.equal(celsius('lm75', code << 7), expected);
    // TMP75 SBOS288: 12 bits
    const tmp75: readonly [number, number][] = [
      [0x7ff, 127.9375],
      [0x640, 100],
      [0x4b0, 75],
      [0x190, 25],
      [0x004, 0.25],
      [0xffc, -0.25],
      [0xe70, -25],
      [0xc90, -55],
    ];
    for (const chip of ['tmp75', 'tmp105', 'tmp112', 'tmp175']) {
      for (const [code, expected] of tmp75) assert.equal(celsius(chip, code << 4), expected, chip);
    }
    // DS75, at the 11 bits we configure: sixteenths are cut
    assert.equal(celsius('ds75', 0x0a20), 10.125);
    assert.equal(celsius('ds75', 0xf5e0), -10.125);
    assert.equal(celsius('ds75', 0x1910), 25);
  });

  it('ignores the bits that an LM75 leaves undefined', () => {
    assert.equal(celsius('lm75', 0x1c7f), 28);
    assert.equal(celsius('lm75a', 0xe77f), -25);
  });

  it('reads a TMP112 in extended mode up to 150 °C', () => {
    // TMP112 SBOS473: 13 bits, 0960h = 150 °C, 1C90h = −55 °C; bit 0 of the register tells the format
    assert.equal(celsius('tmp112', (0x0960 << 3) | 1), 150);
    assert.equal(celsius('tmp112', (0x1c90 << 3) | 1), -55);
  });

  it('reads in one transfer of two bytes', async () => {
    const bus = wordChip(0x48, { 0: 0x1980 });
    const chip = open('sensor', 'lm75', bus, 0x48);
    assert.deepEqual(await chip.readAll(7), new Map([['temp1', { kind: 'value', value: 25.5, atMs: 7 }]]));
    assert.deepEqual(bus.transfers, [{ address: 0x48, write: '00', readLength: 2 }]);
  });

  it('says where a chip did not answer, and keeps a time-out apart', async () => {
    const bus = wordChip(0x48, {});
    const chip = open('sensor', 'tmp75', bus, 0x49);
    assert.deepEqual(await chip.read('temp1', 5), {
      kind: 'none',
      reason: 'fault',
      detail: 'tmp75 at 0x49 on i2c3, register 0x00: nack (nothing has this address)',
      atMs: 5,
    });
    bus.fail = () => 'timeout';
    const hung = await chip.read('temp1', 6);
    assert.equal(hung.kind === 'none' && hung.reason, 'timeout');
  });

  it('takes for implausible what no sensor measures', async () => {
    for (const [chip, raw] of [
      ['tmp75', 0xffff], // nobody drove the bus
      ['lm75', 0xc880], // −55.5 °C
    ] as const) {
      const reading = await open('sensor', chip, wordChip(0x48, { 0: raw }), 0x48).read('temp1', 0);
      assert.equal(reading.kind === 'none' && reading.reason, 'implausible', chip);
    }
    const cold = await open('sensor', 'lm75', wordChip(0x48, { 0: 0xff80 }), 0x48).read('temp1', 0);
    assert.deepEqual(cold, { kind: 'value', value: -0.5, atMs: 0 });
  });

  it('refuses a channel it does not have', async () => {
    const reading = await open('sensor', 'lm75', wordChip(0x48, {}), 0x48).read('temp2', 0);
    assert.equal(reading.kind === 'none' && reading.detail, 'lm75 at 0x48 on i2c3: no channel temp2');
  });

  it('configures continuous conversion at full resolution, and writes nothing when it is so', async () => {
    const bus = byteChip(0x48, { 1: 0x01 }); // in shutdown
    const chip = open('sensor', 'tmp75', bus, 0x48);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['0160']);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['0160']);
    bus.fail = () => 'nack';
    const result = await chip.configure();
    assert.equal(result.kind, 'failed');
  });
});
