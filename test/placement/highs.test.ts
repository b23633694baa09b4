import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PlanInstance } from '../../src/core/plan.ts';
import { Placement } from '../../src/placement/placement.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import type { Problem } from '../../src/placement/problem.ts';
import { duel } from '../../scripts/figures/planner/duel.ts';
import { Highs } from '../../scripts/figures/planner/highs.ts';
import { assignmentOf, linearValue } from '../../scripts/figures/planner/judge.ts';
import { LinearProgram, relaxed, withFixed } from '../../scripts/figures/planner/linear-program.ts';
import { costProgram, overshootProgram } from '../../scripts/figures/planner/linearised.ts';
import { findReference } from '../../scripts/figures/planner/reference.ts';
import { brokenRules, leastMoverPower, leastOvershoot, movesCost, slotPowers } from './evaluator.ts';
import { generateInstance } from './generate.ts';

/** Some with rules, pins, few moves, matrices; a third too hot for any speed. */
function tinyInstance(seed: number): PlanInstance {
  return generateInstance({
    seed,
    slots: 2 + (seed % 2),
    workloads: 4,
    airMovers: 1 + (seed % 2),
    recirculation: (['airflow', 'none', 'linear'] as const)[seed % 3]!,
    rules: Math.floor(seed / 2) % 2,
    pinnedShare: seed % 4 === 0 ? 0.2 : 0,
    maxMoves: seed % 5 === 0 ? 2 : null,
    meanPowerW: seed % 3 === 0 ? 150 : 70,
  });
}

/** Every assignment of units that the evaluator of the formats finds sound. */
function soundPlaces(problem: Problem): Int32Array[] {
  const { units, slotCount, instance } = problem;
  const sound: Int32Array[] = [];
  for (let code = 0; code < slotCount ** units.length; code++) {
    const at = Int32Array.from(units, (_, u) => Math.floor(code / slotCount ** u) % slotCount);
    if (brokenRules(instance, assignmentFrom(problem, at)).length === 0) sound.push(at);
  }
  return sound;
}

function assignmentFrom({ units, instance }: Problem, at: Int32Array): Record<string, string> {
  return Object.fromEntries(
    units.flatMap(({ members }, u) => members.map((w) => [instance.workloads[w]!.id, instance.slots[at[u]!]!.id])),
  );
}

function exactly(problem: Problem, at: Int32Array, levelK: number) {
  const { instance } = problem;
  const assignment = assignmentFrom(problem, at);
  const powers = slotPowers(instance, assignment);
  const moverW = leastMoverPower(instance, powers, levelK);
  return {
    overshootK: leastOvershoot(instance, powers),
    costW: moverW + movesCost(instance, assignment) / instance.horizonS,
  };
}

describe('HiGHS on the linearised problem', () => {
  let highs: Highs;
  before(() => (highs = new Highs()));
  after(() => highs.end());

  it('answers with the best of all assignments, found by trying each, and with a bound that none is below', async () => {
    let hot = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const problem = buildProblem(tinyInstance(seed));
      const places = soundPlaces(problem);
      assert.ok(places.length > 1, `seed ${seed}`);

      const least = await highs.solve(overshootProgram(problem).program, 20);
      const leastK = Math.min(...places.map((at) => exactly(problem, at, 0).overshootK));
      assert.equal(least.status, 'optimal');
      hot += leastK > 0.1 ? 1 : 0;
      assert.ok(Math.abs(least.objective - leastK) < 1e-4, `seed ${seed}: ${least.objective} K, not ${leastK} K`);

      const levelK = leastK > 0 ? leastK + 0.0009 : 0;
      const linear = costProgram(problem, levelK, await findReference(problem, levelK, highs));
      const found = await highs.solve(linear.program, 20);
      let leastW = Infinity;
      for (const at of places) leastW = Math.min(leastW, (await linearValue(linear, at, highs)).costW);
      assert.equal(found.status, 'optimal');
      assert.ok(Math.abs(found.objective / leastW - 1) < 2e-4, `seed ${seed}: ${found.objective} W, not ${leastW} W`);
      assert.ok(found.bound <= leastW + 1e-6);
      const chosen = assignmentOf(linear, found.values, problem.units.length);
      assert.deepEqual(brokenRules(problem.instance, assignmentFrom(problem, chosen)), []);
      assert.equal(Placement.of(problem, chosen).firstBroken(), -1);
    }
    assert.ok(hot >= 1 && hot <= 5, `${hot} of them too hot for any speed`);
  });

  it('is about the problem itself: near the best, values differ from the exact ones by less than 1 %', async () => {
    let compared = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const problem = buildProblem(tinyInstance(seed));
      const exact = soundPlaces(problem).map((at) => ({ at, ...exactly(problem, at, 0) }));
      const cool = exact.filter(({ overshootK }) => overshootK === 0);
      if (cool.length === 0) continue;
      const bestW = Math.min(...cool.map(({ costW }) => costW));
      const linear = costProgram(problem, 0, await findReference(problem, 0, highs));
      for (const { at, costW } of cool.filter((one) => one.costW < 1.1 * bestW)) {
        const value = await linearValue(linear, at, highs);
        assert.ok(Math.abs(value.costW / costW - 1) < 0.01, `seed ${seed}: ${value.costW} W, exactly ${costW} W`);
        compared++;
      }
    }
    assert.ok(compared > 20, `${compared} assignments`);
  });

  it('is valued by the same rule as coldslot, and neither value is below the bound', async () => {
    const instance = generateInstance({ seed: 5, slots: 4, workloads: 12 });
    const {
      highs: theirs,
      highsBoundW,
      coldslot,
    } = await duel(instance, highs, { highsS: 5, budgetsS: [0.2], seed: 1 });
    assert.ok(theirs !== null && theirs.linearW >= highsBoundW - 1e-6);
    assert.ok(coldslot[0]!.linearW >= highsBoundW - 1e-6);
    assert.ok(theirs.exactW >= coldslot[0]!.boundW - 1e-6, 'the exact bound holds for what HiGHS found');
  });

  it('says that it found nothing where nothing is, and stops at its limit', async () => {
    const none = new LinearProgram();
    const x = none.column({ upper: 1, integer: true });
    none.row(0.4, [[x, 1]], 0.6);
    const answer = await highs.solve(none.data(), 5);
    assert.deepEqual([answer.status, answer.values.length, answer.objective], ['infeasible', 0, Infinity]);

    const problem = buildProblem(generateInstance({ seed: 1, slots: 12, workloads: 72 }));
    const linear = costProgram(problem, 0, await findReference(problem, 0, highs));
    const stopped = await highs.solve(linear.program, 0.3);
    assert.notEqual(stopped.status, 'optimal');
    assert.ok(stopped.cpuS < 3, `${stopped.cpuS} s`);
  });
});

describe('a linear program', () => {
  it('adds up terms of a column, and can have columns given or whole numbers forgotten', () => {
    const program = new LinearProgram();
    const a = program.column({ cost: 2, upper: 3, integer: true });
    const b = program.column({ lower: -1 });
    program.row(
      1,
      [
        [a, 1],
        [b, 2],
        [a, 0.5],
        [b, -2],
      ],
      4,
    );
    const data = program.data();
    assert.deepEqual([data.index, data.value, data.rowStart], [[a], [1.5], [0, 1]]);
    const given = withFixed(data, new Map([[a, 2]]));
    assert.deepEqual(
      [given.lower, given.upper],
      [
        [2, -1],
        [2, Infinity],
      ],
    );
    assert.deepEqual(
      [data.isInteger, relaxed(data).isInteger],
      [
        [true, false],
        [false, false],
      ],
    );
  });
});
