import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import { lowerBound } from '../../src/placement/bound.ts';
import { solveFluid } from '../../src/placement/fluid.ts';
import { Incumbent, Objective } from '../../src/placement/objective.ts';
import { Placement } from '../../src/placement/placement.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { SpeedSolver } from '../../src/placement/speeds.ts';
import { moverPowerW, temperaturesInto } from '../../src/thermal/chassis-model.ts';
import { evaluate, leastMoverPower, slotPowers } from './evaluator.ts';
import { generateInstance } from './generate.ts';
import { STOPPED } from './instances.ts';

describe('the best speeds of a chassis with many slots', () => {
  it('do not depend on what was asked before', () => {
    const instance = generateInstance({ seed: 2, slots: 40, workloads: 160 });
    const problem = buildProblem(instance);
    const powers = problem.idlePowerW.map((idle, s) => idle + 60 + 5 * (s % 7));
    const hotter = powers.map((power, s) => power + (s % 3) * 40);
    const solver = new SpeedSolver(problem.model, problem.targetC);
    const levelK = Math.max(0, solver.leastOvershoot(hotter).overshootK) + 1;
    const first = solver.solve(powers, levelK).moverPowerW;
    for (let round = 0; round < 4; round++) {
      const other = solver.solve(hotter, levelK).moverPowerW;
      assert.ok(other > first);
      const again = solver.solve(powers, levelK).moverPowerW;
      assert.ok(Math.abs(again / first - 1) < 1e-6, `${again} W, at first ${first} W`);
    }
  });
});

describe('work as a fluid', () => {
  it('flows as well where slots have no power cap', () => {
    const instance = generateInstance({ seed: 4, slots: 6, workloads: 30 });
    const capped = (powerCapW: number | null) => {
      const slots = instance.slots.map((slot) => ({ ...slot, powerCapW }));
      const problem = buildProblem({ ...instance, slots });
      const fluid = solveFluid(problem, problem.targetC, 'cost');
      assert.ok(fluid !== null, `cap ${powerCapW}`);
      return moverPowerW(problem.model, fluid.ratios);
    };
    // a cap of more than all sleds draw together is none
    assert.ok(Math.abs(capped(null) / capped(5000) - 1) < 1e-3);
  });

  it('needs no more air than the same powers need by nested bisection', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const instance = generateInstance({ seed, slots: 2, workloads: 12, airMovers: 1 + (seed % 2) });
      const problem = buildProblem(instance);
      const fluid = solveFluid(problem, problem.targetC, 'cost');
      assert.ok(fluid !== null, `seed ${seed}`);
      const watts = moverPowerW(problem.model, fluid.ratios);
      const reference = leastMoverPower(instance, [...fluid.powerW], 0);
      assert.ok(Math.abs(watts / reference - 1) < 2e-3, `seed ${seed}: ${watts} W beside ${reference} W`);
    }
  });

  it('keeps the total power, and gets no hotter at full speed than the best placement', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const kind = (['airflow', 'none', 'linear'] as const)[seed % 3]!;
      const generated = generateInstance({ seed, slots: 5, workloads: 15, recirculation: kind });
      const instance = { ...generated, ambientC: 62 };
      const problem = buildProblem(instance);
      const fluid = solveFluid(problem, problem.targetC, 'overshoot');
      assert.ok(fluid !== null, `seed ${seed}`);
      const start = Object.fromEntries(instance.workloads.map(({ id, slot }) => [id, slot]));
      const total = (powers: Iterable<number>) => [...powers].reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(total(fluid.powerW) / total(slotPowers(instance, start)) - 1) < 1e-4);
      const plan = makePlan(instance, { ...STOPPED, maxSteps: 2000 });
      const { worstOvershootK } = evaluate(instance, plan.assignment, plan.ratios);
      assert.ok(fluid.overshootK <= worstOvershootK + 0.01, `${fluid.overshootK} K over ${worstOvershootK} K`);
    }
  });
});

