// What a slot's inlet should show, from the ambient sensor and the heat of the sleds: offset + own exhaust that comes round
// + what the model says other sleds warm. Linear, so it follows by plain regression; the residual tells of inlet and
// ambient sensors, which the slot's own temperature, taken over its inlet, cannot.
import { SlowRegression } from './slow-regression.ts';

export interface InletInput {
  readonly ambientC: number;
  readonly inletC: number;
  /** Rise of all air that passes the chassis, K. */
  readonly exhaustK: number;
  /** What the model's preheat makes of the other sleds' heat, K. */
  readonly preheatK: number;
}

export interface InletResidual {
  /** Measured minus expected, K. */
  readonly errorK: number;
  readonly sigmaK: number;
  /** Over the ambient sensor. */
  readonly expectedK: number;
}

const PRIORS = [
  { value: 0, sigma: 1, walkPerRootHour: 0.05 },
  { value: 0.03, sigma: 0.05, walkPerRootHour: 0.002 },
  { value: 1, sigma: 0.6, walkPerRootHour: 0.02 },
] as const;
const NOISE_K = 0.15;
/** Part of the preheat that the model's form and its lag may be wrong by; while it changes, a part of the change, too. */
const FORM = 0.03;
const LAG_PART = 0.3;
const LAG_S = 120;
const REPEATED = 6;

export class InletReference {
  readonly #regression = new SlowRegression(PRIORS);
  readonly #slopes = Float64Array.of(1, 0, 0);
  #slowPreheatK: number | null = null;
  #error: InletResidual | null = null;

  /** What the model's preheat is to be multiplied by here. */
  get preheatScale(): number {
    return Math.max(0, this.#regression.values[2]!);
  }

  restart(): void {
    this.#regression.restart();
    this.#slowPreheatK = null;
    this.#error = null;
  }

  predict(input: InletInput, seconds: number): InletResidual {
    const { values } = this.#regression;
    this.#slopes[1] = input.exhaustK;
    this.#slopes[2] = input.preheatK;
    this.#slowPreheatK ??= input.preheatK;
    this.#slowPreheatK += (1 - Math.exp(-seconds / LAG_S)) * (input.preheatK - this.#slowPreheatK);
    const expectedK = values[0]! + values[1]! * input.exhaustK + values[2]! * input.preheatK;
    const movingK = LAG_PART * Math.abs(values[2]! * (input.preheatK - this.#slowPreheatK));
    const known = this.#regression.variance(this.#slopes);
    this.#error = {
      errorK: input.inletC - input.ambientC - expectedK,
      sigmaK: Math.sqrt(NOISE_K ** 2 + (FORM * expectedK) ** 2 + movingK ** 2 + known),
      expectedK,
    };
    return this.#error;
  }

  learn(seconds: number): void {
    if (this.#error === null || Number.isNaN(this.#error.errorK)) return;
    const { errorK, sigmaK } = this.#error;
    this.#regression.age(seconds);
    const known = this.#regression.variance(this.#slopes);
    this.#regression.observe(this.#slopes, errorK, Math.sqrt(Math.max(sigmaK ** 2 - known, NOISE_K ** 2) * REPEATED));
  }
}
