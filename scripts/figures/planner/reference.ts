// Where the placement problem is made linear: the optimum of its own relaxation, in which workloads may be split over
// slots. Found by linear programs in a row, each around the last one's optimum; none of coldslot's search is in it.
import type { Problem } from '../../../src/placement/problem.ts';
import { steadyState } from '../../../src/thermal/chassis-model.ts';
import type { Highs } from './highs.ts';
import { relaxed } from './linear-program.ts';
import { costProgram } from './linearised.ts';
import type { Reference } from './linearised.ts';

const ROUNDS = 5;
/** From the last point towards the new one, lest two points alternate. */
const STEP = 0.7;
const FIRST_RATIO = 0.6;
/** For one linear program. */
const SECONDS = 120;

/** @throws ColdslotError `failed` when HiGHS does not answer */
export async function findReference(problem: Problem, levelK: number, highs: Highs): Promise<Reference> {
  let reference = evenReference(problem);
  for (let round = 0; round < ROUNDS; round++) {
    const { program, powers, speeds } = costProgram(problem, levelK, reference);
    const { values } = await highs.solve(relaxed(program), SECONDS);
    if (values.length === 0) break;
    const step = round === 0 ? 1 : STEP;
    const towards = (from: Float64Array, columns: readonly number[]) =>
      from.map((value, at) => value + step * (values[columns[at]!]! - value));
    reference = referenceAt(problem, towards(reference.powerW, powers), towards(reference.ratios, speeds));
  }
  return reference;
}

/** All work spread evenly, movers at a middling speed. */
function evenReference(problem: Problem): Reference {
  const { model, slotCount } = problem;
  const workW = problem.units.reduce((sum, unit) => sum + unit.powerW, 0);
  const ratios = model.fixedRatio.map((fixed, m) =>
    Number.isNaN(fixed) ? Math.max(model.minRatio[m]!, FIRST_RATIO) : fixed,
  );
  return referenceAt(
    problem,
    problem.idlePowerW.map((idleW) => idleW + workW / slotCount),
    ratios,
  );
}

function referenceAt(problem: Problem, powerW: Float64Array, ratios: Float64Array): Reference {
  const { flowM3s, inletC } = steadyState(problem.model, powerW, ratios);
  return { powerW, flowM3s, inletC, ratios };
}
