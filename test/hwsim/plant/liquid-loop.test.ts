// The coolant loop against hand calculations.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LiquidLoop, loopFlowM3s } from '../../../hwsim/plant/liquid-loop.ts';
import { liquidSchema } from '../../../hwsim/plant/liquid-parameters.ts';
import { Plant } from '../../../hwsim/plant/plant.ts';
import { plantNamed } from './plants.ts';

const pump = (id: string) => ({
  id,
  rotors: [{ fullRpm: 5000 }],
  maxFlowM3s: 1e-4,
  idlePowerW: 2,
  maxPowerW: 20,
  riseTimeS: 1,
  fallTimeS: 1,
});

/** Two pumps; at full speed each brings half of what it could freely: 1 − ¼ = 3 · ½². Round figures: 4 MJ/(m³K). */
const loop = liquidSchema.parse({
  pumps: [pump('a'), pump('b')],
  coolantJPerM3K: 4e6,
  resistance: 3,
  share: { '1': 0.5 },
  plate: { wPerK: 200 * Math.LN2, referenceFlowM3s: 5e-5, exponent: 0.5 },
  reservoirJPerK: 8000,
  exchangerWPerK: 400 * Math.LN2,
});

function near(actual: number, expected: number, relative: number, what = ''): void {
  assert.ok(Math.abs(actual / expected - 1) <= relative, `${what} ${actual} is not ${expected}`);
}

describe('the pumps together', () => {
  it('bring half their free flow against a loop that costs three times their head at the free flow', () => {
    near(loopFlowM3s(loop, [1, 1]), 1e-4, 1e-6);
    near(loopFlowM3s(loop, [0.4, 0.4]), 0.4e-4, 1e-6, 'in proportion to their speed');
  });

  it('lose less than half when one of two stands: it works against less', () => {
    // 1 − q² = 3 · (q/2)²: q = √(1/1.75) = 0.756 of 1e-4
    near(loopFlowM3s(loop, [1, 0]), 0.7559e-4, 1e-4);
  });

  it('bring nothing when they stand, and a slow one nothing against a fast one’s head', () => {
    assert.equal(loopFlowM3s(loop, [0, 0]), 0);
    near(loopFlowM3s(loop, [1, 0.3]), loopFlowM3s(loop, [1, 0]), 1e-9);
  });
});

describe('the coolant', () => {
  it('takes from a plate what a stream of its capacity rate can: 200·(1 − ½) W/K', () => {
    const liquid = new LiquidLoop(loop, 25);
    assert.equal(liquid.stream(1), null, 'it stands');
    liquid.step([1, 1], 0, 25, 1);
    // half of 1e-4 m³/s at 4 MJ/(m³K): 200 W/K; the plate 200·ln 2
    near(liquid.stream(1)?.wPerK ?? 0, 100, 1e-6);
    assert.equal(liquid.stream(2), null, 'no part of it goes there');
  });

  it('settles where the exchanger gives off what came in: 400 W/K, half of it effective', () => {
    const liquid = new LiquidLoop(loop, 25);
    for (let i = 0; i < 2000; i++) liquid.step([1, 1], 1000, 25, 1);
    // outlet of the exchanger halfway to the air: supply rise = return rise / 2, return − supply = 1000/400 = 2.5 K
    const { supplyC, returnC, heatW } = liquid.truth();
    near(supplyC, 27.5, 1e-4);
    near(returnC, 30, 1e-4);
    near(heatW, 1000, 1e-4);
  });

  it('warms slowly: 63 % of the way after 8000 J/K over 200 W/K = 40 s', () => {
    const liquid = new LiquidLoop(loop, 25);
    liquid.step([1, 1], 0, 25, 0.01);
    for (let i = 0; i < 400; i++) liquid.step([1, 1], 1000, 25, 0.1);
    near(liquid.truth().supplyC - 25, 2.5 * 0.6321, 1e-3);
  });
});

describe('the chassis on cold plates', () => {
  const parameters = plantNamed('sim-liquid-4');
  const warm = (ratio: number, change: (plant: Plant) => void = () => {}) => {
    const plant = new Plant({ parameters, limits: new Map() });
    for (const { slot } of parameters.slots) plant.setSlotLoadPower(slot, 200);
    change(plant);
    plant.warmUp(ratio, 4000);
    return plant;
  };
  const cpuC = (plant: Plant, slot = 1) => plant.truth().slots.get(slot)!.cpuC;

  it('gives all heat to the room, through air and exchanger', () => {
    for (const ratio of [0.3, 1]) {
      const plant = warm(ratio);
      const inW = [...plant.truth().slots.values()].reduce((sum, slot) => sum + slot.powerW, 0);
      const outW = plant.air().exhaustHeatW + (plant.truth().liquid?.heatW ?? 0);
      near(outW, inW, 0.01, `ratio ${ratio}`);
    }
  });

  it('is cooled at its CPUs by the coolant first: without a pump they are far too hot, with more of it cooler', () => {
    const [slow, fast] = [warm(0.4), warm(1)];
    assert.ok(cpuC(slow) > 60 && cpuC(slow) < 72, `${cpuC(slow)}`);
    assert.ok(cpuC(fast) < cpuC(slow) - 8);
    const stopped = warm(1, (plant) => {
      for (const id of ['pump1', 'pump2', 'pump3']) plant.setFanHealth(id, null, 0);
    });
    assert.ok(cpuC(stopped) > 120, `${cpuC(stopped)}`);
  });

  it('loses little with one of three pumps, and its air is not concerned', () => {
    const whole = warm(0.6);
    const two = warm(0.6, (plant) => plant.setFanHealth('pump2', null, 0));
    const loss = (two.truth().liquid?.flowM3s ?? 0) / (whole.truth().liquid?.flowM3s ?? 1);
    // q of 1 − q² = 2·q² is 0.577, with two pumps 1 − q² = 2·(⅔)²·q²: q = 0.728, of which ⅔: 0.485
    near(loss, 0.485 / 0.577, 0.002);
    assert.ok(cpuC(two) > cpuC(whole) + 1);
    assert.deepEqual(two.air().slotM3s, whole.air().slotM3s);
  });

  it('draws power for its pumps, which counts as the movers’', () => {
    const { fans } = warm(1).truth();
    assert.deepEqual([...fans.keys()], ['fan0', 'fan1', 'pump1', 'pump2', 'pump3']);
    near(fans.get('pump1')?.powerW ?? 0, 30, 1e-9);
  });
});
