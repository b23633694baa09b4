import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePlan } from '../../src/placement/plan.ts';
import { evaluate } from './evaluator.ts';
import { plainInstance, STOPPED } from './instances.ts';

/** Slot 1 is over its ceiling at full speed: 280 W · (0.08 + 0.004 · 0.03^-0.8) = 41.0 K with 240 W of work. */
const hot = (change: Parameters<typeof plainInstance>[2] = {}) =>
  plainInstance(
    [8, 8],
    [
      ['a', 1, 120, 4],
      ['b', 1, 120, 4],
    ],
    { slots: { 1: { rKPerW: 0.2 } }, ...change },
  );

describe('reasons', () => {
  it('for a move name the hot slot, its limit and what the move brings', () => {
    const instance = hot();
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.moves.length, 1);
    const { workload, reason } = plan.moves[0]!;
    assert.equal(reason.code, 'hot-slot');
    // by hand: at full speed Q = 0.03, R = 0.2 + 0.004 · 0.03^-0.8 = 0.2661 K/W; 25 + 280 · 0.2661 = 99.5 °C
    const start = evaluate(instance, { a: '1', b: '1' }, { fan0: 1 });
    assert.ok(Math.abs(start.slots[0]!.temperatureC - 99.5) < 0.1);
    assert.match(
      reason.text,
      new RegExp(`slot 1 would reach 99\\.5 °C \\(limit 85, margin 5\\); moving ${workload} \\(120 W\\) to slot 2`),
    );
    // 120 W less at 0.2661 K/W: 31.9 K
    assert.ok(Math.abs(reason.gainK - 31.9) < 0.1);
    // from full speed, 21 W, to what the plan needs
    assert.ok(Math.abs(reason.gainW - (21 - plan.predicted.moverPowerW)) < 0.01);
  });

  const held = (change: Parameters<typeof plainInstance>[2]) => {
    const plan = makePlan(hot(change), STOPPED);
    return Object.fromEntries(plan.held.map(({ workload, reason }) => [workload, reason]));
  };

  it('for staying: pinned', () => {
    const reasons = held({ workloads: { a: { pinned: true }, b: { pinned: true } } });
    assert.equal(reasons['a']!.code, 'pinned');
    assert.equal(reasons['a']!.text, 'a (120 W) is pinned to slot 1');
  });

  it('for staying: allowed nowhere else', () => {
    const stay = { allowedSlots: ['1'] };
    assert.equal(held({ workloads: { a: stay, b: stay } })['b']!.code, 'not-allowed');
  });

  it('for staying: no room elsewhere', () => {
    const reasons = held({ slots: { 1: { rKPerW: 0.2 }, 2: { capacity: { cpu: 3 } } } });
    assert.equal(reasons['a']!.code, 'capacity');
    assert.equal(reasons['a']!.text, 'a (120 W) cannot move: slot 2 has 3 cpu free, it needs 4 cpu');
  });

  it('for staying: power cap elsewhere', () => {
    const reasons = held({ slots: { 1: { rKPerW: 0.2 }, 2: { powerCapW: 100 } } });
    assert.equal(reasons['a']!.code, 'power-cap');
    // slot 2 draws 40 W idle of its 100 W
    assert.equal(
      reasons['a']!.text,
      'a (120 W) cannot move: slot 2 has 60 W to spare under its cap of 100 W, it draws 120 W',
    );
  });

  it('for staying: apart from what is elsewhere', () => {
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 220, 4],
        ['c', 2, 20, 1],
      ],
      {
        slots: { 1: { rKPerW: 0.2 } },
        workloads: { c: { pinned: true } },
        rules: [{ kind: 'apart', workloads: ['a', 'c'] }],
      },
    );
    const reason = makePlan(instance, STOPPED).held.find(({ workload }) => workload === 'a')!.reason;
    assert.deepEqual(reason, {
      code: 'rule',
      text: 'a (220 W) cannot move: rules[0] keeps it apart from c in slot 2',
    });
  });

  it('for staying: what stands against each of many slots, the nearest of each kind with its figures', () => {
    const pin = { pinned: true };
    const instance = plainInstance(
      [8, 4, 5, 8, 8, 8],
      [
        ['a', 1, 220, 4],
        ['b', 2, 20, 3],
        ['c', 3, 20, 2],
        ['d', 5, 20, 1],
      ],
      {
        slots: { 1: { rKPerW: 0.2 }, 4: { powerCapW: 100 }, 6: { powerCapW: 200 } },
        workloads: { b: pin, c: pin, d: pin },
        rules: [{ kind: 'apart', workloads: ['a', 'd'] }],
      },
    );
    const reason = makePlan(instance, STOPPED).held.find(({ workload }) => workload === 'a')!.reason;
    // slot 2 has 4 − 3 = 1 free, slot 3 has 5 − 2 = 3; slots 4 and 6 have 100 − 40 and 200 − 40 W to spare
    assert.deepEqual(reason, {
      code: 'capacity',
      text:
        'a (220 W) cannot move to any of 5 other slots: ' +
        '2 are short of cpu (it needs 4 cpu; the most free is 3 cpu, in slot 3); ' +
        '2 are at their power cap (it draws 220 W; the most to spare is 160 W, in slot 6); ' +
        'rules[0] keeps it apart from d in slot 5',
    });
  });

  it('for staying: the budget of moves', () => {
    const reasons = held({ maxMoves: 0 });
    assert.equal(reasons['a']!.code, 'budget');
    assert.match(reasons['a']!.text, /only 0 moves/);
  });

  it('for staying: a gain that is not worth the move', () => {
    const costly = { moveCostJ: 1e6 };
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 90, 4],
        ['b', 1, 90, 4],
      ],
      { workloads: { a: costly, b: costly } },
    );
    const plan = makePlan(instance, STOPPED);
    assert.deepEqual(plan.moves, []);
    assert.equal(plan.held[0]!.reason.code, 'gain-too-small');
    assert.match(plan.held[0]!.reason.text, /would save \d+ J of fans over 1 h \(0\.\d+ W\); the move costs 1 MJ/);
  });

  it('for staying: no gain anywhere else', () => {
    const instance = plainInstance([8, 8], [['a', 1, 250, 4]], { slots: { 2: { rKPerW: 0.3 } } });
    const plan = makePlan(instance, STOPPED);
    assert.deepEqual(plan.moves, []);
    assert.equal(plan.held[0]!.reason.code, 'no-gain');
  });

  it('drop a move whose gain is under the threshold', () => {
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 90, 4],
        ['b', 1, 90, 4],
      ],
    );
    const moved = makePlan(instance, STOPPED);
    assert.equal(moved.moves.length, 1);
    const gainJ = moved.moves[0]!.reason.gainW * 3600;
    const kept = makePlan(instance, { ...STOPPED, gainThresholdJ: gainJ + 1 });
    assert.deepEqual(kept.moves, []);
    assert.equal(kept.status, 'feasible');
    assert.equal(makePlan(instance, { ...STOPPED, gainThresholdJ: gainJ - 200 }).moves.length, 1);
  });
});

