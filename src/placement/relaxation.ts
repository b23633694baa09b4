// A bound on what any completion of a part of a placement costs, by Lagrangian duality, for air-mover speeds in a box.
// Priced out are the ceilings and what else binds the units together; then every unit goes where it is cheapest by itself.
// With temperatures by their tangents a unit's costs are linear in the speeds, and a sum of leasts of linear functions is
// concave: in the box it is at least what its values at the points of the enclosing cross come to. The movers' power
// is exact. What the box costs is then found for one mover at a time. Valid for any prices ≥ 0 and any `at` in the box.
import type { Problem } from './problem.ts';
import { SideRows } from './side-rows.ts';
import { Tangents } from './tangents.ts';
import type { BoundGoal } from './tangents.ts';
import { UnitChoices } from './unit-choices.ts';

/** As many slots as bits in a domain. */
export const MOST_SLOTS = 31;

/** Part of the placements: the slots that every unit may be in, bit by bit, and the speeds of the free movers. */
export interface Part {
  readonly domain: Uint32Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Watts of units that are not settled that a slot can take at most. */
  readonly roomW: Float64Array;
}

export class Relaxation {
  readonly movers: readonly number[];
  /** J/K of every ceiling, then J per use of every side row. */
  readonly price: Float64Array;
  /** How the bound follows the prices; by setGradient. */
  readonly gradient: Float64Array;
  /** Where tangents are taken, and where in the box the last bound was least. */
  readonly at: Float64Array;
  readonly lowest: Float64Array;
  /** What the bound loses by each mover's range; ≤ 0. */
  readonly loss: Float64Array;
  readonly choices: UnitChoices;
  readonly #problem: Problem;
  readonly #tangents: Tangents;
  readonly #rows: SideRows;
  readonly #ceilingC: Float64Array;
  readonly #cubicJ: Float64Array;
  readonly #constantJ: number;
  #part: Part | null = null;
  readonly #fixedW: Float64Array;
  #fixedJ = 0;
  readonly #sum: Float64Array;
  readonly #weight: Float64Array;
  readonly #pointW: Float64Array;

