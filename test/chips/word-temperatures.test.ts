// TMP464, JC-42.4, SPD5118, MAX31730 and TMP108: values from the documents' tables, kernel roundings by hand.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import { decodeRegisters } from '../../src/chips/decode.ts';
import { jc42Temperature } from '../../src/chips/jc42.ts';
import { max31730Temperature } from '../../src/chips/max31730.ts';
import { spd5118Temperature } from '../../src/chips/spd5118.ts';
import { tmp108Temperature } from '../../src/chips/tmp108.ts';
import { tmp464Temperature } from '../../src/chips/tmp464.ts';
import { byteChip, open, wordChip } from './probe-bus.ts';

const reason = (reading: Reading | undefined) => (reading?.kind === 'none' ? reading.reason : 'a value');

function bytes(count: number, values: Readonly<Record<number, number>>): string[] {
  return Array.from({ length: count }, (_, register) => (values[register] ?? 0).toString(16));
}

/** As an SMBus word read returns them: wire bytes swapped. */
function words(count: number, values: Readonly<Record<number, number>>): string[] {
  return Array.from({ length: count }, (_, register) => {
    const wire = values[register] ?? 0;
    return (((wire & 0xff) << 8) | (wire >> 8)).toString(16);
  });
}

describe('TMP464 and TMP468', () => {
  it('convert the data sheet’s table', () => {
    // SBOS835 "Temperature Data Format": 0.0625 °C is 0008h
    const table: readonly [number, number][] = [
      [0x7ff8, 255.9375],
      [0x4b00, 150],
      [0x3200, 100],
      [0x0c80, 25],
      [0x0008, 0.0625],
      [0xfff8, -0.0625],
      [0xf380, -25],
      [0xe480, -55],
    ];
    for (const [raw, celsius] of table) assert.equal(tmp464Temperature(raw), celsius);
  });

  it('keep what the open-diode register said, since reading it clears it', async () => {
    const bus = wordChip(0x48, { 0: 0x0c80, 1: 0x0c80, 2: 0x3200, 0x23: 0x0100 });
    const chip = open('sensor', 'tmp464', bus, 0x48);
    const first = await chip.readAll(100);
    assert.deepEqual(first.get('temp3'), { kind: 'value', value: 100, atMs: 100 });
    assert.equal(reason(first.get('temp2')), 'fault');
    await bus.transfer(0x48, Uint8Array.of(0x23, 0, 0), 0);
    assert.equal(reason(await chip.read('temp2', 1000)), 'fault');
    assert.deepEqual(await chip.read('temp2', 1100), { kind: 'value', value: 25, atMs: 1100 });
    bus.fail = ({ write }) => (write === '23' ? 'nack' : null);
    assert.equal(reason(await chip.read('temp2', 2200)), 'fault');
    bus.fail = () => null;
    assert.equal(reason(await chip.read('temp2', 2201)), 'a value', 'a failure is not kept');
  });

  it('unlock and run all channels', async () => {
    const bus = wordChip(0x48, { 0xc4: 0x8000, 0x30: 0x00bc });
    await open('sensor', 'tmp464', bus, 0x48).configure();
    assert.deepEqual(bus.writes(), ['c4eb19', '300f9c']);
    const running = wordChip(0x48, { 0x30: 0xff9c });
    await open('sensor', 'tmp468', running, 0x48).configure();
    assert.deepEqual(running.writes(), []);
  });

  it('decode limits, hysteresis and alarms of the last channel', async () => {
    const values = { 8: 0xe480, 0x21: 0x8000, 0x23: 0x8000, 0x38: 0x0500, 0x78: 0xff80, 0x7a: 0x2a80, 0x7b: 0x0280 };
    const decoded = await decodeRegisters({ chip: 'tmp468', width: 'word', registers: words(0x7c, values) });
    assert.deepEqual(
      ['input', 'max', 'max_hyst', 'max_alarm', 'crit', 'crit_hyst', 'crit_alarm', 'fault', 'offset', 'enable'].map(
        (name) => decoded[`temp9_${name}`],
      ),
      [-55_000, 85_000, 75_000, 1, 5000, -5000, 0, 1, -1000, 1],
    );
  });
});

