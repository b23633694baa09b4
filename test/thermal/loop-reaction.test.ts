import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenLoop } from '../../src/thermal/learned-model.ts';
import { reactFor, settledRatios, type SpeedRules } from '../../src/thermal/loop-reaction.ts';
import { truthOf } from './formula-plant.ts';

const model = truthOf({});
const ZONE = { movers: [0, 1], leastRatio: 0.2, slots: [0, 1, 2, 3].map((slot) => ({ slot, aimC: 77 })) };
const RULES: SpeedRules = { zones: [ZONE], plannedRatios: [0, 0], fixedRatios: [null, null] };
const inputs = (powerW: number) => ({ ambientC: 25, ratios: [0.5, 0.5], powersW: [powerW, powerW, powerW, powerW] });

function hottestC(ratios: readonly number[], powerW: number): number {
  const loop = new OpenLoop(model, 25);
  for (let s = 0; s < 3600; s += 10) loop.step({ ...inputs(powerW), ratios }, 10);
  return Math.max(...loop.temperaturesC);
}

describe('where the cooling loop takes the fans', () => {
  it('is the least speed at which the hottest slot keeps its aim', () => {
    const ratios = settledRatios(model, inputs(220), RULES, 600);
    assert.equal(ratios[0], ratios[1]);
    assert.ok(ratios[0]! > 0.25 && ratios[0]! < 1, `${ratios[0]}`);
    const atC = hottestC(ratios, 220);
    assert.ok(atC <= 77.2 && atC > 76, `${atC} °C`); // within 1/256 of the speed
  });

  it('is the minimum when little is to be cooled, and full speed when nothing suffices', () => {
    assert.deepEqual(settledRatios(model, inputs(40), RULES, 600), [0.2, 0.2]);
    assert.deepEqual(settledRatios(model, inputs(900), RULES, 600), [1, 1]);
  });

  it('is not under what the plan wants of each fan', () => {
    assert.deepEqual(settledRatios(model, inputs(40), { ...RULES, plannedRatios: [0.45, 0.35] }, 600), [0.45, 0.35]);
  });

  it('leaves fans that are held or have failed, and lets the others do it', () => {
    const [failed, other] = settledRatios(model, inputs(180), { ...RULES, fixedRatios: [0, null] }, 600);
    const [both] = settledRatios(model, inputs(180), RULES, 600);
    assert.equal(failed, 0);
    assert.ok(other! > both!, `${other} against ${both}`);
  });

  it('is followed on the way: a minute’s time constant', () => {
    // after 600 s, ten of them, it is there: so are the temperatures
    const settled = settledRatios(model, inputs(220), RULES, 600);
    const hottest = Math.max(...reactFor(model, inputs(220), settled, 600).temperaturesC);
    assert.ok(Math.abs(hottest - 77) < 1, `${hottest} °C`);
    // after a minute, from 60 °C and 0.5, it has not been reached
    const soon = Math.max(...reactFor(model, inputs(220), settled, 60).temperaturesC);
    assert.ok(soon < 74, `${soon} °C`);
  });
});
