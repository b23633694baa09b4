import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError } from '../../src/core/errors.ts';
import type { Reading } from '../../src/core/reading.ts';
import { open, wordChip } from './probe-bus.ts';

function near(reading: Reading | undefined, expected: number): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  assert.ok(Math.abs(reading.value - expected) < 1e-9, `${reading.value} is not ${expected}`);
}

function reasonOf(reading: Reading | undefined): string {
  return reading?.kind === 'none' ? reading.reason : JSON.stringify(reading);
}

describe('INA237 and INA238', () => {
  // Data sheet, "Detailed Design Procedure": 6 A through 16.2 mΩ is 97.2 mV / 5 µV = 4BF0h; 48 V / 3.125 mV = 3C00h;
  // 25 °C / 0.125 °C in bits 15:4 = 0C80h
  const example = { 4: 0x4bf0, 5: 0x3c00, 6: 0x0c80 };

  for (const name of ['ina237', 'ina238']) {
    it(`read the data sheet’s example on an ${name}, all channels in three transfers`, async () => {
      const bus = wordChip(0x40, example);
      const readings = await open('sensor', name, bus, 0x40, { shuntMicroOhm: 16_200 }).readAll(1);
      near(readings.get('in0'), 0.0972);
      near(readings.get('in1'), 48);
      near(readings.get('curr1'), 6);
      near(readings.get('power1'), 288);
      near(readings.get('temp1'), 25);
      assert.equal(bus.transfers.length, 3);
    });
  }

  it('read each channel by itself', async () => {
    const chip = open('sensor', 'ina238', wordChip(0x40, example), 0x40, { shuntMicroOhm: 16_200 });
    near(await chip.read('power1', 0), 288);
    near(await chip.read('temp1', 0), 25);
    assert.equal(reasonOf(await chip.read('fan1', 0)), 'fault');
  });

  it('read the ends of the ranges', async () => {
    // 8000h = −32768 · 5 µV = −163.84 mV, −16.384 A through 10 mΩ; 7FFFh = 102.396875 V; −2048 · 0.125 °C = −256 °C
    const bus = wordChip(0x40, { 4: 0x8000, 5: 0x7fff, 6: 0x8000 });
    const readings = await open('sensor', 'ina238', bus, 0x40).readAll(0);
    near(readings.get('in0'), -0.16384);
    near(readings.get('in1'), 102.396875);
    near(readings.get('curr1'), -16.384);
    near(readings.get('temp1'), -256);
  });

  it('take a bus voltage with its sign set for implausible, and the power with it', async () => {
    const readings = await open('sensor', 'ina238', wordChip(0x40, { 4: 0x4bf0, 5: 0xffff }), 0x40).readAll(0);
    assert.deepEqual(
      ['in1', 'power1'].map((channel) => reasonOf(readings.get(channel))),
      ['implausible', 'implausible'],
    );
    assert.equal(readings.get('curr1')?.kind, 'value');
  });

  it('configure as the Linux driver does', async () => {
    const bus = wordChip(0x40, {});
    assert.deepEqual(await open('sensor', 'ina238', bus, 0x40).configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['000000', '01fb6a', '024000']);
  });
});

describe('INA260', () => {
  it('reads 10 A at 12 V as 120 W', async () => {
    // 10 A / 1.25 mA = 8000 = 1F40h; 12 V / 1.25 mV = 9600 = 2580h; 120 W / 10 mW = 12000 = 2EE0h
    const bus = wordChip(0x40, { 1: 0x1f40, 2: 0x2580, 3: 0x2ee0 });
    const readings = await open('sensor', 'ina260', bus, 0x40).readAll(0);
    near(readings.get('curr1'), 10);
    near(readings.get('in1'), 12);
    near(readings.get('power1'), 120);
    assert.equal(bus.transfers.length, 3);
  });

  it('reads a current that flows backwards as negative, and a bus voltage of all ones as implausible', async () => {
    const readings = await open('sensor', 'ina260', wordChip(0x40, { 1: 0xffff, 2: 0xffff }), 0x40).readAll(0);
    near(readings.get('curr1'), -0.00125);
    assert.equal(reasonOf(readings.get('in1')), 'implausible');
  });

  it('averages over 16 conversions', async () => {
    const bus = wordChip(0x40, {});
    assert.deepEqual(await open('sensor', 'ina260', bus, 0x40).configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['006527']);
  });
});

describe('INA3221', () => {
  it('reads three channels, all in six transfers', async () => {
    // 12 V / 8 mV = 1500 << 3 = 2EE0h; 5 V = 625 << 3 = 1388h; 80 mV / 40 µV = 2000 << 3 = 3E80h; −80 mV: C180h (data sheet)
    const bus = wordChip(0x40, { 1: 0x3e80, 2: 0x2ee0, 3: 0xc180, 4: 0x1388, 5: 0x0008, 6: 0x7ff8 });
    const readings = await open('sensor', 'ina3221', bus, 0x40, { shuntMicroOhm: 5000 }).readAll(0);
    const expected = {
      in1: 12,
      in2: 5,
      in3: 32.76,
      in4: 0.08,
      in5: -0.08,
      in6: 40e-6,
      curr1: 16,
      curr2: -16,
      curr3: 0.008,
    };
    assert.deepEqual([...readings.keys()], Object.keys(expected));
    for (const [channel, value] of Object.entries(expected)) near(readings.get(channel), value);
    assert.equal(bus.transfers.length, 6);
  });

  it('switches all three channels on', async () => {
    const bus = wordChip(0x40, {});
    await open('sensor', 'ina3221', bus, 0x40).configure();
    assert.deepEqual(bus.writes(), ['007527']);
  });
});

describe('power monitors', () => {
  for (const name of ['ina238', 'ina260', 'ina3221']) {
    it(`${name}: a silent chip is a fault on every channel`, async () => {
      const bus = wordChip(0x40, {});
      bus.fail = () => 'nack';
      const chip = open('sensor', name, bus, 0x40);
      for (const reading of (await chip.readAll(0)).values()) assert.equal(reasonOf(reading), 'fault');
      assert.equal((await chip.configure()).kind, 'failed');
    });
  }

  it('refuse a shunt that cannot be', () => {
    for (const name of ['ina238', 'ina3221']) {
      assert.throws(
        () => open('sensor', name, wordChip(0x40, {}), 0x40, { shuntMicroOhm: 0 }),
        (error) => error instanceof ColdslotError && error.code === 'bad-input',
      );
    }
  });
});
