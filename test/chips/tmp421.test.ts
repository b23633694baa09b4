import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tmp421Temperature } from '../../src/chips/tmp421.ts';
import { byteChip, open } from './probe-bus.ts';

describe('TMP421 family', () => {
  it('converts the data sheet’s tables of whole degrees and sixteenths', () => {
    // SBOS398C Table 1: °C, standard and extended high byte
    const table: readonly [number, number, number][] = [
      [-64, 0xc0, 0x00],
      [-50, 0xce, 0x0e],
      [-25, 0xe7, 0x27],
      [0, 0x00, 0x40],
      [1, 0x01, 0x41],
      [25, 0x19, 0x59],
      [75, 0x4b, 0x8b],
      [100, 0x64, 0xa4],
      [127, 0x7f, 0xbf],
    ];
    for (const [celsius, standard, extended] of table) {
      assert.equal(tmp421Temperature(standard, 0, 'standard'), celsius);
      assert.equal(tmp421Temperature(extended, 0, 'extended'), celsius);
    }
    assert.equal(tmp421Temperature(0xd6, 0, 'extended'), 150);
    assert.equal(tmp421Temperature(0xff, 0, 'extended'), 191);
    // Table 2: fractions, the same in both
    assert.equal(tmp421Temperature(0, 0x10, 'standard'), 0.0625);
    assert.equal(tmp421Temperature(0, 0x90, 'standard'), 0.5625);
    assert.equal(tmp421Temperature(0x40, 0xf0, 'extended'), 0.9375);
    // −20 °C is ECh (its calculation example), so −19.75 °C is EC40h
    assert.equal(tmp421Temperature(0xec, 0x40, 'standard'), -19.75);
    assert.equal(tmp421Temperature(0x45, 0x13, 'standard'), 69.0625, 'flags are not temperature');
  });

  it('reads each channel, high byte first', async () => {
    const bus = byteChip(0x4c, { 0x00: 25, 0x10: 0x80, 0x01: 69, 0x11: 0x10, 0x02: 0xec, 0x12: 0, 0x03: 1, 0x13: 0 });
    const readings = await open('sensor', 'tmp423', bus, 0x4c).readAll(9);
    assert.deepEqual(
      [...readings].map(([channel, reading]) => [channel, reading.kind === 'value' && reading.value]),
      [
        ['temp1', 25.5],
        ['temp2', 69.0625],
        ['temp3', -20],
        ['temp4', 1],
      ],
    );
    assert.deepEqual(
      bus.transfers.map(({ write }) => write),
      ['00', '10', '01', '11', '02', '12', '03', '13'],
    );
  });

  it('gives no value for an open diode or a conversion under low supply', async () => {
    const bus = byteChip(0x4c, { 0x01: 25, 0x11: 0x01, 0x00: 25, 0x10: 0x02 });
    const chip = open('sensor', 'tmp421', bus, 0x4c);
    const open1 = await chip.read('temp2', 0);
    assert.ok(open1.kind === 'none' && open1.reason === 'fault');
    assert.match(open1.detail, /tmp421 at 0x4c on i2c3, register 0x11: the remote diode is open/);
    const low = await chip.read('temp1', 0);
    assert.ok(low.kind === 'none' && low.reason === 'fault');
    assert.match(low.detail, /supply was too low/);
  });

  it('puts the chip into the standard range, so that a reset is not read 64 °C off', async () => {
    const bus = byteChip(0x4c, { 0x09: 0x44 }); // shut down, extended
    const chip = open('sensor', 'tmp422', bus, 0x4c);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['0900']);
  });

  it('has as many channels as the chip has diodes, and one more', () => {
    const bus = byteChip(0x4c, {});
    const channels = (name: string) => open('sensor', name, bus, 0x4c).channels.map(({ channel }) => channel);
    assert.deepEqual(channels('tmp421'), ['temp1', 'temp2']);
    assert.deepEqual(channels('tmp422'), ['temp1', 'temp2', 'temp3']);
    assert.deepEqual(channels('tmp423'), ['temp1', 'temp2', 'temp3', 'temp4']);
  });

  it('fails only the channel whose transfer failed', async () => {
    const bus = byteChip(0x4c, { 0x00: 30, 0x01: 40 });
    bus.fail = ({ write }) => (write === '11' ? 'arbitration' : null);
    const readings = await open('sensor', 'tmp421', bus, 0x4c).readAll(0);
    assert.deepEqual(readings.get('temp1'), { kind: 'value', value: 30, atMs: 0 });
    const failed = readings.get('temp2');
    assert.equal(failed?.kind === 'none' && failed.reason, 'fault');
  });
});
