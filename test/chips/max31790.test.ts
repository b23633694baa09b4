import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WatchdogTimeoutS } from '../../src/chips/chip.ts';
import { countOfRpm, dutyRegisterOf, ratioOfDuty, rpmOfCount, speedRangeOf } from '../../src/chips/max31790.ts';
import { byteChip, open } from './probe-bus.ts';

/** Power-on values of what matters here (data sheet, register map): run, SR 4, tachometers off. */
const POWER_ON = { 0x00: 0x20, ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((fan) => [0x08 + fan, 0x4c])) };

describe('MAX31790', () => {
  it('turns counts into rpm and back: 60 · 8192 · SR / (NP · count)', () => {
    // SR 4, two pulses: 983040 / count. Count 256 is 2000h left-aligned: 3840 rpm.
    assert.equal(rpmOfCount(0x2000, 4), 3840);
    assert.equal(rpmOfCount(0xa000, 4), 768);
    assert.equal(rpmOfCount(0x2000, 4, 4), 1920);
    assert.equal(rpmOfCount(0x2000, 16), 15360);
    assert.equal(rpmOfCount(0xffe0, 4), 0, 'all ones: no pulse came in time');
    assert.equal(rpmOfCount(0xffc0, 4), 983040 / 2046);
    assert.equal(rpmOfCount(0x0000, 4), null);
    assert.equal(countOfRpm(3840, 4), 0x2000);
    assert.equal(countOfRpm(0, 4), 0xffe0);
    assert.equal(countOfRpm(1, 32), 0xffe0, 'slower than the register can hold');
    assert.equal(countOfRpm(1e9, 1), 0x0020, 'faster than it can hold');
  });

  it('takes the speed range from bits 7:5 of the dynamics', () => {
    const ranges = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => speedRangeOf((bits << 5) | 0x0c));
    assert.deepEqual(ranges, [1, 2, 4, 8, 16, 32, 32, 32]);
  });

  it('turns ratios into nine-bit duties and back', () => {
    assert.equal(dutyRegisterOf(0), 0);
    assert.equal(dutyRegisterOf(1), 0xff80); // 511 << 7
    assert.equal(dutyRegisterOf(0.2), 0x3300); // 102 << 7
    assert.equal(dutyRegisterOf(2), 0xff80);
    assert.equal(dutyRegisterOf(-1), 0);
    assert.equal(ratioOfDuty(0xff80), 1);
    assert.equal(ratioOfDuty(0x3300), 102 / 511);
  });

  it('reads six tachometers in one burst, each with its own speed range', async () => {
    const bus = byteChip(0x20, { ...POWER_ON, 0x09: 0x8c, 0x18: 0x20, 0x1a: 0x20, 0x22: 0xff, 0x23: 0xe0, 0x1c: 0x00 });
    const fans = await open('fan', 'max31790', bus, 0x20).readAll(3);
    assert.deepEqual([...fans.keys()], ['fan1', 'fan2', 'fan3', 'fan4', 'fan5', 'fan6']);
    assert.deepEqual(fans.get('fan1'), { kind: 'value', value: 3840, atMs: 3 });
    assert.deepEqual(fans.get('fan2'), { kind: 'value', value: 15360, atMs: 3 }, 'SR 16');
    assert.deepEqual(fans.get('fan6'), { kind: 'value', value: 0, atMs: 3 }, 'stopped is a speed');
    const broken = fans.get('fan3');
    assert.equal(broken?.kind === 'none' && broken.reason, 'implausible', 'a count of 0 is none');
    assert.deepEqual(bus.transfers, [{ address: 0x20, write: '08', readLength: 28 }]);
  });

  it('reads twelve when PWM pins are tachometer inputs', async () => {
    const bus = byteChip(0x20, { ...POWER_ON, 0x0d: 0x6c, 0x2e: 0x20 });
    const chip = open('fan', 'max31790', bus, 0x20, { tachometers: [1, 12] });
    assert.equal(chip.channels.length, 12);
    assert.deepEqual((await chip.readAll(0)).get('fan12'), { kind: 'value', value: 7680, atMs: 0 }, 'SR of fan 6');
    assert.deepEqual(await chip.read('fan12', 1), { kind: 'value', value: 7680, atMs: 1 });
    await chip.configure();
    assert.ok(bus.writes().includes('0709'), 'pin 6 becomes an input');
    assert.ok(bus.writes().includes('0208'), 'pin 1 does not');
  });

  it('sets a duty in one transfer and reads the current one', async () => {
    const bus = byteChip(0x20, { ...POWER_ON, 0x34: 0x80, 0x35: 0x00 });
    const chip = open('fan', 'max31790', bus, 0x20);
    assert.deepEqual(await chip.setDuty(1, 1), { kind: 'ok' });
    assert.deepEqual(await chip.setDuty(6, 0.2), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['40ff80', '4a3300']);
    assert.deepEqual(await chip.readDuty(3), { kind: 'ok', ratio: 256 / 511 });
  });

  it('refuses outputs it does not have and a duty that is not a number', async () => {
    const bus = byteChip(0x20, POWER_ON);
    const chip = open('fan', 'max31790', bus, 0x20);
    for (const result of [await chip.setDuty(0, 1), await chip.setDuty(7, 1), await chip.setDuty(1, Number.NaN)]) {
      assert.equal(result.kind, 'failed');
    }
    assert.equal((await chip.readDuty(1.5)).kind, 'failed');
    assert.deepEqual(bus.transfers, []);
  });

  it('puts every channel under PWM control with its tachometer on, and keeps spin-up as it is', async () => {
    // fan 1: RPM mode; fan 2: monitor only; fan 3: as wanted, spin-up 1 s; chip in standby
    const bus = byteChip(0x20, { ...POWER_ON, 0x00: 0xa0, 0x02: 0xe8, 0x03: 0x58, 0x04: 0x48 });
    assert.deepEqual(await open('fan', 'max31790', bus, 0x20).configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['0268', '0348', '0508', '0608', '0708', '0020']);
  });

  it('arms the watchdog, clears its mark and leaves the other bits alone', async () => {
    // Global configuration 00h: bits 2:1 = off, 5, 10, 30 s; bit 0 = expired
    for (const [timeoutS, expected] of [
      [5, '002a'],
      [10, '002c'],
      [30, '002e'],
      [0, '0028'],
    ] as readonly [WatchdogTimeoutS, string][]) {
      const bus = byteChip(0x20, { ...POWER_ON, 0x00: 0x29 });
      assert.deepEqual(await open('fan', 'max31790', bus, 0x20).armWatchdog(timeoutS), { kind: 'ok' });
      assert.deepEqual(bus.writes(), [expected]);
    }
  });

  it('tells which tachometers are at fault and that the watchdog has run out', async () => {
    const bus = byteChip(0x20, { ...POWER_ON, 0x00: 0x27, 0x10: 0x20, 0x11: 0x05 });
    assert.deepEqual(await open('fan', 'max31790', bus, 0x20).readStatus(), {
      kind: 'ok',
      standby: false,
      watchdogExpired: true,
      watchdogTimeoutS: 30,
      faultyTachometers: [1, 3, 12],
    });
  });

  it('answers with a fault for every channel when the chip is silent', async () => {
    const bus = byteChip(0x20, POWER_ON);
    bus.fail = () => 'nack';
    const chip = open('fan', 'max31790', bus, 0x20);
    const fans = [...(await chip.readAll(0)).values()];
    assert.equal(fans.length, 6);
    assert.ok(fans.every((reading) => reading.kind === 'none' && reading.reason === 'fault'));
    assert.equal((await chip.setDuty(1, 1)).kind, 'failed');
    assert.equal((await chip.armWatchdog(5)).kind, 'failed');
    assert.equal((await chip.readStatus()).kind, 'failed');
    assert.equal((await chip.configure()).kind, 'failed');
  });
});
