// How good the learned model is, found out as it goes: every minute a course is begun from the model as it then is, and
// driven by the powers and speeds that really come, without looking at the temperatures again. After ten minutes its
// error is the model's. What the filters think of their own errors is scaled by what these are.
import { OpenLoop, type LearnedModel, type ThermalInputs } from './learned-model.ts';

/** Between two courses, and the steps they are driven in, s. */
const EVERY_S = 60;
const STEP_S = 5;
/** Errors that the mean square is taken over, about; a course a minute, so these are an hour. */
const MEMORY = 60;
/** The filters' own word counts as so many errors at the start. */
const WORD = 4;
/** Bounds on the scale. */
const LEAST_SCALE = 0.15;
const MOST_SCALE = 6;

interface Course {
  readonly loop: OpenLoop;
  readonly sigmasK: readonly number[];
}

interface Score {
  /** Mean square of error over the filter's sigma. */
  square: number;
  count: number;
}

export class Backtest {
  readonly #aheadS: number;
  readonly #scores: readonly Score[];
  #courses: Course[] = [];
  #begunS = -Infinity;
  #lastS: number | null = null;
  #mean: { readonly sinceS: number; ambient: number; ratios: number[]; powers: number[]; weight: number } | null = null;

  constructor(slots: number, aheadS: number) {
    this.#aheadS = aheadS;
    this.#scores = Array.from({ length: slots }, () => ({ square: 1, count: 0 }));
  }

  /** @param known Called when a course begins: the model and what its filters think of its error in that time, K. */
  take(
    atS: number,
    inputs: ThermalInputs,
    temperaturesC: readonly (number | null)[],
    known: () => { readonly model: LearnedModel; readonly sigmasK: readonly number[] },
  ): void {
    const elapsedS = this.#lastS === null ? 0 : atS - this.#lastS;
    this.#lastS = atS;
    if (elapsedS < 0 || elapsedS > STEP_S * 3) {
      this.#courses = []; // nobody knows what happened meanwhile
      this.#mean = null;
    } else if (elapsedS > 0) this.#drive(atS, elapsedS, inputs);
    while (this.#courses[0] !== undefined && this.#courses[0].loop.passedS >= this.#aheadS - STEP_S / 2)
      this.#judge(this.#courses.shift()!, temperaturesC);
    if (this.#mean !== null || atS - this.#begunS < EVERY_S) return;
    this.#begunS = atS;
    const { model, sigmasK } = known();
    this.#courses.push({ loop: new OpenLoop(model, inputs.ambientC), sigmasK });
  }

  /** What a filter's sigma for slot s is to be multiplied by. */
  scale(s: number): number {
    return Math.min(MOST_SCALE, Math.max(LEAST_SCALE, Math.sqrt(this.#scores[s]!.square)));
  }

  /** Courses of slot s that were judged. */
  judged(s: number): number {
    return this.#scores[s]!.count;
  }

  /** Inputs are averaged over a step. */
  #drive(atS: number, elapsedS: number, inputs: ThermalInputs): void {
    const mean = (this.#mean ??= {
      sinceS: atS - elapsedS,
      ambient: 0,
      ratios: inputs.ratios.map(() => 0),
      powers: inputs.powersW.map(() => 0),
      weight: 0,
    });
    mean.weight += elapsedS;
    mean.ambient += elapsedS * inputs.ambientC;
    inputs.ratios.forEach((ratio, m) => (mean.ratios[m] = mean.ratios[m]! + elapsedS * ratio));
    inputs.powersW.forEach((power, s) => (mean.powers[s] = mean.powers[s]! + elapsedS * power));
    const passedS = atS - mean.sinceS;
    if (passedS < STEP_S - 1e-6) return;
    this.#mean = null;
    const over = (sum: number) => sum / mean.weight;
    const driven = { ambientC: over(mean.ambient), ratios: mean.ratios.map(over), powersW: mean.powers.map(over) };
    for (const { loop } of this.#courses) loop.step(driven, passedS);
  }

  #judge({ loop, sigmasK }: Course, temperaturesC: readonly (number | null)[]): void {
    this.#scores.forEach((score, s) => {
      const temperatureC = temperaturesC[s]!;
      if (temperatureC === null) return;
      const ratio = (temperatureC - loop.temperaturesC[s]!) / sigmasK[s]!;
      // one course in a fault must not spoil the scale for hours
      const square = Math.min(ratio * ratio, (2 * MOST_SCALE) ** 2);
      score.count += 1;
      score.square += (square - score.square) / Math.min(WORD + score.count, MEMORY);
    });
  }
}
