import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { good, none, type Reading } from '../../src/core/reading.ts';
import { NEW_WATCH, stepSensor, type SensorStep } from '../../src/sensing/sensor-watch.ts';
import type { Sensor } from '../../src/sensing/sensor.ts';

const cpu: Sensor = {
  name: 'cpu',
  device: 'thermal',
  channel: 'temp1',
  unit: 'C',
  slot: 3,
  limits: { warningHigh: 80, criticalHigh: 90, warningLow: 5 },
  hysteresis: 2,
  maxRisePerS: 1,
};

/** One reading a second. */
function course(sensor: Sensor, values: readonly (number | Reading)[]): SensorStep[] {
  let watch = NEW_WATCH;
  return values.map((value, second) => {
    const step = stepSensor(sensor, watch, typeof value === 'number' ? good(value, second * 1000) : value);
    watch = step.watch;
    return step;
  });
}

const states = (steps: readonly SensorStep[]) => steps.map(({ state }) => state);
const codes = (steps: readonly SensorStep[]) => steps.map(({ events }) => events.map(({ code }) => code).join());

describe('limits of 80 and 90 °C with 2 K of hysteresis', () => {
  it('are entered at the limit and left 2 K under it', () => {
    const steps = course(cpu, [79.5, 80, 79, 78.5, 77.9, 90, 88.5, 87.9, 77]);
    assert.deepEqual(states(steps), [
      'ok',
      'warning',
      'warning',
      'warning',
      'ok',
      'critical',
      'critical',
      'warning',
      'ok',
    ]);
    assert.deepEqual(codes(steps), [
      '',
      'sensor-warning',
      '',
      '',
      'sensor-ok',
      'sensor-critical',
      '',
      'sensor-warning',
      'sensor-ok',
    ]);
  });

  it('have a lower side too', () => {
    assert.deepEqual(states(course(cpu, [10, 5, 6.9, 7.1])), ['ok', 'warning', 'warning', 'ok']);
  });
});

describe('a sensor that cannot be read', () => {
  const lost = none('timeout', 0, 'no answer');

  it('says so at once, and is an event at the third time and when it is back', () => {
    const steps = course(cpu, [50, lost, lost, lost, lost, 51]);
    assert.deepEqual(states(steps), ['ok', 'timeout', 'timeout', 'timeout', 'timeout', 'ok']);
    assert.deepEqual(codes(steps), ['', '', '', 'sensor-lost', '', 'sensor-back']);
  });

  it('that misses one reading is no event', () => {
    assert.deepEqual(codes(course(cpu, [50, lost, 50, lost, lost, 50])).join(''), '');
  });

  it('because its sled is gone is absent, without an event', () => {
    const steps = course(cpu, [85, none('absent', 0), none('off', 0), 50]);
    assert.deepEqual(states(steps), ['warning', 'absent', 'absent', 'ok']);
    assert.deepEqual(codes(steps), ['sensor-warning', '', '', '']);
  });
});

describe('a reading that cannot be', () => {
  it('is implausible outside −55 to 150 °C', () => {
    const steps = course(cpu, [50, 200, -100, 50]);
    assert.deepEqual(states(steps), ['ok', 'fault', 'fault', 'ok']);
    const reading = steps[1]?.reading;
    assert.equal(reading?.kind === 'none' && reading.reason, 'implausible');
  });

  it('is implausible after a jump of more than 25 K, once and twice', () => {
    assert.deepEqual(states(course(cpu, [50, 76, 50, 20, 24, 50])), ['ok', 'fault', 'ok', 'fault', 'fault', 'ok']);
    assert.deepEqual(states(course(cpu, [50, 74.9])), ['ok', 'ok']);
  });

  it('is believed when it stays: three readings that agree', () => {
    assert.deepEqual(states(course(cpu, [30, 70, 71, 72, 73])), ['ok', 'fault', 'fault', 'ok', 'ok']);
  });

  it('may be 4 times the worst slew away after a pause: 40 K after 10 s at 1 K/s', () => {
    const later = (value: number) =>
      stepSensor(cpu, course(cpu, [30])[0]?.watch ?? NEW_WATCH, good(value, 10_000)).state;
    assert.deepEqual([later(69), later(71)], ['ok', 'fault']);
  });

  it('does not exist for power: it jumps as it likes', () => {
    const power = { ...cpu, name: 'power', unit: 'W', limits: {} } as const;
    assert.deepEqual(states(course(power, [50, 400, 20])), ['ok', 'ok', 'ok']);
  });

  it('of a new sled is not compared with the one before', () => {
    assert.deepEqual(states(course(cpu, [75, none('absent', 0), 22])), ['ok', 'absent', 'ok']);
  });
});
