import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError, exitCodeOf } from '../../src/core/errors.ts';
import { parsePlanInstance, readPlanInstance } from '../../src/placement/instance-file.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { exampleInstance, STOPPED } from './instances.ts';

/** The example with the value at a path replaced. */
function exampleWith(path: readonly (string | number)[], value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(exampleInstance())) as Record<string | number, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1)!] = value;
  return copy;
}

function refusal(json: unknown): ColdslotError {
  try {
    parsePlanInstance(json, 'bad.json');
  } catch (error) {
    assert.ok(error instanceof ColdslotError);
    assert.equal(error.code, 'bad-input');
    assert.equal(exitCodeOf(error), 2);
    return error;
  }
  return assert.fail('it was accepted');
}

describe('a plan instance file', () => {
  it('of the formats is read and planned', () => {
    const instance = readPlanInstance(JSON.stringify(exampleInstance()));
    assert.deepEqual(instance, exampleInstance());
    const plan = makePlan(instance, STOPPED);
    assert.equal(plan.status, 'optimal');
    assert.equal('conflicts' in plan, false);
  });

  const workload = exampleInstance().workloads[0]!;
  const cases: readonly [what: string, path: (string | number)[], value: unknown, subject: string, message: RegExp][] =
    [
      ['another format', ['format'], 'coldslot-plan/1', 'format', /coldslot-plan-instance\/1/],
      ['an unknown key', ['colour'], 1, 'colour', /unknown key/],
      ['an unknown key of a slot', ['slots', 0, 'fanSpeed'], 1, 'slots[0].fanSpeed', /unknown key/],
      ['NaN, which JSON writes as null', ['ambientC'], NaN, 'ambientC', /number/],
      ['a negative power', ['workloads', 1, 'powerW'], -1, 'workloads[1].powerW', />=0/],
      ['a ratio over 1', ['airMovers', 0, 'minRatio'], 1.1, 'airMovers[0].minRatio', /<=1/],
      ['a missing limit', ['slots', 1, 'limitC'], undefined, 'slots[1].limitC', /number/],
      ['a slot twice', ['slots', 1, 'id'], 's0', 'slots[1].id', /already slots\[0\]/],
      ['a workload twice', ['workloads', 2, 'id'], 'w0', 'workloads[2].id', /already workloads\[0\]/],
      ['an unknown slot', ['workloads', 0, 'slot'], 's9', 'workloads[0].slot', /no slot "s9"/],
      [
        'an unknown allowed slot',
        ['workloads', 0, 'allowedSlots'],
        ['s0', 'x'],
        'workloads[0].allowedSlots[1]',
        /no slot "x"/,
      ],
      ['an unknown air mover', ['slots', 0, 'share'], { fan7: 1 }, 'slots[0].share.fan7', /no air mover "fan7"/],
      ['a row too few', ['recirculation', 'preheat'], [[0, 0]], 'recirculation.preheat', /1 rows; expected 2/],
      [
        'a column too many',
        ['recirculation', 'preheat', 1],
        [0, 0, 0],
        'recirculation.preheat[1]',
        /3 columns; expected 2/,
      ],
      ['an unknown recirculation', ['recirculation', 'kind'], 'vortex', 'recirculation.kind', /./],
      ['a rule about nobody', ['rules', 0, 'workloads', 1], 'w9', 'rules[0].workloads[1]', /no workload "w9"/],
      ['a rule naming one twice', ['rules', 0, 'workloads', 1], 'w0', 'rules[0].workloads[1]', /twice/],
      ['no slots', ['slots'], [], 'slots', /./],
      ['too many workloads', ['workloads'], Array.from({ length: 100_001 }, () => workload), 'workloads', /100000/],
      ['half a move', ['maxMoves'], 0.5, 'maxMoves', /int/],
    ];
  for (const [what, path, value, subject, message] of cases) {
    it(`with ${what} is refused with its path`, () => {
      const error = refusal(exampleWith(path, value));
      assert.equal(error.subject, `bad.json: ${subject}`);
      assert.match(error.message, message);
    });
  }

  it('that is no JSON is refused', () => {
    assert.throws(() => readPlanInstance('{"format":', 'bad.json'), /not JSON/);
    assert.equal(refusal(null).subject, 'bad.json: $');
  });
});
