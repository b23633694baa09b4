// One air mover by its tachometers: does it turn as fast as it always has at this command? What is usual is learned:
// ln(speed) = a + p · ln(command), because a fan's speed is not quite in proportion to its duty.
import { CALM, levelOf, stepCusum, type Cusum, type CusumLimits } from './cusum.ts';
import { SlowRegression } from './slow-regression.ts';

const PRIORS = [
  { value: 0, sigma: 0.1, walkPerRootHour: 0.001 },
  { value: 1, sigma: 0.1, walkPerRootHour: 0.001 },
] as const;
const NOISE = 0.015;
const LIMITS: CusumLimits = { allowedSigmas: 3, alarmSigmaS: 200 };
/** Commands under this are too slow to judge, and so is a fan that is still following its command. */
const LEAST_RATIO = 0.08;
const STEADY = 0.02;
const FOLLOW_S = 4;
const LEARNING_S = 600;
const WELL_AGAIN = 0.95;
/** Less than this is worth no alarm. */
const WEAK_BELOW = 0.92;

export class MoverCheck {
  readonly #usual = new SlowRegression(PRIORS);
  readonly #slopes = new Float64Array(2);
  #cusum: Cusum = CALM;
  #followed: number | null = null;
  #learntS = 0;
  #part = 1;
  #isWeak = false;

  /** Speed over the usual one at this command. */
  get part(): number {
    return this.#part;
  }

  get isWeak(): boolean {
    return this.#isWeak;
  }

  step(ratio: number, turning: number | null, seconds: number): void {
    const before = this.#followed ?? ratio;
    this.#followed = before + (1 - Math.exp(-seconds / FOLLOW_S)) * (ratio - before);
    if (turning === null || ratio < LEAST_RATIO || Math.abs(this.#followed / ratio - 1) > STEADY) return;
    this.#slopes[0] = 1;
    this.#slopes[1] = Math.log(ratio);
    const usual = this.#usual.values[0]! + this.#usual.values[1]! * this.#slopes[1];
    const off = Math.log(Math.max(0.01, turning)) - usual;
    const sigma = Math.sqrt(NOISE ** 2 + this.#usual.variance(this.#slopes));
    this.#cusum = stepCusum(this.#cusum, off / sigma, seconds, LIMITS);
    this.#part += (1 - Math.exp(-seconds / 8)) * (Math.exp(off) - this.#part);
    if (
      this.#learntS >= LEARNING_S &&
      levelOf({ rose: 0, fell: this.#cusum.fell }, LIMITS) >= 1 &&
      this.#part < WEAK_BELOW
    )
      this.#isWeak = true;
    else if (this.#isWeak && this.#part > WELL_AGAIN) this.#isWeak = false;
    if (this.#isWeak || levelOf(this.#cusum, LIMITS) > 0.1) return;
    this.#learntS += seconds;
    this.#usual.age(seconds);
    this.#usual.observe(this.#slopes, off, 4 * NOISE);
  }
}
