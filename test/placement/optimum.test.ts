import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as holds, constantFrom, integer, property, record } from 'fast-check';
import { lowerBound } from '../../src/placement/bound.ts';
import { Incumbent, Objective } from '../../src/placement/objective.ts';
import { Placement } from '../../src/placement/placement.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { SpeedSolver } from '../../src/placement/speeds.ts';
import { brokenRules, evaluate, leastMoverPower, leastOvershoot, movesCost, slotPowers, tryAll } from './evaluator.ts';
import { generateInstance } from './generate.ts';
import { STOPPED } from './instances.ts';

const KINDS = ['airflow', 'none', 'linear'] as const;

/** 2–3 slots, 3–5 workloads; some hot beyond cooling, some with rules, pins and few moves. */
function smallInstance(seed: number) {
  return generateInstance({
    seed,
    slots: 2 + (seed % 2),
    workloads: 3 + (seed % 3),
    airMovers: 1 + (Math.floor(seed / 2) % 2),
    recirculation: KINDS[seed % 3]!,
    rules: Math.floor(seed / 3) % 2,
    pinnedShare: seed % 4 === 0 ? 0.2 : 0,
    maxMoves: seed % 5 === 0 ? 1 + (seed % 2) : null,
  });
}

describe('the best speeds', () => {
  it('need as little power as nested bisection and golden section find', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const instance = smallInstance(seed);
      const start = Object.fromEntries(instance.workloads.map((workload) => [workload.id, workload.slot]));
      const powers = slotPowers(instance, start);
      const overshootK = leastOvershoot(instance, powers);
      const levelK = overshootK > 0 ? overshootK + 0.0009 : 0;
      const problem = buildProblem(instance);
      const solver = new SpeedSolver(problem.model, problem.targetC);
      assert.ok(Math.abs(solver.leastOvershoot(Float64Array.from(powers)).overshootK - overshootK) < 1e-6);
      const { moverPowerW } = solver.solve(Float64Array.from(powers), levelK);
      const reference = leastMoverPower(instance, powers, levelK);
      assert.ok(Math.abs(moverPowerW / reference - 1) < 1e-3, `seed ${seed}: ${moverPowerW} against ${reference}`);
    }
  });
});

describe('the plan of a small chassis', () => {
  it('is the best that live moves lead to, found by trying all assignments, on 120 of them', () => {
    let proven = 0;
    for (let seed = 1; seed <= 120; seed++) {
      const instance = smallInstance(seed);
      const plan = makePlan(instance, STOPPED);
      const isBlocked = plan.held.some(({ reason }) => reason.code === 'no-live-order');
      const reference = tryAll(instance, isBlocked ? 'reachable' : 'all')!;
      assert.equal(plan.status, isBlocked ? 'feasible' : 'optimal', `seed ${seed}`);
      if (!isBlocked) proven++;
      const seen = evaluate(instance, plan.assignment, plan.ratios);
      assert.ok(Math.abs(seen.worstOvershootK - reference.worstOvershootK) <= 0.001, `seed ${seed}: overshoot`);
      const totalJ = seen.moverPowerW * instance.horizonS + movesCost(instance, plan.assignment);
      assert.ok(Math.abs(totalJ / reference.totalJ - 1) < 1e-3, `seed ${seed}: ${totalJ} against ${reference.totalJ}`);
    }
    assert.ok(proven >= 110, `${proven} of 120 proven`);
  });

  it('is never better than the bound of its relaxation', () => {
    let isInformative = 0;
    for (let seed = 1; seed <= 120; seed++) {
      const instance = smallInstance(seed);
      const problem = buildProblem(instance);
      const objective = new Objective(problem);
      const start = new Incumbent(objective);
      // bounded from a poor placement: the start, which is sound in generated instances
      start.offer(
        Placement.of(
          problem,
          problem.units.map((unit) => unit.home),
        ),
      );
      const bound = lowerBound(problem, objective, start, () => false);
      const reference = tryAll(instance)!;
      assert.ok(bound.worstOvershootK <= reference.worstOvershootK + 1e-9, `seed ${seed}: overshoot`);
      assert.ok(
        bound.totalJ <= reference.totalJ * (1 + 1e-6),
        `seed ${seed}: ${bound.totalJ} over ${reference.totalJ}`,
      );
      if (bound.totalJ > 0.7 * reference.totalJ) isInformative++;
    }
    assert.ok(isInformative > 30, `the bound is within 30 % in ${isInformative} of 120`);
  });
});

