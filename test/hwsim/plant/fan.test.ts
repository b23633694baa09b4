import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fan } from '../../../hwsim/plant/fan.ts';
import type { FanParameters } from '../../../hwsim/plant/parameters.ts';

const dual: FanParameters = {
  id: 'fan0',
  rotors: [
    { fullRpm: 10_000, speedFactor: 1 },
    { fullRpm: 9000, speedFactor: 1 },
  ],
  maxFlowM3s: 0.06,
  idlePowerW: 2,
  maxPowerW: 32,
  speedExponent: 1,
  stopBelowRatio: 0.05,
  riseTimeS: 1,
  fallTimeS: 3,
};

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

describe('a fan', () => {
  it('turns as fast as it is told and draws idle power and the cube of its speed', () => {
    const fan = new Fan(dual);
    fan.setRatio(0.5);
    fan.settle();
    assert.deepEqual(fan.rpm(), [5000, 4500]);
    near(fan.powerW(), 2 + 32 / 8, 1e-9);
    near(fan.effectiveSpeed(), 0.5, 1e-9);
  });

  it('follows with inertia: 63 % of the way after one time constant, faster up than down', () => {
    const fan = new Fan(dual);
    fan.setRatio(0.4);
    fan.step(3);
    near(fan.rpm()[0]!, 10_000 * (0.4 + 0.6 * 0.3679), 2);
    fan.settle();
    fan.setRatio(1);
    fan.step(1);
    near(fan.rpm()[0]!, 10_000 * (1 - 0.6 * 0.3679), 2);
  });

  it('stands below the ratio that starts it', () => {
    const fan = new Fan(dual);
    fan.setRatio(0.04);
    fan.settle();
    assert.deepEqual(fan.rpm(), [0, 0]);
    assert.equal(fan.effectiveSpeed(), 0);
    near(fan.powerW(), 2, 1e-9);
  });

  it('goes on with one rotor at far less than full delivery when the other stalls', () => {
    const fan = new Fan(dual);
    fan.setHealth(1, 0);
    fan.settle();
    assert.deepEqual(fan.rpm(), [10_000, 0]);
    // half the pressure: √½ of the speed; the standing rotor takes a fifth of that
    near(fan.effectiveSpeed(), Math.SQRT1_2 * 0.8, 1e-9);
    near(fan.powerW(), 2 + 16, 1e-9);
  });

  it('turns slower with worn bearings, all rotors when none is named', () => {
    const fan = new Fan(dual);
    fan.setHealth(null, 0.7);
    fan.settle();
    near(fan.rpm()[0]!, 7000, 1e-6);
    near(fan.rpm()[1]!, 6300, 1e-6);
  });

  it("takes the rotors' full speeds from the board where it says them", () => {
    const fan = new Fan(dual, [19_000, 18_000]);
    assert.deepEqual(fan.rpm(), [19_000, 18_000]);
  });
});
