import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { PowerAttribution } from '../../src/controller/power-attribution.ts';
import { valueOrNull } from '../../src/core/reading.ts';
import { otherPlant, plantFile, Rig } from '../thermal/rig.ts';
import { sampleBoard } from './sample-board.ts';

const IDLE_W = 60;

function slotOf(powerW: number, workloads: Readonly<Record<string, number>>) {
  return {
    slot: 1,
    powerW,
    idlePowerW: IDLE_W,
    workloads: Object.entries(workloads).map(([id, cpuRatio]) => ({ id, cpuRatio })),
  };
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

describe('power above idle', () => {
  it('is split by CPU time', () => {
    const power = new PowerAttribution();
    power.update(0, [slotOf(160, { web: 3, db: 1 })]); // 100 W above idle, 3 : 1
    assert.equal(power.powerW('web'), 75);
    assert.equal(power.powerW('db'), 25);
  });

  it('is split evenly while nobody has used any CPU time', () => {
    const power = new PowerAttribution();
    power.update(0, [slotOf(80, { web: 0, db: 0 })]);
    assert.deepEqual([power.powerW('web'), power.powerW('db')], [10, 10]);
  });

  it('is nothing for a slot below its idle power, and for a workload never seen', () => {
    const power = new PowerAttribution();
    power.update(0, [slotOf(40, { web: 1 })]);
    assert.equal(power.powerW('web'), 0);
    assert.equal(power.powerW('ghost'), 0);
    assert.equal(power.expectedPowerW('ghost'), 0);
  });

  it('is conserved: idle and the workloads of a slot have all of it, whatever their shares do', () => {
    const shares = fc.record({
      web: fc.double({ min: 0, max: 64, noNaN: true }),
      db: fc.double({ min: 0, max: 64, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(shares, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 60, max: 600 }),
        (course, watts) => {
          const power = new PowerAttribution();
          course.forEach((share, second) => power.update(second, [slotOf(watts, share)]));
          near(power.powerW('web') + power.powerW('db') + power.idlePowerW(1, IDLE_W), watts, 1e-6);
        },
      ),
    );
  });

  it('follows a step with a time constant of 8 s', () => {
    const power = new PowerAttribution();
    power.update(0, [slotOf(60, { web: 1 })]);
    power.update(8, [slotOf(160, { web: 1 })]);
    near(power.powerW('web'), 100 * (1 - Math.exp(-1)), 1e-9); // 63.2 W
  });
});

describe('what a workload will draw', () => {
  it('is where a ramp will be in 30 s', () => {
    const power = new PowerAttribution();
    const rampW = (second: number) => 20 + 0.5 * second;
    for (let second = 0; second <= 300; second++) power.update(second, [slotOf(IDLE_W + rampW(second), { web: 1 })]);
    near(power.expectedPowerW('web'), rampW(330), 0.6);
  });

  it('is never less than now when it falls, and the same when it is steady', () => {
    const falling = new PowerAttribution();
    for (let second = 0; second <= 60; second++) falling.update(second, [slotOf(300 - second, { web: 1 })]);
    assert.equal(falling.expectedPowerW('web'), falling.powerW('web'));
    const steady = new PowerAttribution();
    for (let second = 0; second <= 60; second++) steady.update(second, [slotOf(160, { web: 1 })]);
    near(steady.expectedPowerW('web'), 100, 1e-9);
  });

  it('starts anew for a workload that has not run for over an hour', () => {
    const power = new PowerAttribution();
    power.update(0, [slotOf(160, { web: 1 })]);
    power.update(3601, [slotOf(60, {})]);
    assert.equal(power.powerW('web'), 0);
  });
});

describe('power of workloads on a simulated chassis, two or three to a sled', () => {
  for (const [name, plant] of [
    ['standard', plantFile('standard')],
    ['dense, another specimen', otherPlant('dense', 2)],
    ['dusty, another specimen', otherPlant('dusty', 3)],
  ] as const) {
    it(`is known after an hour with about half the error of a split by CPU time: ${name}`, () => {
      const board = sampleBoard();
      const rig = new Rig({ plant, board, seed: 11 });
      const power = new PowerAttribution();
      let square = 0;
      let squareByCpu = 0;
      for (let second = 0; second < 2 * 3600; second++) {
        const frame = rig.second();
        const slots = board.slots.map(({ number, sensors, model }) => ({
          slot: number,
          powerW: valueOrNull(frame.sensors[sensors.power ?? '']?.reading) ?? 0,
          idlePowerW: model.idlePowerW,
          workloads: rig.load.workloads
            .filter(({ slot }) => slot === number)
            .map(({ id, cores }) => ({ id, cpuRatio: Math.round(cores * 200) / 200 })), // as agents round it
        }));
        power.update(second, slots);
        if (second < 3600 || second % 60 !== 0) continue;
        for (const slot of slots) {
          const cores = slot.workloads.reduce((sum, { cpuRatio }) => sum + cpuRatio, 0);
          for (const { id, cpuRatio } of slot.workloads) {
            const truth = rig.load.workloads.find((workload) => workload.id === id)!;
            const truthW = truth.cores * truth.wattsPerCore;
            square += (power.powerW(id) - truthW) ** 2;
            squareByCpu += (((slot.powerW - slot.idlePowerW) * cpuRatio) / cores - truthW) ** 2;
          }
        }
      }
      const ratio = Math.sqrt(square / squareByCpu);
      assert.ok(ratio < 0.55, `${ratio} of the error of a split by CPU time`);
    });
  }
});
