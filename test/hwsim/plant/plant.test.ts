import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError } from '../../../src/core/errors.ts';
import { defaultPlantFor } from '../../../hwsim/plant/default-plant.ts';
import { Plant } from '../../../hwsim/plant/plant.ts';
import type { PlantParameters } from '../../../hwsim/plant/parameters.ts';
import { plantNamed, plantNames } from './plants.ts';

const twelveSlots = defaultPlantFor(
  'twelve',
  Array.from({ length: 12 }, (_, i) => ({ slot: i + 1, row: Math.floor(i / 6), column: i % 6 })),
  ['left', 'middle', 'right', 'spare'].map((id) => ({ id, fullRpm: [9000, 8500] })),
);
const allPlants: [string, PlantParameters][] = [
  ...plantNames()
    .map((name): [string, PlantParameters] => [name, plantNamed(name)])
    .filter(([, { liquid }]) => liquid === undefined), // cooled by more than air: liquid-loop.test.ts
  ['default of twelve slots', twelveSlots],
];

/** Every slot at the same power, idle and work together. */
function chassis(parameters: PlantParameters, slotPowerW = 150): Plant {
  const plant = new Plant({ parameters, limits: new Map(parameters.slots.map((slot) => [slot.slot, 85])) });
  for (const { slot, idlePowerW } of parameters.slots) plant.setSlotLoadPower(slot, slotPowerW - idlePowerW);
  return plant;
}

function cpuOf(plant: Plant, slot: number): number {
  return plant.truth().slots.get(slot)!.cpuC;
}

for (const [name, parameters] of allPlants) {
  describe(`plant ${name}`, () => {
    it('gives off all the heat it takes in: exhaust = sleds within 1 %', () => {
      for (const ratio of [0.25, 1]) {
        const plant = chassis(parameters);
        plant.setOpenness(parameters.slots[0]!.slot, 0.5);
        plant.warmUp(ratio, 3000);
        const inW = [...plant.truth().slots.values()].reduce((sum, slot) => sum + slot.powerW, 0);
        const outW = plant.air().exhaustHeatW;
        assert.ok(Math.abs(outW / inW - 1) < 0.01, `ratio ${ratio}: ${inW} W in, ${outW} W out`);
      }
    });

    // Bletchley's sleds are limited to 54 °C, beside the CPU; Minerva's blades are made for a kilowatt
    const [lowC, highC] = name === 'bletchley' ? [40, 52] : name === 'minerva-cmm' ? [38, 56] : [55, 82];
    it(`has typical temperatures: 150 W a slot at ratio 0.4 gives ${lowC} to ${highC} °C`, () => {
      const plant = chassis(parameters);
      plant.warmUp(0.4);
      for (const slot of plant.truth().slots.values()) {
        assert.ok(slot.cpuC > lowC && slot.cpuC < highC, `slot ${slot.slot}: CPU ${slot.cpuC}`);
        assert.ok(slot.memoryC > slot.inletC && slot.memoryC < slot.cpuC, `slot ${slot.slot}: memory ${slot.memoryC}`);
        assert.ok(slot.inletC >= 25 && slot.inletC < 45, `slot ${slot.slot}: inlet ${slot.inletC}`);
      }
    });

    it('gets cooler everywhere with more air', () => {
      const temperatures = [0.2, 0.4, 0.6, 0.8, 1].map((ratio) => {
        const plant = chassis(parameters);
        plant.warmUp(ratio);
        return parameters.slots.map((slot) => cpuOf(plant, slot.slot));
      });
      temperatures.slice(1).forEach((cooler, i) => {
        cooler.forEach((value, s) => assert.ok(value < temperatures[i]![s]! - 0.5, `step ${i}, slot index ${s}`));
      });
    });

    it('gets hotter where a slot is blocked', () => {
      for (const { slot } of parameters.slots) {
        const free = chassis(parameters);
        free.warmUp(0.5);
        const blocked = chassis(parameters);
        blocked.setOpenness(slot, 0.5);
        blocked.warmUp(0.5);
        assert.ok(cpuOf(blocked, slot) > cpuOf(free, slot) + 5, `slot ${slot}`);
      }
    });

    it('takes about a minute or two to warm: 63 % of the way after 30 to 150 s', () => {
      const plant = chassis(parameters, 100);
      plant.warmUp(0.5);
      const { slot } = parameters.slots[0]!;
      const from = cpuOf(plant, slot);
      const settled = chassis(parameters, 100);
      settled.setSlotLoadPower(slot, 150);
      settled.warmUp(0.5);
      const goal = cpuOf(settled, slot);
      plant.setSlotLoadPower(slot, 150);
      let seconds = 0;
      while (cpuOf(plant, slot) < from + 0.632 * (goal - from)) {
        plant.step(1);
        seconds++;
      }
      assert.ok(seconds >= 30 && seconds <= 150, `${seconds} s`);
    });
  });
}

