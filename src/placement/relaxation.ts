// A bound on what any completion of a part of a placement costs, by Lagrangian duality, for air-mover speeds in a box.
// Priced out are the ceilings and what else binds the units together; then every unit goes where it is cheapest by itself.
// With temperatures by their tangents a unit's costs are linear in the speeds, and a sum of leasts of linear functions is
// concave: in the box it is at least what its values at the points of the enclosing cross come to. The movers' power
// is exact. What the box costs is then found for one mover at a time. Valid for any prices ≥ 0 and any `at` in the box.
import { Cover } from './cover.ts';
import { moveCostTo } from './placement.ts';
import type { Problem } from './problem.ts';
import { SideRows } from './side-rows.ts';
import { Tangents } from './tangents.ts';
import type { BoundGoal } from './tangents.ts';

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
  /** Units with more than one slot to go to, the first `freeCount`. */
  readonly free: Int32Array;
  freeCount = 0;
  readonly #problem: Problem;
  readonly #tangents: Tangents;
  readonly #rows: SideRows;
  readonly #ceilingC: Float64Array;
  readonly #cubicJ: Float64Array;
  readonly #constantJ: number;
  /** What a unit costs in a slot by itself, and with its use of the side rows, [unit · slots + slot]. */
  readonly #costJ: Float64Array;
  readonly #own: Float64Array;
  readonly #unitW: Float64Array;
  #part: Part | null = null;
  readonly #fixedW: Float64Array;
  #fixedJ = 0;
  readonly #open: Int32Array;
  readonly #openStart: Int32Array;
  readonly #sum: Float64Array;
  readonly #weight: Float64Array;
  /** Slot of free[i] at a point, [point · units + i], and what it costs there. */
  readonly #chosen: readonly Int32Array[];
  readonly #least: readonly Float64Array[];
  /** The slot where it is cheapest, the next best one, and what that costs more. */
  readonly #home: readonly Int32Array[];
  readonly #next: Int32Array;
  readonly #leaving: readonly Float64Array[];
  /** What it costs to keep within the room of a slot, by point. */
  readonly #relief: readonly Float64Array[];
  readonly #loadW: Float64Array;
  readonly #cover: Cover;
  readonly #pointW: Float64Array;

  constructor(problem: Problem, ceilingC: Float64Array, goal: BoundGoal) {
    const { model, slotCount, units, instance } = problem;
    this.#problem = problem;
    this.#ceilingC = ceilingC;
    this.#tangents = new Tangents(problem, goal);
    this.#rows = new SideRows(problem);
    this.movers = this.#tangents.movers;
    this.#cubicJ = Float64Array.from(this.movers, (m) => model.maxPowerW[m]! * instance.horizonS);
    this.#constantJ = goal === 'cost' ? givenEnergyJ(problem) : 0;
    this.#costJ = new Float64Array(units.length * slotCount);
    if (goal === 'cost') {
      units.forEach((unit, u) => {
        for (const s of unit.allowed) this.#costJ[u * slotCount + s] = moveCostTo(problem, unit, s);
      });
    }
    this.#own = this.#costJ.slice();
    this.#unitW = Float64Array.from(units, (unit) => unit.powerW);
    this.price = new Float64Array(slotCount + this.#rows.count);
    this.gradient = new Float64Array(this.price.length);
    this.at = Float64Array.from(this.movers, (m) => (model.minRatio[m]! + 1) / 2);
    this.lowest = this.at.slice();
    this.loss = new Float64Array(this.movers.length);
    this.free = new Int32Array(units.length);
    this.#fixedW = new Float64Array(slotCount);
    this.#open = new Int32Array(units.length * slotCount);
    this.#openStart = new Int32Array(units.length + 1);
    const { points } = this.#tangents;
    this.#sum = new Float64Array(points);
    this.#weight = new Float64Array(points);
    this.#chosen = Array.from({ length: points }, () => new Int32Array(units.length));
    this.#least = Array.from({ length: points }, () => new Float64Array(units.length));
    this.#pointW = new Float64Array(slotCount);
    this.#home = Array.from({ length: points }, () => new Int32Array(units.length));
    this.#next = new Int32Array(units.length);
    this.#leaving = Array.from({ length: points }, () => new Float64Array(units.length));
    this.#relief = Array.from({ length: points }, () => new Float64Array(slotCount));
    this.#loadW = new Float64Array(slotCount);
    this.#cover = new Cover(units.length);
  }

  /** Takes up a part; `at` is drawn into its box. */
  set(part: Part): void {
    const { slotCount, idlePowerW, units } = this.#problem;
    this.#part = part;
    this.#fixedW.set(idlePowerW);
    this.#fixedJ = 0;
    this.#rows.clear();
    this.freeCount = 0;
    let open = 0;
    for (let u = 0; u < units.length; u++) {
      const domain = part.domain[u]!;
      if ((domain & (domain - 1)) === 0) {
        const s = 31 - Math.clz32(domain);
        this.#fixedW[s]! += this.#unitW[u]!;
        this.#fixedJ += this.#costJ[u * slotCount + s]!;
        this.#rows.settle(u, s);
        continue;
      }
      this.#openStart[this.freeCount] = open;
      this.free[this.freeCount++] = u;
      for (let s = 0; s < slotCount; s++) if ((domain >>> s) & 1) this.#open[open++] = s;
    }
    this.#openStart[this.freeCount] = open;
    for (let f = 0; f < this.at.length; f++) {
      this.at[f] = Math.min(part.high[f]!, Math.max(part.low[f]!, this.at[f]!, 1e-3 * part.high[f]!));
    }
  }

  /** The bound at the present prices: J, or K times the sum of the ceilings' prices. */
  evaluate(): number {
    const { model, slotCount } = this.#problem;
    const { heat, points } = this.#tangents;
    const part = this.#part!;
    this.#tangents.set(this.at, part.low, part.high, this.price);
    this.#rows.addPrices(this.#costJ, this.price, this.#own);
    let fixedJ = this.#constantJ + this.#fixedJ - this.#rows.worth(this.price);
    for (let s = 0; s < slotCount; s++) fixedJ -= this.price[s]! * (this.#ceilingC[s]! - model.ambientC);
    for (let v = 0; v < points; v++) {
      let sum = fixedJ;
      for (let s = 0; s < slotCount; s++) sum += this.#fixedW[s]! * heat[s * points + v]!;
      this.#sum[v] = sum + this.#placeUnits(v);
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
      const chosen = this.#chosen[v]!;
      const power = this.#pointW;
      for (let s = 0; s < power.length; s++) power[s] = this.#fixedW[s]!;
      for (let i = 0; i < this.freeCount; i++) power[chosen[i]!]! += this.#unitW[this.free[i]!]!;
      this.#tangents.addExcess(v, weight, power, this.#ceilingC, gradient);
      this.#rows.addExcess(weight, this.free, this.freeCount, chosen, gradient);
    }
  }

  /** How much the last bound rises at least when unit free[i] goes to a slot it may. */
  riseInto(i: number, slot: number): number {
    const movers = this.movers.length;
    const here = this.#over(i, slot, 0);
    let rise = here;
    for (let f = 0; f < movers; f++) {
      rise += Math.min(0, this.#over(i, slot, 1 + 2 * f) - here, this.#over(i, slot, 2 + 2 * f) - here) / movers;
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

  /** What unit free[i] costs in a slot more than where it is cheapest, at a point. */
  #over(i: number, slot: number, point: number): number {
    const u = this.free[i]!;
    const { heat, points } = this.#tangents;
    const home = this.#home[point]![i]!;
    if (home === slot) return 0;
    const cost = this.#own[u * this.#problem.slotCount + slot]! + this.#unitW[u]! * heat[slot * points + point]!;
    // it may be one of those that relieve its slot already
    const relief = Math.min(this.#relief[point]![home]!, this.#leaving[point]![i]!);
    return cost - this.#least[point]![i]! - relief;
  }

  /** Every free unit where it is cheapest at a point; the sum of what they cost. */
  #placeUnits(point: number): number {
    const { slotCount } = this.#problem;
    const { heat, points } = this.#tangents;
    const chosen = this.#chosen[point]!;
    const home = this.#home[point]!;
    const leasts = this.#least[point]!;
    const leaving = this.#leaving[point]!;
    const load = this.#loadW.fill(0);
    let sum = 0;
    for (let i = 0; i < this.freeCount; i++) {
      const u = this.free[i]!;
      const watts = this.#unitW[u]!;
      const own = u * slotCount;
      const end = this.#openStart[i + 1]!;
      let least = Infinity;
      let second = Infinity;
      let slot = 0;
      let next = 0;
      for (let at = this.#openStart[i]!; at < end; at++) {
        const s = this.#open[at]!;
        const cost = this.#own[own + s]! + watts * heat[s * points + point]!;
        if (cost < least) {
          second = least;
          next = slot;
          least = cost;
          slot = s;
        } else if (cost < second) {
          second = cost;
          next = s;
        }
      }
      chosen[i] = slot;
      home[i] = slot;
      leasts[i] = least;
      leaving[i] = second - least;
      this.#next[i] = next;
      load[slot]! += watts;
      sum += least;
    }
    return sum + this.#relieve(point);
  }

  /** What it costs at least to keep every slot within its room, by moving units to where they are next cheapest. */
  #relieve(point: number): number {
    const chosen = this.#chosen[point]!;
    const home = this.#home[point]!;
    const relief = this.#relief[point]!;
    const { roomW } = this.#part!;
    let sum = 0;
    for (let s = 0; s < relief.length; s++) {
      relief[s] = 0;
      const excessW = this.#loadW[s]! - roomW[s]!;
      if (excessW <= 1e-9 * this.#loadW[s]!) continue;
      const cover = this.#cover;
      cover.clear();
      for (let i = 0; i < this.freeCount; i++) {
        if (home[i] === s) cover.add(i, this.#unitW[this.free[i]!]!, this.#leaving[point]![i]!);
      }
      relief[s] = cover.solve(excessW * (1 - 1e-9));
      if (relief[s] === Infinity) continue;
      sum += relief[s]!;
      cover.forEachTaken((i) => (chosen[i] = this.#next[i]!));
    }
    return sum;
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
      weight[0]! -= weight[used]!;
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
