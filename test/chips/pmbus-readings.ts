// PMBus devices of the tests by name and pages, and what they must read as.
import assert from 'node:assert/strict';
import type { Reading } from '../../src/core/reading.ts';
import { open } from './probe-bus.ts';
import type { PmbusPage } from './pmbus-device.ts';
import { PmbusDevice } from './pmbus-device.ts';

const ADDRESS = 0x60;

export function assertNear(reading: Reading | undefined, expected: number): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(reading.value - expected) <= tolerance, `${reading.value} is not ${expected}`);
}

export function device(name: string, pages: readonly PmbusPage[], options = {}) {
  const pmbus = new PmbusDevice(pages, { unknown: 'nack' });
  return { pmbus, chip: open('sensor', name, pmbus.bus, ADDRESS, options) };
}

/** Readings of a device that answers, by channel; asserts that it has just these channels. */
export async function expectReadings(
  name: string,
  pages: readonly PmbusPage[],
  expected: Readonly<Record<string, number>>,
): Promise<PmbusDevice> {
  const { pmbus, chip } = device(name, pages);
  assert.deepEqual(await chip.configure(), { kind: 'ok' });
  const readings = await chip.readAll(1);
  assert.deepEqual([...readings.keys()].toSorted(), Object.keys(expected).toSorted());
  for (const [channel, value] of Object.entries(expected)) assertNear(readings.get(channel), value);
  return pmbus;
}