describe('a gain under the threshold', () => {
  /** Two workloads that fill their slots; slot 1 cools worse, so the big one had better be in 2. Slot 3 lets them swap. */
  const swap = () =>
    plainInstance(
      [4, 4, 4],
      [
        ['big', 1, 200, 4],
        ['small', 2, 150, 4],
      ],
      { slots: { 1: { kFlow: 0.006 }, 3: { kFlow: 0.05 } } },
    );

  it('drops a swap as a whole: neither could go back alone', () => {
    const swapped = makePlan(swap(), STOPPED);
    assert.deepEqual([swapped.assignment, swapped.moves.length], [{ big: '2', small: '1' }, 3]);
    const stay = makePlan({ ...swap(), maxMoves: 0 }, STOPPED);
    const gainJ = stay.cost.totalJ - swapped.cost.totalJ;
    assert.ok(gainJ > 1000, `${gainJ} J`);
    const kept = (gainThresholdJ: number) => makePlan(swap(), { ...STOPPED, gainThresholdJ }).moves.length;
    // two workloads share the gain
    assert.equal(kept(gainJ / 2 + 10), 0);
    assert.equal(kept(gainJ / 2 - 10), 3);
  });
});

describe('a start that breaks hard rules', () => {
  it('is repaired, with the rule as the reason', () => {
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 20, 1],
        ['b', 1, 20, 1],
      ],
      {
        rules: [{ kind: 'apart', workloads: ['a', 'b'] }],
      },
    );
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.status, 'optimal');
    assert.notEqual(plan.assignment['a'], plan.assignment['b']);
    assert.deepEqual(
      plan.moves.map((move) => move.reason.code),
      ['rule'],
    );
  });

  it('is repaired where a slot is over its capacity', () => {
    const instance = plainInstance(
      [4, 4],
      [
        ['a', 1, 20, 3],
        ['b', 1, 20, 3],
      ],
    );
    assert.deepEqual(
      makePlan(instance, STOPPED).moves.map((move) => move.reason.code),
      ['capacity'],
    );
  });

  it('brings together what must be together', () => {
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 20, 1],
        ['b', 2, 20, 1],
      ],
      {
        rules: [{ kind: 'together', workloads: ['a', 'b'] }],
      },
    );
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.assignment['a'], plan.assignment['b']);
    assert.equal(plan.moves.length, 1);
  });
});

