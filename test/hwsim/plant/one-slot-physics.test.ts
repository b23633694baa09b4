import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Plant } from '../../../hwsim/plant/plant.ts';
import type { PlantParameters } from '../../../hwsim/plant/parameters.ts';
import { oneSlot } from './one-slot.ts';

const limits = new Map([[1, 85]]);

function warm(parameters: PlantParameters, ratio: number, loadW: number) {
  const plant = new Plant({ parameters, limits });
  plant.setSlotLoadPower(1, loadW);
  plant.warmUp(ratio, 3000);
  return plant.truth().slots.get(1)!;
}

describe('a plant of one slot', () => {
  it('settles at full speed where a hand calculation puts it: 25 °C + 120 W / 6 W/K', () => {
    const slot = warm(oneSlot(), 1, 100);
    assert.ok(Math.abs(slot.cpuC - 45) < 0.01, `CPU at ${slot.cpuC}`);
    assert.ok(Math.abs(slot.outletC - 35) < 0.01, `outlet at ${slot.outletC}: 25 °C + 120 W / 12 W/K`);
    assert.ok(Math.abs(slot.powerW - 120) < 0.001);
    // 12 V − 6 mΩ · 120 W / 12 V
    assert.ok(Math.abs(slot.supplyV - 11.94) < 0.001, `supply at ${slot.supplyV} V`);
  });

  it('settles at half speed where a hand calculation puts it', () => {
    // Q = 0.005: stream 6 W/K; UA = 8.3178·0.5^0.5 = 5.8816; 6·(1 − e^(−0.98026)) = 3.7487; 25 + 120/3.7487 = 57.01
    const slot = warm(oneSlot(), 0.5, 100);
    assert.ok(Math.abs(slot.cpuC - 57.01) < 0.02, `CPU at ${slot.cpuC}`);
  });

  it('leaks more the warmer it is: the fixed point of T = 25 + 120·(1 + 0.1·2^((T−45)/20))/6', () => {
    // 45 → 47 → 47.144 → 47.154 → 47.155
    const slot = warm(oneSlot({ leakage: { share: 0.1, atC: 45, doublingK: 20 } }), 1, 100);
    assert.ok(Math.abs(slot.cpuC - 47.155) < 0.01, `CPU at ${slot.cpuC}`);
    // 22.155 K · 6 W/K
    assert.ok(Math.abs(slot.powerW - 132.93) < 0.05, `${slot.powerW} W`);
  });

  it('leaks a few per cent more for every 10 K, and does not run away with all fans standing', () => {
    const leakage = { share: 0.08, atC: 60, doublingK: 30 };
    const standing = warm(oneSlot({ leakage, naturalFlowM3s: 0.0005 }), 0, 100);
    // the ceiling of leakage is its share at 110 °C: 0.08·2^(50/30) = 0.254
    assert.ok(standing.powerW < 120 * 1.255, `${standing.powerW} W`);
    assert.ok(standing.cpuC > 110 && Number.isFinite(standing.cpuC));
  });

  it('warms with the time constant 300 J/K / 6 W/K = 50 s', () => {
    const plant = new Plant({ parameters: oneSlot(), limits });
    plant.setSlotLoadPower(1, 100);
    plant.step(50);
    const afterOne = plant.truth().slots.get(1)!.cpuC;
    assert.ok(Math.abs(afterOne - (25 + 20 * 0.6321)) < 0.05, `after 50 s: ${afterOne}`);
    plant.step(100);
    const afterThree = plant.truth().slots.get(1)!.cpuC;
    assert.ok(Math.abs(afterThree - (25 + 20 * 0.9502)) < 0.05, `after 150 s: ${afterThree}`);
  });

  it('heats the memory by its own power, by the CPU beside it and by the air that has passed the CPU', () => {
    // 40 W of 120 W in memory: 25 + 40/6 = 31.667; in the CPU's full wake: 80 W / 12 W/K = 6.667 K more
    const alone = warm(oneSlot({ cpuPowerShare: 2 / 3, memoryPowerShare: 1 / 3 }), 1, 100);
    assert.ok(Math.abs(alone.memoryC - 31.667) < 0.01, `alone ${alone.memoryC}`);
    const wake = warm(oneSlot({ cpuPowerShare: 2 / 3, memoryPowerShare: 1 / 3, memoryInWake: 1 }), 1, 100);
    assert.ok(Math.abs(wake.memoryC - 38.333) < 0.01, `in the wake ${wake.memoryC}`);
    const joined = warm(oneSlot({ cpuPowerShare: 2 / 3, memoryPowerShare: 1 / 3, couplingWPerK: 1 }), 1, 100);
    assert.ok(joined.memoryC > alone.memoryC && joined.cpuC < alone.cpuC, 'conduction evens them out');
  });
});
