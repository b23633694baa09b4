import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { open } from './probe-bus.ts';
import { PmbusDevice, word } from './pmbus-device.ts';
import type { PmbusPage } from './pmbus-device.ts';

const ADDRESS = 0x52;

/** Fans enabled in PWM mode with two pulses, half duty, 6000 rpm; temperatures of 25.00 °C and one more per page. */
function pages(fan: PmbusPage = {}): PmbusPage[] {
  return Array.from({ length: 23 }, (_, page) => {
    if (page >= 17) return {};
    if (page >= 6) return { 0x8d: word(2500 + 100 * (page - 6)) };
    return {
      0x3a: [0x90],
      0x3b: word(5000),
      0x81: [0],
      0x90: [...word(6000 + page), ...word(5000 + page)],
      0xf1: word(0),
      0xf3: word(5000),
      ...fan,
    };
  });
}

function chipOf(device: PmbusDevice, options = {}) {
  return open('fan', 'max31785', device.bus, ADDRESS, options);
}

describe('MAX31785', () => {
  it('reads six fans and eleven temperatures, each on its page', async () => {
    const device = new PmbusDevice(pages());
    const readings = await chipOf(device).readAll(4);
    assert.equal(readings.size, 17);
    assert.deepEqual(readings.get('fan1'), { kind: 'value', value: 6000, atMs: 4 });
    assert.deepEqual(readings.get('fan6'), { kind: 'value', value: 6005, atMs: 4 });
    assert.deepEqual(readings.get('temp1'), { kind: 'value', value: 25, atMs: 4 });
    assert.deepEqual(readings.get('temp11'), { kind: 'value', value: 35, atMs: 4 });
    assert.deepEqual(await chipOf(device).read('temp7', 0), { kind: 'value', value: 31, atMs: 0 });
    assert.deepEqual(await chipOf(device).read('fan3', 0), { kind: 'value', value: 6002, atMs: 0 });
  });

  it('reads the second rotors that are in use, and switches their counting on', async () => {
    const device = new PmbusDevice(pages());
    const chip = chipOf(device, { tachometers: [1, 7] });
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(
      device.written.filter(({ command }) => command === 0xf1),
      [{ page: 0, command: 0xf1, bytes: [0x00, 0x10] }],
    );
    const readings = await chip.readAll(0);
    assert.equal(readings.size, 23);
    assert.deepEqual(readings.get('fan7'), { kind: 'value', value: 5000, atMs: 0 });
    assert.equal(readings.get('fan8')?.kind, 'none');
    assert.deepEqual(await chip.read('fan7', 0), { kind: 'value', value: 5000, atMs: 0 });
  });

  it('commands a duty in hundredths of a percent, on the fan’s page', async () => {
    const device = new PmbusDevice(pages());
    const chip = chipOf(device);
    for (const [pwm, ratio] of [
      [1, 1],
      [6, 0.2],
      [2, 7],
      [3, -1],
    ] as const) {
      assert.deepEqual(await chip.setDuty(pwm, ratio), { kind: 'ok' });
    }
    const commands = device.written.filter(({ command }) => command === 0x3b);
    assert.deepEqual(
      commands.map(({ page, bytes }) => [page, ...bytes]),
      [
        [0, 0x10, 0x27], // 10000 = 2710h
        [5, 0xd0, 0x07], // 2000 = 07D0h
        [1, 0x10, 0x27],
        [2, 0x00, 0x00],
      ],
    );
    assert.deepEqual(await chip.readDuty(4), { kind: 'ok', ratio: 0.5 });
  });

  it('sends no duty when the page could not be selected', async () => {
    const device = new PmbusDevice(pages());
    device.bus.fail = ({ write }) => (write === '0003' ? 'nack' : null);
    assert.equal((await chipOf(device).setDuty(4, 0.1)).kind, 'failed');
    assert.ok(device.written.every(({ command }) => command !== 0x3b));
  });

  it('refuses outputs it does not have and a duty that is not a number', async () => {
    const device = new PmbusDevice(pages());
    const chip = chipOf(device);
    for (const result of [await chip.setDuty(0, 1), await chip.setDuty(7, 1), await chip.setDuty(1, Number.NaN)]) {
      assert.equal(result.kind, 'failed');
    }
    assert.equal((await chip.readDuty(1.5)).kind, 'failed');
    assert.deepEqual(device.bus.transfers, []);
  });

  it('takes fans out of the chip’s own control at full speed, and keeps their pulses per revolution', async () => {
    // page 1: off, automatic, four pulses; page 2: rpm mode; the others as wanted
    const set = pages();
    set[1] = { ...set[1], 0x3a: [0x30], 0x3b: word(0xffff) };
    set[2] = { ...set[2], 0x3a: [0xd0], 0x3b: word(3000) };
    const device = new PmbusDevice(set);
    assert.deepEqual(await chipOf(device).configure(), { kind: 'ok' });
    const changes = device.written.filter(({ command }) => command !== 0);
    assert.deepEqual(changes, [
      { page: 1, command: 0x3b, bytes: [0x10, 0x27] },
      { page: 1, command: 0x3a, bytes: [0xb0] },
      { page: 2, command: 0x3b, bytes: [0x10, 0x27] },
      { page: 2, command: 0x3a, bytes: [0x90] },
    ]);
  });

  it('has a watchdog of 10 s and no other', async () => {
    const device = new PmbusDevice(pages({ 0xf1: word(0x0204) }));
    const chip = chipOf(device);
    assert.deepEqual(await chip.armWatchdog(10), { kind: 'ok' });
    const changes = device.written.filter(({ command }) => command === 0xf1);
    assert.deepEqual(
      changes.map(({ bytes }) => bytes),
      Array.from({ length: 6 }, () => [0x04, 0x00]),
    );
    const status = await chip.readStatus();
    assert.equal(status.kind === 'ok' && status.watchdogTimeoutS, 10);
    assert.deepEqual(await chip.armWatchdog(0), { kind: 'ok' });
    const off = await chip.readStatus();
    assert.equal(off.kind === 'ok' && off.watchdogTimeoutS, 0);
    const other = await chip.armWatchdog(30);
    assert.match(other.kind === 'failed' ? other.detail : '', /a watchdog of 30 s, it has one of 10 s/);
  });

  it('tells which fans are at fault', async () => {
    const set = pages();
    set[3] = { ...set[3], 0x81: [0x80] };
    set[5] = { ...set[5], 0x81: [0x20] }; // only a warning
    const status = await chipOf(new PmbusDevice(set)).readStatus();
    assert.deepEqual(status.kind === 'ok' && status.faultyTachometers, [4]);
  });

  it('has no reading for a sensor that is disabled, a speed that cannot be, a bus that is silent', async () => {
    const set = pages({ 0x90: word(0xffff) });
    set[8] = { 0x8d: word(0x7fff) };
    set[9] = { 0x8d: word(0xfc18) }; // −10.00 °C
    const device = new PmbusDevice(set);
    const readings = await chipOf(device).readAll(0);
    const reason = (channel: string) => {
      const reading = readings.get(channel);
      return reading?.kind === 'none' ? reading.reason : reading?.value;
    };
    assert.deepEqual([reason('temp3'), reason('temp4'), reason('fan1')], ['fault', -10, 'implausible']);
    device.bus.fail = () => 'timeout';
    for (const reading of (await chipOf(device).readAll(0)).values()) {
      assert.equal(reading.kind === 'none' && reading.reason, 'timeout');
    }
  });
});