describe('any plan', () => {
  it('keeps the hard rules, and its figures are those of the formulas', () => {
    const options = record({
      seed: integer({ min: 1, max: 1e6 }),
      slots: integer({ min: 1, max: 10 }),
      workloads: integer({ min: 1, max: 40 }),
      airMovers: integer({ min: 1, max: 4 }),
      recirculation: constantFrom(...KINDS),
      rules: integer({ min: 0, max: 5 }),
      pinnedShare: constantFrom(0, 0.3),
      maxMoves: constantFrom(null, 0, 1, 3),
    });
    holds(
      property(options, (given) => {
        const instance = generateInstance(given);
        const plan = makePlan(instance, { ...STOPPED, maxSteps: 300 });
        assert.notEqual(plan.status, 'infeasible');
        assert.deepEqual(brokenRules(instance, plan.assignment), []);
        const seen = evaluate(instance, plan.assignment, plan.ratios);
        instance.slots.forEach((slot, s) => {
          const predicted = plan.predicted.slots[slot.id]!;
          for (const key of ['temperatureC', 'inletC', 'flowM3s', 'powerW'] as const) {
            const expected = seen.slots[s]![key];
            assert.ok(Math.abs(predicted[key] - expected) < 1e-9 * Math.max(1, expected), `${slot.id} ${key}`);
          }
        });
        assert.ok(Math.abs(plan.predicted.worstOvershootK - seen.worstOvershootK) < 1e-9);
        assert.ok(Math.abs(plan.cost.moversJ - seen.moverPowerW * instance.horizonS) < 1e-6 * plan.cost.moversJ);
        assert.ok(Math.abs(plan.cost.movesJ - movesCost(instance, plan.assignment)) < 1e-6);
        assert.ok(Math.abs(plan.cost.totalJ - plan.cost.moversJ - plan.cost.movesJ) < 1e-6);
        for (const mover of instance.airMovers) {
          const ratio = plan.ratios[mover.id]!;
          assert.ok(ratio >= mover.minRatio - 1e-9 && ratio <= 1 + 1e-9);
        }
        assert.ok(plan.bound.totalJ <= plan.cost.totalJ * (1 + 1e-6));
        assert.ok(plan.bound.worstOvershootK <= plan.predicted.worstOvershootK + 1e-6);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('is the same for the same seed and steps, whatever the time', () => {
    const instance = generateInstance({ seed: 5, slots: 8, workloads: 40, rules: 3 });
    let clockMs = 0;
    const first = makePlan(instance, { ...STOPPED, maxSteps: 2000 });
    const second = makePlan(instance, { ...STOPPED, maxSteps: 2000, now: () => (clockMs += 1e-4) });
    assert.deepEqual({ ...second, elapsedMs: 0 }, { ...first, elapsedMs: 0 });
  });

  it('ends at its deadline', () => {
    const instance = generateInstance({ seed: 5, slots: 24, workloads: 120 });
    let readings = 0;
    const plan = makePlan(instance, { seconds: 1, seed: 1, now: () => readings++ * 10 });
    assert.equal(plan.status, 'feasible');
    // every look at the clock takes 10 ms here: the search itself ends at the 70th, the rest looks now and then
    assert.ok(readings < 250, `${readings} looks`);
    assert.deepEqual(brokenRules(instance, plan.assignment), []);
  });
});
