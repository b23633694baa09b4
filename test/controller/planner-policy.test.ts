import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadMark } from '../../src/controller/load-mark.ts';
import {
  chassisBudget,
  DEFAULT_POLICY,
  mayMove,
  pausedSlots,
  policyOf,
  slotsLeft,
  worthMoving,
  type MovePast,
} from '../../src/controller/planner-policy.ts';
import { plan } from '../surfaces/sample-view.ts';

const settings = DEFAULT_POLICY; // residence 180 s, 4 Moves an hour, no return for 3600 s, pause 120 s

function past(part: Partial<MovePast> = {}): MovePast {
  return {
    workload: 'web',
    from: 3,
    to: 5,
    trigger: 'plan',
    startedAtS: 0,
    endedAtS: part.startedAtS ?? 0,
    outcome: 'done',
    ...part,
  };
}

const COOL = false;
const HOT = true;

describe('whether the planner may touch a workload', () => {
  it('is free when it was never moved', () => {
    assert.deepEqual(mayMove('web', [past({ workload: 'db' })], 10, COOL, settings), { kind: 'free' });
  });

  it('is held for its residence where it was put, with the figures in words', () => {
    assert.deepEqual(mayMove('web', [past()], 60, COOL, settings), {
      kind: 'held',
      why: 'it came to slot 5 60 s ago and stays at least 180 s',
    });
    assert.equal(mayMove('web', [past()], 180, COOL, settings).kind, 'free');
  });

  it('may leave a hot slot before its residence is over', () => {
    assert.equal(mayMove('web', [past()], 60, HOT, settings).kind, 'free');
  });

  it('is held while a Move of it is under way, hot or not', () => {
    assert.deepEqual(mayMove('web', [past({ outcome: 'open' })], 1000, HOT, settings), {
      kind: 'held',
      why: 'a Move of it is under way',
    });
  });

  it('is left alone for 120 s after an undone Move, hot or not', () => {
    const undone = [past({ outcome: 'undone', startedAtS: 100 })];
    assert.deepEqual(mayMove('web', undone, 150, HOT, settings), {
      kind: 'held',
      why: 'its last Move was undone 50 s ago; it is left alone for another 70 s',
    });
    assert.equal(mayMove('web', undone, 220, HOT, settings).kind, 'free');
  });

  it('has a budget of four Moves an hour', () => {
    const moved = [0, 300, 600, 900].map((startedAtS) => past({ startedAtS }));
    assert.deepEqual(mayMove('web', moved, 1200, HOT, settings), {
      kind: 'held',
      why: 'it has been moved 4 times in the last hour, 4 are allowed; free again in 40 min',
    });
    assert.equal(mayMove('web', moved.slice(1), 1200, HOT, settings).kind, 'free');
    assert.equal(mayMove('web', moved, 3601, HOT, settings).kind, 'free'); // the first is over an hour ago
  });
});

describe('failures', () => {
  const undone = (endedAtS: number, part: Partial<MovePast> = {}) =>
    past({ outcome: 'undone', startedAtS: endedAtS - 20, endedAtS, ...part });
  const isFree = (moves: readonly MovePast[], nowS: number) =>
    mayMove('web', moves, nowS, HOT, settings).kind === 'free';

  it('double the pause each time: 120 s, 240 s, 480 s, an hour at most; one success begins anew', () => {
    const policy = { ...settings, movesPerHour: 100 };
    const free = (count: number, afterS: number) => {
      const moves = Array.from({ length: count }, (_, i) => undone(1000 + i));
      return mayMove('web', moves, 1000 + count - 1 + afterS, HOT, policy).kind === 'free';
    };
    for (const [count, pauseS] of [
      [1, 120],
      [2, 240],
      [3, 480],
      [6, 3600],
      [9, 3600],
    ] as const) {
      assert.equal(free(count, pauseS - 1), false, `${count} failures, ${pauseS - 1} s`);
      assert.equal(free(count, pauseS), true, `${count} failures, ${pauseS} s`);
    }
    const after = [undone(1000), undone(1300), past({ startedAtS: 1700 }), undone(2000)];
    assert.equal(mayMove('web', after, 2119, HOT, policy).kind, 'held');
    assert.equal(mayMove('web', after, 2120, HOT, policy).kind, 'free');
  });

  it('count from the end of the Move: one that took long to fail is not tried again at once', () => {
    const slow = [past({ outcome: 'undone', startedAtS: 100, endedAtS: 700 })];
    assert.equal(isFree(slow, 701), false);
    assert.equal(isFree(slow, 820), true);
  });

  it('keep everybody away from their destination for a minute, longer each time', () => {
    const moves = [undone(1000), undone(1100, { workload: 'db' }), undone(1000, { to: 7 })];
    assert.deepEqual(
      [...pausedSlots(moves, 1150, settings)],
      [[5, 'the last 2 Moves to it came to nothing; not again for 70 s']],
    );
    assert.deepEqual([...pausedSlots(moves, 1030, settings).keys()], [5, 7]);
    assert.deepEqual([...pausedSlots([...moves, past({ startedAtS: 1120 })], 1150, settings)], []);
  });
});

describe('the budget of the chassis', () => {
  const moves = (count: number) =>
    Array.from({ length: count }, (_, i) => past({ workload: `w${i}`, startedAtS: 100 * i }));

  it('is 40 Moves an hour, of which 16 are kept for hot slots', () => {
    assert.deepEqual(chassisBudget([], 0, COOL, settings), { left: 24, why: null });
    assert.deepEqual(
      [chassisBudget(moves(10), 1000, COOL, settings).left, chassisBudget(moves(10), 1000, HOT, settings).left],
      [14, 30],
    );
    assert.deepEqual(chassisBudget(moves(24), 2400, COOL, settings), {
      left: 0,
      why: '24 Moves were made in the chassis in the last hour, 24 are allowed (16 more are kept for hot slots); the next is free in 20 min',
    });
    assert.equal(chassisBudget(moves(24), 2400, HOT, settings).left, 16);
    assert.equal(chassisBudget(moves(24), 3601, COOL, settings).left, 1, 'the first is over an hour ago');
  });
});

