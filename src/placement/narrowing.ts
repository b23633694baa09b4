// Takes slots out of the domains of units that cannot go there any more beside what is settled: rules, capacities, power
// caps, the budget of moves, and ceilings that would be passed even with the most air of the part.
import { flowsInto, temperaturesInto } from '../thermal/chassis-model.ts';
import { Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import type { Part } from './relaxation.ts';
import { sensitivityAt } from './sensitivity.ts';
import type { Sensitivity } from './sensitivity.ts';
import { classesOf } from './unit-classes.ts';

/** A ceiling counts as passed beyond this, K. */
const CLEARANCE_K = 1e-6;

export class Narrowing {
  readonly #problem: Problem;
  readonly #movers: readonly number[];
  readonly #ratios: Float64Array;
  readonly #flows: Float64Array;
  readonly #inletC: Float64Array;
  readonly #temperatureC: Float64Array;
  /** Units that are the same, each class in rising order. */
  readonly #classes: readonly (readonly number[])[];

  /** `movers`: those with a range of speed in a part; the others are at their given speed, or the highest. */
  constructor(problem: Problem, movers: readonly number[]) {
    this.#problem = problem;
    this.#movers = movers;
    this.#ratios = problem.model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed));
    this.#flows = new Float64Array(problem.slotCount);
    this.#inletC = new Float64Array(problem.slotCount);
    this.#temperatureC = new Float64Array(problem.slotCount);
    this.#classes = classesOf(problem);
  }

  /** False when nothing is left of the part. */
  narrow({ domain, high, roomW }: Part, ceilingC: Float64Array): boolean {
    const { units, model } = this.#problem;
    this.#movers.forEach((m, f) => (this.#ratios[m] = high[f]!));
    flowsInto(model, this.#ratios, this.#flows);
    const sensitivity = sensitivityAt(this.#problem, this.#flows);
    const placement = new Placement(this.#problem);
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      if (!this.#order(domain) || !settle(placement, domain)) return false;
      temperaturesInto(model, placement.powerW, this.#flows, this.#inletC, this.#temperatureC);
      for (let s = 0; s < ceilingC.length; s++) {
        if (this.#temperatureC[s]! > ceilingC[s]! + CLEARANCE_K) return false;
      }
      for (let u = 0; u < units.length; u++) {
        const before = domain[u]!;
        if ((before & (before - 1)) === 0) continue;
        const left = this.#left(placement, u, before, sensitivity, ceilingC);
        if (left === 0) return false;
        domain[u] = left;
        if (left !== before && (left & (left - 1)) === 0) isChanged = true;
      }
    }
    this.#setRoom(placement, sensitivity, ceilingC, roomW);
    return true;
  }

  #setRoom(
    placement: Placement,
    { start, row, kPerW }: Sensitivity,
    ceilingC: Float64Array,
    roomW: Float64Array,
  ): void {
    for (let s = 0; s < roomW.length; s++) {
      let watts = this.#problem.powerCapW[s]! - placement.powerW[s]!;
      for (let i = start[s]!; i < start[s + 1]!; i++) {
        const roomK = ceilingC[row[i]!]! + CLEARANCE_K - this.#temperatureC[row[i]!]!;
        if (kPerW[i]! > 0) watts = Math.min(watts, Math.max(0, roomK) / kPerW[i]!);
      }
      roomW[s] = watts;
    }
  }

  #left(placement: Placement, u: number, domain: number, sensitivity: Sensitivity, ceilingC: Float64Array): number {
    let left = domain;
    for (let s = 0; s < this.#problem.slotCount; s++) {
      if (((domain >>> s) & 1) === 0) continue;
      if (!placement.fits(u, s) || this.#isTooHot(u, s, sensitivity, ceilingC)) left &= ~(1 << s);
    }
    return left >>> 0;
  }

  #isTooHot(u: number, slot: number, { start, row, kPerW }: Sensitivity, ceilingC: Float64Array): boolean {
    const watts = this.#problem.units[u]!.powerW;
    if (watts === 0) return false;
    for (let i = start[slot]!; i < start[slot + 1]!; i++) {
      const s = row[i]!;
      if (this.#temperatureC[s]! + watts * kPerW[i]! > ceilingC[s]! + CLEARANCE_K) return true;
    }
    return false;
  }

  /** Of units that are the same, only rising slots. */
  #order(domain: Uint32Array): boolean {
    for (const same of this.#classes) {
      for (let i = 1; i < same.length; i++) {
        const from = lowestBit(domain[same[i - 1]!]!);
        domain[same[i]!] = (domain[same[i]!]! & ~(from - 1)) >>> 0;
        if (domain[same[i]!] === 0) return false;
      }
      for (let i = same.length - 2; i >= 0; i--) {
        const to = 31 - Math.clz32(domain[same[i + 1]!]!);
        domain[same[i]!] = (domain[same[i]!]! & (2 ** (to + 1) - 1)) >>> 0;
        if (domain[same[i]!] === 0) return false;
      }
    }
    return true;
  }
}

/** Places every unit that has one slot left. False when one does not fit. */
function settle(placement: Placement, domain: Uint32Array): boolean {
  for (let u = 0; u < domain.length; u++) {
    const slots = domain[u]!;
    if (placement.at[u]! >= 0 || (slots & (slots - 1)) !== 0) continue;
    const s = 31 - Math.clz32(slots);
    if (!placement.fits(u, s)) return false;
    placement.place(u, s);
  }
  return true;
}

function lowestBit(bits: number): number {
  return (bits & -bits) >>> 0;
}
