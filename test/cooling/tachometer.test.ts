import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { initialTachometer, stepTachometer, type TachometerState } from '../../src/cooling/tachometer.ts';
import { good, none, type Reading } from '../../src/core/reading.ts';

const fan = { id: 'fan0', minRatio: 0.2, fullRpm: [10_000, 8000] };

class Watched {
  state: TachometerState = initialTachometer();
  nowMs = 0;

  /** One second at this ratio with these speeds; null = cannot be read. */
  second(commandedRatio: number, rpm: readonly (number | null)[], present = true): string {
    this.nowMs += 1000;
    const readings: Reading[] = rpm.map((value) =>
      value === null ? none('timeout', this.nowMs) : good(value, this.nowMs),
    );
    const input = { rpm: readings, present, commandedRatio, nowMs: this.nowMs, dtS: 1 };
    this.state = stepTachometer(fan, this.state, input);
    return this.state.health;
  }

  seconds(count: number, commandedRatio: number, rpm: readonly (number | null)[]): string[] {
    return Array.from({ length: count }, () => this.second(commandedRatio, rpm));
  }
}

function settled(ratio = 0.5): Watched {
  const watched = new Watched();
  watched.seconds(30, ratio, [10_000 * ratio, 8000 * ratio]);
  assert.equal(watched.state.health, 'ok');
  return watched;
}

describe('a dual-rotor fan of 10,000 and 8,000 rpm', () => {
  it('is degraded at the third reading under 75 % of what its ratio asks, of either rotor', () => {
    // at ratio 0.5: 5,000 and 4,000 rpm; 75 % of them 3,750 and 3,000
    assert.deepEqual(settled().seconds(3, 0.5, [3740, 4000]), ['ok', 'ok', 'degraded']);
    assert.deepEqual(settled().seconds(3, 0.5, [5000, 2990]), ['ok', 'ok', 'degraded']);
    assert.deepEqual(settled().seconds(6, 0.5, [3760, 3010]).at(-1), 'ok');
  });

  it('has failed when a rotor stands still', () => {
    assert.deepEqual(settled().seconds(3, 0.5, [5000, 0]), ['ok', 'ok', 'failed']);
  });

  it('is well again after five readings over the upper edge of the band', () => {
    const watched = settled();
    watched.seconds(3, 0.5, [3000, 4000]);
    assert.equal(watched.seconds(20, 0.5, [3900, 4000]).at(-1), 'degraded'); // 78 %: between the edges of 75 and 82
    assert.deepEqual(watched.seconds(5, 0.5, [4200, 4000]), ['degraded', 'degraded', 'degraded', 'degraded', 'ok']);
  });

  it('has time to speed up: a jump from 20 to 100 % is followed with a lag of 3 s', () => {
    const watched = settled(0.2);
    let share = 0.2;
    for (let second = 0; second < 30; second++) {
      share += (1 - share) * (1 - Math.exp(-1 / 3));
      assert.equal(watched.second(1, [10_000 * share, 8000 * share]), 'ok');
    }
  });

  it('that stands still from the start is found although its neighbours spin up', () => {
    const watched = new Watched();
    // nine seconds for its first spin-up, then three readings, the ninth second's among them
    assert.deepEqual(watched.seconds(11, 1, [0, 0]).slice(9), ['ok', 'failed']);
  });

  it('may take its time to start from standstill, when its time constant does not hold yet', () => {
    const watched = new Watched();
    const start = [0, 0, 0, 0, 2000, 4000, 6000, 8000, 9000, 9500, 9800, 10_000];
    const states = start.map((rpm) => watched.second(1, [rpm, rpm * 0.8]));
    assert.deepEqual(new Set(states), new Set(['ok']));
  });

  it('is not blamed for being faster than asked', () => {
    assert.equal(settled().seconds(10, 0.2, [9000, 8000]).at(-1), 'ok');
  });

  it('is not trusted when its tachometers cannot be read for ten seconds', () => {
    const states = settled().seconds(12, 0.5, [null, null]);
    assert.equal(states[8], 'ok');
    assert.equal(states.at(-1), 'degraded');
  });

  it('is absent while its presence line says so, and starts anew', () => {
    const watched = settled();
    assert.equal(watched.second(0.5, [0, 0], false), 'absent');
    assert.deepEqual([watched.second(0.5, [1000, 800]), watched.second(0.5, [2500, 2000])], ['ok', 'ok']);
  });
});