describe('the plant of eight slots in two rows', () => {
  it('preheats a rear slot by the work in front of it, and hardly one beside that', () => {
    const before = chassis(plantNamed('standard'));
    before.warmUp(0.4);
    const after = chassis(plantNamed('standard'));
    after.setSlotLoadPower(2, 230);
    after.warmUp(0.4);
    const rise = (slot: number) => after.truth().slots.get(slot)!.inletC - before.truth().slots.get(slot)!.inletC;
    // 150 W more in slot 2's stream of about 7.5 l/s (9 W/K): 17 K, half of which slot 6 breathes
    assert.ok(rise(6) > 6 && rise(6) < 12, `behind it ${rise(6)} K`);
    assert.ok(rise(8) < 1, `far from it ${rise(8)} K`);
  });

  it('warms its neighbours less and its own rear more when a slot is blocked', () => {
    const free = chassis(plantNamed('standard'));
    free.warmUp(0.5);
    const blocked = chassis(plantNamed('standard'));
    blocked.setOpenness(6, 0.3);
    blocked.warmUp(0.5);
    assert.ok(cpuOf(blocked, 5) < cpuOf(free, 5), 'slot 5 gets some of the air slot 6 does not take');
  });

  it('is at ambient when nothing has power', () => {
    const parameters = plantNamed('standard');
    const plant = chassis(parameters);
    for (const { slot } of parameters.slots) plant.setPowered(slot, false);
    plant.warmUp(0.4, 6000);
    for (const slot of plant.truth().slots.values()) {
      assert.ok(Math.abs(slot.cpuC - 25) < 0.1, `slot ${slot.slot}: ${slot.cpuC}`);
      assert.equal(slot.powerW, 0);
      assert.equal(slot.supplyV, 0);
      assert.equal(slot.powered, false);
    }
  });

  it('lets a pulled sled cool on the bench and takes it back with its work', () => {
    const plant = chassis(plantNamed('standard'));
    plant.warmUp(0.4);
    const hot = cpuOf(plant, 7);
    plant.setPresent(7, false);
    plant.step(90);
    const pulled = plant.truth().slots.get(7)!;
    assert.deepEqual([pulled.present, pulled.powered, pulled.powerW, pulled.supplyV], [false, false, 0, 0]);
    // 90 s is the bench's time constant: 36.8 % of the excess is left
    assert.ok(Math.abs(pulled.cpuC - (25 + (hot - 25) * 0.3679)) < 0.2, `${pulled.cpuC}`);
    plant.setPresent(7, true);
    plant.step(5);
    const back = plant.truth().slots.get(7)!;
    assert.ok(back.present && back.powered && back.powerW > 140);
  });

  it('follows the room: a warmer one moves every slot by as much, and leakage a little further', () => {
    const cool = chassis(plantNamed('standard'));
    cool.warmUp(0.6);
    const warm = chassis(plantNamed('standard'));
    warm.setAmbient(35);
    warm.warmUp(0.6);
    const rise = cpuOf(warm, 1) - cpuOf(cool, 1);
    assert.ok(rise > 10 && rise < 12, `${rise} K for 10 K`);
  });

  it('has days: half a kelvin up after a quarter of one', () => {
    const plant = new Plant({ parameters: plantNamed('standard'), limits: new Map() });
    for (let i = 0; i < 21_600 / 300; i++) plant.step(300);
    assert.ok(Math.abs(plant.truth().ambientC - 25.5) < 1e-6);
  });

  it('gives the same course for the same calls, and for the same time in other pieces', () => {
    const course = (pieceS: number, pieces: number) => {
      const plant = chassis(plantNamed('dusty'));
      plant.setFanHealth('fan1', 0, 0.5);
      for (let i = 0; i < pieces; i++) {
        if (i * pieceS === 50) plant.setFanRatio('fan0', 0.3);
        plant.step(pieceS);
      }
      return plant;
    };
    const one = course(5, 40);
    assert.deepEqual(course(5, 40).truth(), one.truth());
    const other = course(0.5, 400).truth();
    for (const [slot, truth] of one.truth().slots) {
      assert.ok(Math.abs(truth.cpuC - other.slots.get(slot)!.cpuC) < 1e-6, `slot ${slot}`);
    }
  });

  it('counts peak, slot-seconds over the limit, fan energy and the time since all were within', () => {
    const parameters = plantNamed('standard');
    const plant = new Plant({ parameters, limits: new Map(parameters.slots.map((slot) => [slot.slot, 55])) });
    plant.setSlotLoadPower(1, 150);
    plant.setSlotLoadPower(4, 150);
    plant.warmUp(0.4);
    assert.ok(cpuOf(plant, 1) > 55 && cpuOf(plant, 4) > 55 && cpuOf(plant, 2) < 55, 'two slots are over their limit');
    const peakC = Math.max(cpuOf(plant, 1), cpuOf(plant, 4));
    assert.deepEqual(plant.metrics().plantSeconds, 0, 'the warm-up does not count');
    plant.step(10);
    const metrics = plant.metrics();
    assert.ok(Math.abs(metrics.overLimitS - 20) < 1e-6, `${metrics.overLimitS}`);
    assert.ok(Math.abs(metrics.peakC - peakC) < 0.05);
    assert.equal(metrics.withinLimitsS, 0);
    // three fans of 1.5 + 34·0.4³ W for 10 s
    assert.ok(Math.abs(metrics.fanEnergyJ - 3 * (1.5 + 34 * 0.064) * 10) < 1, `${metrics.fanEnergyJ} J`);
    plant.setPowered(1, false);
    plant.setPowered(4, false);
    plant.step(300);
    assert.ok(plant.metrics().withinLimitsS > 100 && plant.metrics().withinLimitsS < 300);
    assert.ok(Math.abs(plant.metrics().plantSeconds - 310) < 1e-6);
  });

  it('refuses what it does not have, and figures that are none', () => {
    const plant = chassis(plantNamed('standard'));
    const says = (message: RegExp) => (error: unknown) =>
      error instanceof ColdslotError && message.test(`${error.subject}: ${error.message}; ${error.hint}`);
    assert.throws(() => plant.setOpenness(9, 1), says(/slot 9: the plant has no such slot; it has slots 1, 2/));
    assert.throws(() => plant.setFanRatio('fan7', 1), says(/fan fan7: .* it has fan0, fan1, fan2/));
    assert.throws(() => plant.setFanHealth('fan0', 2, 1), says(/no rotor 2; it has 2/));
    assert.throws(
      () => plant.setSlotLoadPower(1, Number.NaN),
      says(/load power of slot 1: expected a number, got NaN/),
    );
    assert.throws(() => plant.step(-1), says(/expected a length of time/));
  });
});
