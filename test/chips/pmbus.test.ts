import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Reading } from '../../src/core/reading.ts';
import { open } from './probe-bus.ts';
import { PmbusDevice, word } from './pmbus-device.ts';
import type { PmbusDeviceOptions } from './pmbus-device.ts';

const ADDRESS = 0x58;

function near(reading: Reading | undefined, expected: number, tolerance = 1e-9): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  assert.ok(Math.abs(reading.value - expected) <= tolerance, `${reading.value} is not ${expected}`);
}

/** A converter with two outputs: 12 V in; 1.8 V and 0.9 V out with VOUT_MODE exponents −12 and −13. */
const TWO_OUTPUTS = [
  {
    0x20: [0x14], // 10100b = −12
    0x78: [0],
    0x79: word(0),
    0x88: word(0xd300), // 768 · 2^-6 = 12 V
    0x8b: word(0x1ccd), // 7373 / 4096 = 1.80005 V
    0x8c: word(0xe0a0), // 160 / 16 = 10 A
    0x8d: word(0x002d), // 45 °C
    0x96: word(0xf048), // 72 / 4 = 18 W
  },
  {
    0x20: [0x13], // −13
    0x78: [0],
    0x79: word(0),
    0x8b: word(0x1ccd), // 7373 / 8192 = 0.900024 V
    0x8c: word(0xe7ff), // −1 / 16 A: it sinks
  },
];

