// The loop on a plant of its own: first-order lag, forced convection. T → ambient + P·k·ratio^−0.8.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { config, Loop } from './fixture.ts';

const AMBIENT_C = 25;
const TIME_CONSTANT_S = 80;
const FAN_LAG_S = 2;

class Plant {
  temperatureC = AMBIENT_C;
  fanRatio = 1;

  advance(commanded: number, powerW: number): void {
    this.fanRatio += (commanded - this.fanRatio) / FAN_LAG_S;
    const steadyC = AMBIENT_C + powerW * 0.1 * this.fanRatio ** -0.8;
    this.temperatureC += (steadyC - this.temperatureC) / TIME_CONSTANT_S;
  }
}

function run(
  loop: Loop,
  plant: Plant,
  powerW: number,
  seconds: number,
  quantumK = 0,
): { temperatures: number[]; ratios: number[] } {
  const temperatures: number[] = [];
  const ratios: number[] = [];
  for (let second = 0; second < seconds; second++) {
    plant.advance(loop.ratio(), powerW);
    const read = quantumK === 0 ? plant.temperatureC : Math.round(plant.temperatureC / quantumK) * quantumK;
    loop.step({ cpu1: read, cpu2: 'absent', board: 30 });
    temperatures.push(plant.temperatureC);
    ratios.push(loop.ratio());
  }
  return { temperatures, ratios };
}

/** Largest minus smallest. */
function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

describe('on a slot of 250 W with a time constant of 80 s', () => {
  // target: 80 − 8 = 72 °C, so 47 K of rise: ratio = (250 · 0.1 / 47)^(1/0.8) = 0.4542
  it('settles at the target margin, at the speed the physics ask for, without oscillation', () => {
    const loop = new Loop(config());
    const plant = new Plant();
    run(loop, plant, 250, 1800);
    const { temperatures, ratios } = run(loop, plant, 250, 600);
    assert.ok(Math.abs((temperatures.at(-1) ?? 0) - 72) < 0.5, `settled at ${temperatures.at(-1)} °C`);
    assert.ok(Math.abs((ratios.at(-1) ?? 0) - 0.4542) < 0.01, `settled at ratio ${ratios.at(-1)}`);
    assert.ok(spread(temperatures) < 0.3 && spread(ratios) < 0.01, `${spread(temperatures)} K, ${spread(ratios)}`);
  });

  it('takes a step of work from 150 to 300 W with little overshoot over the target, and never over the limit', () => {
    const loop = new Loop(config());
    const plant = new Plant();
    run(loop, plant, 150, 1800);
    const { temperatures } = run(loop, plant, 300, 1800);
    assert.ok(Math.max(...temperatures) < 80, `peak ${Math.max(...temperatures)} °C`);
    let crossings = 0;
    for (const [index, temperatureC] of temperatures.entries()) {
      const before = temperatures[index - 1] ?? temperatureC;
      if (before - 72 > 0.25 !== temperatureC - 72 > 0.25) crossings++;
    }
    assert.ok(crossings <= 2, `${crossings} crossings of the target band: it swings`);
    assert.ok(Math.abs((temperatures.at(-1) ?? 0) - 72) < 0.5);
  });

  it('holds still on a sensor of half a degree', () => {
    const loop = new Loop(config());
    const plant = new Plant();
    run(loop, plant, 250, 1800, 0.5);
    const { temperatures, ratios } = run(loop, plant, 250, 600, 0.5);
    assert.ok(spread(temperatures) < 1 && spread(ratios) < 0.04, `${spread(temperatures)} K, ${spread(ratios)}`);
  });

  it('goes back to the minimum when the work is gone', () => {
    const loop = new Loop(config());
    const plant = new Plant();
    run(loop, plant, 300, 1200);
    const { ratios } = run(loop, plant, 20, 600);
    assert.ok(Math.abs((ratios.at(-1) ?? 0) - 0.2) < 1e-9, `${ratios.at(-1)}`);
  });
});