  constructor(problem: Problem, ceilingC: Float64Array, goal: BoundGoal) {
    const { model, slotCount, instance } = problem;
    this.#problem = problem;
    this.#ceilingC = ceilingC;
    this.#tangents = new Tangents(problem, goal);
    this.#rows = new SideRows(problem);
    this.movers = this.#tangents.movers;
    this.#cubicJ = Float64Array.from(this.movers, (m) => model.maxPowerW[m]! * instance.horizonS);
    this.#constantJ = goal === 'cost' ? givenEnergyJ(problem) : 0;
    this.price = new Float64Array(slotCount + this.#rows.count);
    this.gradient = new Float64Array(this.price.length);
    this.at = Float64Array.from(this.movers, (m) => (model.minRatio[m]! + 1) / 2);
    this.lowest = this.at.slice();
    this.loss = new Float64Array(this.movers.length);
    this.#fixedW = new Float64Array(slotCount);
    const { points } = this.#tangents;
    this.choices = new UnitChoices(problem, goal, points);
    this.#sum = new Float64Array(points);
    this.#weight = new Float64Array(points);
    this.#pointW = new Float64Array(slotCount);
  }

  /** Takes up a part; `at` is drawn into its box. */
  set(part: Part): void {
    this.#part = part;
    this.#fixedW.set(this.#problem.idlePowerW);
    this.#fixedJ = this.choices.set(part.domain, part.roomW, this.#rows, this.#fixedW);
    for (let f = 0; f < this.at.length; f++) {
      this.at[f] = Math.min(part.high[f]!, Math.max(part.low[f]!, this.at[f]!, 1e-3 * part.high[f]!));
    }
  }

  /** Prices of the ceilings; the side rows cost nothing. */
  setPrices(pricePerK: ArrayLike<number>): void {
    this.price.fill(0);
    for (let s = 0; s < this.#problem.slotCount; s++) this.price[s] = Math.max(0, pricePerK[s]!);
  }

  /** The bound at the present prices: J, or K times the sum of the ceilings' prices. */
  evaluate(): number {
    const { model, slotCount } = this.#problem;
    const { heat, points } = this.#tangents;
    const part = this.#part!;
    this.#tangents.set(this.at, part.low, part.high, this.price);
    this.choices.setPrices(this.#rows, this.price);
    let fixedJ = this.#constantJ + this.#fixedJ - this.#rows.worth(this.price);
    for (let s = 0; s < slotCount; s++) fixedJ -= this.price[s]! * (this.#ceilingC[s]! - model.ambientC);
    for (let v = 0; v < points; v++) {
      let sum = fixedJ;
      for (let s = 0; s < slotCount; s++) sum += this.#fixedW[s]! * heat[s * points + v]!;
      this.#sum[v] = sum + this.choices.place(v, heat);
    }
    return this.#overBox();
  }

  /** The gradient of the last evaluation. */
  setGradient(): void {
    const { gradient } = this;
    gradient.fill(0);
    for (let v = 0; v < this.#tangents.points; v++) {
      const weight = this.#weight[v]!;
      if (weight <= 0) continue;
      const power = this.#pointW;
      for (let s = 0; s < power.length; s++) power[s] = this.#fixedW[s]!;
      this.choices.addLoad(v, power);
      this.#tangents.addExcess(v, weight, power, this.#ceilingC, gradient);
      this.choices.addExcess(v, weight, this.#rows, gradient);
    }
  }

  /** How much the last bound rises at least when unit free[i] goes to a slot it may. */
  riseInto(i: number, slot: number): number {
    const { heat, points } = this.#tangents;
    const here = this.choices.over(i, slot, 0, heat);
    let rise = here;
    for (let v = 1; v < points; v += 2) {
      const [up, down] = [this.choices.over(i, slot, v, heat), this.choices.over(i, slot, v + 1, heat)];
      rise += Math.min(0, up - here, down - here) / this.movers.length;
    }
    return rise;
  }

  /** The end of a mover's range beyond which the bound, `valueJ` by the last evaluation, is over `limitJ`. */
  endUnder(f: number, end: 'low' | 'high', valueJ: number, limitJ: number): number {
    const point = end === 'high' ? 1 + 2 * f : 2 + 2 * f;
    const limit = this.#part![end][f]!;
    const others = valueJ - this.loss[f]!;
    const isOver = (ratio: number) => others + this.#along(f, point, ratio) > limitJ;
    if (!isOver(limit)) return limit;
    // along an axis the bound is convex: from the lowest on this side it only rises
    let inside = this.#lowestAlong(f, point);
    if (isOver(inside)) return this.at[f]!;
    let outside = limit;
    for (let step = 0; step < 12; step++) {
      const middle = (inside + outside) / 2;
      if (isOver(middle)) outside = middle;
      else inside = middle;
    }
    return outside;
  }

  /** The bound's part that depends on one mover's speed, beside what it is at `at`. */
  #along(f: number, point: number, ratio: number): number {
    const reach = this.#tangents.reach[point]!;
    const at = this.at[f]!;
    const share = reach === 0 ? 0 : (ratio - at) / reach;
    return share * (this.#sum[point]! - this.#sum[0]!) + this.#cubicJ[f]! * (ratio ** 3 - at ** 3);
  }

  /** The speed at which the bound is least on one side of `at`. */
  #lowestAlong(f: number, point: number): number {
    const reach = this.#tangents.reach[point]!;
    const at = this.at[f]!;
    if (reach === 0) return at;
    const wanted = cheapest(this.#cubicJ[f]!, (this.#sum[point]! - this.#sum[0]!) / reach);
    const { low, high } = this.#part!;
    return reach > 0 ? Math.min(high[f]!, Math.max(at, wanted)) : Math.min(at, Math.max(low[f]!, wanted));
  }

  #overBox(): number {
    const { reach } = this.#tangents;
    const weight = this.#weight.fill(0);
    weight[0] = 1;
    let value = this.#sum[0]!;
    for (let f = 0; f < this.movers.length; f++) {
      const at = this.at[f]!;
      this.loss[f] = 0;
      this.lowest[f] = at;
      let used = 0;
      for (let point = 1 + 2 * f; point <= 2 + 2 * f; point++) {
        if (reach[point] === 0) continue;
        const ratio = this.#lowestAlong(f, point);
        const loss = this.#along(f, point, ratio);
        if (loss >= this.loss[f]!) continue;
        this.loss[f] = loss;
        this.lowest[f] = ratio;
        used = point;
      }
      value += this.#cubicJ[f]! * at ** 3 + this.loss[f]!;
      if (used === 0) continue;
      weight[used] = (this.lowest[f]! - at) / reach[used]!;
      weight[0] -= weight[used]!;
    }
    return value;
  }
}

/** argmin of cubic · n³ + slope · n over n ≥ 0. */
function cheapest(cubic: number, slope: number): number {
  if (slope >= 0) return 0;
  return cubic === 0 ? Infinity : Math.sqrt(-slope / (3 * cubic));
}

/** What the movers need whatever the free speeds are. */
function givenEnergyJ({ model, instance }: Problem): number {
  let watts = 0;
  for (let m = 0; m < model.idlePowerW.length; m++) {
    const given = model.fixedRatio[m]!;
    watts += model.idlePowerW[m]! + (Number.isNaN(given) ? 0 : model.maxPowerW[m]! * given ** 3);
  }
  return watts * instance.horizonS;
}
