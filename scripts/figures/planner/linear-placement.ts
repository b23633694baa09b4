// The part of the linearised problem that is exact: who may be where (columns x[unit, slot] and every hard rule), the slots'
// powers, and temperatures at full speed. See linearised.ts.
import { moveCostTo, movesTo } from '../../../src/placement/placement.ts';
import type { Problem } from '../../../src/placement/problem.ts';
import { FLOW_EXPONENT, flowsInto } from '../../../src/thermal/chassis-model.ts';
import type { LinearProgram, Term } from './linear-program.ts';

/** x, the powers, and every rule that is linear as it is. */
export function addPlacement(problem: Problem, program: LinearProgram, perJoule: number) {
  const { units, slotCount, instance } = problem;
  const places = new Int32Array(units.length * slotCount).fill(-1);
  units.forEach((unit, u) => {
    for (const s of unit.allowed) {
      const cost = moveCostTo(problem, unit, s) * perJoule;
      places[u * slotCount + s] = program.column({ cost, upper: 1, integer: true });
    }
    program.row(
      1,
      termsOf(places.subarray(u * slotCount, (u + 1) * slotCount), () => 1),
      1,
    );
  });
  const inSlot = (s: number, of: (u: number) => number) =>
    termsOf(
      units.map((_, u) => places[u * slotCount + s]!),
      of,
    );
  const powers = Array.from({ length: slotCount }, (_, s) => {
    const idleW = problem.idlePowerW[s]!;
    const power = program.column({ lower: idleW, upper: problem.powerCapW[s]! });
    program.row(idleW, [[power, 1], ...inSlot(s, (u) => -units[u]!.powerW)], idleW);
    problem.resources.forEach((_, r) => {
      const demands = inSlot(s, (u) => units[u]!.demand[r]!);
      program.row(-Infinity, demands, problem.capacity[s * problem.resources.length + r]!);
    });
    instance.rules.forEach((rule, r) => {
      if (rule.kind === 'apart')
        program.row(
          -Infinity,
          inSlot(s, (u) => units[u]!.apart.filter((own) => own === r).length),
          1,
        );
    });
    return power;
  });
  if (problem.maxMoves < Infinity) {
    const moves = units.flatMap((unit, u) =>
      unit.allowed.map((s): Term => [places[u * slotCount + s]!, movesTo(problem, unit, s)]),
    );
    program.row(-Infinity, moves, problem.maxMoves);
  }
  return { places, powers };
}

function termsOf(columns: ArrayLike<number>, of: (at: number) => number): Term[] {
  const terms: Term[] = [];
  for (let at = 0; at < columns.length; at++) {
    const coefficient = columns[at]! < 0 ? 0 : of(at);
    if (coefficient !== 0) terms.push([columns[at]!, coefficient]);
  }
  return terms;
}

/** T_s at full speed, against a limit and further terms. */
export function addFullSpeed(
  problem: Problem,
  program: LinearProgram,
  powers: readonly number[],
  limit: (s: number) => readonly [limitC: number, terms: readonly Term[]],
): void {
  const { model } = problem;
  const flows = new Float64Array(problem.slotCount);
  flowsInto(model, fullSpeed(problem), flows);
  powers.forEach((power, s) => {
    const [limitC, more] = limit(s);
    const perW = model.rKPerW[s]! + (model.kFlow[s] === 0 ? 0 : model.kFlow[s]! * flows[s]! ** -FLOW_EXPONENT);
    const heat = couplings(problem, s).map(({ j, weight, isAirflow }): Term => [
      powers[j]!,
      isAirflow ? weight / flows[j]! : weight,
    ]);
    program.row(-Infinity, [[power, perW], ...heat, ...more], limitC - model.ambientC);
  });
}

export function fullSpeed(problem: Problem): Float64Array {
  return problem.model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed));
}

/** Sleds whose heat reaches the inlet of a slot. */
export function couplings(problem: Problem, s: number) {
  const { kind, rowStart, column, weight } = problem.model.coupling;
  return Array.from({ length: rowStart[s + 1]! - rowStart[s]! }, (_, i) => ({
    j: column[rowStart[s]! + i]!,
    weight: weight[rowStart[s]! + i]!,
    isAirflow: kind === 'airflow',
  }));
}
