// ADT7473, ADT7475, ADT7476 and ADT7490: values reckoned by hand from the formats and dividers of onsemi's data sheets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import { adt7475Rpm, adt7475Temperature } from '../../src/chips/adt7475.ts';
import { byteChip, open } from './probe-bus.ts';

function near(reading: Reading | undefined, expected: number): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  assert.ok(Math.abs(reading.value - expected) < 1e-9, `${reading.value} is not ${expected}`);
}

function reasonOf(reading: Reading | undefined): string {
  return reading?.kind === 'none' ? reading.reason : JSON.stringify(reading);
}

describe('the ADT7475 family', () => {
  it('converts temperatures of both formats', () => {
    // Offset 64: 00h is −64 °C, 59h 25 °C; two's complement: 80h −128 °C, 19h 25 °C; the lowest bits are quarters
    assert.equal(adt7475Temperature(0x00 << 2, 0), -64);
    assert.equal(adt7475Temperature((0x59 << 2) | 1, 0), 25.25);
    assert.equal(adt7475Temperature(0x80 << 2, 1), -128);
    assert.equal(adt7475Temperature((0x19 << 2) | 3, 1), 25.75);
  });

  it('converts tachometer counts', () => {
    // 90 kHz: 5,400,000 / 1500 = 3600 rpm
    assert.deepEqual([adt7475Rpm(1500), adt7475Rpm(0xffff), adt7475Rpm(0)], [3600, 0, null]);
  });

  it('reads an ADT7475', async () => {
    const bus = byteChip(0x2e, {
      0x21: 0x80, // 514 · 2.25 V / 1024 · 700 / 525
      0x22: 0xc0, // 768 · 2.25 V / 1024 · 139 / 71
      0x25: 0x64, // 100 − 64 = 36 °C, and a half
      0x26: 0x59,
      0x27: 0x40,
      0x28: 0xdc, // 05DCh = 1500
      0x29: 0x05,
      0x2a: 0xff,
      0x2b: 0xff,
      0x76: 0x08, // Vccp's lowest bits: 2
      0x77: 0x08, // temperature 1's: 2
    });
    const readings = await open('fan', 'adt7475', bus, 0x2e).readAll(0);
    near(readings.get('in1'), ((514 * 2.25) / 1024) * (700 / 525));
    near(readings.get('in2'), ((768 * 2.25) / 1024) * (139 / 71));
    near(readings.get('temp1'), 36.5);
    near(readings.get('temp2'), 25);
    near(readings.get('temp3'), 0);
    near(readings.get('fan1'), 3600);
    near(readings.get('fan2'), 0);
    assert.equal(reasonOf(readings.get('fan3')), 'implausible');
  });

  it('reads the other voltages of ADT7476 and ADT7490 past dividers that are bypassed', async () => {
    const file = { 0x20: 0x80, 0x23: 0x80, 0x24: 0x80, 0x1e: 0x80, 0x1d: 0x80, 0x1f: 0xb0, 0x7d: 0x80 };
    const readings = await open('fan', 'adt7490', byteChip(0x2e, file), 0x2e).readAll(0);
    const half = 1.125; // 200h of 2.25 V
    near(readings.get('in0'), half * (139 / 94));
    near(readings.get('in3'), half * (140 / 47));
    near(readings.get('in4'), half); // bypassed by configuration 4
    near(readings.get('in5'), ((0x203 * 2.25) / 1024) * 2);
    near(readings.get('in6'), ((0x202 * 2.25) / 1024) * 2);
    const all = await open('fan', 'adt7476', byteChip(0x2e, { ...file, 0x73: 0x20 }), 0x2e).readAll(0);
    near(all.get('in0'), half);
    near(all.get('in2'), 0);
    assert.equal(all.get('in5'), undefined);
  });

  it('has no reading of a pin that is used for something else', async () => {
    const file = { 0x43: 0x80, 0x78: 0x02, 0x7d: 0x02, 0x2e: 0xdc, 0x2f: 0x05 };
    const readings = await open('fan', 'adt7476', byteChip(0x2e, file), 0x2e).readAll(0);
    for (const channel of ['in0', 'in4', 'fan4']) assert.equal(reasonOf(readings.get(channel)), 'fault', channel);
    // THERM on the +2.5 V pin leaves it to TACH4 when configuration 4 says so
    const thermThere = await open('fan', 'adt7476', byteChip(0x2e, { ...file, 0x7d: 0x01 }), 0x2e).read('in0', 0);
    assert.equal(thermThere.kind, 'value');
  });

  it('tells open diodes and fans that are too slow', async () => {
    const chip = open('fan', 'adt7473', byteChip(0x2e, { 0x42: 0x94, 0x25: 0x64, 0x26: 0x64 }), 0x2e);
    const readings = await chip.readAll(0);
    assert.equal(reasonOf(readings.get('temp3')), 'fault');
    near(readings.get('temp1'), 36);
    near(readings.get('temp2'), 36);
    const status = await chip.readStatus();
    assert.ok(status.kind === 'ok');
    assert.deepEqual(status.faultyTachometers, [1, 3]);
  });

  it('takes the outputs over and sets duties of 255', async () => {
    const bus = byteChip(0x2e, { 0x5c: 0x62, 0x5d: 0x82, 0x5e: 0xe2, 0x40: 0x04, 0x31: 0x80 });
    const chip = open('fan', 'adt7475', bus, 0x2e);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['5ce2', '5de2', '4005']);
    await chip.setDuty(3, 0.5);
    assert.equal(bus.writes().at(-1), '3280');
    assert.deepEqual(await chip.readDuty(2), { kind: 'ok', ratio: 128 / 255 });
    assert.equal((await chip.setDuty(4, 1)).kind, 'failed');
    assert.equal((await chip.armWatchdog(10)).kind, 'failed');
  });
});
