import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Recirculation } from '../../src/core/plan.ts';
import { buildChassisModel, moverPowerW, steadyState, UNBOUNDED_C } from '../../src/thermal/chassis-model.ts';

function modelWith(recirculation: Recirculation, kFlow = 0.004) {
  const mover = { minRatio: 0.2, idlePowerW: 1.5, maxPowerW: 18, fixedRatio: null };
  const slot = { openness: 1, rKPerW: 0.05, kFlow };
  return buildChassisModel({
    ambientC: 25,
    airMovers: [
      { ...mover, id: 'fan0', maxFlowM3s: 0.03 },
      { ...mover, id: 'fan1', maxFlowM3s: 0.02 },
    ],
    slots: [
      { ...slot, id: 's0', share: { fan0: 0.5, fan1: 0.25 } },
      { ...slot, id: 's1', share: { fan1: 0.5 }, openness: 0.8 },
    ],
    recirculation,
  });
}

const close = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs(actual! - expected) < 1e-9 * Math.max(1, Math.abs(expected)), `${actual}, expected ${expected}`);

describe('the chassis model', () => {
  const powers = Float64Array.of(200, 100);
  const ratios = Float64Array.of(0.5, 1);

  it('mixes the flow of a slot from the shares of the air movers', () => {
    const { flowM3s } = steadyState(modelWith({ kind: 'none' }), powers, ratios);
    close(flowM3s[0], 0.5 * 0.03 * 0.5 + 0.25 * 0.02 * 1); // 0.0125
    close(flowM3s[1], 0.8 * 0.5 * 0.02 * 1); // 0.008
  });

  it('adds conduction and convection to the inlet', () => {
    const { inletC, temperatureC } = steadyState(modelWith({ kind: 'none' }), powers, ratios);
    assert.deepEqual([...inletC], [25, 25]);
    // 0.0125^-0.8 = 33.302, so 25 + 200 · (0.05 + 0.004 · 33.302) = 61.642
    close(temperatureC[0], 25 + 200 * (0.05 + 0.004 * 0.0125 ** -0.8));
    assert.ok(Math.abs(temperatureC[0]! - 61.642) < 0.01);
  });

  it('preheats a slot with the air of another by that one’s own flow', () => {
    const model = modelWith({
      kind: 'airflow',
      preheat: [
        [0, 0.3],
        [0, 0],
      ],
    });
    // 0.3 · 100 W / (1200 J/m³K · 0.008 m³/s) = 3.125 K
    close(steadyState(model, powers, ratios).inletC[0], 28.125);
  });

  it('takes a matrix of K/W as it is', () => {
    const model = modelWith({
      kind: 'linear',
      kPerW: [
        [0, 0.02],
        [0.01, 0],
      ],
    });
    assert.deepEqual([...steadyState(model, powers, ratios).inletC], [27, 27]);
  });

  it('needs idle power and the cube of the ratio for an air mover', () => {
    // 2 · 1.5 + 18 · 0.125 + 18 · 1 = 23.25
    close(moverPowerW(modelWith({ kind: 'none' }), ratios), 23.25);
  });

  it('has no bound, but a finite figure, for heat without air', () => {
    const model = modelWith({
      kind: 'airflow',
      preheat: [
        [0, 0.3],
        [0, 0],
      ],
    });
    const { temperatureC, inletC } = steadyState(model, powers, Float64Array.of(1, 0));
    assert.deepEqual([temperatureC[1], inletC[0], temperatureC[0]], [UNBOUNDED_C, UNBOUNDED_C, UNBOUNDED_C]);
    const unheated = steadyState(model, Float64Array.of(200, 0), Float64Array.of(1, 0));
    assert.equal(unheated.temperatureC[1], 25);
    assert.ok(unheated.temperatureC[0]! < 100);
  });

  it('does without air when flow does not matter', () => {
    const { temperatureC } = steadyState(modelWith({ kind: 'none' }, 0), powers, Float64Array.of(0, 0));
    assert.deepEqual([...temperatureC], [35, 30]);
  });
});
