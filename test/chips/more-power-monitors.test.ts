// Power monitors and converters with registers of their own: values reckoned by hand from the data sheets' steps.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import { byteChip, open, wordChip } from './probe-bus.ts';

function near(reading: Reading | undefined, expected: number): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  assert.ok(Math.abs(reading.value - expected) < 1e-9, `${reading.value} is not ${expected}`);
}

function reasonOf(reading: Reading | undefined): string {
  return reading?.kind === 'none' ? reading.reason : JSON.stringify(reading);
}

describe('ISL28022', () => {
  it('reads bus and shunt voltage, and reckons current and power', async () => {
    // 48 V / 4 mV = 12000 in the upper 14 bits = BB80h, conversion-ready bit set; 50 mV / 10 µV = 5000 = 1388h; 5 mΩ
    const bus = wordChip(0x40, { 1: 0x1388, 2: 0xbb82 });
    const readings = await open('sensor', 'isl28022', bus, 0x40, { shuntMicroOhm: 5000 }).readAll(0);
    near(readings.get('in0'), 48);
    near(readings.get('in1'), 0.05);
    near(readings.get('curr1'), 10);
    near(readings.get('power1'), 480);
    assert.equal(bus.transfers.length, 2);
  });

  it('reads a current that flows backwards as negative', async () => {
    near(await open('sensor', 'isl28022', wordChip(0x40, { 1: 0xffff }), 0x40).read('curr1', 0), -0.001);
  });

  it('is set to 60 V and 320 mV', async () => {
    // Continuous (7), 15 bits for shunt (8 << 3) and bus (8 << 7), PG 3 << 11, BRNG 3 << 13; calibration 8000h / 8
    const bus = wordChip(0x40, {});
    assert.deepEqual(await open('sensor', 'isl28022', bus, 0x40).configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['007c47', '051000']);
  });
});

describe('SY24655, RTQ6056 and SQ52206', () => {
  for (const name of ['sy24655', 'rtq6056']) {
    it(`${name} counts as an INA226 does`, async () => {
      // 25 mV / 2.5 µV = 10000 = 2710h; 12 V / 1.25 mV = 9600 = 2580h; 2 mΩ
      const bus = wordChip(0x40, { 1: 0x2710, 2: 0x2580 });
      const readings = await open('sensor', name, bus, 0x40, { shuntMicroOhm: 2000 }).readAll(0);
      near(readings.get('in0'), 0.025);
      near(readings.get('in1'), 12);
      near(readings.get('curr1'), 12.5);
      near(readings.get('power1'), 150);
    });
  }

  it('sq52206 has coarser volts and finer degrees than an INA238', async () => {
    // 48 V / 3.75 mV = 12800 = 3200h; 97.2 mV / 5 µV = 4BF0h; −40.5 °C · 128 = −5184 = EBC0h
    const bus = wordChip(0x40, { 4: 0x4bf0, 5: 0x3200, 6: 0xebc0 });
    const chip = open('sensor', 'sq52206', bus, 0x40, { shuntMicroOhm: 16_200 });
    const readings = await chip.readAll(0);
    near(readings.get('in1'), 48);
    near(readings.get('curr1'), 6);
    near(readings.get('power1'), 288);
    near(readings.get('temp1'), -40.5);
    await chip.configure();
    assert.deepEqual(bus.writes(), ['000005', '01fb6a', '024000']);
  });
});

describe('MAX5970', () => {
  // Channel 1: 16 V and 100 mV, channel 2: 4 V (10b) and 25 mV (10b)
  const ranges = { 0x18: 0x08, 0x33: 0x08 };
  const values = {
    0x00: 0x80, // current 1: 512 of 1024: 50 mV
    0x01: 0x00,
    0x02: 0xc0, // voltage 1: 768 of 1024: 12 V
    0x03: 0x00,
    0x04: 0x40, // current 2: 256 + 2: 25 mV · 258 / 1024
    0x05: 0x02,
    0x06: 0xd3, // voltage 2: 844 + 3: 4 V · 847 / 1024
    0x07: 0x03,
  };

  it('reads each channel in the range that the chip says', async () => {
    const chip = open('sensor', 'max5970', byteChip(0x3a, { ...ranges, ...values }), 0x3a, { shuntMicroOhm: 2000 });
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    const readings = await chip.readAll(0);
    near(readings.get('in0'), 12);
    near(readings.get('in1'), (4 * 847) / 1024);
    near(readings.get('curr1'), 25);
    near(readings.get('curr2'), (0.025 * 258) / 1024 / 0.002);
  });

  it('has no current where the range is none, and one channel as a MAX5978', async () => {
    const chip = open('sensor', 'max5978', byteChip(0x3a, { ...values, 0x33: 0x03 }), 0x3a);
    assert.deepEqual(
      chip.channels.map(({ channel }) => channel),
      ['in0', 'curr1'],
    );
    const readings = await chip.readAll(0);
    assert.equal(reasonOf(readings.get('curr1')), 'implausible');
    near(readings.get('in0'), 12);
  });

  it('tells what is wrong, by channel', async () => {
    const chip = open('sensor', 'max5970', byteChip(0x3a, { 0x35: 0x21, 0x36: 0x10, 0x37: 0x02 }), 0x3a);
    const answer = await chip.readConditions?.();
    assert.deepEqual(answer, {
      kind: 'ok',
      conditions: [
        { page: 0, name: 'vout-under-voltage-warning' },
        { page: 0, name: 'vout-over-voltage-fault' },
        { page: 1, name: 'vout-under-voltage-fault' },
        { page: 1, name: 'iout-over-current-warning' },
      ],
    });
  });
});

describe('MAX11617', () => {
  it('converts the input that the configuration byte names, against its own reference', async () => {
    // Configuration 61h + 2 · input; 1111b, then 12 bits: 800h is half of 2.048 V
    const bus = wordChip(0x35, { 0x61: 0xf800, 0x63: 0xffff, 0x77: 0xf001 });
    const chip = open('sensor', 'max11617', bus, 0x35);
    const readings = await chip.readAll(0);
    assert.equal(readings.size, 12);
    near(readings.get('in0'), 1.024);
    near(readings.get('in1'), (2.048 * 4095) / 4096);
    near(readings.get('in11'), 2.048 / 4096);
    await chip.configure();
    assert.deepEqual(bus.writes(), ['d2']);
  });

  it('has 4.096 V with an even number', async () => {
    near(await open('sensor', 'max11614', wordChip(0x33, { 0x61: 0xf800 }), 0x33).read('in0', 0), 2.048);
  });
});
