// Symmetric positive definite systems with sparse rows: each is kept from its first entry to the diagonal, in an order in
// which that is short, and factored in place by Cholesky (George & Liu, chapter 4: the envelope stays as it is).
import { eliminationOrder } from './elimination-order.ts';

const LEAST_PIVOT = 1e-14;
/** Stands in for a pivot that vanished: its variable does not move. */
const NO_STEP = 1e128;

export class Skyline {
  readonly size: number;
  /** Of every variable, in the order of elimination. */
  readonly position: Int32Array;
  /** Multiplications of one factorisation. */
  readonly work: number;
  readonly #first: Int32Array;
  /** base[p] + q is where entry (p, q) is, by position. */
  readonly #base: Float64Array;
  readonly #values: Float64Array;
  readonly #ordered: Float64Array;

  /** `cliques`: sets of variables; two that are in none together have no entry. */
  constructor(size: number, cliques: readonly ArrayLike<number>[]) {
    this.size = size;
    this.position = eliminationOrder(size, cliques);
    this.#first = Int32Array.from({ length: size }, (_, p) => p);
    for (const clique of cliques) {
      let least = size;
      for (let i = 0; i < clique.length; i++) least = Math.min(least, this.position[clique[i]!]!);
      for (let i = 0; i < clique.length; i++) {
        const p = this.position[clique[i]!]!;
        this.#first[p] = Math.min(this.#first[p]!, least);
      }
    }
    this.#base = new Float64Array(size);
    let entries = 0;
    let work = 0;
    for (let p = 0; p < size; p++) {
      const first = this.#first[p]!;
      this.#base[p] = entries - first;
      entries += p - first + 1;
      for (let q = first; q <= p; q++) work += q - Math.max(first, this.#first[q]!);
    }
    this.work = work;
    this.#values = new Float64Array(entries);
    this.#ordered = new Float64Array(size);
  }

  clear(): void {
    this.#values.fill(0);
  }

  add(i: number, j: number, value: number): void {
    const p = this.position[i]!;
    const q = this.position[j]!;
    this.#values[p > q ? this.#base[p]! + q : this.#base[q]! + p]! += value;
  }

  /** Adds scale · v · vᵀ, v being entries from … to − 1 of `value` at the positions `place`, which rise. */
  addOuter(place: Int32Array, value: Float64Array, from: number, to: number, scale: number): void {
    const values = this.#values;
    for (let a = from; a < to; a++) {
      const scaled = scale * value[a]!;
      if (scaled === 0) continue;
      const base = this.#base[place[a]!]!;
      for (let b = from; b <= a; b++) values[base + place[b]!]! += scaled * value[b]!;
    }
  }

  /** False when the matrix is not positive definite; with `skip` such variables just do not move. */
  factor(onSingular: 'stop' | 'skip'): boolean {
    const values = this.#values;
    const first = this.#first;
    for (let i = 0; i < this.size; i++) {
      const baseI = this.#base[i]!;
      for (let j = first[i]!; j <= i; j++) {
        const baseJ = this.#base[j]!;
        let sum = values[baseI + j]!;
        for (let k = Math.max(first[i]!, first[j]!); k < j; k++) sum -= values[baseI + k]! * values[baseJ + k]!;
        if (i !== j) values[baseI + j] = sum / values[baseJ + j]!;
        else if (sum > LEAST_PIVOT) values[baseI + i] = Math.sqrt(sum);
        else if (onSingular === 'skip') values[baseI + i] = NO_STEP;
        else return false;
      }
    }
    return true;
  }

  /** The right side, by variable, becomes the solution. After `factor`. */
  solve(right: Float64Array): void {
    const values = this.#values;
    const x = this.#ordered;
    for (let v = 0; v < this.size; v++) x[this.position[v]!] = right[v]!;
    for (let i = 0; i < this.size; i++) {
      const base = this.#base[i]!;
      let sum = x[i]!;
      for (let k = this.#first[i]!; k < i; k++) sum -= values[base + k]! * x[k]!;
      x[i] = sum / values[base + i]!;
    }
    for (let i = this.size - 1; i >= 0; i--) {
      const base = this.#base[i]!;
      const found = x[i]! / values[base + i]!;
      x[i] = found;
      for (let k = this.#first[i]!; k < i; k++) x[k]! -= values[base + k]! * found;
    }
    for (let v = 0; v < this.size; v++) right[v] = x[this.position[v]!]!;
  }

  /** The variables of a row in rising position, as `addOuter` wants them. */
  arranged(columns: readonly number[]): number[] {
    return columns.toSorted((a, b) => this.position[a]! - this.position[b]!);
  }

  /** The positions of variables. */
  placesOf(columns: Int32Array): Int32Array {
    return columns.map((v) => this.position[v]!);
  }
}
