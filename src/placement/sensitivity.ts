// How the temperatures follow the sleds' powers at given flows: the columns of dT/dP, the slot's own resistance included.
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { Problem } from './problem.ts';

/** K per W: how the temperature of slot `row` follows the power of slot `column`, at given flows. */
export interface Sensitivity {
  readonly start: Int32Array;
  readonly row: Int32Array;
  readonly kPerW: Float64Array;
}

/** Slots without flow have no say. */
export function sensitivityAt(problem: Problem, flows: Float64Array): Sensitivity {
  const { coupling, rKPerW, kFlow } = problem.model;
  const slots = problem.slotCount;
  const start = new Int32Array(slots + 1);
  for (const j of coupling.column) start[j + 1]!++;
  for (let s = 0; s < slots; s++) start[s + 1]! += start[s]! + 1;
  const fill = start.slice(0, slots);
  const row = new Int32Array(start[slots]!);
  const kPerW = new Float64Array(start[slots]!);
  const put = (column: number, s: number, value: number) => {
    row[fill[column]!] = s;
    kPerW[fill[column]!++] = Number.isFinite(value) ? value : 0;
  };
  for (let s = 0; s < slots; s++) {
    put(s, s, rKPerW[s]! + (kFlow[s] === 0 ? 0 : kFlow[s]! * Math.exp(-FLOW_EXPONENT * Math.log(flows[s]!))));
    for (let i = coupling.rowStart[s]!; i < coupling.rowStart[s + 1]!; i++) {
      const j = coupling.column[i]!;
      put(j, s, coupling.kind === 'airflow' ? coupling.weight[i]! / flows[j]! : coupling.weight[i]!);
    }
  }
  return { start, row, kPerW };
}
