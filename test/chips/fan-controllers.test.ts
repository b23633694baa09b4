// ADT7470, NCT7802Y and EMC2305: attributes as the kernel showed them, conversions calculated by hand from the data sheets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeRegisters } from '../../src/chips/decode.ts';
import { byteChip, open } from './probe-bus.ts';
import { hwmonOf, sharedJson, withoutSharedData } from './shared-data.ts';

function bytes(values: Readonly<Record<number, number | readonly number[]>>): string[] {
  const file = Array.from({ length: 256 }, () => 0);
  for (const [first, value] of Object.entries(values)) {
    for (const [index, byte] of [value].flat().entries()) file[Number(first) + index] = byte;
  }
  return file.map((byte) => byte.toString(16));
}

/** By the data sheet's register map, the registers of an NCT7802Y that measures what the kernel recorded. */
const NCT7802_AS_RECORDED = bytes({
  0x01: 84, // 84.125 °C: 125 m°C is 20h of the low byte
  0x04: 69,
  0x05: 0x20,
  0x06: 99,
  0x09: [206, 219], // 3300 mV = 825 · 4, 1754 = 877 · 2; 825 = 4 · 206 + 1, 877 = 4 · 219 + 1
  0x0d: [148, 210], // 1186 = 593 · 2, 1682 = 841 · 2; 593 = 4 · 148 + 1, 841 = 4 · 210 + 1
  0x0f: 0x40, // the 1 of all four
  0x10: [0xff, 0xff, 0, 0xf8], // no pulse from fans 1 and 2
  0x19: 0x10, // temp5 above its limit
  0x22: 0b11_11_01, // diode, voltage, voltage
  0x23: 0x01,
  0x24: 0x03,
  0x30: 100,
  0x36: [80, 0, 85, 0, 100, 0, 0, 100, 100],
  0x41: [0xee, 0, 0xbc, 0, 0xff, 0, 0x08, 0x8c], // limits 2EEh = 750, 2BCh = 700, 3FFh = 1023
  0x49: [0xff, 0xff, 0, 0xf8, 0xf8],
  0x60: [255, 255, 127],
  0x64: 0x01,
  0x80: [59, 60, 75, 90, 95, 0, 76, 165, 255],
  0x90: [59, 60, 75, 90, 95, 0, 76, 165, 255],
  0xa0: [54, 55, 67, 79, 95, 0, 178, 216, 255],
});

describe('ADT7470', () => {
  it('decodes to what Linux showed, alarm_mask as a number', { skip: withoutSharedData }, async () => {
    assert.deepEqual(await decodeRegisters(sharedJson('chips', 'adt7470.json')), hwmonOf('adt7470'));
  });

  it('decodes alarms of both registers, the second only when the first says so', async () => {
    const of = (alarms1: number) => {
      const registers = bytes({ 0x41: [alarms1, 0x24] });
      return decodeRegisters({ chip: 'adt7470', width: 'byte', registers });
    };
    const both = await of(0x82);
    assert.deepEqual(
      [both['temp2_alarm'], both['temp10_alarm'], both['temp9_alarm'], both['fan2_alarm']],
      [1, 1, 0, 1],
    );
    const first = await of(0x02);
    assert.deepEqual([first['temp2_alarm'], first['temp10_alarm'], first['fan2_alarm']], [1, 0, 0]);
    assert.equal(first['num_temp_sensors'], -1);
  });

  it('reads fans, low byte first; a stopped one is 0 rpm, a count of 0 is none', async () => {
    // 0995h = 2453: 5400000 / 2453 = 2201.4 rpm
    const bus = byteChip(0x2f, { 0x2a: 0x95, 0x2b: 0x09, 0x2c: 0xff, 0x2d: 0xff, 0x30: 1 });
    const fans = await open('fan', 'adt7470', bus, 0x2f).readAll(5);
    assert.deepEqual(fans.get('fan1'), { kind: 'value', value: 5_400_000 / 2453, atMs: 5 });
    assert.deepEqual(fans.get('fan2'), { kind: 'value', value: 0, atMs: 5 });
    const none = fans.get('fan3');
    assert.equal(none?.kind === 'none' && none.reason, 'implausible');
    assert.deepEqual(
      bus.transfers.slice(0, 2).map(({ write }) => write),
      ['2a', '2b'],
    );
  });

  it('takes its outputs from automatic control, sets and reads duties', async () => {
    const bus = byteChip(0x2f, { 0x40: 0x04, 0x68: 0xc1, 0x69: 0x40, 0x35: 0x33 });
    const chip = open('fan', 'adt7470', bus, 0x2f);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['6801', '6900', '4001']);
    assert.deepEqual(await chip.readDuty(4), { kind: 'ok', ratio: 0.2 }); // 51 / 255
    assert.deepEqual(await chip.setDuty(1, 0.5), { kind: 'ok' });
    assert.deepEqual(await chip.setDuty(4, 7), { kind: 'ok' });
    assert.deepEqual(bus.writes().slice(3), ['3280', '35ff']);
    for (const refused of [chip.setDuty(5, 0.5), chip.setDuty(0, 0.5), chip.setDuty(1, Number.NaN)]) {
      assert.equal((await refused).kind, 'failed');
    }
    assert.equal(bus.writes().length, 5);
  });

  it('has no watchdog to arm, and tells faulty fans', async () => {
    const chip = open('fan', 'adt7470', byteChip(0x2f, { 0x42: 0x97 }), 0x2f);
    assert.deepEqual(await chip.armWatchdog(0), { kind: 'ok' });
    const armed = await chip.armWatchdog(10);
    assert.match(armed.kind === 'failed' ? armed.detail : '', /adt7470 at 0x2f on i2c3: it has no watchdog/);
    const status = await chip.readStatus();
    assert.deepEqual(status.kind === 'ok' && status.faultyTachometers, [1, 4]);
  });
});

