// A bound on the least worst overshoot of an assignment, and prices that lead to it. The powers of the slots, being the
// items' powers in some order, are mixtures of such orders in the relaxation: min over p in the permutohedron of
// max_s (K p − room)_s, a saddle point in p and prices λ ≥ 0, Σλ = 1. Solved by the primal-dual hybrid gradient with
// restarts to the average (Applegate et al., Practical large-scale linear programming using PDHG); projections need but
// sorting. Any λ gives a bound: λ·K is a price for every slot, and the most powerful item goes to the cheapest slot.
import { ROUNDING_K, type Assignment } from './assignment.ts';
import { nearestShares } from './shares.ts';

const MOST_STEPS = 3000;
/** Steps between two looks at the gap. */
const STRIDE = 20;
/** Restart when the gap has shrunk to this share, or to LAZY when it no longer shrinks. */
const EAGER = 0.4;
const LAZY = 0.8;
const LONGEST_SHARE = 0.36;
/** Of what the step sizes may be at most. */
const STEP_SHARE = 0.95;

export interface Relaxed {
  /** No assignment's worst excess is less, K; may be negative. */
  readonly boundK: number;
  /** What a kelvin of room in a slot is worth, K/K; adds up to 1. */
  readonly prices: Float64Array;
  /** W that the slots' items have in the best mixture found. */
  readonly powerW: Float64Array;
  /** Worst excess of that mixture, K. */
  readonly mixedK: number;
}

/** `closeK`: a gap with which to be content. */
export function relaxOrder(assignment: Assignment, closeK: number, isOver: () => boolean): Relaxed {
  return new SaddlePoint(assignment).solve(closeK, isOver);
}

class SaddlePoint {
  /** Slots whose item is not given, and the items that go there by rising power. */
  readonly #slots: Int32Array;
  readonly #itemsW: Float64Array;
  readonly #rows: number;
  readonly #columns: number;
  /** K without the means of its rows and columns; what is left out is linear in p alone, or constant. */
  readonly #matrix: Float64Array;
  readonly #linear: Float64Array;
  readonly #offset: Float64Array;
  readonly #norm: number;
  readonly #givenW: Float64Array;
  readonly #order: Int32Array;
  readonly #sumOf: Float64Array;
  readonly #countOf: Int32Array;
  readonly #sorted: Float64Array;
  readonly #direction: Float64Array;

