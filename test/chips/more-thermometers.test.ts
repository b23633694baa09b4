// SB-TSI, MCP9600, W83773G and EMC1428: values reckoned by hand from the formats of data sheets and Linux's drivers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import { emc1428Temperature } from '../../src/chips/emc1428.ts';
import { sbtsiTemperature } from '../../src/chips/sbtsi.ts';
import { byteChip, open, wordChip } from './probe-bus.ts';

function outcome(reading: Reading | undefined): number | string | undefined {
  return reading?.kind === 'value' ? reading.value : reading?.reason;
}

describe('SB-TSI', () => {
  it('reads the example of its specification', async () => {
    // sbtsi_temp.c: INT = 19h, DEC = 20h is 25.125 °C
    const bus = byteChip(0x4c, { 0x01: 0x19, 0x10: 0x20 });
    assert.equal(outcome(await open('sensor', 'sbtsi', bus, 0x4c).read('temp1', 0)), 25.125);
    assert.deepEqual(
      bus.transfers.map(({ write }) => write),
      ['03', '01', '10'],
    );
  });

  it('reads in the other order where the processor holds the whole degrees', async () => {
    const bus = byteChip(0x4c, { 0x01: 0x5a, 0x03: 0x20, 0x10: 0xe0 });
    assert.equal(outcome(await open('sensor', 'sbtsi', bus, 0x4c).read('temp1', 0)), 90.875);
    assert.deepEqual(
      bus.transfers.map(({ write }) => write),
      ['03', '10', '01'],
    );
  });

  it('begins at -49 °C in the extended range', () => {
    assert.equal(sbtsiTemperature(0, 0, 0x04), -49);
    assert.equal(sbtsiTemperature(255, 0xe0, 0x04), 206.875);
  });

  it('gives no value for bits that cannot be, and changes nothing', async () => {
    const bus = byteChip(0x4c, { 0x01: 0xff, 0x10: 0xff });
    const chip = open('sensor', 'sbtsi', bus, 0x4c);
    await chip.configure();
    assert.equal(outcome(await chip.read('temp1', 0)), 'implausible');
    assert.deepEqual(bus.writes(), []);
  });
});

describe('MCP9600', () => {
  it('reads both junctions', async () => {
    // 1/16 °C: 100.0625 °C = 0641h; −10.5 °C = −168 = FF58h
    const bus = wordChip(0x67, { 0: 0x0641, 2: 0xff58 });
    const readings = await open('sensor', 'mcp9600', bus, 0x67).readAll(0);
    assert.deepEqual([...readings.values()].map(outcome), [100.0625, -10.5]);
  });

  it('has no hot junction when the thermocouple is out of range', async () => {
    const readings = await open('sensor', 'mcp9600', wordChip(0x67, { 2: 0x0190, 4: 0x1000 }), 0x67).readAll(0);
    assert.deepEqual([...readings.values()].map(outcome), ['fault', 25]);
  });

  it('gives no value for what no thermocouple measures', async () => {
    const readings = await open('sensor', 'mcp9600', wordChip(0x67, { 0: 0x8000, 2: 0x7fff }), 0x67).readAll(0);
    assert.deepEqual([...readings.values()].map(outcome), ['implausible', 'implausible']);
  });

  it('is woken, and its resolution stays', async () => {
    const bus = byteChip(0x67, { 6: 0x21 });
    await open('sensor', 'mcp9600', bus, 0x67).configure();
    assert.deepEqual(bus.writes(), ['0620']);
  });
});

describe('W83773G', () => {
  it('reads whole degrees of its own and eighths of the diodes', async () => {
    // −9.5 °C is F6h and 1/2 (80h)
    const bus = byteChip(0x4c, { 0x00: 0x1b, 0x01: 0x2d, 0x10: 0x20, 0x24: 0xf6, 0x25: 0x80 });
    const readings = await open('sensor', 'w83773g', bus, 0x4c).readAll(0);
    assert.deepEqual([...readings.values()].map(outcome), [27, 45.125, -9.5]);
  });

  it('tells each open diode by its own status', async () => {
    const readings = await open('sensor', 'w83773g', byteChip(0x4c, { 0x17: 0x04, 0x24: 0x80 }), 0x4c).readAll(0);
    assert.deepEqual([...readings.values()].map(outcome), [0, 0, 'fault']);
  });
});

describe('EMC1428 and EMC1438', () => {
  it('convert two’s complement of 11 bits', () => {
    // C0h = −64, and 20h = 1/8 more; FFh = −1; 7Fh E0h = 127 and 7/8
    assert.equal(emc1428Temperature(0xc0, 0x20), -63.875);
    assert.equal(emc1428Temperature(0xff, 0x00), -1);
    assert.equal(emc1428Temperature(0x7f, 0xe0), 127.875);
  });

  it('read eight temperatures, each in its own registers', async () => {
    const registers = [
      [0x00, 0x29],
      [0x01, 0x10],
      [0x23, 0x24],
      [0x2a, 0x2b],
      [0x41, 0x42],
      [0x43, 0x44],
      [0x45, 0x46],
      [0x47, 0x48],
    ] as const;
    const file = Object.fromEntries(
      registers.flatMap(([high, low], i) => [[high, 0x14 + i] as const, [low, 0x80] as const]),
    );
    const bus = byteChip(0x4c, file);
    const readings = await open('sensor', 'emc1438', bus, 0x4c).readAll(0);
    assert.deepEqual(
      [...readings.values()].map(outcome),
      registers.map((_, index) => 20.5 + index),
    );
    assert.equal(bus.transfers.filter(({ write }) => write === '1b').length, 1);
  });

  it('have no value for an open diode, or below the coldest there is', async () => {
    const chip = open('sensor', 'emc1428', byteChip(0x4c, { 0x00: 0x80, 0x1b: 0x80 }), 0x4c);
    assert.equal(outcome(await chip.read('temp8', 0)), 'fault');
    assert.equal(outcome(await chip.read('temp1', 0)), 'implausible');
  });

  it('are started when they were stopped', async () => {
    const bus = byteChip(0x4c, { 0x03: 0x42 });
    await open('sensor', 'emc1438', bus, 0x4c).configure();
    assert.deepEqual(bus.writes(), ['0302']);
  });
});
