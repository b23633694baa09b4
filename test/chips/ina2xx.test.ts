import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { open, wordChip } from './probe-bus.ts';

function near(reading: Reading | undefined, expected: number): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  assert.ok(Math.abs(reading.value - expected) < 1e-9, `${reading.value} is not ${expected}`);
}

/** The worked example of both data sheets: 10 A through 2 mΩ at 11.98 V. */
const EXAMPLES = {
  ina226: { 1: 0x1f40, 2: 0x2570 }, // SBOS547: 20 mV in 2.5 µV, 11.98 V in 1.25 mV
  ina219: { 1: 0x07d0, 2: 0x5d98 }, // SBOS448: 20 mV in 10 µV, 11.98 V in 4 mV from bit 3 on
};

describe('INA219 and INA226', () => {
  for (const [name, registers] of Object.entries(EXAMPLES)) {
    it(`reads the data sheet’s example on an ${name}, all channels in two transfers`, async () => {
      const bus = wordChip(0x40, registers);
      const readings = await open('sensor', name, bus, 0x40, { shuntMicroOhm: 2000 }).readAll(1);
      near(readings.get('in0'), 0.02);
      near(readings.get('in1'), 11.98);
      near(readings.get('curr1'), 10);
      near(readings.get('power1'), 119.8);
      assert.equal(bus.transfers.length, 2);
    });
  }

  it('reads each channel by itself in one or two transfers', async () => {
    const bus = wordChip(0x40, EXAMPLES.ina226);
    const chip = open('sensor', 'ina230', bus, 0x40, { shuntMicroOhm: 2000 });
    near(await chip.read('curr1', 0), 10);
    assert.equal(bus.transfers.length, 1);
    near(await chip.read('power1', 0), 119.8);
    assert.equal(bus.transfers.length, 3);
  });

  it('reads current that flows backwards as negative', async () => {
    // INA226 data sheet, shunt voltage register: −80 mV is 8300h
    const bus = wordChip(0x40, { 1: 0x8300, 2: 0x2570 });
    const readings = await open('sensor', 'ina226', bus, 0x40).readAll(0);
    near(readings.get('in0'), -0.08);
    near(readings.get('curr1'), -8); // 10 mΩ
    near(readings.get('power1'), -8 * 11.98);
  });

  it('ignores the flags beside an INA219’s bus voltage', async () => {
    near(await open('sensor', 'ina219', wordChip(0x40, { 2: 0x5d98 | 3 }), 0x40).read('in1', 0), 11.98);
  });

  it('takes an INA226 bus voltage with the bit that is always 0 for implausible', async () => {
    const readings = await open('sensor', 'ina226', wordChip(0x40, { 1: 0x1f40, 2: 0xffff }), 0x40).readAll(0);
    for (const channel of ['in1', 'power1']) {
      const reading = readings.get(channel);
      assert.equal(reading?.kind === 'none' && reading.reason, 'implausible', channel);
    }
    near(readings.get('curr1'), 2);
  });

  it('configures and calibrates as the Linux driver does', async () => {
    const ina226 = wordChip(0x40, {});
    assert.deepEqual(await open('sensor', 'ina226', ina226, 0x40).configure(), { kind: 'ok' });
    assert.deepEqual(ina226.writes(), ['004527', '050800']);
    const ina219 = wordChip(0x40, {});
    assert.deepEqual(await open('sensor', 'ina219', ina219, 0x40).configure(), { kind: 'ok' });
    assert.deepEqual(ina219.writes(), ['00399f', '051000']);
  });

  it('refuses a shunt that cannot be', () => {
    for (const shuntMicroOhm of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(
        () => open('sensor', 'ina226', wordChip(0x40, {}), 0x40, { shuntMicroOhm }),
        (error) => error instanceof ColdslotError && error.code === 'bad-input',
      );
    }
  });
});
