// Where every workload is while moves are carried out one after another, and whether a slot can take more beside what
// is there: the room is needed before the source is given up. The cap on all sleds together does not change by moves,
// as never more than one copy of a workload runs.
import type { Problem, Unit } from './problem.ts';

/** The workload is nowhere for the moment. */
const ASIDE = -1;

export class LiveState {
  readonly at: Int32Array;
  readonly powerW: Float64Array;
  readonly #problem: Problem;
  readonly #used: Float64Array;
  /** Demand of every workload, at workload · resources + resource. */
  readonly #demand: Float64Array;
  readonly #sum: Float64Array;
  readonly #apartOf: ReadonlyMap<number, readonly number[]>;
  /** Workloads of an apart rule in a slot, by rule · slots + slot. */
  readonly #apart = new Map<number, number>();

  constructor(problem: Problem) {
    const { resources, homes } = problem;
    this.#problem = problem;
    this.at = homes.slice();
    this.powerW = problem.idlePowerW.slice();
    this.#used = new Float64Array(problem.capacity.length);
    this.#sum = new Float64Array(resources.length);
    this.#demand = problem.workDemand;
    this.#apartOf = problem.apartOf;
    for (let w = 0; w < homes.length; w++) this.#count(w, homes[w]!, 1);
  }

  /** All of them together, in addition to what is in the slot now. */
  canHost(workloads: readonly number[], slot: number): boolean {
    return this.obstacle(workloads, slot) === null;
  }

  /** Why they cannot all come to the slot beside what is there now; null when they can. */
  obstacle(workloads: readonly number[], slot: number): LiveObstacle | null {
    const { capacity, powerCapW, instance, slotCount } = this.#problem;
    let powerW = this.powerW[slot]!;
    this.#sum.fill(0);
    const count = this.#sum.length;
    for (const w of workloads) {
      powerW += instance.workloads[w]!.powerW;
      for (let r = 0; r < count; r++) this.#sum[r]! += this.#demand[w * count + r]!;
      for (const rule of this.#apartOf.get(w) ?? []) {
        if ((this.#apart.get(rule * slotCount + slot) ?? 0) > 0) return { kind: 'rule', rule };
      }
    }
    if (powerW > this.powerW[slot]! && powerW > powerCapW[slot]!) {
      return { kind: 'power-cap', neededW: powerW - this.powerW[slot]!, freeW: powerCapW[slot]! - this.powerW[slot]! };
    }
    for (let r = 0; r < count; r++) {
      const free = capacity[slot * count + r]! - this.#used[slot * count + r]!;
      const needed = this.#sum[r]!;
      if (needed !== 0 && this.#used[slot * count + r]! + needed > capacity[slot * count + r]!) {
        return { kind: 'capacity', resource: r, needed, free };
      }
    }
    return null;
  }

  /** Whether the slot has room for one unit in the place of another one that is there. Rules do not count. */
  hasRoomInstead(coming: Unit, leaving: Unit, slot: number): boolean {
    const { capacity, powerCapW } = this.#problem;
    const moreW = coming.powerW - leaving.powerW;
    if (moreW > 0 && this.powerW[slot]! + moreW > powerCapW[slot]!) return false;
    const count = this.#sum.length;
    for (let r = 0; r < count; r++) {
      const more = coming.demand[r]! - leaving.demand[r]!;
      if (more > 0 && this.#used[slot * count + r]! + more > capacity[slot * count + r]!) return false;
    }
    return true;
  }

  move(workloads: readonly number[], slot: number): void {
    for (const w of workloads) {
      this.#count(w, this.at[w]!, -1);
      this.#count(w, slot, 1);
      this.at[w] = slot;
    }
  }

  /** Out of their slots, to ask what would be possible without them. To be undone by `put`. */
  take(workloads: readonly number[]): void {
    for (const w of workloads) {
      this.#count(w, this.at[w]!, -1);
      this.at[w] = ASIDE;
    }
  }

  put(workloads: readonly number[], slot: number): void {
    for (const w of workloads) {
      this.#count(w, slot, 1);
      this.at[w] = slot;
    }
  }

  #count(w: number, slot: number, sign: 1 | -1): void {
    const { instance, slotCount } = this.#problem;
    const count = this.#sum.length;
    this.powerW[slot]! += sign * instance.workloads[w]!.powerW;
    for (let r = 0; r < count; r++) this.#used[slot * count + r]! += sign * this.#demand[w * count + r]!;
    for (const rule of this.#apartOf.get(w) ?? []) {
      const key = rule * slotCount + slot;
      this.#apart.set(key, (this.#apart.get(key) ?? 0) + sign);
    }
  }
}

export type LiveObstacle =
  | { readonly kind: 'rule'; readonly rule: number }
  | { readonly kind: 'power-cap'; readonly neededW: number; readonly freeW: number }
  | { readonly kind: 'capacity'; readonly resource: number; readonly needed: number; readonly free: number };
