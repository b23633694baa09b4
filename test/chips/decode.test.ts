import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError, describeError } from '../../src/core/errors.ts';
import { decodableChips, decodeRegisters } from '../../src/chips/decode.ts';
import { sharedJson, withoutSharedData } from './shared-data.ts';

/** Attributes of the data files that are not decoded: the name is the file's own `chip`, not a number. */
const LEFT_OUT = new Set(['name']);

/** Registers all 0 but those given, as an SMBus word read returns them: wire bytes swapped. */
function words(count: number, values: Readonly<Record<number, number>>): string[] {
  return Array.from({ length: count }, (_, register) => {
    const wire = values[register] ?? 0;
    return (((wire & 0xff) << 8) | (wire >> 8)).toString(16).padStart(4, '0');
  });
}

function bytes(count: number, values: Readonly<Record<number, number>>): string[] {
  return Array.from({ length: count }, (_, register) => (values[register] ?? 0).toString(16).padStart(2, '0'));
}

describe('chip decode shows what Linux shows', () => {
  for (const chip of ['lm75', 'tmp421', 'tmp423', 'max31790', 'ina226']) {
    it(
      `for the recorded ${chip}: every attribute but its name, and no other`,
      { skip: withoutSharedData },
      async () => {
        const file = sharedJson('chips', `${chip}.json`) as { hwmon: Record<string, string> };
        const expected = Object.entries(file.hwmon).filter(([name]) => !LEFT_OUT.has(name));
        const decoded = await decodeRegisters(file);
        assert.deepEqual(decoded, Object.fromEntries(expected.map(([name, value]) => [name, Number(value)])));
      },
    );
  }

  it('for an INA219: 50 mV, 1316 mV, 4991 mA, 13.16 W', async () => {
    // groeck/module-tests ina2xx.sh: shunt 137Fh, bus 0A4Bh, power 0292h at the default 10 mΩ
    const registers = words(6, { 0: 0x9f39, 1: 0x137f, 2: 0x0a4b, 3: 0x0292, 4: 0x137f, 5: 0x0800 });
    assert.deepEqual(await decodeRegisters({ chip: 'ina219', width: 'word', registers }), {
      in0_input: 50,
      in1_input: 1316,
      curr1_input: 4991,
      power1_input: 13_160_000,
      shunt_resistor: 10_000,
    });
  });

  it('for another shunt resistor: five times the current and power through 2 mΩ', async () => {
    const registers = words(8, { 1: 0x137f, 2: 0x0a4b, 3: 0x0292, 4: 0x137f });
    const decoded = await decodeRegisters({ chip: 'ina230', width: 'word', registers }, { shuntMicroOhm: 2000 });
    assert.equal(decoded['curr1_input'], 6239); // 4991 · 1250 µA = 6238.75 mA
    assert.equal(decoded['power1_input'], 658 * 25 * 1250);
    assert.equal(decoded['in0_input'], 12);
  });

  it('for the limit that an INA226 has enabled, and its alarm', async () => {
    // mask 2010h: bus over-voltage, alert flag set; limit 2570h = 11.98 V
    const registers = words(8, { 6: 0x2010, 7: 0x2570 });
    const decoded = await decodeRegisters({ chip: 'ina226', width: 'word', registers });
    assert.equal(decoded['in1_crit'], 11_980);
    assert.equal(decoded['in1_crit_alarm'], 1);
    assert.equal(decoded['in1_lcrit'], 0);
    assert.equal(decoded['in0_crit_alarm'], 0);
    // mask 8000h: shunt over-voltage; limit 8000 · 2.5 µV = 20 mV, 2 A through 10 mΩ
    const shunt = await decodeRegisters({ chip: 'ina226', width: 'word', registers: words(8, { 6: 0x8000, 7: 8000 }) });
    assert.deepEqual([shunt['in0_crit'], shunt['curr1_crit'], shunt['curr1_crit_alarm']], [20, 2000, 0]);
  });

  it('for temperatures below zero, rounded as each driver rounds', async () => {
    // lm75 shifts: −0.0625 °C is −63 m°C; tmp421 rounds halves away from zero: −19.9375 °C is −19938
    const tmp75 = await decodeRegisters({
      chip: 'tmp75',
      width: 'word',
      registers: words(4, { 0: 0xfff0, 2: 0xe700 }),
    });
    assert.deepEqual(tmp75, { temp1_input: -63, temp1_max: 0, temp1_max_hyst: -25_000, update_interval: 220 });
    const tmp421 = await decodeRegisters({
      chip: 'tmp421',
      width: 'byte',
      registers: bytes(18, { 0: 0xec, 16: 0x10 }),
    });
    assert.equal(tmp421['temp1_input'], -19_938);
  });

  it('for an INA226: current from its own register, which a shunt voltage that moved on does not change', async () => {
    // 07D0h · 250 µA = 500 mA at 10 mΩ and calibration 0800h; shunt 4 · 2.5 µV
    const registers = words(8, { 1: 0x0004, 4: 0x07d0, 5: 0x0800 });
    const decoded = await decodeRegisters({ chip: 'ina226', width: 'word', registers });
    assert.deepEqual([decoded['curr1_input'], decoded['in0_input']], [500, 0]);
  });

  it('for a TMP421 whose supply was too low: bit 1 of the low byte is a fault as an open diode is', async () => {
    const registers = bytes(18, { 1: 0x19, 0x11: 0x02 });
    assert.equal((await decodeRegisters({ chip: 'tmp421', width: 'byte', registers }))['temp2_fault'], 1);
  });

  it('for a TMP422 in the extended range', async () => {
    const registers = bytes(19, { 0: 0x59, 1: 0xd6, 2: 0x0e, 9: 0x04, 0x12: 0x01 });
    assert.deepEqual(await decodeRegisters({ chip: 'tmp422', width: 'byte', registers }), {
      temp1_input: 25_000,
      temp2_input: 150_000,
      temp2_fault: 0,
      temp3_input: -50_000,
      temp3_fault: 1,
    });
  });

  it('for MAX31790 modes, faults, a pin used as a tachometer, and counts at the ends', async () => {
    const registers = bytes(104, {
      0x02: 0x88, // fan 1: RPM mode
      0x03: 0x18, // fan 2: monitor only
      0x04: 0x09, // fan 3: PWM pin is tachometer 9
      0x0a: 0x80, // fan 3: SR 16
      0x10: 0x04,
      0x11: 0x01,
      0x1a: 0xff, // fan 2: stopped
      0x1b: 0xe0,
      0x28: 0x20, // tachometer 9
      0x30: 0xff, // fan 1: full duty
      0x31: 0x80,
      0x50: 0xff, // fan 1: slowest target, a speed all the same
      0x51: 0xe0,
    });
    const decoded = await decodeRegisters({ chip: 'max31790', width: 'byte', registers });
    assert.deepEqual([decoded['pwm1_enable'], decoded['pwm2_enable'], decoded['pwm4_enable']], [2, 0, 1]);
    assert.deepEqual([decoded['fan1_fault'], decoded['fan2_fault'], decoded['fan9_fault']], [1, 0, 1]);
    assert.deepEqual([decoded['fan1_enable'], decoded['fan4_enable']], [1, 0]);
    assert.equal(decoded['pwm1'], 255);
    assert.equal(decoded['fan1_target'], 120); // SR 1: 60 · 8192 / (2 · 2047) = 120.06
    assert.equal(decoded['fan1_input'], 7_864_320, 'a count of 0, as the driver shows it');
    assert.equal(decoded['fan2_input'], 0);
    assert.equal(decoded['fan9_input'], 15_360); // SR 16, count 256
    assert.ok(!('pwm3' in decoded) && !('fan3_target' in decoded) && !('fan7_input' in decoded));
  });
});

