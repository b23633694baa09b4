// Where every workload is while moves are carried out one after another, and whether a slot can take more beside what
// is there: the room is needed before the source is given up.
import type { Problem } from './problem.ts';

export class LiveState {
  readonly at: Int32Array;
  readonly powerW: Float64Array;
  readonly #problem: Problem;
  readonly #used: Float64Array;
  readonly #apartOf: readonly (readonly number[])[];
  /** Workloads of an apart rule in a slot, by rule · slots + slot. */
  readonly #apart = new Map<number, number>();

  constructor(problem: Problem) {
    this.#problem = problem;
    this.at = problem.homes.slice();
    this.powerW = problem.idlePowerW.slice();
    this.#used = new Float64Array(problem.capacity.length);
    const apartOf: number[][] = problem.instance.workloads.map(() => []);
    const index = new Map(problem.instance.workloads.map((workload, w) => [workload.id, w]));
    problem.instance.rules.forEach((rule, r) => {
      if (rule.kind === 'apart') for (const id of rule.workloads) apartOf[index.get(id)!]!.push(r);
    });
    this.#apartOf = apartOf;
    for (let w = 0; w < this.at.length; w++) this.#count(w, this.at[w]!, 1);
  }

  /** All of them together, in addition to what is in the slot now. */
  canHost(workloads: readonly number[], slot: number): boolean {
    const { resources, capacity, powerCapW, instance, slotCount } = this.#problem;
    let powerW = this.powerW[slot]!;
    const demand = new Float64Array(resources.length);
    for (const w of workloads) {
      powerW += instance.workloads[w]!.powerW;
      resources.forEach((name, r) => (demand[r]! += instance.workloads[w]!.demand[name] ?? 0));
      if (this.#apartOf[w]!.some((rule) => (this.#apart.get(rule * slotCount + slot) ?? 0) > 0)) return false;
    }
    if (powerW > this.powerW[slot]! && powerW > powerCapW[slot]!) return false;
    return demand.every((amount, r) => {
      const at = slot * resources.length + r;
      return amount === 0 || this.#used[at]! + amount <= capacity[at]!;
    });
  }

  move(workloads: readonly number[], slot: number): void {
    for (const w of workloads) {
      this.#count(w, this.at[w]!, -1);
      this.#count(w, slot, 1);
      this.at[w] = slot;
    }
  }

  #count(w: number, slot: number, sign: 1 | -1): void {
    const { resources, instance, slotCount } = this.#problem;
    const workload = instance.workloads[w]!;
    this.powerW[slot]! += sign * workload.powerW;
    resources.forEach((name, r) => (this.#used[slot * resources.length + r]! += sign * (workload.demand[name] ?? 0)));
    for (const rule of this.#apartOf[w]!) {
      const key = rule * slotCount + slot;
      this.#apart.set(key, (this.#apart.get(key) ?? 0) + sign);
    }
  }
}
