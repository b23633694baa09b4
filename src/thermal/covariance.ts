// Arithmetic of a Kalman filter with scalar observations: a dense covariance, row after row in one array.

/** A diagonal covariance of the given standard deviations. */
export function diagonalOf(sigmas: readonly number[]): Float64Array {
  const size = sigmas.length;
  const covariance = new Float64Array(size * size);
  sigmas.forEach((sigma, i) => (covariance[i * size + i] = sigma * sigma));
  return covariance;
}

/** Variance of Σ row_i · x_i. */
export function varianceOf(covariance: Float64Array, row: Float64Array): number {
  const size = row.length;
  let variance = 0;
  for (let i = 0; i < size; i++) {
    if (row[i] === 0) continue;
    let along = 0;
    for (let j = 0; j < size; j++) along += covariance[i * size + j]! * row[j]!;
    variance += row[i]! * along;
  }
  return variance;
}

/**
 * Takes in one observation of Σ row_i · x_i with this noise variance: changes `state` and `covariance` in place.
 * @returns the innovation in standard deviations.
 */
export function takeIn(
  state: Float64Array,
  covariance: Float64Array,
  row: Float64Array,
  innovation: number,
  noiseVariance: number,
): number {
  const size = state.length;
  const along = new Float64Array(size);
  let variance = noiseVariance;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += covariance[i * size + j]! * row[j]!;
    along[i] = sum;
    variance += row[i]! * sum;
  }
  for (let i = 0; i < size; i++) {
    const gain = along[i]! / variance;
    state[i] = state[i]! + gain * innovation;
    for (let j = 0; j <= i; j++) {
      // both halves from one product: it stays symmetric
      const value = covariance[i * size + j]! - gain * along[j]!;
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
    covariance[i * size + i] = Math.max(covariance[i * size + i]!, 1e-12);
  }
  return innovation / Math.sqrt(variance);
}

/** Multiplies the i-th of the state by `factor` as it passes. */
export function fade(state: Float64Array, covariance: Float64Array, i: number, factor: number): void {
  const size = state.length;
  state[i] = state[i]! * factor;
  for (let j = 0; j < size; j++) {
    covariance[i * size + j] = covariance[i * size + j]! * factor;
    covariance[j * size + i] = covariance[j * size + i]! * factor;
  }
}

/** Forgets what is known of the i-th: its variance is `sigma`², and nothing else tells of it. */
export function open(covariance: Float64Array, size: number, i: number, sigma: number): void {
  for (let j = 0; j < size; j++) {
    covariance[i * size + j] = 0;
    covariance[j * size + i] = 0;
  }
  covariance[i * size + i] = sigma * sigma;
}