describe('chip decode refuses', () => {
  const cases: readonly [string, unknown, RegExp][] = [
    ['what is not a register file', [], /^dump\.json: .*; give \{"chip"/],
    [
      'a register that is not hex',
      { chip: 'lm75', width: 'word', registers: ['zz'] },
      /^dump\.json registers\.0: .*hex/,
    ],
    ['a byte that is none', { chip: 'tmp421', width: 'byte', registers: ['100'] }, /^dump\.json registers\.0: "100"/],
    ['an unknown chip', { chip: 'lm9999', width: 'byte', registers: ['00'] }, /"lm9999"; known: lm75, /],
    ['a file without a chip', { width: 'byte', registers: ['00'] }, /^dump\.json chip: names no chip/],
    ['too few registers', { chip: 'tmp421', width: 'byte', registers: ['19'] }, /needs those from 0 to 17/],
    [
      'bytes of word registers',
      { chip: 'lm75', width: 'byte', registers: ['19'] },
      /width: the registers of lm75 are words/,
    ],
    [
      'too many registers',
      { chip: 'lm75', width: 'word', registers: Array(257).fill('00') },
      /^dump\.json registers: /,
    ],
  ];
  for (const [what, input, message] of cases) {
    it(what, async () => {
      await assert.rejects(decodeRegisters(input, { subject: 'dump.json' }), (error) => {
        assert.ok(error instanceof ColdslotError && error.code === 'bad-input');
        assert.match(describeError(error), message);
        return true;
      });
    });
  }

  it('a shunt of nothing', async () => {
    const file = { chip: 'ina226', width: 'word', registers: words(8, {}) };
    await assert.rejects(decodeRegisters(file, { shuntMicroOhm: 0 }), /0 µΩ/);
  });

  it('nothing of a chip named on the command line instead of in the file', async () => {
    const decoded = await decodeRegisters({ width: 'word', registers: words(4, { 0: 0x1900 }) }, { chip: 'tmp112' });
    assert.equal(decoded['temp1_input'], 25_000);
    assert.ok(decodableChips().includes('tmp112'));
  });
});