describe('the bound by the fluid’s prices', () => {
  it('is near what plans cost on chassis too big to try all, and never above', () => {
    for (const [seed, slots, workloads] of [
      [1, 8, 48],
      [2, 8, 48],
      [3, 16, 96],
      [4, 16, 96],
    ] as const) {
      const instance = generateInstance({ seed, slots, workloads });
      const plan = makePlan(instance, { ...STOPPED, maxSteps: 20_000 });
      const ratio = plan.cost.totalJ / plan.bound.totalJ;
      assert.ok(ratio >= 1 && ratio < 1.12, `seed ${seed}: cost / bound ${ratio}`);
    }
  });

  it('holds for placements that are known to be good, whatever placement it is asked from', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const instance = generateInstance({ seed, slots: 6, workloads: 30, pinnedShare: 0.2 });
      const plan = makePlan(instance, { ...STOPPED, maxSteps: 5000 });
      const problem = buildProblem(instance);
      const objective = new Objective(problem);
      const start = new Incumbent(objective);
      start.offer(Placement.of(problem, problem.homes));
      if (start.leastK > 0) continue; // then it is a bound for hotter placements
      const bound = lowerBound(problem, objective, start, () => false);
      assert.ok(bound.totalJ <= plan.cost.totalJ * (1 + 1e-6), `seed ${seed}: ${bound.totalJ} J`);
    }
  });
});

describe('the fluid of a big chassis', () => {
  /** The same chassis with a trace of heat from every slot to every other: then no system of it is sparse. */
  const dense = (instance: PlanInstance): PlanInstance => {
    const { recirculation } = instance;
    const fill = (matrix: readonly (readonly number[])[]) =>
      matrix.map((row, s) => row.map((value, j) => (value === 0 && s !== j ? 1e-13 : value)));
    assert.ok(recirculation.kind !== 'none');
    return recirculation.kind === 'airflow'
      ? { ...instance, recirculation: { kind: 'airflow', preheat: fill(recirculation.preheat) } }
      : { ...instance, recirculation: { kind: 'linear', kPerW: fill(recirculation.kPerW) } };
  };

  it('is the same whether its systems are kept sparse or dense', () => {
    for (const recirculation of ['airflow', 'linear'] as const) {
      const instance = generateInstance({ seed: 9, slots: 60, workloads: 300, recirculation });
      const [sparse, full] = [instance, dense(instance)].map((each) => {
        const problem = buildProblem(each);
        return solveFluid(problem, problem.targetC, 'cost');
      });
      assert.ok(sparse !== null && sparse !== undefined && full !== null && full !== undefined);
      sparse.ratios.forEach((ratio, m) => assert.ok(Math.abs(ratio - full.ratios[m]!) < 1e-4, `mover ${m}`));
      const most = Math.max(...full.pricePerK);
      sparse.pricePerK.forEach((price, s) =>
        assert.ok(Math.abs(price - full.pricePerK[s]!) < 1e-3 * most, `slot ${s}`),
      );
    }
  });

  it('of a thousand slots needs no more air than the best speeds for its powers', () => {
    const instance = generateInstance({ seed: 1, slots: 1000, workloads: 3000 });
    const problem = buildProblem(instance);
    const fluid = solveFluid(problem, problem.targetC, 'cost');
    assert.ok(fluid !== null);
    const speeds = new SpeedSolver(problem.model, problem.targetC).solve(fluid.powerW, 0);
    const watts = moverPowerW(problem.model, fluid.ratios);
    assert.ok(Math.abs(watts / speeds.moverPowerW - 1) < 1e-3, `${watts} W beside ${speeds.moverPowerW} W`);
  });

  it('where heat goes everywhere is found with the strongest ways, and keeps its ceilings nearly', () => {
    const random = seededRandom(4);
    const base = generateInstance({ seed: 3, slots: 400, workloads: 1200, recirculation: 'linear' });
    const kPerW = base.slots.map((_, s) => base.slots.map((__, j) => (s === j ? 0 : (0.04 * random.next()) / 400)));
    const problem = buildProblem({ ...base, recirculation: { kind: 'linear', kPerW } });
    const fluid = solveFluid(problem, problem.targetC, 'cost');
    assert.ok(fluid !== null);
    const temperatures = new Float64Array(400);
    temperaturesInto(problem.model, fluid.powerW, fluid.flowM3s, new Float64Array(400), temperatures);
    const worstK = Math.max(...temperatures.map((temperature, s) => temperature - problem.targetC[s]!));
    assert.ok(worstK < 0.3, `${worstK} K over`);
    assert.equal(
      solveFluid(problem, problem.targetC, 'cost', () => true),
      null,
    );
  });
});
