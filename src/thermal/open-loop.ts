// One slot predicted open loop: from power, air flow and inlet alone, never from its temperature. What it should be is
// compared with what is measured; the difference is the residual that drift is looked for in. Its parameters (r, k, C
// and a constant offset of the sensors) follow the slot slowly, by recursive prediction error (Ljung & Söderström, Theory
// and Practice of Recursive Identification, 1983), and stand still while something is wrong.
//
//   C · dT/dt = P − (T − I) / R,   R = r + k · Q^-0.8
import { clamp } from '../core/units.ts';
import { FLOW_EXPONENT } from './chassis-model.ts';
import { SlowRegression } from './slow-regression.ts';

export interface SlotPriors {
  readonly rKPerW: number;
  readonly kFlow: number;
  readonly timeConstantS: number;
  /** m³/s at which the time constant was given. */
  readonly flowM3s: number;
}

export interface SlotInput {
  readonly powerW: number;
  readonly flowM3s: number;
  readonly inletC: number;
  readonly temperatureC: number;
  /** Doubt about the input itself (an inlet that is not measured, a fan that is not well), K of temperature. */
  readonly inputSigmaK: number;
}

/** What the slot should have shown, and how far off that may be. */
export interface Residual {
  /** Measured minus predicted, K. */
  readonly errorK: number;
  readonly sigmaK: number;
  /** Part of the rise over the inlet that the flow decides, K; steady state. */
  readonly convectiveK: number;
  /** Whole rise over the inlet, steady state, K. */
  readonly riseK: number;
  readonly timeConstantS: number;
}

/** Doubt of the parameters that are taken from the board: as parts of themselves, and of the offset, K. */
const PRIOR_R = 0.8;
const PRIOR_K = 0.6;
const PRIOR_LOG_C = 0.5;
const PRIOR_OFFSET_K = 0.5;
/** How far the slot may change in an hour and still be called the same: parts of the parameters. */
const WALK = 0.01;
/** Errors of the model's form last for many minutes: one observation says this much less than its noise would let it. */
const REPEATED = 6;
/** Part of the rise that the model's form may be wrong by: least, most, at the start. */
const FORM_LEAST = 0.006;
const FORM_MOST = 0.05;
const FORM_START = 0.02;
const FORM_MEMORY_S = 3 * 3600;
/** Of the way the slot still has to its steady state, how much one time constant may be wrong by. */
const LAG_PART = 0.08;
/** Learned for less than this it is not judged, s. */
const JUDGED_S = 900;
/** Noise of a mean reading, quantisation included, K. */
const NOISE_K = 0.12;
/** The prediction's course is remembered in such steps, this many of them. */
const COURSE_STEP_S = 20;
const COURSE_POINTS = 90;
/** A sensor is stuck that does not move while the prediction moves by so much. */
const STUCK_LEAST_K = 1;
const STUCK_SIGMAS = 3;

export class OpenLoopSlot {
  readonly #startR: number;
  readonly #parameters: SlowRegression;
  readonly #slopes = new Float64Array(4);
  #modelC: number | null = null;
  #formSquare = FORM_START ** 2;
  #learntS = 0;
  #openS = 0;
  #heatW = 0;
  #clockS = 0;
  /** Where the prediction has been of late. */
  #course: { readonly atS: number; readonly modelC: number }[] = [];
  #predicted: Residual | null = null;

