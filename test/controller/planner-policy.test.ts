import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_POLICY, mayMove, slotsLeft, worthMoving, type MovePast } from '../../src/controller/planner-policy.ts';
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
      why: 'its last Move was undone 50 s ago',
    });
    assert.equal(mayMove('web', undone, 220, HOT, settings).kind, 'free');
  });

  it('has a budget of four Moves an hour', () => {
    const moved = [0, 300, 600, 900].map((startedAtS) => past({ startedAtS }));
    assert.deepEqual(mayMove('web', moved, 1200, HOT, settings), {
      kind: 'held',
      why: 'it has been moved 4 times in the last hour',
    });
    assert.equal(mayMove('web', moved.slice(1), 1200, HOT, settings).kind, 'free');
    assert.equal(mayMove('web', moved, 3601, HOT, settings).kind, 'free'); // the first is over an hour ago
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
    assert.deepEqual([...slotsLeft('web', moves, 3650, settings)], [2]);
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
