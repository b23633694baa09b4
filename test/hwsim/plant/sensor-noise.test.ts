import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { SensorNoise, TYPICAL_NOISE } from '../../../hwsim/plant/sensor-noise.ts';

const READINGS = 4000;

function readings(noise: SensorNoise, sensor: string, truth: number): number[] {
  return Array.from({ length: READINGS }, () => noise.read(sensor, 'temperature', truth));
}

function spread(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, sigma: Math.sqrt(variance) };
}

describe('sensor noise', () => {
  it('has the spread it was asked for, around a bias that stays', () => {
    const noise = new SensorNoise(seededRandom(7));
    const { sigma: asked, biasSigma } = TYPICAL_NOISE.temperature;
    const first = spread(readings(noise, 'slot1', 60));
    const second = spread(readings(noise, 'slot1', 60));
    assert.ok(Math.abs(first.sigma / asked - 1) < 0.06, `σ ${first.sigma}`);
    // the mean of 4,000 readings is known to asked/√4000 = 0.002 K
    assert.ok(Math.abs(first.mean - second.mean) < 0.01, 'the bias does not wander');
    assert.ok(Math.abs(first.mean - 60) < 4 * biasSigma);
    assert.notEqual(first.mean.toFixed(2), spread(readings(noise, 'slot2', 60)).mean.toFixed(2));
  });

  it('shows the same for the same seed, however often other sensors are read', () => {
    const quiet = new SensorNoise(seededRandom(3));
    const busy = new SensorNoise(seededRandom(3));
    for (let i = 0; i < 20; i++) {
      busy.read('other', 'voltage', 12);
      assert.equal(busy.read('slot1', 'temperature', 50), quiet.read('slot1', 'temperature', 50));
    }
    assert.notEqual(
      new SensorNoise(seededRandom(4)).read('slot1', 'temperature', 50),
      new SensorNoise(seededRandom(3)).read('slot1', 'temperature', 50),
    );
  });

  it('takes a bias that is given instead of the drawn one', () => {
    const noise = new SensorNoise(seededRandom(1));
    noise.setBias('slot1', 5);
    assert.ok(Math.abs(spread(readings(noise, 'slot1', 40)).mean - 45) < 0.01);
  });

  it('grows with the value where the converter has a gain error', () => {
    const noise = new SensorNoise(seededRandom(9));
    const small = Array.from({ length: READINGS }, () => noise.read('p', 'power', 10));
    const large = Array.from({ length: READINGS }, () => noise.read('p', 'power', 1000));
    assert.ok(spread(large).sigma > 5 * spread(small).sigma);
  });
});
