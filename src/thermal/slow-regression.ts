// Recursive least squares that forgets slowly: a few parameters, each with a prior and a random walk, from one scalar
// observation at a time. It holds what the drift detector takes for normal.

export interface Prior {
  readonly value: number;
  /** One standard deviation. */
  readonly sigma: number;
  /** How far the parameter may wander in an hour, one standard deviation. */
  readonly walkPerRootHour: number;
}

export class SlowRegression {
  readonly values: Float64Array;
  readonly #priors: readonly Prior[];
  readonly #covariance: Float64Array;
  readonly #gain: Float64Array;

  constructor(priors: readonly Prior[]) {
    const count = priors.length;
    this.#priors = priors;
    this.values = Float64Array.from(priors, (prior) => prior.value);
    this.#covariance = new Float64Array(count * count);
    this.#gain = new Float64Array(count);
    this.restart();
  }

  /** Back to knowing nothing but the priors. */
  restart(): void {
    this.#covariance.fill(0);
    this.#priors.forEach((prior, i) => {
      this.values[i] = prior.value;
      this.#covariance[i * this.#priors.length + i] = prior.sigma ** 2;
    });
  }

  /** One parameter is no better known than at the start. */
  open(index: number): void {
    const count = this.#priors.length;
    for (let i = 0; i < count; i++) this.#covariance[i * count + index] = this.#covariance[index * count + i] = 0;
    this.#covariance[index * count + index] = this.#priors[index]!.sigma ** 2;
  }

  /** Variance of Σ slope·parameter. */
  variance(slopes: Float64Array): number {
    const count = slopes.length;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      let row = 0;
      for (let j = 0; j < count; j++) row += this.#covariance[i * count + j]! * slopes[j]!;
      sum += slopes[i]! * row;
    }
    return Math.max(0, sum);
  }

  /** Time passes: what was known grows older, never beyond the prior. */
  age(seconds: number): void {
    const count = this.#priors.length;
    this.#priors.forEach(({ sigma, walkPerRootHour }, i) => {
      const at = i * count + i;
      this.#covariance[at] = Math.min(sigma ** 2, this.#covariance[at]! + (walkPerRootHour ** 2 * seconds) / 3600);
    });
  }

  /** @param residual what was seen minus what the present values give; @returns nothing, `values` have moved */
  observe(slopes: Float64Array, residual: number, sigma: number): void {
    const count = slopes.length;
    let variance = sigma ** 2;
    for (let i = 0; i < count; i++) {
      let row = 0;
      for (let j = 0; j < count; j++) row += this.#covariance[i * count + j]! * slopes[j]!;
      this.#gain[i] = row;
      variance += slopes[i]! * row;
    }
    for (let i = 0; i < count; i++) {
      this.values[i]! += (this.#gain[i]! / variance) * residual;
      for (let j = 0; j < count; j++) {
        this.#covariance[i * count + j]! -= (this.#gain[i]! * this.#gain[j]!) / variance;
      }
    }
  }
}
