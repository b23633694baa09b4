// The loop as a whole: start-up, staleness, failsafe, plan, operator, slew.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { RECOVERY_MS } from '../../src/cooling/mode.ts';
import { codes, config, Loop } from './fixture.ts';

const cool = { cpu1: 50, cpu2: 50, board: 30 }; // margins 30 K and more: the loop asks for the minimum
function near(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
}

describe('start-up', () => {
  it('runs at full speed until every must-have sensor has been read once, then comes down by the slew', () => {
    const loop = new Loop(config());
    for (let second = 0; second < 60; second++) {
      const step = loop.step({ cpu1: 40, cpu2: 'timeout', board: 30 });
      assert.equal(loop.ratio(), 1);
      assert.equal(step.zones[0]?.mode, 'startup');
    }
    const step = loop.step({ cpu1: 40, cpu2: 40, board: 30 });
    assert.equal(step.zones[0]?.mode, 'control');
    assert.deepEqual(codes(step), ['zone-control']);
    near(loop.ratio(), 0.98); // 1 − 0.02 per second
  });

  it('does not wait for a must-have sensor whose sled is absent or has no power', () => {
    for (const away of ['absent', 'off'] as const) {
      const loop = new Loop(config());
      assert.equal(loop.step({ cpu1: 40, cpu2: away, board: 30 }).zones[0]?.mode, 'control');
    }
  });

  it('waits for a chassis sensor that says absent: nothing of the chassis may be missing', () => {
    const cooling = config();
    const board = cooling.sensors.get('board');
    assert.ok(board);
    const loop = new Loop({
      ...cooling,
      sensors: new Map([...cooling.sensors, ['board', { ...board, mustHave: true }]]),
    });
    assert.equal(loop.run({ cpu1: 40, cpu2: 40, board: 'absent' }, 30).zones[0]?.mode, 'startup');
  });

  it('stays while nothing at all could be read, must-have or not', () => {
    const loop = new Loop(config());
    const step = loop.run({ cpu1: 'absent', cpu2: 'absent', board: 'timeout' }, 30);
    assert.equal(step.zones[0]?.mode, 'startup');
    assert.equal(loop.ratio(), 1);
  });
});

describe('a must-have sensor that stops answering', () => {
  function controlled(): Loop {
    const loop = new Loop(config());
    loop.run(cool, 120);
    near(loop.ratio(), 0.2);
    return loop;
  }

  it('is taken to rise at its worst slew, so the worst margin shrinks by 1 K a second', () => {
    const loop = controlled();
    const silent = { ...cool, cpu1: 'timeout' as const };
    assert.equal(loop.step(silent).zones[0]?.worstMarginK, 29); // 80 − (50 + 1 K/s · 1 s)
    assert.equal(loop.run(silent, 4).zones[0]?.worstMarginK, 25);
  });

  it('puts the zone to its failsafe ratio at once when its timeout is over, and not before', () => {
    const loop = controlled();
    const silent = { ...cool, cpu1: 'fault' as const };
    assert.equal(loop.run(silent, 9).zones[0]?.mode, 'control'); // 9 s old; timeout 10 s
    assert.ok(loop.ratio() < 0.5, `${loop.ratio()}`);
    const step = loop.step(silent);
    assert.equal(step.zones[0]?.mode, 'failsafe');
    near(loop.ratio(), 0.9);
    assert.deepEqual(codes(step), ['zone-failsafe']);
  });

  it('lets the zone go back to control only after it has been well for a while', () => {
    const loop = controlled();
    loop.run({ ...cool, cpu1: 'fault' }, 11);
    assert.equal(loop.step(cool).zones[0]?.mode, 'failsafe');
    assert.equal(loop.run(cool, RECOVERY_MS / 1000 - 1).zones[0]?.mode, 'failsafe');
    loop.run({ ...cool, cpu1: 'fault' }, 11); // lost once more: the wait starts again
    assert.equal(loop.run(cool, RECOVERY_MS / 1000).zones[0]?.mode, 'failsafe');
    assert.equal(loop.step(cool).zones[0]?.mode, 'control');
    near(loop.ratio(), 0.88); // ramped down from 0.9
  });

  it('is no failure when its sled was pulled or lost power', () => {
    for (const away of ['absent', 'off'] as const) {
      const loop = controlled();
      const step = loop.run({ ...cool, cpu1: away }, 60);
      assert.equal(step.zones[0]?.mode, 'control');
      near(loop.ratio(), 0.2);
    }
  });

  it('of a sled just pushed in has its timeout to answer', () => {
    const loop = controlled();
    loop.run({ ...cool, cpu1: 'absent' }, 20);
    assert.equal(loop.run({ ...cool, cpu1: 'timeout' }, 10).zones[0]?.mode, 'control');
    assert.equal(loop.step({ ...cool, cpu1: 'timeout' }).zones[0]?.mode, 'failsafe');
  });
});