describe('JC-42.4 sensors', () => {
  it('convert the standard’s examples and ignore the flags', () => {
    // Temperature Register Value Definition: C2 80h is 40 °C with two flags; 1E C0h is −20 °C
    assert.equal(jc42Temperature(0xc280), 40);
    assert.equal(jc42Temperature(0x1ec0), -20);
    assert.equal(jc42Temperature(0x0001), 0.0625);
    assert.equal(jc42Temperature(0x1fff), -0.0625);
  });

  it('read in one transfer, and start a sensor that is shut down', async () => {
    const bus = wordChip(0x18, { 5: 0x0198, 1: 0x0108 });
    const chip = open('sensor', 'mcp9808', bus, 0x18);
    assert.deepEqual(await chip.read('temp1', 1), { kind: 'value', value: 25.5, atMs: 1 });
    assert.equal(bus.transfers.length, 1);
    await chip.configure();
    assert.deepEqual(bus.writes(), ['010008']);
    assert.equal(
      reason(await open('sensor', 'jc42', wordChip(0x18, { 5: 0x1000 }), 0x18).read('temp1', 0)),
      'implausible',
    );
  });

  it('decode with the hysteresis of the configuration, cut off towards zero', async () => {
    const registers = words(6, { 1: 0x0400, 2: 0x0500, 3: 0x1fff, 4: 0x05f0, 5: 0xa191 });
    assert.deepEqual(await decodeRegisters({ chip: 'jc42', width: 'word', registers }), {
      temp1_input: 25_062, // 25.0625 °C
      temp1_min: -62,
      temp1_max: 80_000,
      temp1_max_hyst: 77_000,
      temp1_crit: 95_000,
      temp1_crit_hyst: 92_000,
      temp1_min_alarm: 1,
      temp1_max_alarm: 0,
      temp1_crit_alarm: 1,
    });
  });
});

describe('SPD5118', () => {
  it('converts quarters of a degree, low byte first', () => {
    // JESD300-5B MR49/MR50: 01 90h is 25 °C, 00 04h 0.25 °C, 1F FCh −0.25 °C, 1C 90h −55 °C
    assert.equal(spd5118Temperature(0x90, 0x01), 25);
    assert.equal(spd5118Temperature(0x04, 0x00), 0.25);
    assert.equal(spd5118Temperature(0xfc, 0x1f), -0.25);
    assert.equal(spd5118Temperature(0x90, 0x1c), -55);
  });

  it('reads both bytes in one transfer, enables its sensor, takes a bus nobody drove for implausible', async () => {
    const bus = byteChip(0x50, { 0x31: 0x98, 0x32: 0x01, 0x1a: 1 });
    const chip = open('sensor', 'spd5118', bus, 0x50);
    assert.deepEqual(await chip.read('temp1', 3), { kind: 'value', value: 25.5, atMs: 3 });
    assert.deepEqual(bus.transfers, [{ address: 0x50, write: '31', readLength: 2 }]);
    await chip.configure();
    assert.deepEqual(bus.writes(), ['1a00']);
    const floating = open('sensor', 'spd5118', byteChip(0x50, { 0x31: 0xff, 0x32: 0xff }), 0x50);
    assert.equal(reason(await floating.read('temp1', 0)), 'implausible');
  });

  it('decodes limits and alarms', async () => {
    // power-on limits of JESD300-5B: 55, 0, 85 and 0 °C
    const registers = bytes(0x34, {
      0x1c: 0x70,
      0x1d: 0x03,
      0x20: 0x50,
      0x21: 0x05,
      0x31: 0xfc,
      0x32: 0x1f,
      0x33: 0x0a,
    });
    assert.deepEqual(await decodeRegisters({ chip: 'spd5118', width: 'byte', registers }), {
      temp1_input: -250,
      temp1_max: 55_000,
      temp1_min: 0,
      temp1_crit: 85_000,
      temp1_lcrit: 0,
      temp1_max_alarm: 0,
      temp1_min_alarm: 1,
      temp1_crit_alarm: 0,
      temp1_lcrit_alarm: 1,
      temp1_enable: 1,
    });
  });
});

