// Is sim-8 a chassis that could be built? Its start values in the formulas of the chassis model, written out here again.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { loadBoard } from '../../src/board/load.ts';
import { boardFile, knownChips } from './known-chips.ts';

const AMBIENT_C = 25;
const AIR_J_PER_M3K = 1200;
const board = loadBoard(boardFile('sim-8'), knownChips());

/** Steady temperatures, °C, by slot number. `powerW` of each slot, all fans at `ratio`. */
function temperatures(
  powerW: (slot: number) => number,
  ratio: number,
  openness = (_slot: number) => 1,
): Map<number, number> {
  const flow = board.slots.map(({ number, model }) => {
    const full = board.airMovers.reduce((sum, fan) => sum + (model.share[fan.id] ?? 0) * fan.maxFlowM3s, 0);
    return openness(number) * full * ratio;
  });
  const preheat = board.recirculation.kind === 'airflow' ? board.recirculation.preheat : [];
  return new Map(
    board.slots.map(({ number, model }, s) => {
      const inlet = board.slots.reduce(
        (sum, other, j) => sum + ((preheat[s]?.[j] ?? 0) * powerW(other.number)) / (AIR_J_PER_M3K * (flow[j] ?? 0)),
        AMBIENT_C,
      );
      return [number, inlet + powerW(number) * (model.rKPerW + model.kFlow * (flow[s] ?? 0) ** -0.8)];
    }),
  );
}

function near(actual: number | undefined, expected: number, toleranceK = 0.5): void {
  assert.ok(
    Math.abs((actual ?? Number.NaN) - expected) <= toleranceK,
    `${actual} is not ${expected} ± ${toleranceK} °C`,
  );
}

describe('the physics of sim-8', () => {
  it('by hand: 150 W a slot at ratio 0.4 is 52 °C in front and 61 °C behind', () => {
    // flow 0.4 · 0.31 · 0.07 = 0.00868 m³/s, to the -0.8: 44.6; 0.05 + 0.003 · 44.6 = 0.184 K/W; 150 W: 27.6 K
    // behind: 0.56 (at the sides 0.53) · 150 / (1200 · 0.00868) = 8.1 K (7.6 K) warmer air
    const all = temperatures(() => 150, 0.4);
    for (const slot of [1, 2, 3, 4]) near(all.get(slot), 52.6);
    for (const slot of [6, 7]) near(all.get(slot), 60.6);
    for (const slot of [5, 8]) near(all.get(slot), 60.2);
  });

  it('300 W everywhere is 59 °C in front and 66 °C behind at full speed, 80 °C in front at ratio 0.4', () => {
    // full: 0.0217^-0.8 = 21.4; 0.05 + 0.003 · 21.4 = 0.114 K/W; 300 W: 34.3 K; behind + 0.56 · 300 / 26.04 = 6.5 K
    const full = temperatures(() => 300, 1);
    near(full.get(2), 59.3);
    near(full.get(6), 65.7);
    near(temperatures(() => 300, 0.4).get(2), 80.1);
  });

  it('350 W in a rear slot among 150 W needs more than ratio 0.4 and is well at full speed', () => {
    const load = (slot: number) => (slot === 6 ? 350 : 150);
    const limit = 85;
    assert.ok((temperatures(load, 0.4).get(6) ?? 0) > limit);
    // 25 + 0.56 · 150 / 26.04 + 350 · 0.1143 = 25 + 3.2 + 40.0
    near(temperatures(load, 1).get(6), 68.2);
  });

  it('350 W behind a half-blocked slot cannot be held by fans alone', () => {
    // flow 0.01085: to the -0.8 37.2; 350 · 0.1617 = 56.6 K; 25 + 3.2 + 56.6 = 84.8: over limit - margin, fans at full speed
    const blocked = temperatures(
      (slot) => (slot === 6 ? 350 : 150),
      1,
      (slot) => (slot === 6 ? 0.5 : 1),
    );
    near(blocked.get(6), 84.8);
    assert.ok((blocked.get(6) ?? 0) > 85 - 5);
  });

  it('has fans that take 5 % of the chassis’ power at full load', () => {
    const fansW = board.airMovers.reduce((sum, fan) => sum + fan.idlePowerW + fan.maxPowerW, 0);
    const share = fansW / (fansW + 8 * 300);
    assert.ok(share > 0.03 && share < 0.15, `${share}`);
  });
});
