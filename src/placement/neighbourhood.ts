// The neighbours of a placement (one unit moved, two swapped), ranked by what the gradient says they gain, so that only
// promising ones are evaluated exactly. At fixed speeds temperatures are linear in the sleds' powers; the prices of the
// speeds (W per K) turn kelvins into air-mover power.
import type { Random } from '../core/random.ts';
import { flowsInto, UNBOUNDED_C } from '../thermal/chassis-model.ts';
import { moveCostTo } from './placement.ts';
import type { Placement } from './placement.ts';
import type { Problem } from './problem.ts';
import { sensitivityAt } from './sensitivity.ts';
import type { Sensitivity } from './sensitivity.ts';

/** At most so many neighbours are ranked; beyond, hot and cool slots and some at random are looked at. */
const RANKED_MAX = 6000;

export interface Candidate {
  readonly u: number;
  /** The unit that goes the other way, or −1. */
  readonly v: number;
  readonly to: number;
  /** Predicted change: K of overshoot when that is what counts, J otherwise. Negative is better. */
  readonly value: number;
}

/** What a placement looks like at its best speeds. */
export interface Outlook {
  readonly levelK: number;
  /** Overshoot is what counts: it is above zero and may still be lowered. */
  readonly overshootCounts: boolean;
  readonly overshootK: number;
  readonly flowM3s: Float64Array;
  readonly temperatureC: Float64Array;
  readonly fullTemperatureC: Float64Array;
  readonly priceWPerK: Float64Array;
}

export class Neighbourhood {
  readonly #problem: Problem;
  readonly #full: Sensitivity;
  readonly #order: Int32Array;
  readonly #delta: Float64Array;
  readonly #touched: number[] = [];
  readonly #fullExcess: Float64Array;
  #steepest = 0;