describe('NCT7802', () => {
  it('decodes to what Linux showed', { skip: withoutSharedData }, async () => {
    const decoded = await decodeRegisters({ chip: 'nct7802', width: 'byte', registers: NCT7802_AS_RECORDED });
    // 1682 mV is above the limit of 1400 mV: today's driver compares, the recorded one showed a bit of the chip.
    assert.deepEqual(decoded, { ...hwmonOf('nct7802'), in4_alarm: 1 });
  });

  it('reads each input as what it is set to be', async () => {
    const values = Object.fromEntries(NCT7802_AS_RECORDED.map((byte, index) => [index, Number.parseInt(byte, 16)]));
    const readings = await open('fan', 'nct7802', byteChip(0x2e, { ...values, 0x12: 0x0a, 0x24: 0x07 }), 0x2e).readAll(
      0,
    );
    const value = (channel: string) => {
      const reading = readings.get(channel);
      return reading?.kind === 'value' ? reading.value : reading?.reason;
    };
    assert.deepEqual(['temp1', 'temp2', 'temp4'].map(value), [84.125, 'fault', 69]);
    assert.deepEqual(['in0', 'in1', 'in2', 'in3', 'in4'].map(value), [3.3, 1.754, 'fault', 1.186, 1.682]);
    // count 0Ah · 32 + 1Fh = 351: 1350000 / 351
    assert.deepEqual(['fan1', 'fan2', 'fan3'].map(value), [0, 0, 1_350_000 / 351]);
  });

  it('gives no value for an open input or a count of 0, and reads below zero', async () => {
    const registers = { 0x01: 0xec, 0x02: 0xec, 0x05: 0x20, 0x04: 0x80, 0x17: 0x01, 0x22: 0b00_10_10, 0x24: 0x01 };
    const readings = await open('fan', 'nct7802', byteChip(0x2e, registers), 0x2e).readAll(0);
    assert.deepEqual(readings.get('temp2'), { kind: 'value', value: -19.875, atMs: 0 });
    for (const [channel, reason] of [
      ['temp1', 'fault'],
      ['temp4', 'implausible'],
      ['fan1', 'implausible'],
      ['fan2', 'fault'], // switched off
    ] as const) {
      const reading = readings.get(channel);
      assert.equal(reading?.kind === 'none' && reading.reason, reason, channel);
    }
  });

  it('selects bank 0, takes its outputs from Smart Fan, sets and reads duties', async () => {
    const bus = byteChip(0x2e, { 0x00: 1, 0x64: 0x13, 0x65: 0x01, 0x61: 0xff, 0x1a: 0x06 });
    const chip = open('fan', 'nct7802', bus, 0x2e);
    await chip.configure();
    await chip.setDuty(3, 1);
    assert.deepEqual(bus.writes(), ['0000', '6402', '6500', '2101', '62ff']);
    assert.deepEqual(await chip.readDuty(2), { kind: 'ok', ratio: 1 });
    const status = await chip.readStatus();
    assert.deepEqual(status.kind === 'ok' && status.faultyTachometers, [2, 3]);
  });
});

