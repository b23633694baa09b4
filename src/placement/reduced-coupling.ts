// A chassis in which heat goes fewer ways, so that its systems stay small: every slot keeps the strongest couplings into
// it. What the others bring counts as given, at powers and flows that are found in turns with the rest.
import type { ChassisModel } from '../thermal/chassis-model.ts';
import type { Problem } from './problem.ts';
import type { SparseRows } from './sparse-rows.ts';

export interface Reduced {
  readonly problem: Problem;
  /** K/W (`linear`) or K·m³/(W·s) (`airflow`) of what was left out, by slot that is heated. */
  readonly rest: SparseRows;
}

/** `keep`: how many couplings into a slot stay. */
export function reduceCoupling(problem: Problem, keep: number): Reduced {
  const { coupling } = problem.model;
  const slots = problem.slotCount;
  const kept = { start: new Int32Array(slots + 1), column: [] as number[], value: [] as number[] };
  const left = { start: new Int32Array(slots + 1), column: [] as number[], value: [] as number[] };
  for (let s = 0; s < slots; s++) {
    const entries = Array.from({ length: coupling.rowStart[s + 1]! - coupling.rowStart[s]! }, (_, i) => {
      return coupling.rowStart[s]! + i;
    });
    if (entries.length > keep) entries.sort((a, b) => coupling.weight[b]! - coupling.weight[a]! || a - b);
    entries.forEach((entry, rank) => {
      const into = rank < keep ? kept : left;
      into.column.push(coupling.column[entry]!);
      into.value.push(coupling.weight[entry]!);
    });
    kept.start[s + 1] = kept.column.length;
    left.start[s + 1] = left.column.length;
  }
  const model: ChassisModel = {
    ...problem.model,
    coupling: {
      kind: coupling.kind,
      rowStart: kept.start,
      column: Int32Array.from(kept.column),
      weight: Float64Array.from(kept.value),
    },
  };
  const rest = { start: left.start, column: Int32Array.from(left.column), value: Float64Array.from(left.value) };
  return { problem: { ...problem, model }, rest };
}

/** What the couplings that were left out bring to every inlet, K. */
export function restK({ problem, rest }: Reduced, powerW: Float64Array, flowM3s: Float64Array): Float64Array {
  const isAirflow = problem.model.coupling.kind === 'airflow';
  const rise = new Float64Array(problem.slotCount);
  for (let s = 0; s < rise.length; s++) {
    for (let i = rest.start[s]!; i < rest.start[s + 1]!; i++) {
      const j = rest.column[i]!;
      const heat = rest.value[i]! * powerW[j]!;
      if (heat > 0) rise[s]! += isAirflow ? heat / Math.max(flowM3s[j]!, 1e-9) : heat;
    }
  }
  return rise;
}

/** What a watt in every slot costs through them, at prices per kelvin. */
export function restPerWatt({ problem, rest }: Reduced, pricePerK: Float64Array, flowM3s: Float64Array): Float64Array {
  const isAirflow = problem.model.coupling.kind === 'airflow';
  const perWatt = new Float64Array(problem.slotCount);
  for (let s = 0; s < perWatt.length; s++) {
    for (let i = rest.start[s]!; i < rest.start[s + 1]!; i++) {
      const j = rest.column[i]!;
      const kelvin = isAirflow ? rest.value[i]! / Math.max(flowM3s[j]!, 1e-9) : rest.value[i]!;
      perWatt[j]! += pricePerK[s]! * kelvin;
    }
  }
  return perWatt;
}
