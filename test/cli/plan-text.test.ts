import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf } from '../../src/surfaces/console/cells.ts';
import { planText } from '../../src/cli/plan-text.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { generateInstance } from '../placement/generate.ts';
import { plainInstance, STOPPED } from '../placement/instances.ts';

const lines = (...given: Parameters<typeof makePlan>) => planText(makePlan(...given)).split('\n');

describe('a plan in words', () => {
  it('says move by move and stay by stay what binds, in 80 columns', () => {
    const instance = plainInstance(
      [8, 4],
      [
        ['a', 1, 120, 4],
        ['b', 1, 120, 4],
      ],
      { slots: { 1: { rKPerW: 0.2 } } },
    );
    const plan = makePlan(instance, STOPPED);
    const text = planText(plan).split('\n');
    const saved = 21 - plan.predicted.moverPowerW; // 1 + 20 W at full speed
    assert.deepEqual(text.slice(0, 6), [
      '1 move:',
      '1. a: slot 1 → slot 2',
      // 25 + 280 · (0.2 + 0.004 · 0.03^-0.8) = 99.5 °C at full speed; 120 W less are 31.9 K less
      '   slot 1 would reach 99.5 °C (limit 85, margin 5); moving a (120 W) to slot 2',
      `   lowers it by 31.9 K and saves ${saved.toFixed(1)} W of fans`,
      'stays:',
      '  - b (120 W) cannot move: slot 2 has 0 cpu free, it needs 4 cpu',
    ]);
    assert.match(text.join('\n'), /\ncost .*proven: no plan is better\nstatus {5}optimal, found in \d+ ms$/);
  });

  it('never needs a 81st column, nor tears a figure from its unit', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const instance = generateInstance({ seed, slots: 8, workloads: 30, rules: 4, pinnedShare: 0.2 });
      for (const line of lines({ ...instance, maxMoves: seed % 2 === 0 ? 3 : null }, { ...STOPPED, maxSteps: 200 })) {
        assert.ok(cellsOf(line) <= 80, line);
        assert.doesNotMatch(line, /^\s+(W|K|kJ|J|°C|%)\b/);
      }
    }
  });

  it('names what conflicts, and that nothing of it is to spare', () => {
    const together = { kind: 'together', workloads: ['w1', 'w2'] } as const;
    const work = [
      ['w1', 1, 20, 60],
      ['w2', 1, 20, 60],
    ] as const;
    assert.deepEqual(lines(plainInstance([96, 96], work, { rules: [together] }), STOPPED).slice(0, 4), [
      'infeasible: these cannot all hold; without any one of them they can',
      '  - rules[0]: w1 and w2 must be together (120 cpu)',
      '  - capacity: w1 and w2 need 120 cpu, and no slot has more than 96 cpu',
      'fans       fan0 20 %; 1.2 W',
    ]);
  });
});
