import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import { byteChip, open, ProbeBus, wordChip } from './probe-bus.ts';

function near(reading: Reading | undefined, expected: number): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  assert.ok(Math.abs(reading.value - expected) < 1e-9, `${reading.value} is not ${expected}`);
}

describe('ADC128D818', () => {
  it('reads seven voltages in steps of 0.625 mV and its temperature in steps of 0.5 °C', async () => {
    // 1.2 V / 0.625 mV = 1920 = 780h, left-aligned 7800h; FFF0h = 4095 · 0.625 mV; 25.5 °C = 51 << 7 = 1980h
    const bus = wordChip(0x1d, { 0x20: 0x7800, 0x21: 0xfff0, 0x26: 0x0010, 0x27: 0x1980 });
    const readings = await open('sensor', 'adc128d818', bus, 0x1d).readAll(0);
    near(readings.get('in0'), 1.2);
    near(readings.get('in1'), 2.559375);
    near(readings.get('in2'), 0);
    near(readings.get('in6'), 0.000625);
    near(readings.get('temp1'), 25.5);
    assert.equal(readings.size, 8);
  });

  it('reads temperatures below zero', async () => {
    // −40 °C = −80 in 9 bits = 1B0h, << 7 = D800h
    near(await open('sensor', 'adc128d818', wordChip(0x1d, { 0x27: 0xd800 }), 0x1d).read('temp1', 0), -40);
  });

  it('is stopped to set mode and rate, and started', async () => {
    const bus = byteChip(0x1d, { 0x00: 0x08, 0x0b: 0x02 });
    assert.deepEqual(await open('sensor', 'adc128d818', bus, 0x1d).configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['0000', '0701', '0000', '0b00', '0001']);
  });

  it('is left running when all is as wanted', async () => {
    const bus = byteChip(0x1d, { 0x00: 0x01, 0x07: 0x01 });
    assert.deepEqual(await open('sensor', 'adc128d818', bus, 0x1d).configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), []);
  });
});

describe('ADS7830 and ADS7828', () => {
  /** Command bytes of CH0 to CH7 with the reference on: data sheet, channel selection table. */
  const COMMANDS = ['8c', 'cc', '9c', 'dc', 'ac', 'ec', 'bc', 'fc'];

  it('ask for each input with its own command', async () => {
    const bus = byteChip(0x48, { 0x8c: 0x80, 0xcc: 0xff, 0xfc: 0x01 });
    const readings = await open('sensor', 'ads7830', bus, 0x48).readAll(0);
    assert.deepEqual(
      bus.transfers.map(({ write }) => write),
      COMMANDS,
    );
    near(readings.get('in0'), 1.25); // half of 2.5 V
    near(readings.get('in1'), (255 * 2.5) / 256);
    near(readings.get('in7'), 2.5 / 256);
  });

  it('have 12 bits on the ADS7828, and no more', async () => {
    const answers: Record<string, readonly number[]> = { '8c': [0x08, 0x00], cc: [0xff, 0xff] };
    const bus = new ProbeBus({
      transfer: (_, write) => {
        const data = Uint8Array.from(answers[Buffer.from(write).toString('hex')] ?? [0, 0]);
        return Promise.resolve({ kind: 'ok', data });
      },
    });
    const readings = await open('sensor', 'ads7828', bus, 0x48).readAll(0);
    near(readings.get('in0'), 1.25);
    const allOnes = readings.get('in1');
    assert.equal(allOnes?.kind === 'none' && allOnes.reason, 'implausible');
  });

  it('are asked once beforehand, which switches the reference on', async () => {
    const bus = byteChip(0x48, {});
    assert.deepEqual(await open('sensor', 'ads7830', bus, 0x48).configure(), { kind: 'ok' });
    assert.deepEqual(bus.transfers, [{ address: 0x48, write: '8c', readLength: 1 }]);
    bus.fail = () => 'timeout';
    assert.equal((await open('sensor', 'ads7830', bus, 0x48).configure()).kind, 'failed');
  });
});