  constructor(assignment: Assignment) {
    const { size, kPerW, roomK, powerW } = assignment;
    const givenTo = givenItems(assignment);
    const isGiven = new Set(givenTo.filter((item) => item >= 0));
    this.#rows = size;
    this.#slots = Int32Array.from(givenTo.keys()).filter((s) => givenTo[s]! < 0);
    this.#itemsW = powerW.filter((_, item) => !isGiven.has(item)).toSorted();
    const columns = this.#slots.length;
    this.#columns = columns;
    this.#givenW = Float64Array.from(givenTo, (item) => (item < 0 ? 0 : powerW[item]!));
    const totalW = this.#itemsW.reduce((a, b) => a + b, 0);
    this.#matrix = new Float64Array(size * columns);
    this.#linear = new Float64Array(columns);
    this.#offset = new Float64Array(size);
    const rowMean = new Float64Array(size);
    for (let s = 0; s < size; s++) {
      for (let c = 0; c < columns; c++) {
        const value = kPerW[s * size + this.#slots[c]!]!;
        this.#matrix[s * columns + c] = value;
        rowMean[s]! += value / columns;
        this.#linear[c]! += value / size;
      }
    }
    const mean = rowMean.reduce((sum, value) => sum + value, 0) / size;
    for (let s = 0; s < size; s++) {
      this.#offset[s] = (rowMean[s]! - mean) * totalW - roomK[s]!;
      for (let j = 0; j < size; j++) this.#offset[s]! += kPerW[s * size + j]! * this.#givenW[j]!;
      for (let c = 0; c < columns; c++) this.#matrix[s * columns + c]! += mean - rowMean[s]! - this.#linear[c]!;
    }
    this.#order = new Int32Array(columns);
    this.#sumOf = new Float64Array(columns);
    this.#countOf = new Int32Array(columns);
    this.#sorted = new Float64Array(size);
    this.#direction = new Float64Array(columns);
    this.#norm = this.#largestSingular();
  }

  solve(closeK: number, isOver: () => boolean): Relaxed {
    const rows = this.#rows;
    const columns = this.#columns;
    const meanW = columns === 0 ? 0 : this.#itemsW.reduce((a, b) => a + b, 0) / columns;
    const now = point(rows, columns);
    now.powerW.fill(meanW);
    now.prices.fill(1 / rows);
    this.#multiply(now.powerW, now.heat);
    this.#transpose(now.prices, now.pull);
    const sum = point(rows, columns);
    const average = point(rows, columns);
    const best = { boundK: -Infinity, prices: now.prices.slice(), powerW: now.powerW.slice(), mixedK: Infinity };
    const from = { powerW: now.powerW.slice(), prices: now.prices.slice() };
    const before = new Float64Array(rows);
    const spreadW = Math.sqrt(this.#itemsW.reduce((total, w) => total + (w - meanW) ** 2, 0));
    let weight = 0.3 / Math.max(spreadW, 1e-9);
    let [count, gapThen, gapLast] = [0, Infinity, Infinity];
    const look = (at: Point): number => {
      const boundK = this.#bound(at);
      const mixedK = this.#worst(at);
      if (boundK > best.boundK) [best.boundK, best.prices] = [boundK, at.prices.slice()];
      if (mixedK < best.mixedK) [best.mixedK, best.powerW] = [mixedK, at.powerW.slice()];
      return mixedK - boundK;
    };
    look(now);
    const isDone = () => best.mixedK - best.boundK <= closeK || this.#norm === 0 || isOver();
    for (let step = 1; step <= MOST_STEPS && !(step % STRIDE === 1 && isDone()); step++) {
      before.set(now.heat);
      const along = STEP_SHARE / (this.#norm * weight);
      for (let c = 0; c < columns; c++) this.#direction[c] = now.powerW[c]! - along * (now.pull[c]! + this.#linear[c]!);
      this.#mix(this.#direction, now.powerW);
      this.#multiply(now.powerW, now.heat);
      const up = (STEP_SHARE * weight) / this.#norm;
      for (let s = 0; s < rows; s++) now.prices[s]! += up * (2 * now.heat[s]! - before[s]! + this.#offset[s]!);
      nearestShares(now.prices, this.#sorted);
      this.#transpose(now.prices, now.pull);
      add(sum, now, 1);
      count++;
      if (step % STRIDE !== 0) continue;
      clear(average);
      add(average, sum, 1 / count);
      const gapNow = look(now);
      const gapAverage = look(average);
      const gap = Math.min(gapNow, gapAverage);
      const isDue =
        gap < EAGER * gapThen || (gap < LAZY * gapThen && gap > gapLast) || count > LONGEST_SHARE * step + 60;
      gapLast = gap;
      if (!isDue) continue;
      if (gapAverage < gapNow) copy(average, now);
      const moved = distance(now.powerW, from.powerW);
      const priced = distance(now.prices, from.prices);
      if (moved > 1e-12 && priced > 1e-12) weight = Math.sqrt((priced / moved) * weight);
      from.powerW.set(now.powerW);
      from.prices.set(now.prices);
      clear(sum);
      [count, gapThen, gapLast] = [0, gap, Infinity];
    }
    const powerW = this.#givenW.slice();
    this.#slots.forEach((s, c) => (powerW[s] = best.powerW[c]!));
    return { boundK: best.boundK - ROUNDING_K, prices: best.prices, powerW, mixedK: best.mixedK };
  }

  /** The least that any order of the items costs at these prices. */
  #bound({ prices, pull }: Point): number {
    const columns = this.#columns;
    const price = this.#direction;
    for (let c = 0; c < columns; c++) price[c] = pull[c]! + this.#linear[c]!;
    this.#sortBy(price);
    let total = 0;
    for (let i = 0; i < columns; i++) total += price[this.#order[i]!]! * this.#itemsW[columns - 1 - i]!;
    for (let s = 0; s < this.#rows; s++) total += prices[s]! * this.#offset[s]!;
    return total;
  }

  #worst({ powerW, heat }: Point): number {
    let worst = -Infinity;
    for (let s = 0; s < this.#rows; s++) worst = Math.max(worst, heat[s]! + this.#offset[s]!);
    for (let c = 0; c < this.#columns; c++) worst += this.#linear[c]! * powerW[c]!;
    return worst;
  }

  /** The nearest mixture of orders: what is to be taken off, by rising target, is made to rise, too (pool adjacent). */
  #mix(target: Float64Array, into: Float64Array): void {
    const sums = this.#sumOf;
    const counts = this.#countOf;
    this.#sortBy(target);
    let blocks = 0;
    for (let i = 0; i < this.#columns; i++) {
      let sum = target[this.#order[i]!]! - this.#itemsW[i]!;
      let count = 1;
      while (blocks > 0 && sums[blocks - 1]! * count >= sum * counts[blocks - 1]!) {
        blocks--;
        sum += sums[blocks]!;
        count += counts[blocks]!;
      }
      sums[blocks] = sum;
      counts[blocks++] = count;
    }
    let i = 0;
    for (let block = 0; block < blocks; block++) {
      const off = sums[block]! / counts[block]!;
      for (const end = i + counts[block]!; i < end; i++) into[this.#order[i]!] = target[this.#order[i]!]! - off;
    }
  }

  /** Nearly sorted from the last time, mostly: insertion beats a general sort. */
  #sortBy(key: Float64Array): void {
    const order = this.#order;
    if (order.length > 1 && order[0] === order[1]) order.forEach((_, i) => (order[i] = i));
    for (let i = 1; i < order.length; i++) {
      const c = order[i]!;
      const value = key[c]!;
      let k = i - 1;
      for (; k >= 0 && key[order[k]!]! > value; k--) order[k + 1] = order[k]!;
      order[k + 1] = c;
    }
  }

  #multiply(powerW: Float64Array, heat: Float64Array): void {
    const columns = this.#columns;
    const matrix = this.#matrix;
    for (let s = 0, at = 0; s < this.#rows; s++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += matrix[at++]! * powerW[c]!;
      heat[s] = sum;
    }
  }

  #transpose(prices: Float64Array, pull: Float64Array): void {
    const columns = this.#columns;
    const matrix = this.#matrix;
    pull.fill(0);
    for (let s = 0; s < this.#rows; s++) {
      const price = prices[s]!;
      if (price === 0) continue;
      const at = s * columns;
      for (let c = 0; c < columns; c++) pull[c]! += matrix[at + c]! * price;
    }
  }

  /** By the power method; a little too much is on the safe side for the step sizes. */
  #largestSingular(): number {
    const columns = new Float64Array(this.#columns).map((_, c) => 1 + Math.sin(c * 7.3));
    const rows = new Float64Array(this.#rows);
    let length = 0;
    for (let i = 0; i < 40; i++) {
      this.#multiply(columns, rows);
      this.#transpose(rows, columns);
      length = Math.sqrt(columns.reduce((sum, x) => sum + x * x, 0));
      if (length < 1e-300) return 0;
      for (let c = 0; c < columns.length; c++) columns[c]! /= length;
    }
    return 1.02 * Math.sqrt(length);
  }
}

interface Point {
  readonly powerW: Float64Array;
  readonly prices: Float64Array;
  /** Matrix · powers. */
  readonly heat: Float64Array;
  /** Prices · matrix. */
  readonly pull: Float64Array;
}

function point(rows: number, columns: number): Point {
  return {
    powerW: new Float64Array(columns),
    prices: new Float64Array(rows),
    heat: new Float64Array(rows),
    pull: new Float64Array(columns),
  };
}

function add(to: Point, from: Point, share: number): void {
  for (const key of ['powerW', 'prices', 'heat', 'pull'] as const) {
    const target = to[key];
    const source = from[key];
    for (let i = 0; i < target.length; i++) target[i]! += share * source[i]!;
  }
}

function clear(to: Point): void {
  for (const key of ['powerW', 'prices', 'heat', 'pull'] as const) to[key].fill(0);
}

function copy(from: Point, to: Point): void {
  for (const key of ['powerW', 'prices', 'heat', 'pull'] as const) to[key].set(from[key]);
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}

/** The item of every slot that only one can be in, because it may be nowhere else; −1 elsewhere. */
function givenItems({ size, open, problem }: Assignment): Int32Array {
  const given = new Int32Array(size).fill(-1);
  for (let u = 0; u < problem.units.length; u++) {
    let [count, slot] = [0, 0];
    for (let s = 0; s < size; s++) if (open[u * size + s] === 1) [count, slot] = [count + 1, s];
    if (count === 1) given[slot] = u;
  }
  return given;
}