describe('MAX31730', () => {
  it('converts the data sheet’s table', () => {
    assert.equal(max31730Temperature(0x7d00), 125);
    assert.equal(max31730Temperature(0x1900), 25);
    assert.equal(max31730Temperature(0x0080), 0.5);
    assert.equal(max31730Temperature(0xfff0), -0.0625);
    assert.equal(max31730Temperature(0xe700), -25);
  });

  it('reads four channels with one look at the diodes, and runs in the standard range', async () => {
    const registers = { 0: 0x19, 1: 0x80, 2: 0x64, 4: 0xe7, 6: 0x7f, 0x13: 0x93, 0x35: 0x01, 0x36: 0x08 };
    const bus = byteChip(0x1c, registers);
    const chip = open('sensor', 'max31730', bus, 0x1c);
    const values = [...(await chip.readAll(0)).values()].map((r) => (r.kind === 'value' ? r.value : r.reason));
    assert.deepEqual(values, [25.5, 100, -25, 'fault']);
    assert.equal(bus.transfers.length, 4); // the fourth diode is open: its temperature is not asked for
    await chip.configure();
    assert.deepEqual(bus.writes(), ['350f', '1311']);
  });

  it('decodes offsets only where they are on, and no temperature of a channel that is off', async () => {
    const values = {
      2: 0xff,
      3: 0xf0,
      0x16: 0x7b,
      0x17: 0x02,
      0x22: 0x55,
      0x30: 0xc9,
      0x32: 0x02,
      0x35: 0x02,
      0x36: 0x04,
    };
    const decoded = await decodeRegisters({ chip: 'max31730', width: 'byte', registers: bytes(0x37, values) });
    assert.equal(decoded['temp2_input'], -63); // −62.5 m°C, halves away from zero
    assert.ok(!('temp1_input' in decoded));
    assert.deepEqual(
      [decoded['temp2_max'], decoded['temp2_min'], decoded['temp2_max_alarm'], decoded['temp2_offset']],
      [85_000, -55_000, 1, 500], // (7Bh − 77h) · 125
    );
    assert.deepEqual([decoded['temp3_offset'], decoded['temp3_fault'], decoded['temp3_enable']], [0, 1, 0]);
  });
});

describe('TMP108', () => {
  it('converts the data sheet’s table', () => {
    // SBOS663 Table 1
    assert.equal(tmp108Temperature(0x7ff0), 127.9375);
    assert.equal(tmp108Temperature(0x3200), 50);
    assert.equal(tmp108Temperature(0x0040), 0.25);
    assert.equal(tmp108Temperature(0xffc0), -0.25);
    assert.equal(tmp108Temperature(0xc900), -55);
  });

  it('reads, runs continuously, and takes all ones for a bus nobody drove', async () => {
    const bus = wordChip(0x48, { 0: 0xe700, 1: 0x2010 });
    const chip = open('sensor', 'tmp108', bus, 0x48);
    assert.deepEqual(await chip.read('temp1', 0), { kind: 'value', value: -25, atMs: 0 });
    await chip.configure();
    assert.deepEqual(bus.writes(), ['012210']);
    assert.equal(
      reason(await open('sensor', 'tmp108', wordChip(0x48, { 0: 0xffff }), 0x48).read('temp1', 0)),
      'implausible',
    );
  });

  it('decodes limits with hysteresis, cut off towards zero', async () => {
    const registers = words(4, { 0: 0xfff0, 1: 0x5230, 2: 0xf600, 3: 0x5500 });
    assert.deepEqual(await decodeRegisters({ chip: 'tmp108', width: 'word', registers }), {
      temp1_input: -62,
      temp1_min: -10_000,
      temp1_min_hyst: -6000,
      temp1_max: 85_000,
      temp1_max_hyst: 81_000,
      temp1_min_alarm: 0,
      temp1_max_alarm: 1,
      update_interval: 250,
    });
  });
});
