import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { Backtest } from '../../src/thermal/backtest.ts';
import { OpenLoop } from '../../src/thermal/learned-model.ts';
import { truthOf } from './formula-plant.ts';

/** A chassis that follows the formulas but for `offK` that comes and goes, against a filter that thinks it errs by 1 K. */
function scaleAfter(hours: number, offK: () => number, gapAtS = -1): Backtest {
  const model = truthOf({});
  const chassis = new OpenLoop(model, 25);
  const backtest = new Backtest(4, 600);
  const random = seededRandom(1);
  const powersW = [200, 150, 250, 180];
  for (let atS = 1; atS <= hours * 3600; atS++) {
    if (atS % 300 === 0) powersW[random.int(4)] = 100 + 150 * random.next();
    const inputs = { ambientC: 25, ratios: [0.5, 0.6], powersW: [...powersW] };
    chassis.step(inputs, 1);
    if (atS === gapAtS) atS += 1000;
    const off = offK();
    const seen = [...chassis.temperaturesC].map((value) => value + off);
    const slots = model.slots.map((slot, s) => ({
      ...slot,
      temperatureC: chassis.temperaturesC[s]!,
      inletC: chassis.inletsC[s]!,
    }));
    backtest.take(atS, inputs, seen, () => ({ model: { ...model, slots }, sigmasK: [1, 1, 1, 1] }));
  }
  return backtest;
}

describe('the check of the model against what came', () => {
  it('is not made before ten minutes have passed, and then every minute', () => {
    assert.equal(scaleAfter(600 / 3600, () => 0).judged(0), 0);
    const judged = scaleAfter(1, () => 0).judged(0);
    assert.ok(judged >= 45 && judged <= 51, `${judged}`); // an hour less ten minutes
  });

  it('scales a filter’s doubt by what its predictions are really off', () => {
    const random = seededRandom(2);
    const scale = scaleAfter(6, () => 2.5 * random.gaussian()).scale(0); // it said 1 K
    assert.ok(scale > 2 && scale < 3, `${scale}`);
  });

  it('keeps some doubt of a filter that has always been right', () => {
    const scale = scaleAfter(6, () => 0).scale(2);
    assert.ok(scale >= 0.15 && scale < 0.3, `${scale}`);
  });

  it('judges no course with a gap in it', () => {
    const judged = scaleAfter(1, () => 0, 1500).judged(0);
    // those due from 600 s to 1500 s, and from 3100 s on: 2500 s + 600 s
    assert.ok(judged >= 20 && judged <= 26, `${judged}`);
  });
});