describe('the policy of a board', () => {
  it('is what its file says, and the defaults for the rest', () => {
    assert.deepEqual(policyOf({}), DEFAULT_POLICY);
    assert.deepEqual(policyOf({ movesAtOnce: 3, noReturnS: 60 }), { ...DEFAULT_POLICY, movesAtOnce: 3, noReturnS: 60 });
  });
});

describe('slots that a workload must not return to', () => {
  it('are those it left in the last hour by a Move that was done', () => {
    const moves = [
      past({ from: 1, startedAtS: 0 }),
      past({ from: 2, startedAtS: 100 }),
      past({ from: 3, startedAtS: 200, outcome: 'undone' }),
      past({ from: 4, startedAtS: 200, workload: 'db' }),
    ];
    assert.deepEqual([...slotsLeft('web', moves, 3650, settings)], [[2, 'it left it 59.2 min ago']]);
  });
});

describe('a return', () => {
  const load = (part: Partial<LoadMark> = {}): LoadMark => ({
    workloadW: 100,
    chassisW: 1000,
    ambientC: 25,
    conditions: '',
    ...part,
  });
  const back = (nowS: number, now: LoadMark | null, then: LoadMark | null = load()) =>
    slotsLeft('web', [past({ from: 1, load: then })], nowS, settings, now).get(1) ?? null;

  it('is out of the question for an hour, and after that as long as the load is what it was', () => {
    assert.equal(back(3000, load({ workloadW: 10, chassisW: 500 })), 'it left it 50 min ago');
    assert.equal(back(40 * 3600, load()), 'it left it 40 h ago under the same load');
    // a load that fluctuates is the same: a quarter of the workload's, 15 % of the chassis', 3 K of the air
    assert.notEqual(back(7200, load({ workloadW: 76, chassisW: 1140, ambientC: 27.5 })), null);
    assert.equal(back(7200, load({ workloadW: 70 })), null);
    assert.equal(back(7200, load({ chassisW: 800 })), null);
    assert.equal(back(7200, load({ ambientC: 29 })), null);
  });

  it('is open at once when something else is wrong with the cooling, and after an hour when the load is not known', () => {
    assert.equal(back(100, load({ conditions: 'fan2' })), null);
    assert.equal(back(3601, null), null);
    assert.equal(back(3601, load(), null), null);
  });
});

describe('whether a plan is acted on', () => {
  const predicted = (worstOvershootK: number, moverPowerW: number) => ({
    predicted: { slots: {}, worstOvershootK, moverPowerW },
  });
  const KNOWN_S = 900;
  const verdict = (stay: ReturnType<typeof predicted>, moved: ReturnType<typeof predicted>, sinceS = KNOWN_S) =>
    worthMoving(plan(moved), plan(stay), sinceS, settings);

  it('is yes when it relieves half a kelvin of overshoot or more, from the start', () => {
    assert.deepEqual(verdict(predicted(6.3, 18), predicted(0, 18), 0), {
      go: true,
      why: 'relieves 6.3 K of overshoot',
    });
  });

  it('is no when a slot stays hot and less is relieved', () => {
    assert.deepEqual(verdict(predicted(6.3, 18), predicted(6, 9)), { go: false, why: 'relieves only 0.30 K' });
  });

  it('needs 5 W of fan power saved to move for energy alone while the model is new', () => {
    const early = KNOWN_S - 1;
    assert.deepEqual(verdict(predicted(0, 40), predicted(0, 35), early), {
      go: true,
      why: 'saves 5.0 W of fan power',
    });
    assert.deepEqual(verdict(predicted(0, 40), predicted(0, 36), early), {
      go: false,
      why: 'saves only 4.0 W of fan power, not 5.0 W',
    });
  });

  it('needs 6 % of the fan power and 1.5 W saved once it is known', () => {
    assert.deepEqual(verdict(predicted(0, 50), predicted(0, 47)), { go: true, why: 'saves 3.0 W of fan power' });
    assert.equal(verdict(predicted(0, 50), predicted(0, 47.1)).go, false);
    assert.equal(verdict(predicted(0, 5), predicted(0, 3.6)).go, false);
  });

  it('needs more than the model may be wrong by', () => {
    const [stay, moved] = [plan(predicted(0, 40)), plan(predicted(0, 32))];
    assert.equal(worthMoving(moved, stay, KNOWN_S, settings, 7.9).go, true);
    assert.deepEqual(worthMoving(moved, stay, KNOWN_S, settings, 8.1), {
      go: false,
      why: 'saves only 8.0 W of fan power, not 8.1 W, which is how far the model may be wrong',
    });
  });

  it('is no when no fan power is there to be saved', () => {
    assert.equal(verdict(predicted(0, 0), predicted(0, 0)).go, false);
  });

  it('is no for a plan without moves, and for none that keeps the rules', () => {
    assert.deepEqual(worthMoving(plan({ moves: [] }), plan(), KNOWN_S, settings), {
      go: false,
      why: 'the work is where it should be',
    });
    assert.deepEqual(worthMoving(plan({ status: 'infeasible' }), plan(), KNOWN_S, settings), {
      go: false,
      why: 'no assignment keeps the rules',
    });
  });
});
