// Prices that are shares of a whole: ≥ 0, adding up to 1.

/** The values become the nearest shares (Held, Wolfe, Crowder 1974). `scratch`: of the same length. */
export function nearestShares(values: Float64Array, scratch: Float64Array): void {
  scratch.set(values);
  scratch.sort();
  let [sum, off] = [0, 0];
  for (let i = scratch.length - 1, count = 1; i >= 0; i--, count++) {
    sum += scratch[i]!;
    off = (sum - 1) / count;
    if (i === 0 || scratch[i - 1]! <= off) break;
  }
  for (let i = 0; i < values.length; i++) values[i] = Math.max(0, values[i]! - off);
}