describe('a sensor the zone can do without', () => {
  it('is left out when lost', () => {
    const loop = new Loop(config());
    loop.run({ ...cool, board: 79 }, 5);
    assert.equal(loop.last?.zones[0]?.leadingSensor, 'board');
    const step = loop.run({ ...cool, board: 'timeout' }, 11);
    assert.equal(step.zones[0]?.mode, 'control');
    assert.equal(step.zones[0]?.leadingSensor, 'cpu1');
  });
});

describe('the last sensor lost', () => {
  it('leaves the zone blind, which is a failsafe even without must-have sensors', () => {
    const loop = new Loop(config());
    loop.run({ cpu1: 'absent', cpu2: 'absent', board: 30 }, 60);
    const step = loop.run({ cpu1: 'absent', cpu2: 'absent', board: 'timeout' }, 11);
    assert.equal(step.zones[0]?.mode, 'failsafe');
    near(loop.ratio(), 0.9);
  });
});

describe('too hot', () => {
  it('goes to full speed at once at the critical limit', () => {
    const loop = new Loop(config());
    loop.run(cool, 120);
    loop.step({ ...cool, cpu2: 90 });
    assert.equal(loop.ratio(), 1);
  });

  it('rises with no slew limit: 18 K over the target asks for 0.02/K · 18 K more', () => {
    const loop = new Loop(config({ pi: { proportionalPerK: 0.02, integralPerKS: 0, targetMarginK: 8 } }));
    loop.run({ ...cool, cpu1: 72 }, 5);
    const state = loop.state.zones['main'];
    assert.ok(state);
    loop.state = {
      ...loop.state,
      zones: { main: { ...state, integral: 0.3 } },
      fans: Object.fromEntries(Object.entries(loop.state.fans).map(([id, fan]) => [id, { ...fan, ratio: 0.3 }])),
    };
    loop.step({ ...cool, cpu1: 85 }); // margin −5 K, 13 K short of the target
    near(loop.ratio(), 0.3 + 0.02 * 13);
  });
});

describe('the plan', () => {
  const planned = { fan0: 0.5, fan1: 0.4, fan2: 0.4 };

  it('is what comfortable zones converge to, without hunting', () => {
    const loop = new Loop(config());
    loop.extra = { plannedRatios: planned };
    loop.run({ ...cool, cpu1: 66 }, 900); // margin 14 K: 6 K more than the target
    const seen = new Set<string>();
    for (let second = 0; second < 300; second++) {
      loop.step({ ...cool, cpu1: 66 + (second % 2) * 0.5 }); // a sensor that flickers by half a degree
      seen.add(`${loop.ratio('fan0').toFixed(9)} ${loop.ratio('fan1').toFixed(9)}`);
    }
    assert.deepEqual([...seen], ['0.500000000 0.400000000']);
  });

  it('never slows the fans below what margins ask for, nor below the minimum', () => {
    const loop = new Loop(config());
    loop.extra = { plannedRatios: { fan0: 0, fan1: 0, fan2: 0 } };
    loop.run(cool, 600);
    near(loop.ratio(), 0.2);
    loop.run({ ...cool, cpu1: 78 }, 60);
    assert.ok(loop.ratio() > 0.2 + 0.02 * 6, `${loop.ratio()}`);
  });

  it('that does without a failed fan is not made up for twice', () => {
    const loop = new Loop(config());
    loop.health = { fan2: 0 };
    loop.extra = { plannedRatios: { ...planned, fan2: 0 } };
    loop.run({ ...cool, cpu1: 66 }, 900);
    near(loop.ratio('fan0'), 0.5);
    near(loop.ratio('fan1'), 0.4);
    loop.extra = { plannedRatios: planned }; // a plan that still counts on it: two fans do the work of three
    loop.step({ ...cool, cpu1: 66 });
    near(loop.ratio('fan0'), 0.75);
  });

  it('leaves no step when its lease ends: the fans come down slowly, and the loop starts from the planned speed', () => {
    const loop = new Loop(config());
    loop.extra = { plannedRatios: planned };
    loop.run({ ...cool, cpu1: 71 }, 1500); // 1 K more than the target
    near(loop.ratio(), 0.5);
    loop.extra = {};
    const ratios: number[] = [loop.ratio()];
    for (let second = 0; second < 30; second++) {
      loop.step({ ...cool, cpu1: 71 });
      ratios.push(loop.ratio());
    }
    for (const [index, ratio] of ratios.entries()) {
      const before = ratios[index - 1] ?? ratio;
      assert.ok(before - ratio <= 0.02 + 1e-9 && ratio <= before, `second ${index}: ${before} to ${ratio}`);
    }
    assert.ok(loop.ratio() > 0.35, `the loop remembers the level it was at: ${loop.ratio()}`);
  });
});