describe('an instance that cannot be satisfied', () => {
  const conflictsOf = (instance: Parameters<typeof makePlan>[0]) => {
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.status, 'infeasible');
    assert.deepEqual(plan.moves, []);
    return plan.conflicts!;
  };

  it('names the two rules that exclude each other, and not a third', () => {
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 20, 1],
        ['b', 1, 20, 1],
        ['c', 2, 20, 1],
      ],
      {
        rules: [
          { kind: 'apart', workloads: ['a', 'b'] },
          { kind: 'apart', workloads: ['b', 'c'] },
          { kind: 'together', workloads: ['a', 'b'] },
        ],
      },
    );
    assert.deepEqual(conflictsOf(instance), ['rules[0]: a and b must be apart', 'rules[2]: a and b must be together']);
  });

  it('names the capacities that are too small together', () => {
    const instance = plainInstance(
      [4, 4],
      [
        ['a', 1, 20, 3],
        ['b', 1, 20, 3],
        ['c', 2, 20, 3],
      ],
    );
    assert.deepEqual(conflictsOf(instance), ['capacity: a, b and c need 9 cpu, and all slots together have 8 cpu']);
  });

  it('names the chassis cap with the figures', () => {
    const instance = plainInstance([8, 8], [['a', 1, 50, 1]], { chassisPowerCapW: 100 });
    assert.deepEqual(conflictsOf(instance), [
      'chassisPowerCapW: the sleds draw 130 W wherever the work runs, the cap is 100 W',
    ]);
  });

  it('names a pin against a rule, and too few moves', () => {
    const pin = { pinned: true };
    const pinned = plainInstance(
      [8, 8],
      [
        ['a', 1, 20, 1],
        ['b', 1, 20, 1],
      ],
      {
        workloads: { a: pin, b: pin },
        rules: [{ kind: 'apart', workloads: ['a', 'b'] }],
      },
    );
    assert.deepEqual(conflictsOf(pinned), [
      'rules[0]: a and b must be apart',
      'pinned: a must stay in slot 1',
      'pinned: b must stay in slot 1',
    ]);
    const unmoved = plainInstance([8, 8], [['a', 1, 20, 1]], { workloads: { a: only('2') }, maxMoves: 0 });
    assert.deepEqual(conflictsOf(unmoved), ['allowedSlots: a may be in no slot but 2', 'maxMoves: at most 0 moves']);
  });

  it('names a sled that draws more than its cap when idle', () => {
    assert.deepEqual(conflictsOf(plainInstance([8], [], { slots: { 1: { powerCapW: 30 } } })), [
      'powerCapW: the sled in slot 1 draws 40 W by itself, its cap is 30 W',
    ]);
  });
});

const only = (...slots: string[]) => ({ allowedSlots: slots });

describe('a chassis at the edge', () => {
  it('without air movers is planned by temperature alone', () => {
    const instance = plainInstance(
      [8, 8],
      [
        ['a', 1, 100, 1],
        ['b', 1, 100, 1],
      ],
      {
        airMovers: [],
        slots: { 1: { kFlow: 0, share: {}, rKPerW: 0.3 }, 2: { kFlow: 0, share: {}, rKPerW: 0.3 } },
      },
    );
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.status, 'optimal');
    assert.equal(plan.moves.length, 1);
    // 25 + 140 · 0.3 = 67 °C on both
    assert.ok(Math.abs(plan.predicted.slots['2']!.temperatureC - 67) < 1e-9);
    assert.equal(plan.predicted.moverPowerW, 0);
  });

  it('keeps a given speed, and takes work off a slot that no air reaches', () => {
    const instance = plainInstance([8, 8], [['a', 1, 100, 1]], {
      airMovers: [{ id: 'fan0', minRatio: 0.2, maxFlowM3s: 0.06, idlePowerW: 1, maxPowerW: 20, fixedRatio: 0.6 }],
      slots: { 1: { openness: 0, idlePowerW: 0 } },
    });
    const plan = makePlan(instance, STOPPED);
    assert.deepEqual(plan.assignment, { a: '2' });
    assert.deepEqual(plan.ratios, { fan0: 0.6 });
    assert.equal(plan.predicted.worstOvershootK, 0);
  });

  it('cools the other slots even when one is beyond cooling', () => {
    const instance = plainInstance([8, 8], [['a', 2, 250, 1]], { slots: { 1: { openness: 0 } } });
    const plan = makePlan(instance, STOPPED);
    assert.ok(plan.predicted.worstOvershootK > 1e5 && Number.isFinite(plan.predicted.worstOvershootK));
    assert.ok(plan.predicted.slots['2']!.temperatureC <= 80);
    assert.deepEqual(plan.assignment, { a: '2' });
  });

  it('sends no work where no air would carry its heat away, though the slot is idle and costs nothing', () => {
    const instance = plainInstance([8, 8], [['a', 2, 250, 1]], { slots: { 1: { openness: 0, idlePowerW: 0 } } });
    const plan = makePlan(instance, { ...STOPPED, maxSteps: 40 });
    assert.deepEqual(plan.assignment, { a: '2' });
    assert.ok(Number.isFinite(plan.bound.totalJ) && Number.isFinite(plan.cost.totalJ));
    assert.deepEqual(plan.held[0]!.reason, {
      code: 'no-gain',
      text: 'a (250 W) stays in slot 2: in slot 1, the best other place, no air would carry its heat away',
    });
  });

  it('with nothing running is optimal at the lowest speeds', () => {
    const plan = makePlan(plainInstance([8, 8], []), STOPPED);
    assert.deepEqual([plan.status, plan.ratios, plan.held], ['optimal', { fan0: 0.2 }, []]);
  });
});