describe('EMC2305 family', () => {
  it('reads fans with the multiplier of each one’s range; a stopped one is 0 rpm', async () => {
    // count 983 left-aligned is 1EB8h: 3932160 / 983 = 4000.1, at 1 (range 500), 2 (1000) and 8 (4000)
    const bus = byteChip(0x2f, {
      ...{ 0x32: 0x0b, 0x3e: 0x1e, 0x3f: 0xb8 },
      ...{ 0x42: 0x2b, 0x4e: 0x1e, 0x4f: 0xb8 },
      ...{ 0x52: 0x6b, 0x5e: 0x1e, 0x5f: 0xb8 },
      ...{ 0x62: 0x2b, 0x6e: 0xff, 0x6f: 0xf8 },
      ...{ 0x72: 0x2b },
    });
    const readings = [...(await open('fan', 'emc2305', bus, 0x2f).readAll(0)).values()];
    const values = readings.map((reading) => (reading.kind === 'value' ? reading.value : reading.reason));
    assert.deepEqual(values, [4000, 8000, 32_000, 0, 'implausible']);
  });

  it('switches speed control off, sets and reads duties of the outputs it has', async () => {
    const bus = byteChip(0x2f, { 0x32: 0xab, 0x42: 0x2b, 0x40: 0xcc });
    const chip = open('fan', 'emc2302', bus, 0x2f);
    await chip.configure();
    assert.deepEqual(bus.writes(), ['322b']);
    assert.deepEqual(await chip.readDuty(2), { kind: 'ok', ratio: 0.8 }); // 204 / 255
    assert.deepEqual(await chip.setDuty(2, 0.4), { kind: 'ok' });
    assert.equal((await chip.setDuty(3, 0.4)).kind, 'failed');
    assert.deepEqual(bus.writes().slice(1), ['4066']);
  });

  it('tells fans that stalled or failed, and does not take its 4 s watchdog for another', async () => {
    const chip = open('fan', 'emc2303', byteChip(0x2f, { 0x25: 0x01, 0x27: 0x1c }), 0x2f);
    const status = await chip.readStatus();
    assert.deepEqual(status.kind === 'ok' && status.faultyTachometers, [1, 3]);
    assert.equal((await chip.armWatchdog(10)).kind, 'failed');
    assert.deepEqual(await chip.armWatchdog(0), { kind: 'ok' });
  });

  it('decodes as Linux does, at multiplier 2, and 0 rpm from 480 on down', async () => {
    const of = (count: number) => [(count << 3) >> 8, (count << 3) & 0xff];
    // 3932160 / 8174 = 481.06, / 8175 = 480.998
    const registers = bytes({ 0x27: 0x02, 0x30: 0x66, 0x3e: of(8174), 0x4e: of(8175) });
    assert.deepEqual(await decodeRegisters({ chip: 'emc2302', width: 'byte', registers }), {
      fan1_input: 962,
      fan1_fault: 0,
      pwm1: 102,
      fan2_input: 0,
      fan2_fault: 1,
      pwm2: 0,
    });
  });
});

describe('MAX6639', () => {
  it('reads fans in the range each is set to, and temperatures low byte first', async () => {
    // 4000 · 30 / 60 = 2000 rpm, 16000 · 30 / 60 = 8000 rpm; 25 °C and 3/8
    const registers = { 0x10: 0x81, 0x14: 0x83, 0x20: 60, 0x21: 60, 0x00: 25, 0x05: 0x60, 0x01: 70, 0x06: 0x01 };
    const bus = byteChip(0x2c, registers);
    const chip = open('fan', 'max6639', bus, 0x2c);
    const values = [...(await chip.readAll(0)).values()].map((r) => (r.kind === 'value' ? r.value : r.reason));
    assert.deepEqual(values, [2000, 8000, 25.375, 'fault']);
    assert.deepEqual(
      bus.transfers.slice(4, 6).map(({ write }) => write),
      ['05', '00'],
    );
  });

  it('tells a stopped fan, a count that cannot be and a temperature that cannot be', async () => {
    const bus = byteChip(0x2c, { 0x20: 0xff, 0x21: 0, 0x00: 0xff, 0x02: 0x02 });
    const chip = open('fan', 'max6639', bus, 0x2c);
    const values = [...(await chip.readAll(0)).values()].map((r) => (r.kind === 'value' ? r.value : r.reason));
    assert.deepEqual(values, [0, 'implausible', 'implausible', 0]);
    const status = await chip.readStatus();
    assert.deepEqual(status.kind === 'ok' && status.faultyTachometers, [1]);
  });

  it('leaves standby and speed control, and sets duties in 120ths', async () => {
    const bus = byteChip(0x2c, { 0x04: 0xa0, 0x10: 0x01, 0x14: 0x81, 0x27: 0xff });
    const chip = open('fan', 'max6639', bus, 0x2c);
    await chip.configure();
    await chip.setDuty(1, 0.25);
    await chip.setDuty(2, 1);
    assert.deepEqual(bus.writes(), ['1081', '0420', '261e', '2778']);
    assert.deepEqual(await chip.readDuty(1), { kind: 'ok', ratio: 0.25 });
    assert.equal((await chip.armWatchdog(30)).kind, 'failed');
  });
});
