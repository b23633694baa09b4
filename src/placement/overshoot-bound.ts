// A bound on the worst overshoot, for any number of slots. At full speed the temperatures are linear in the powers; with
// weights λ that add up to 1 the worst excess is at least the weighted mean of all, and in that every unit has its
// cheapest slot. Valid for any weights; better ones are found by steps along the gradient.
import { flowsInto } from '../thermal/chassis-model.ts';
import type { Problem } from './problem.ts';
import { sensitivityAt } from './sensitivity.ts';

const STEPS = 60;
/** Unit and slot pairs in all steps together: about 50 ms. */
const MOST_PAIRS = 2e7;

/** The least worst excess over the targets, K; may be negative. `weights`: where to begin, any are valid. */
export function leastExcessK(problem: Problem, weights: Float64Array, isOver: () => boolean): number {
  const { model, units, slotCount, idlePowerW, targetC } = problem;
  const flows = new Float64Array(slotCount);
  flowsInto(
    model,
    model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed)),
    flows,
  );
  const { start, row, kPerW } = sensitivityAt(problem, flows);
  const pairs = units.reduce((sum, unit) => sum + unit.allowed.length, row.length);
  const steps = Math.min(STEPS, Math.floor(MOST_PAIRS / pairs));
  const lambda = normalise(weights);
  const heat = new Float64Array(slotCount);
  const power = new Float64Array(slotCount);
  let best = -Infinity;
  let share = 1;
  for (let step = 0; step <= steps && !(step > 0 && isOver()); step++) {
    let value = 0;
    for (let s = 0; s < slotCount; s++) {
      heat[s] = 0;
      for (let i = start[s]!; i < start[s + 1]!; i++) heat[s]! += lambda[row[i]!]! * kPerW[i]!;
      value += lambda[s]! * (model.ambientC - targetC[s]!) + heat[s]! * idlePowerW[s]!;
      power[s] = idlePowerW[s]!;
    }
    for (const unit of units) {
      let chosen = unit.allowed[0]!;
      for (const s of unit.allowed) if (heat[s]! < heat[chosen]!) chosen = s;
      value += unit.powerW * heat[chosen]!;
      power[chosen]! += unit.powerW;
    }
    if (value > best) best = value;
    else share *= 0.8;
    const excess = targetC.map((c) => model.ambientC - c - value);
    for (let s = 0; s < slotCount; s++) {
      for (let i = start[s]!; i < start[s + 1]!; i++) excess[row[i]!]! += kPerW[i]! * power[s]!;
    }
    const square = excess.reduce((sum, x) => sum + x * x, 0);
    if (square === 0) break;
    // towards a bound a little higher than the best one so far
    const length = (share * (best - value + 0.05 * Math.max(1, Math.abs(best)))) / square;
    for (let s = 0; s < slotCount; s++) lambda[s] = Math.max(0, lambda[s]! + length * excess[s]!);
    lambda.set(normalise(lambda));
  }
  return best;
}

function normalise(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, weight) => total + Math.max(0, weight), 0);
  return weights.map((weight) => (sum > 0 ? Math.max(0, weight) / sum : 1 / weights.length));
}
