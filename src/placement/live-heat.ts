// How far over its ceiling every slot is at full speed while work moves about. Flows are given, so temperatures are
// linear in power: a move changes two columns, not the whole chassis.
import { flowsInto, UNBOUNDED_C } from '../thermal/chassis-model.ts';
import type { Problem } from './problem.ts';
import type { SpeedSolver } from './speeds.ts';

export class LiveHeat {
  readonly #targetC: Float64Array;
  readonly #powerW: Float64Array;
  readonly #inletC: Float64Array;
  readonly #resistanceKPerW: Float64Array;
  /** Coupling by column: slots that the heat of slot j reaches, and by how much, K/W. */
  readonly #columnStart: Int32Array;
  readonly #row: Int32Array;
  readonly #kPerW: Float64Array;

  constructor(problem: Problem, solver: SpeedSolver, powerW: Float64Array) {
    const { model, slotCount } = problem;
    const { kind, rowStart, column, weight } = model.coupling;
    const flowM3s = new Float64Array(slotCount);
    const full = model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed));
    flowsInto(model, full, flowM3s);
    this.#targetC = problem.targetC;
    this.#powerW = powerW.slice();
    this.#inletC = new Float64Array(slotCount).fill(model.ambientC);
    this.#resistanceKPerW = Float64Array.from(problem.targetC, (_, s) => bounded(solver.resistanceAtFull(s)));
    this.#columnStart = new Int32Array(slotCount + 1);
    for (const j of column) this.#columnStart[j + 1]!++;
    for (let j = 0; j < slotCount; j++) this.#columnStart[j + 1]! += this.#columnStart[j]!;
    this.#row = new Int32Array(column.length);
    this.#kPerW = new Float64Array(column.length);
    const next = this.#columnStart.slice();
    for (let s = 0; s < slotCount; s++) {
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
        const j = column[i]!;
        const at = next[j]!++;
        this.#row[at] = s;
        const kPerW = kind === 'airflow' ? bounded(weight[i]! / flowM3s[j]!) : weight[i]!;
        this.#kPerW[at] = kPerW;
        this.#inletC[s]! += kPerW * powerW[j]!;
      }
    }
  }

  /** Temperature at full speed over the slot's ceiling, K; negative below it. */
  excessK(slot: number): number {
    const temperatureC = this.#inletC[slot]! + this.#powerW[slot]! * this.#resistanceKPerW[slot]!;
    return Math.min(temperatureC, UNBOUNDED_C) - this.#targetC[slot]!;
  }

  move(powerW: number, from: number, to: number): void {
    this.#add(from, -powerW);
    this.#add(to, powerW);
  }

  #add(slot: number, powerW: number): void {
    this.#powerW[slot]! += powerW;
    const end = this.#columnStart[slot + 1]!;
    for (let i = this.#columnStart[slot]!; i < end; i++) this.#inletC[this.#row[i]!]! += this.#kPerW[i]! * powerW;
  }
}

/** Heat without any air: more than anything else, but finite, so that it can be taken away again. */
function bounded(kPerW: number): number {
  return kPerW < UNBOUNDED_C ? kPerW : UNBOUNDED_C;
}