describe('an operator', () => {
  it('may hold fans slower than the target margin asks for, but not near the limit', () => {
    const loop = new Loop(config());
    loop.extra = { manualRatios: { fan0: 0.3, fan1: 0.3, fan2: 0.3 } };
    const step = loop.run({ ...cool, cpu1: 75 }, 120); // margin 5 K: target 8 K missed, but over half of it
    near(loop.ratio(), 0.3);
    assert.equal(step.zones[0]?.mode, 'manual');
    loop.step({ ...cool, cpu1: 79 }); // margin 1 K of the 4 K reserve: (4 − 1)/4
    near(loop.ratio(), 0.75);
    loop.step({ ...cool, cpu1: 80 });
    assert.equal(loop.ratio(), 1);
  });

  it('does not override start-up or failsafe', () => {
    const loop = new Loop(config());
    loop.extra = { manualRatios: { fan0: 0.3, fan1: 0.3, fan2: 0.3 } };
    assert.equal(loop.run({ cpu1: 40, cpu2: 'timeout', board: 30 }, 5).zones[0]?.mode, 'startup');
    assert.equal(loop.ratio(), 1);
    loop.run(cool, 60);
    loop.run({ ...cool, cpu2: 'timeout' }, 10);
    near(loop.ratio(), 0.9);
  });

  it('who holds one fan leaves the others on the loop', () => {
    const loop = new Loop(config());
    loop.extra = { manualRatios: { fan1: 0.7 } };
    loop.run(cool, 120);
    near(loop.ratio('fan0'), 0.2);
    near(loop.ratio('fan1'), 0.7);
  });
});

describe('fans that take no command', () => {
  it('put their zone to failsafe', () => {
    const loop = new Loop(config());
    loop.run(cool, 120);
    loop.extra = { deafFans: new Set(['fan1']) };
    assert.equal(loop.step(cool).zones[0]?.mode, 'failsafe');
    near(loop.ratio('fan0'), 0.9);
  });
});

describe('a degraded fan', () => {
  it('makes its neighbours do its share: three fans’ flow from two', () => {
    const loop = new Loop(config());
    loop.extra = { plannedRatios: { fan0: 0.4, fan1: 0.4, fan2: 0.4 } };
    loop.run(cool, 120);
    loop.health = { fan1: 0.5 };
    const seen: string[] = [];
    for (let second = 0; second < 3; second++) seen.push(...codes(loop.step(cool)));
    assert.deepEqual(seen, ['fan-degraded']);
    near(loop.ratio('fan0'), 0.6); // 0.4 · 3/2
    loop.health = { fan1: 0.5, fan2: 0 };
    loop.run(cool, 3);
    assert.equal(loop.last?.health.get('fan2'), 'failed');
    assert.equal(loop.ratio('fan0'), 1); // 0.4 · 3/1 is more than there is
    loop.health = {};
    const back = loop.run(cool, 60);
    assert.equal(back.health.get('fan1'), 'ok');
    near(loop.ratio('fan0'), 0.4);
  });
});
