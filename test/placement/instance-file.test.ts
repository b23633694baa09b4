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
      ['an endless figure', ['horizonS'], '1e999', 'horizonS', /number/],
      ['a huge power', ['workloads', 0, 'powerW'], 1e12, 'workloads[0].powerW', /<=100000000/],
      ['a huge flow', ['airMovers', 0, 'maxFlowM3s'], 1e9, 'airMovers[0].maxFlowM3s', /<=10000/],
      ['a negative capacity', ['slots', 0, 'capacity', 'cpu'], -4, 'slots[0].capacity.cpu', />=0/],
      ['a hole in its matrix', ['recirculation', 'preheat', 1, 0], undefined, 'recirculation.preheat[1][0]', /number/],
      [
        'an air mover twice',
        ['airMovers', 1],
        exampleInstance().airMovers[0],
        'airMovers[1].id',
        /already airMovers\[0\]/,
      ],
      ['an empty id', ['slots', 0, 'id'], '', 'slots[0].id', />=1 char/],
      ['a line break in an id', ['workloads', 0, 'id'], 'a\nb', 'workloads[0].id', /control characters/],
      ['the id __proto__', ['workloads', 0, 'id'], '__proto__', 'workloads[0].id', /another name/],
      ['a text that is a list', ['rules'], 'none', 'rules', /array/],
      ['a rule of one', ['rules', 0, 'workloads'], ['w0'], 'rules[0].workloads', />=2/],
      ['a slot that is null', ['slots', 1], null, 'slots[1]', /object/],
    ];
  for (const [what, path, value, subject, message] of cases) {
    it(`with ${what} is refused with its path`, () => {
      const error = refusal(exampleWith(path, value));
      assert.equal(error.subject, `bad.json: ${subject}`);
      assert.match(error.message, message);
    });
  }

  it('with a key __proto__ is refused where it stands: it would set no amount, but what objects inherit', () => {
    const text = JSON.stringify(exampleInstance());
    const refused = (from: string, to: string) => {
      assert.ok(text.includes(from));
      return refusal(JSON.parse(text.replace(from, to))).subject;
    };
    assert.equal(refused('"demand":{', '"demand":{"__proto__":5,'), 'bad.json: workloads[0].demand.__proto__');
    assert.equal(
      refused('"capacity":{', '"capacity":{"__proto__":{"cpu":9},'),
      'bad.json: slots[0].capacity.__proto__',
    );
    assert.equal(refused('"share":{', '"share":{"__proto__":1,'), 'bad.json: slots[0].share.__proto__');
    assert.equal(refused('{"format"', '{"__proto__":{},"format"'), 'bad.json: __proto__');
  });

  it('may use names that every object knows: they are names like others', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      const text = JSON.stringify(exampleInstance());
      for (const old of ['w0', 's0', 'fan0', 'cpu']) {
        const plan = makePlan(readPlanInstance(text.replaceAll(`"${old}"`, `"${name}"`)), STOPPED);
        assert.equal(plan.status, 'optimal', `${old} as ${name}`);
      }
      // a resource that no slot has: not the function of that name
      const lacking = readPlanInstance(text.replace('"demand":{', `"demand":{"${name}":1,`));
      assert.deepEqual(makePlan(lacking, STOPPED).conflicts, [
        `capacity: w0 needs 1 ${name}, and no slot has more than 0 ${name}`,
      ]);
    }
  });

  it('may begin with a byte-order mark, and be nested as deep as it likes without harm', () => {
    const text = JSON.stringify(exampleInstance());
    assert.deepEqual(readPlanInstance(`\uFEFF${text}`), exampleInstance());
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    assert.throws(() => readPlanInstance(deep, 'bad.json'), /expected object/);
    assert.throws(
      () => readPlanInstance(text.replace('"rules":[', `"rules":[${deep},`), 'bad.json'),
      (error) => {
        return error instanceof ColdslotError && error.subject === 'bad.json: rules[0]';
      },
    );
  });

  it('without workloads is planned; a million workloads are refused with the path', () => {
    const idle = { ...exampleInstance(), workloads: [], rules: [] };
    assert.equal(makePlan(parsePlanInstance(idle), STOPPED).status, 'optimal');
    const [some] = exampleInstance().workloads;
    const workloads = Array.from({ length: 1_000_000 }, (_, i) => ({ ...some!, id: `w${i}` }));
    const error = refusal({ ...exampleInstance(), workloads });
    assert.deepEqual([error.subject, /100000/.test(error.message)], ['bad.json: workloads', true]);
  });

  it('that is no JSON is refused', () => {
    assert.throws(() => readPlanInstance('{"format":', 'bad.json'), /not JSON/);
    assert.equal(refusal(null).subject, 'bad.json: $');
  });
});