  constructor(priors: SlotPriors) {
    this.#startR = priors.rKPerW + priors.kFlow * priors.flowM3s ** -FLOW_EXPONENT;
    const { rKPerW, kFlow } = priors;
    this.#parameters = new SlowRegression([
      { value: rKPerW, sigma: PRIOR_R * Math.max(rKPerW, 0.2 * this.#startR), walkPerRootHour: WALK * rKPerW },
      { value: kFlow, sigma: PRIOR_K * kFlow, walkPerRootHour: WALK * kFlow },
      { value: Math.log(priors.timeConstantS / this.#startR), sigma: PRIOR_LOG_C, walkPerRootHour: WALK },
      { value: 0, sigma: PRIOR_OFFSET_K, walkPerRootHour: 0.05 },
    ]);
  }

  get kFlow(): number {
    return this.#parameters.values[1]!;
  }

  /** How far the prediction has moved over the last `seconds` beyond all doubt, K; 0 = not known, or not at all. */
  movedK(seconds: number): number {
    const from = this.#course.find((point) => this.#clockS - point.atS <= seconds);
    if (from === undefined || this.#modelC === null || this.#predicted === null) return 0;
    const wayK = Math.abs(this.#modelC - from.modelC);
    return wayK > STUCK_LEAST_K + STUCK_SIGMAS * this.#predicted.sigmaK ? wayK : 0;
  }

  /** Heat that it gives to the air now, by the temperature it should have, W; null before the first prediction. */
  get heatW(): number | null {
    return this.#predicted === null ? null : this.#heatW;
  }

  /** Of the rise over its inlet, the part that the flow decides, K. */
  get convectiveK(): number {
    return this.#predicted?.convectiveK ?? 0;
  }

  /** K/W at a flow, as it is known now. */
  resistanceAt(flowM3s: number): number {
    return this.#parameters.values[0]! + this.#parameters.values[1]! * flowM3s ** -FLOW_EXPONENT;
  }

  /** It has been learned for long enough, and nothing has been opened of late. */
  get isJudged(): boolean {
    return this.#learntS >= JUDGED_S && this.#openS <= 0;
  }

  /** Seconds in which it has learned. */
  get learntS(): number {
    return this.#learntS;
  }

  /** Another sled sits here: nothing that was known counts. */
  restart(): void {
    this.#parameters.restart();
    this.#modelC = null;
    this.#slopes.fill(0);
    this.#formSquare = FORM_START ** 2;
    this.#learntS = 0;
    this.#predicted = null;
  }

  /** The air has changed for good: what is known of the flow is open again. */
  reopen(): void {
    this.#parameters.open(0);
    this.#parameters.open(1);
    this.#formSquare = FORM_START ** 2;
    this.#openS = JUDGED_S;
    // what the old parameters made of the past says nothing about the new ones
    this.interrupt();
  }

  /** Readings were missing: the prediction starts anew from what is measured next. */
  interrupt(): void {
    this.#modelC = null;
    this.#predicted = null;
    this.#course = [];
    this.#slopes.fill(0);
  }

  /** `seconds` on with that input as its mean. */
  predict(input: SlotInput, seconds: number): Residual {
    const [r, k, logC, offsetK] = this.#parameters.values as unknown as [number, number, number, number];
    const perFlow = input.flowM3s ** -FLOW_EXPONENT;
    const resistance = Math.max(0.2 * this.#startR, r + k * perFlow);
    const timeConstantS = clamp(Math.exp(logC) * resistance, 5, 3600);
    const steadyC = input.inletC + input.powerW * resistance;
    const near = 1 - Math.exp(-seconds / timeConstantS);
    this.#modelC ??= input.temperatureC - offsetK;
    const wayK = steadyC - this.#modelC;
    const heatFlow = (this.#modelC - input.inletC) / resistance;
    const slopes = this.#slopes;
    slopes[0]! += near * (heatFlow - slopes[0]!);
    slopes[1]! += near * (heatFlow * perFlow - slopes[1]!);
    slopes[2]! += near * (-wayK - slopes[2]!);
    slopes[3] = 1;
    this.#modelC += near * wayK;
    this.#remember(seconds);
    this.#heatW = Math.max(0, this.#modelC - input.inletC) / resistance;
    const riseK = input.powerW * resistance;
    const formK = Math.sqrt(this.#formSquare) * riseK;
    const lagK = LAG_PART * Math.abs(steadyC - this.#modelC);
    const known = this.#parameters.variance(slopes);
    this.#predicted = {
      errorK: input.temperatureC - this.#modelC - offsetK,
      sigmaK: Math.sqrt(NOISE_K ** 2 + formK ** 2 + lagK ** 2 + known + input.inputSigmaK ** 2),
      convectiveK: input.powerW * Math.max(0, k) * perFlow,
      riseK,
      timeConstantS,
    };
    return this.#predicted;
  }

  #remember(seconds: number): void {
    this.#clockS += seconds;
    const last = this.#course.at(-1);
    if (last !== undefined && this.#clockS - last.atS < COURSE_STEP_S) return;
    this.#course.push({ atS: this.#clockS, modelC: this.#modelC! });
    if (this.#course.length > COURSE_POINTS) this.#course.shift();
  }

  /** Lets the parameters follow what `predict` found. Not to be called while something is wrong with the slot. */
  learn(seconds: number): void {
    const seen = this.#predicted;
    if (seen === null) return;
    this.#learntS += seconds;
    this.#openS = Math.max(0, this.#openS - seconds);
    const known = this.#parameters.variance(this.#slopes);
    const noise = seen.sigmaK ** 2 - known;
    this.#parameters.age(seconds);
    const before = Float64Array.from(this.#parameters.values);
    this.#parameters.observe(this.#slopes, seen.errorK, Math.sqrt(Math.max(noise, NOISE_K ** 2) * REPEATED));
    // the open-loop state is what the new parameters would have made of the past
    if (this.#modelC !== null) {
      for (let i = 0; i < 3; i++) this.#modelC += this.#slopes[i]! * (this.#parameters.values[i]! - before[i]!);
    }
    if (seen.riseK < 3 || known > 0.5 * noise) return;
    const part = clamp((seen.errorK ** 2 - NOISE_K ** 2) / seen.riseK ** 2, 0, FORM_MOST ** 2);
    const share = 1 - Math.exp(-seconds / FORM_MEMORY_S);
    this.#formSquare = Math.max(FORM_LEAST ** 2, this.#formSquare + share * (part - this.#formSquare));
  }
}
