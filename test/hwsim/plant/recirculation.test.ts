import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breathe } from '../../../hwsim/plant/recirculation.ts';

function near(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

describe('recirculation', () => {
  const air = { slotM3s: [0.01, 0.01], bypassM3s: 0 };

  it('mixes what the slot in front has warmed into the air behind: half of it at 45 °C over 25 °C is 35 °C', () => {
    const { inletC, exhaustC, exhaustHeatW } = breathe([{ from: 0, to: 1, fraction: 0.5 }], 0, air, [45, 55], 25, 25);
    near(inletC[0], 25);
    near(inletC[1], 35);
    // 0.005 m³/s at 45 °C and 0.01 at 55 °C leave: 51.667 °C; 1200·0.015·26.667 = 480 W
    near(exhaustC, 25 + 80 / 3);
    near(exhaustHeatW, 480);
  });

  it('gives away no more than a blocked slot lets through: the rest is fresh air', () => {
    const blocked = { slotM3s: [0.002, 0.01], bypassM3s: 0.003 };
    const { inletC, exhaustC } = breathe([{ from: 0, to: 1, fraction: 0.8 }], 0, blocked, [75, 50], 25, 25);
    // 0.008 m³/s wanted, 0.002 there: 25 + 0.2·50
    near(inletC[1], 35);
    // 0.01 m³/s at 50 °C and 0.003 past the slots at 25 °C
    near(exhaustC, 25 + (0.01 * 25) / 0.013);
  });

  it('takes part of its own exhaust in again', () => {
    const { inletC, intakeC } = breathe([], 0.1, air, [45, 45], 25, 45);
    near(intakeC, 27);
    near(inletC[0], 27);
  });
});
