// Instances that something is wrong with: either an error that says where, or a plan that breaks nothing, judged by the
// formulas of the formats alone.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as holds, constantFrom, integer, nat, oneof, property, tuple } from 'fast-check';
import { ColdslotError, exitCodeOf } from '../../src/core/errors.ts';
import type { PlanInstance } from '../../src/core/plan.ts';
import { readPlanInstance } from '../../src/placement/instance-file.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { brokenOnTheWay, brokenRules, evaluate } from './evaluator.ts';
import { generateInstance } from './generate.ts';
import { STOPPED } from './instances.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NASTY: readonly Json[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1,
  2,
  7,
  1e-12,
  1e-300,
  1e9,
  1e10,
  1e300,
  -0.001,
  85,
  1000,
  '',
  ' ',
  's0',
  's1',
  'w0',
  'w1',
  'fan0',
  'apart',
  'none',
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(200),
  '\n',
  [],
  {},
  [[]],
  ['s0'],
  ['w0', 'w1'],
  ['w0', 'w0'],
  { cpu: -1 },
  { cpu: 1e9 },
  { constructor: 1 },
  { fan0: 1 },
];

/** Every place in a JSON value, as the container and the key. */
function* places(value: Json): Generator<readonly [container: Json[] | { [key: string]: Json }, key: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    yield [value, key];
    yield* places((value as { [key: string]: Json })[key]!);
  }
}

type Change = readonly [at: number, how: 'replace' | 'remove' | 'double' | 'rename', with_: number];

function changed(instance: PlanInstance, changes: readonly Change[]): string {
  const json = JSON.parse(JSON.stringify(instance)) as Json;
  for (const [at, how, other] of changes) {
    const all = [...places(json)];
    const [container, key] = all[at % all.length]!;
    const object = container as { [key: string]: Json };
    const nasty = NASTY[other % NASTY.length]!;
    if (how === 'replace') object[key] = structuredClone(nasty);
    else if (Array.isArray(container)) {
      if (how === 'remove') container.splice(Number(key), 1);
      else container.push(structuredClone(container[Number(key)]!));
    } else if (how === 'remove') delete object[key];
    else {
      const value = object[key]!;
      if (how === 'rename') delete object[key];
      const name = typeof nasty === 'string' ? nasty : 'extra';
      Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    }
  }
  return JSON.stringify(json);
}

const isFinite = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value !== 'object' || value === null || Object.values(value).every(isFinite);

function check(text: string): 'refused' | 'infeasible' | 'planned' {
  let instance: PlanInstance;
  try {
    instance = readPlanInstance(text, 'bad.json');
  } catch (error) {
    assert.ok(error instanceof ColdslotError, String(error));
    assert.deepEqual([error.code, exitCodeOf(error)], ['bad-input', 2]);
    assert.ok(error.subject.startsWith('bad.json: ') && error.subject.length > 10, error.subject);
    assert.ok(error.message.length > 5);
    return 'refused';
  }
  const plan = makePlan(instance, { ...STOPPED, maxSteps: 40 });
  assert.ok(isFinite(plan), 'every figure is finite');
  assert.deepEqual(brokenOnTheWay(instance, plan), []);
  if (plan.status === 'infeasible') {
    assert.ok(plan.conflicts!.length > 0);
    assert.deepEqual(plan.moves, []);
    return 'infeasible';
  }
  assert.deepEqual(brokenRules(instance, plan.assignment), []);
  const seen = evaluate(instance, plan.assignment, plan.ratios);
  instance.slots.forEach(({ id }, s) => {
    const [said, is] = [plan.predicted.slots[id]!.temperatureC, Math.min(1e6, seen.slots[s]!.temperatureC)];
    assert.ok(Math.abs(said - is) <= 1e-9 * Math.max(1, Math.abs(is)), `${id}: ${said} against ${is}`);
  });
  return 'planned';
}

const base = integer({ min: 1, max: 500 }).map((seed) =>
  generateInstance({
    seed,
    slots: 1 + (seed % 5),
    workloads: seed % 9,
    airMovers: 1 + (seed % 3),
    recirculation: (['airflow', 'none', 'linear'] as const)[seed % 3]!,
    rules: seed % 3,
    pinnedShare: seed % 4 === 0 ? 0.3 : 0,
    maxMoves: seed % 5 === 0 ? 2 : null,
  }),
);
const change = tuple(nat(), constantFrom<Change[1][]>('replace', 'replace', 'remove', 'double', 'rename'), nat());

describe('an instance that was tampered with', () => {
  it('is refused with the path, or planned without breaking a hard rule', () => {
    const seen = { refused: 0, infeasible: 0, planned: 0 };
    const given = tuple(base, array(change, { minLength: 1, maxLength: 3 }));
    holds(
      property(given, ([instance, changes]) => {
        seen[check(changed(instance, changes))]++;
      }),
      { numRuns: 1500, seed: 11 },
    );
    assert.ok(seen.refused > 300 && seen.infeasible > 10 && seen.planned > 50, JSON.stringify(seen));
  });

  it('with any figures in range is planned, or impossible: no figure is too small, too big or too crowded', () => {
    const figure = oneof(constantFrom(0, 1e-300, 1e-9, 1e-3, 1, 50, 1e3, 1e4), integer({ min: 0, max: 300 }));
    const seen = { refused: 0, infeasible: 0, planned: 0 };
    const given = tuple(base, array(tuple(nat(), figure), { minLength: 1, maxLength: 6 }));
    holds(
      property(given, ([instance, figures]) => {
        const json = JSON.parse(JSON.stringify(instance)) as Json;
        const numbers = [...places(json)].filter(([container, key]) => typeof (container as never)[key] === 'number');
        for (const [at, value] of figures) {
          const [container, key] = numbers[at % numbers.length]!;
          (container as { [key: string]: Json })[key] = value;
        }
        seen[check(JSON.stringify(json))]++;
      }),
      { numRuns: 1000, seed: 12 },
    );
    assert.ok(seen.planned > 400 && seen.infeasible > 30, JSON.stringify(seen));
  });

  it('cut off anywhere is refused as no JSON', () => {
    const text = JSON.stringify(generateInstance({ seed: 1, slots: 2, workloads: 3 }));
    for (let end = 0; end < text.length; end += 7) assert.equal(check(text.slice(0, end)), 'refused');
    assert.equal(check(text), 'planned');
  });
});
