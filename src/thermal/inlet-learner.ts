// Whose heat a slot's inlet takes in, by a Kalman filter over what is linear in it:
//
//   I → ambient + offset + u + Σ_j preheat_j · heat_j / (1200 · Q_j) + return · heat of all / (1200 · flow of all)
//
// offset: sensors that disagree, K. u: what comes and goes, K. Preheat starts at the board's figures; where the board
// has none it may be a little, and with many slots only the board's pairs are looked at. The return is exhaust that
// comes round to all slots alike.
import { clamp } from '../core/units.ts';
import { INLET_MEMORY_S, INLET_TIME_S, type LearnedInlet } from './learned-model.ts';
import { diagonalOf, fade, takeIn, varianceOf } from './covariance.ts';

const START_SIGMA = { offsetK: 1, comesK: 0.4, return: 0.03, preheatShare: 0.5 };
const WANDER_PER_HOUR = { offsetK: 0.02, preheatShare: 0.15 };
/** Up to so many slots every pair may turn out to be coupled. */
const MANY_SLOTS = 16;
/** Over 1 where the board thinks that more air passes than does. */
const MOST_PREHEAT = 2;

const [OFFSET, COMES, RETURN, PREHEAT] = [0, 1, 2, 3];

export class InletLearner {
  /** Slots whose heat may come here, by position. */
  readonly #from: readonly number[];
  readonly #state: Float64Array;
  readonly #covariance: Float64Array;
  readonly #noiseVariance: number;
  readonly #leastSigma: number;
  /** Rises by heat as the inlet's own lag lets them through, K; null before the first. */
  #lagged: Float64Array | null = null;

  /**
   * @param preheat The board's figures for this slot, by slot; its own is left out. Empty = the board knows of no coupling.
   * @param leastSigma How much a pair may be coupled that the board says is not, in the unit of `preheat`.
   */
  constructor(own: number, preheat: readonly number[], leastSigma: number, noiseK: number) {
    this.#noiseVariance = noiseK * noiseK;
    this.#leastSigma = leastSigma;
    this.#from = preheat.flatMap((value, j) => (j !== own && (value > 0 || preheat.length <= MANY_SLOTS) ? [j] : []));
    const { offsetK, comesK, preheatShare } = START_SIGMA;
    const words = this.#from.map((j) => preheat[j]!);
    this.#state = Float64Array.from([0, 0, 0, ...words]);
    this.#covariance = diagonalOf([
      offsetK,
      comesK,
      START_SIGMA.return,
      ...words.map((word) => leastSigma + preheatShare * word),
    ]);
  }

  /** @param risesK heat / (1200 · Q) of each slot. @param returnK The same of all slots together. */
  step(risesK: readonly number[], returnK: number, overAmbientK: number, dtS: number): void {
    this.#lag(risesK, returnK, dtS);
    const { offsetK, preheatShare } = WANDER_PER_HOUR;
    const hours = dtS / 3600;
    const kept = Math.exp(-dtS / INLET_MEMORY_S);
    fade(this.#state, this.#covariance, COMES, kept);
    this.#addVariance(COMES, START_SIGMA.comesK ** 2 * (1 - kept * kept));
    this.#addVariance(OFFSET, offsetK ** 2 * hours);
    this.#from.forEach((_, i) => this.#addVariance(PREHEAT + i, (preheatShare * this.#leastSigma) ** 2 * hours));
    const row = this.#row(this.#lagged!);
    const expectedK = row.reduce((sum, value, i) => sum + value * this.#state[i]!, 0);
    takeIn(this.#state, this.#covariance, row, overAmbientK - expectedK, this.#noiseVariance);
  }

  /** Variance of the inlet `aheadS` from now for these rises, K². */
  variance(risesK: readonly number[], returnK: number, aheadS: number): number {
    const row = this.#row(this.#rises(risesK, returnK));
    const kept = Math.exp(-aheadS / INLET_MEMORY_S);
    row[COMES] = kept;
    return varianceOf(this.#covariance, row) + START_SIGMA.comesK ** 2 * (1 - kept * kept);
  }

  /** As it is known now; `slots` is how many the chassis has. */
  learned(slots: number): LearnedInlet {
    const preheat = Array.from({ length: slots }, () => 0);
    this.#from.forEach((j, i) => (preheat[j] = this.#known(PREHEAT + i)));
    return { offsetK: this.#state[OFFSET]!, comesK: this.#state[COMES]!, return: this.#known(RETURN), preheat };
  }

  /** Standard deviation of each preheat, by slot; 0 where none is looked for. */
  preheatSigmas(slots: number): readonly number[] {
    const sigmas = Array.from({ length: slots }, () => 0);
    const size = this.#state.length;
    this.#from.forEach((j, i) => (sigmas[j] = Math.sqrt(this.#covariance[(PREHEAT + i) * (size + 1)]!)));
    return sigmas;
  }

  /** Heat does not flow backwards: the estimate may stray below 0 by noise, what is used of it may not. */
  #known(i: number): number {
    return clamp(this.#state[i]!, 0, MOST_PREHEAT);
  }

  #rises(risesK: readonly number[], returnK: number): Float64Array {
    return Float64Array.from([returnK, ...this.#from.map((j) => risesK[j]!)]);
  }

  #row(rises: Float64Array): Float64Array {
    const row = new Float64Array(this.#state.length);
    row[OFFSET] = 1;
    row[COMES] = 1;
    row.set(rises, RETURN);
    return row;
  }

  #lag(risesK: readonly number[], returnK: number, dtS: number): void {
    const rises = this.#rises(risesK, returnK);
    if (this.#lagged === null) {
      this.#lagged = rises;
      return;
    }
    const share = 1 - Math.exp(-dtS / INLET_TIME_S);
    rises.forEach((rise, i) => (this.#lagged![i] = this.#lagged![i]! + share * (rise - this.#lagged![i]!)));
  }

  #addVariance(i: number, variance: number): void {
    const at = i * (this.#state.length + 1);
    this.#covariance[at] = this.#covariance[at]! + variance;
  }
}
