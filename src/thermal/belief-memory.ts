// What a filter held true some while ago: until a jump is told from noise, its parameters give way to the jump, and what
// was held true before it is what counts.

/** Beliefs are kept so far apart, s; the older of two is from before a jump that was just noticed. */
const APART_S = 30;

interface Belief {
  readonly state: Float64Array;
  readonly covariance: Float64Array;
}

export class BeliefMemory {
  #past: readonly Belief[] = [];
  #passedS = 0;

  /** Time in which nothing was strange. */
  remember(state: Float64Array, covariance: Float64Array, dtS: number): void {
    this.#passedS += dtS;
    if (this.#passedS < APART_S) return;
    this.#passedS = 0;
    this.#past = [...this.#past.slice(-1), { state: state.slice(), covariance: covariance.slice() }];
  }

  /** Puts back what was held true 30 s to a minute ago, once; nothing when there is nothing. */
  recall(state: Float64Array, covariance: Float64Array): void {
    const [before] = this.#past;
    this.forget();
    if (before === undefined) return;
    state.set(before.state);
    covariance.set(before.covariance);
  }

  forget(): void {
    this.#past = [];
    this.#passedS = 0;
  }
}