  constructor(problem: Problem) {
    const slots = problem.slotCount;
    this.#problem = problem;
    const flows = new Float64Array(slots);
    const { model } = problem;
    flowsInto(
      model,
      model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed)),
      flows,
    );
    this.#full = sensitivityAt(problem, flows);
    this.#order = Int32Array.from({ length: slots }, (_, s) => s);
    this.#delta = new Float64Array(slots);
    this.#fullExcess = new Float64Array(slots);
  }

  /** Neighbours with a predicted gain, best first. Whether they fit is the caller's question; `maySwap` spares some work. */
  rank(
    placement: Placement,
    outlook: Outlook,
    random: Random,
    maySwap: (u: number, v: number) => boolean = () => true,
  ): Candidate[] {
    const { targetC, units } = this.#problem;
    for (let s = 0; s < targetC.length; s++) this.#fullExcess[s] = outlook.fullTemperatureC[s]! - targetC[s]!;
    this.#order.sort((a, b) => this.#fullExcess[b]! - this.#fullExcess[a]!);
    const now = sensitivityAt(this.#problem, outlook.flowM3s);
    this.#steepest = outlook.priceWPerK.reduce((a, b) => Math.max(a, b), 0);
    const found: Candidate[] = [];
    const consider = (u: number, v: number, to: number) => {
      if (v >= 0 && !maySwap(u, v)) return;
      const value = this.#value(placement, outlook, now, u, v, to);
      if (value < 0) found.push({ u, v, to, value });
    };
    if (units.length * (this.#problem.slotCount + units.length / 2) <= RANKED_MAX) this.#all(placement, consider);
    else this.#some(placement, outlook, now, random, consider);
    return found.toSorted((a, b) => a.value - b.value);
  }

  #all(placement: Placement, consider: (u: number, v: number, to: number) => void): void {
    const { units } = this.#problem;
    for (let u = 0; u < units.length; u++) {
      for (const to of units[u]!.allowed) if (to !== placement.at[u]) consider(u, -1, to);
      for (let v = u + 1; v < units.length; v++) {
        const to = placement.at[v]!;
        if (to === placement.at[u]) continue;
        if (units[u]!.allowed.includes(to) && units[v]!.allowed.includes(placement.at[u]!)) consider(u, v, to);
      }
    }
  }

  #some(
    placement: Placement,
    outlook: Outlook,
    now: Sensitivity,
    random: Random,
    consider: (u: number, v: number, to: number) => void,
  ): void {
    const { units, slotCount } = this.#problem;
    const heat = outlook.overshootCounts ? this.#fullExcess : pricePerSlot(now, outlook.priceWPerK);
    const bySlot: number[][] = Array.from({ length: slotCount }, () => []);
    placement.at.forEach((slot, u) => bySlot[slot]!.push(u));
    const slots = Array.from({ length: slotCount }, (_, s) => s).toSorted(
      (a, b) => heat[b]! - heat[a]! || outlook.temperatureC[b]! - outlook.temperatureC[a]!,
    );
    const pickSome = (from: readonly number[]) => [...from.slice(0, 6), random.pick(slots), random.pick(slots)];
    const sources = pickSome(slots);
    const targets = pickSome(slots.toReversed());
    let left = RANKED_MAX;
    for (const source of new Set(sources)) {
      for (const to of new Set(targets)) {
        if (to === source) continue;
        for (const u of bySlot[source]!) {
          if (!units[u]!.allowed.includes(to)) continue;
          if (left-- > 0) consider(u, -1, to);
          for (let tries = 0; tries < 4 && bySlot[to]!.length > 0; tries++) {
            const v = random.pick(bySlot[to]!);
            if (left-- > 0 && units[v]!.allowed.includes(source)) consider(u, v, to);
          }
        }
      }
    }
  }

  #value(placement: Placement, outlook: Outlook, now: Sensitivity, u: number, v: number, to: number): number {
    const { units, targetC, instance } = this.#problem;
    const from = placement.at[u]!;
    const powerW = units[u]!.powerW - (v < 0 ? 0 : units[v]!.powerW);
    const isBeyond = (slot: number) => outlook.fullTemperatureC[slot]! >= UNBOUNDED_C;
    if (isBeyond(from) !== isBeyond(to)) return 1e9 * (isBeyond(from) ? -powerW : powerW);
    if (outlook.overshootK > 0 || outlook.overshootCounts) {
      this.#shift(this.#full, from, to, powerW);
      const worst = this.#worstExcess();
      this.#reset();
      if (outlook.overshootCounts) return worst - outlook.overshootK;
      if (worst > outlook.levelK) return Infinity;
    }
    this.#shift(now, from, to, powerW);
    let watt = 0;
    for (const s of this.#touched) {
      const delta = this.#delta[s]!;
      const price = outlook.priceWPerK[s]!;
      const room = targetC[s]! + outlook.levelK - outlook.temperatureC[s]!;
      if (delta > room) watt += price * room + Math.max(price, 0.3 * this.#steepest) * (delta - room);
      else watt += price * delta;
    }
    this.#reset();
    let movesJ = moveCostTo(this.#problem, units[u]!, to) - moveCostTo(this.#problem, units[u]!, from);
    if (v >= 0) movesJ += moveCostTo(this.#problem, units[v]!, from) - moveCostTo(this.#problem, units[v]!, to);
    return watt * instance.horizonS + movesJ;
  }

  /** Adds the change of temperatures when `powerW` goes from one slot to another. */
  #shift(sensitivity: Sensitivity, from: number, to: number, powerW: number): void {
    for (let pass = 0; pass < 2; pass++) {
      const slot = pass === 0 ? from : to;
      const change = pass === 0 ? -powerW : powerW;
      for (let i = sensitivity.start[slot]!; i < sensitivity.start[slot + 1]!; i++) {
        const row = sensitivity.row[i]!;
        if (this.#delta[row] === 0) this.#touched.push(row);
        this.#delta[row]! += change * sensitivity.kPerW[i]!;
      }
    }
  }

  #worstExcess(): number {
    let worst = 0;
    for (const row of this.#touched) worst = Math.max(worst, this.#fullExcess[row]! + this.#delta[row]!);
    for (const row of this.#order) {
      if (this.#fullExcess[row]! <= worst) break;
      if (this.#delta[row] === 0) return this.#fullExcess[row]!;
    }
    return worst;
  }

  #reset(): void {
    for (const row of this.#touched) this.#delta[row] = 0;
    this.#touched.length = 0;
  }
}

/** Air-mover watts per watt of sled power, for every slot. */
function pricePerSlot(sensitivity: Sensitivity, priceWPerK: Float64Array): Float64Array {
  return priceWPerK.map((_, slot) => {
    let price = 0;
    for (let i = sensitivity.start[slot]!; i < sensitivity.start[slot + 1]!; i++) {
      price += priceWPerK[sensitivity.row[i]!]! * sensitivity.kPerW[i]!;
    }
    return price;
  });
}