describe('a PMBus device that nobody wrote a table for', () => {
  for (const unknown of ['nack', 'invalid-command'] as const) {
    it(`shows its pages and readings when unknown commands mean ${unknown}`, async () => {
      const device = new PmbusDevice(TWO_OUTPUTS, { unknown });
      const chip = open('sensor', 'pmbus', device.bus, ADDRESS);
      assert.deepEqual(await chip.configure(), { kind: 'ok' });
      const names = chip.channels.map(({ channel }) => channel).toSorted();
      assert.deepEqual(names, ['curr2', 'curr3', 'in1', 'in2', 'in3', 'power2', 'temp1']);
      const readings = await chip.readAll(5);
      near(readings.get('in1'), 12);
      near(readings.get('in2'), 7373 / 4096);
      near(readings.get('in3'), 7373 / 8192);
      near(readings.get('curr2'), 10);
      near(readings.get('curr3'), -1 / 16);
      near(readings.get('power2'), 18);
      near(readings.get('temp1'), 45);
      assert.deepEqual(await chip.read('temp1', 7), { kind: 'value', value: 45, atMs: 7 });
      assert.equal(device.cml & 0x80, 0, 'the probing left no fault behind');
    });
  }

  it('selects the page for each reading, so that a device that was reset is not read on the wrong one', async () => {
    const device = new PmbusDevice(TWO_OUTPUTS, { unknown: 'nack' });
    const chip = open('sensor', 'pmbus', device.bus, ADDRESS);
    await chip.configure();
    near(await chip.read('in3', 0), 7373 / 8192);
    device.page = 0; // as after a reset
    near(await chip.read('in3', 0), 7373 / 8192);
    // many at once do not get into each other's pages
    const [vout0, vout1] = await Promise.all([chip.read('in2', 0), chip.read('in3', 0)]);
    near(vout0, 7373 / 4096);
    near(vout1, 7373 / 8192);
  });

  it('never sends PAGE to a device without pages', async () => {
    const device = new PmbusDevice([TWO_OUTPUTS[0] ?? {}], { unknown: 'nack' });
    const chip = open('sensor', 'pmbus', device.bus, ADDRESS);
    await chip.configure();
    near((await chip.readAll(0)).get('in2'), 7373 / 4096);
    assert.ok(device.written.every(({ command }) => command !== 0));
  });

  it('is refused when its numbers are DIRECT, rather than read wrong', async () => {
    const device = new PmbusDevice([{ ...TWO_OUTPUTS[0], 0x20: [0x40] }], { unknown: 'nack' });
    const result = await open('sensor', 'pmbus', device.bus, ADDRESS).configure();
    assert.ok(result.kind === 'failed');
    assert.match(result.detail, /^pmbus at 0x58 on i2c3, register 0x20: numbers in DIRECT format/);
  });

  it('has no output voltage when that is a VID code, but the rest', async () => {
    const device = new PmbusDevice([{ ...TWO_OUTPUTS[0], 0x20: [0x21] }], { unknown: 'nack' });
    const chip = open('sensor', 'pmbus', device.bus, ADDRESS);
    await chip.configure();
    assert.ok(!chip.channels.some(({ channel }) => channel === 'in2'));
    near(await chip.read('in1', 0), 12);
    assert.equal((await chip.read('in2', 0)).kind, 'none');
  });

  it('takes a word of all ones for no value', async () => {
    const device = new PmbusDevice([{ ...TWO_OUTPUTS[0], 0x8d: word(0xffff) }], { unknown: 'nack' });
    const reading = await open('sensor', 'pmbus', device.bus, ADDRESS).read('temp1', 0);
    assert.equal(reading.kind === 'none' && reading.reason, 'implausible');
  });

  it('does not take a transfer that failed on the way for a command that it lacks', async () => {
    const device = new PmbusDevice(TWO_OUTPUTS, { unknown: 'nack' });
    device.bus.fail = ({ write }) => (write === '8d' ? 'arbitration' : null);
    const chip = open('sensor', 'pmbus', device.bus, ADDRESS);
    const result = await chip.configure();
    assert.ok(result.kind === 'failed' && /register 0x8d: arbitration/.test(result.detail));
    device.bus.fail = () => null;
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    near(await chip.read('temp1', 0), 45);
  });

  it('gives finite readings or none, whatever its registers hold', async () => {
    const anyWord = fc.integer({ min: 0, max: 0xffff });
    // VOUT_MODE: every linear exponent, and half precision
    const mode = fc.oneof(fc.integer({ min: 0, max: 0x1f }), fc.constant(0x60));
    const property = fc.asyncProperty(mode, anyWord, anyWord, anyWord, async (vout, first, second, third) => {
      const page = { 0x20: [vout], 0x78: [0], 0x88: word(first), 0x8b: word(second), 0x8c: word(third) };
      const chip = open('sensor', 'pmbus', new PmbusDevice([page], { unknown: 'nack' }).bus, ADDRESS);
      await chip.configure();
      const readings = await chip.readAll(0);
      assert.deepEqual([...readings.keys()].toSorted(), ['curr2', 'in1', 'in2']);
      for (const reading of readings.values()) {
        if (reading.kind === 'value') assert.ok(Number.isFinite(reading.value));
        else assert.equal(reading.reason, 'implausible');
      }
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('is a fault on every channel when it is silent', async () => {
    const device = new PmbusDevice(TWO_OUTPUTS);
    device.bus.fail = () => 'nack';
    const chip = open('sensor', 'pmbus', device.bus, ADDRESS);
    const readings = [...(await chip.readAll(0)).values()];
    assert.equal(readings.length, chip.channels.length);
    assert.ok(readings.every((reading) => reading.kind === 'none' && reading.reason === 'fault'));
  });

  it('leaves latched faults alone where they are not in the way', async () => {
    const device = new PmbusDevice([TWO_OUTPUTS[0] ?? {}], { unknown: 'nack' });
    await open('sensor', 'pmbus', device.bus, ADDRESS).configure();
    assert.ok(device.written.every(({ command }) => command !== 0x03));
  });
});

describe('packet error codes', () => {
  const page = TWO_OUTPUTS[0] ?? {};
  const withPec = (options: PmbusDeviceOptions) => {
    const device = new PmbusDevice([page, TWO_OUTPUTS[1] ?? {}], { unknown: 'nack', pec: true, ...options });
    return open('sensor', 'pmbus', device.bus, ADDRESS, { pec: true });
  };

  it('are sent and checked', async () => {
    const chip = withPec({});
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    near(await chip.read('in3', 0), 7373 / 8192);
  });

  it('that are wrong make a fault, not a reading', async () => {
    const chip = withPec({ spoilPec: true });
    const reading = await chip.read('in1', 0);
    assert.ok(reading.kind === 'none' && reading.reason === 'fault');
    assert.match(reading.detail, /packet error code 0x.. instead of 0x../);
  });
});

describe('PMBus conditions', () => {
  const conditionsOf = async (pages: ConstructorParameters<typeof PmbusDevice>[0]) => {
    const chip = open('sensor', 'pmbus', new PmbusDevice(pages, { unknown: 'nack' }).bus, ADDRESS);
    const answer = await chip.readConditions?.();
    assert.ok(answer?.kind === 'ok', JSON.stringify(answer));
    return answer.conditions;
  };

  it('are those of STATUS_WORD and of the registers it refers to, by page', async () => {
    const [first, second] = TWO_OUTPUTS;
    const pages = [
      // VOUT | IOUT | INPUT | temperature; 7Ah 80h, 7Bh 20h, 7Ch 10h, 7Dh 40h
      { ...first, 0x79: word(0xe004), 0x7a: [0x80], 0x7b: [0x20], 0x7c: [0x10], 0x7d: [0x40] },
      { ...second, 0x79: word(0x0c40), 0x81: [0x80] }, // fans, power not good, off; fan 1 fault
    ];
    assert.deepEqual(await conditionsOf(pages), [
      { page: 0, name: 'vout-over-voltage-fault' },
      { page: 0, name: 'iout-over-current-warning' },
      { page: 0, name: 'vin-under-voltage-fault' },
      { page: 0, name: 'over-temperature-warning' },
      { page: 1, name: 'off' },
      { page: 1, name: 'power-not-good' },
      { page: 1, name: 'fan1-fault' },
    ]);
  });

  it('are none when all is well', async () => {
    assert.deepEqual(await conditionsOf(TWO_OUTPUTS), []);
  });
});

describe('PMBus hot-swap controllers', () => {
  it('ADM1272: its coefficients for 60 V and 15 mV, at 1 mΩ', async () => {
    // voltage 6770/100 per V: 48 V is 3249.6; (3250 · 100)/6770 = 48.0059. Current (1326 · I + 20480)/10: 10 A is 3374.
    // Power 35.12 per W: 480 W is 16857.6. Temperature (42 · T + 31871)/10: 25 °C is 3292.1
    const device = new PmbusDevice([
      { 0xd4: word(0x0000), 0x88: word(3250), 0x8b: word(3243), 0x8c: word(3374), 0x97: word(16858), 0x8d: word(3292) },
    ]);
    const chip = open('sensor', 'adm1272', device.bus, 0x10);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    const readings = await chip.readAll(0);
    near(readings.get('in1'), 325000 / 6770);
    near(readings.get('in2'), 324300 / 6770);
    near(readings.get('curr1'), 10);
    near(readings.get('power1'), 480, 0.02);
    near(readings.get('temp1'), 25, 0.12); // half a step of 1/4.2 °C
    // voltages and temperature are switched on, with the filter
    assert.deepEqual(device.written, [{ page: 0, command: 0xd4, bytes: [0x0e, 0x80] }]);
  });

  it('ADM1272: every combination of ranges, and another shunt', async () => {
    // 0.3 mΩ: 12 A gives (663 · 0.3 · 12 + 20480)/10 = 2286.68 at 30 mV, (1326 · 0.3 · 12 + 20480)/10 = 2525.36 at 15 mV;
    // 500 W gives 500 · 0.3 · 10.535, 17.561, 21.071, 35.12
    for (const [config, voltage, current, power] of [
      [0x802f, 40.62, 2287, 1580],
      [0x800f, 67.7, 2287, 2634],
      [0x802e, 40.62, 2525, 3161],
      [0x800e, 67.7, 2525, 5268],
    ] as const) {
      const registers = { 0x88: word(Math.round(48 * voltage)), 0x8c: word(current), 0x97: word(power) };
      const device = new PmbusDevice([{ ...registers, 0xd4: word(config) }]);
      const chip = open('sensor', 'adm1272', device.bus, 0x10, { shuntMicroOhm: 300 });
      near(await chip.read('in1', 0), 48, 0.02);
      near(await chip.read('curr1', 0), 12, 0.03);
      near(await chip.read('power1', 0), 500, 0.2);
      assert.deepEqual(device.written, [], 'all of it is on already');
    }
  });

  it('ADM1278 and ADM1281: 12 V, 20 A, 240 W, 30 °C', async () => {
    // 195.99 · 12 = 2351.88; (800 · 0.5 · 20 + 20475)/10 = 2847.5 at 0.5 mΩ; 61.23 · 0.5 · 240 = 7347.6; (42 · 30 + 31880)/10 = 3314
    for (const name of ['adm1278', 'adm1281']) {
      const registers = { 0x88: word(2352), 0x8c: word(2848), 0x97: word(7348), 0x8d: word(3314) };
      const device = new PmbusDevice([{ ...registers, 0xd4: word(0x800e) }]);
      const chip = open('sensor', name, device.bus, 0x10, { shuntMicroOhm: 500 });
      near(await chip.read('in1', 0), 12, 0.001);
      near(await chip.read('curr1', 0), 20, 0.02);
      near(await chip.read('power1', 0), 240, 0.02);
      near(await chip.read('temp1', 0), 30);
      assert.equal((await chip.read('in2', 0)).kind, 'none', 'a command that fails is no 0 V');
    }
  });

  it('ADM127x: more than 12 bits is implausible', async () => {
    const device = new PmbusDevice([{ 0xd4: word(0x800e), 0x8c: word(0xffff) }]);
    const reading = await open('sensor', 'adm1278', device.bus, 0x10).read('curr1', 0);
    assert.equal(reading.kind === 'none' && reading.reason, 'implausible');
  });

  it('MP5023: 1/32 V, 1/16 A, 1 W, 1/2 °C', async () => {
    const registers = { 0x88: word(384), 0x8b: word(383), 0x8c: word(165), 0x97: word(123), 0x8d: word(91) };
    const readings = await open('sensor', 'mp5023', new PmbusDevice([registers]).bus, 0x40).readAll(0);
    const expected: [string, number][] = [
      ['in1', 12],
      ['in2', 383 / 32],
      ['curr1', 10.3125],
      ['power1', 123],
    ];
    for (const [channel, value] of [...expected, ['temp1', 45.5] as const]) near(readings.get(channel), value);
  });

  it('MP5990: DIRECT, or LINEAR11 for all but the temperature', async () => {
    const registers = { 0x88: word(1536), 0x8b: word(1536), 0x8c: word(160), 0x97: word(480), 0x8d: word(45) };
    const direct = await open('sensor', 'mp5990', new PmbusDevice([{ ...registers, 0xc4: word(0) }]).bus, 0x40).readAll(
      0,
    );
    near(direct.get('in2'), 48);
    near(direct.get('temp1'), 45);
    // D300h = 768 · 2^-6 = 12; E0A0h = 160/16 = 10
    const linear = { 0x88: word(0xd300), 0x8b: word(0xd300), 0x8c: word(0xe0a0), 0x97: word(120), 0x8d: word(45) };
    const device = new PmbusDevice([{ ...linear, 0xc4: word(0x0200) }]);
    const readings = await open('sensor', 'mp5990', device.bus, 0x40).readAll(0);
    const expected: [string, number][] = [
      ['in1', 12],
      ['in2', 12],
      ['curr1', 10],
      ['power1', 120],
      ['temp1', 45],
    ];
    for (const [channel, value] of expected) near(readings.get(channel), value);
  });

  it('LTC4287: both voltage ranges, with the shunt', async () => {
    // 102.4 V: 320 per V. Current 1.024 · 300 µΩ per A = 307.2 per 1000: 10 A is 3072. Power 300/100 = 3 per W. K − 273
    const registers = { 0x88: word(15360), 0x8c: word(3072), 0x97: word(1440), 0x8d: word(318) };
    const wide = open('sensor', 'ltc4287', new PmbusDevice([{ ...registers, 0xf2: word(2) }]).bus, 0x40);
    const expected: [string, number][] = [
      ['in1', 48],
      ['curr1', 10],
      ['power1', 480],
      ['temp1', 45],
    ];
    for (const [channel, value] of expected) near(await wide.read(channel, 0), value);
    const narrow = open('sensor', 'ltc4287', new PmbusDevice([{ ...registers, 0xf2: word(0) }]).bus, 0x40);
    near(await narrow.read('in1', 0), 12);
    near(await narrow.read('power1', 0), 120);
  });
});

describe('INA233', () => {
  it('reads its shunt and supply, and current and power out of them', async () => {
    // 12 V / 1.25 mV = 9600; 20 mV / 2.5 µV = 8000: 10 A through 2 mΩ, 120 W
    const device = new PmbusDevice([{ 0x88: word(9600), 0xd1: word(8000) }]);
    const chip = open('sensor', 'ina233', device.bus, 0x40);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(device.written, [{ page: 0, command: 0xd0, bytes: [0x27, 0x45] }]);
    const readings = await chip.readAll(0);
    const expected: [string, number][] = [
      ['in1', 12],
      ['in2', 0.02],
      ['curr1', 10],
      ['power1', 120],
    ];
    for (const [channel, value] of expected) near(readings.get(channel), value);
  });

  it('reads a current that flows backwards, through the given shunt', async () => {
    // −8000 · 2.5 µV / 5 mΩ = −4 A
    const device = new PmbusDevice([{ 0x88: word(9600), 0xd1: word(-8000) }]);
    const chip = open('sensor', 'ina233', device.bus, 0x40, { shuntMicroOhm: 5000 });
    near(await chip.read('curr1', 0), -4);
    near(await chip.read('power1', 0), -48);
  });

  it('has no power where the supply cannot be', async () => {
    const chip = open('sensor', 'ina233', new PmbusDevice([{ 0x88: word(0xffff), 0xd1: word(8000) }]).bus, 0x40);
    const power = await chip.read('power1', 0);
    assert.equal(power.kind === 'none' && power.reason, 'implausible');
  });
});

describe('XDP710', () => {
  it('reads with the ranges and the shunt that its registers name', async () => {
    // REG_CFG 13 = 1000 µΩ. 46.53 per V: 48 V is 2233.4; 231.65 per A: 4 A is 926.6; 42.11 per W: 90 W is 3789.9;
    // (52 · T + 14321)/10: 40 °C is 1640.1
    const registers = { 0x88: word(2233), 0x8c: word(927), 0x97: word(3790), 0x8d: word(1640) };
    const config = { 0xd3: word(13), 0xd4: word(0), 0xd5: word(0) };
    const chip = open('sensor', 'xdp710', new PmbusDevice([{ ...registers, ...config }]).bus, 0x40);
    near(await chip.read('in1', 0), 48, 0.011);
    near(await chip.read('curr1', 0), 4, 0.003);
    near(await chip.read('power1', 0), 90, 0.012);
    near(await chip.read('temp1', 0), 40, 0.1);
  });

  it('halves voltages, doubles currents and counts by the shunt', async () => {
    // V_SNS_CFG 1: 93.06 per V. CS_RNG 1 (40h) and REG_CFG 24 = 2000 µΩ: again 231.65 per A. REG_CFG 63 = 10 mΩ
    const registers = { 0x88: word(2233), 0x8c: word(927), 0xd4: word(1), 0xd5: word(0x40) };
    const chip = (config: number) =>
      open('sensor', 'xdp710', new PmbusDevice([{ ...registers, 0xd3: word(config) }]).bus, 0x40);
    near(await chip(24).read('in1', 0), 24, 0.006);
    near(await chip(24).read('curr1', 0), 4, 0.003);
    near(await chip(63).read('curr1', 0), 0.8, 0.001);
  });
});
