// What one slot's temperature tells about it, by an extended Kalman filter over
//
//   T   temperature, °C            d   what the formula misses at present, K: comes and goes within half an hour
//   α   ln of r's factor           κ   ln of kFlow's factor          ω   ln of the openness' factor
//   λ   ln of the heat capacity's  δ_m ln of the factor on mover m's share
//
//   T → I + P · (r e^α + k e^κ Q^-0.8) + d   with   τ = C e^λ · (r e^α + k e^κ Q^-0.8),   Q = e^ω Σ gain_m e^δm n_m
//
// The start values are the board's, their standard deviations say how far a chassis may differ from its board. What
// the data cannot tell apart stays where the board put it, because nothing moves it along that direction.
import { clamp } from '../core/units.ts';
import { FLOW_EXPONENT } from './chassis-model.ts';
import { LEAST_FLOW_M3S, MISSED_MEMORY_S } from './learned-model.ts';
import { diagonalOf, fade, open, takeIn, varianceOf } from './covariance.ts';

/** The board's word on a slot. */
export interface SlotBasis {
  readonly rKPerW: number;
  readonly kFlow: number;
  /** Of the whole slot at half speed of all movers, s. */
  readonly timeConstantS: number;
  /** Flow per unit ratio of each mover, openness included, m³/s. */
  readonly gainM3s: readonly number[];
}

export interface SlotInput {
  readonly powerW: number;
  readonly inletC: number;
  readonly ratios: readonly number[];
}

/** Factors on the board's figures, as they are held true at the moment. */
export interface SlotFactors {
  readonly r: number;
  readonly k: number;
  readonly openness: number;
  readonly heatCapacity: number;
  readonly share: readonly number[];
}

const [T, D, ALPHA, KAPPA, OMEGA, LAMBDA, DELTA] = [0, 1, 2, 3, 4, 5, 6];

/** Standard deviations at the start. Openness is the board's until something happens to it. */
const START_SIGMA = { temperatureK: 1, missedK: 0.8, r: 0.3, k: 0.3, openness: 0.03, heatCapacity: 0.4, share: 0.2 };
/** How far things may wander in an hour, one standard deviation. */
const WANDER_PER_HOUR = { temperatureK: 0.9, r: 0.01, k: 0.02, openness: 0.02, heatCapacity: 0.01, share: 0.01 };
/** After a jump: standard deviation of ln openness. */
const JUMP_SIGMA = 0.8;
/** Innovations beyond this many standard deviations move the temperature, not the parameters. */
const GATE_SIGMAS = 4;
/** Beyond the gate for so long without end, s: the air path has changed. */
const JUMP_AFTER_S = 12;
const BOUNDS = { r: [0.2, 4], k: [0.2, 5], openness: [0.05, 1.6], heatCapacity: [0.2, 5], share: [0.3, 3] } as const;

export class SlotLearner {
  readonly #basis: SlotBasis;
  readonly #heatCapacityJPerK: number;
  /** Movers that bring air here, by their position. */
  readonly #movers: readonly number[];
  readonly #state: Float64Array;
  readonly #covariance: Float64Array;
  readonly #noiseVariance: number;
  #strangeS = 0;

  /** @param noiseK Of one reading a second, with what goes on in the next ones: quantisation is no white noise. */
  constructor(basis: SlotBasis, noiseK: number) {
    this.#basis = basis;
    this.#noiseVariance = noiseK * noiseK;
    this.#movers = basis.gainM3s.flatMap((gain, m) => (gain > 0 ? [m] : []));
    const halfM3s = Math.max(LEAST_FLOW_M3S, 0.5 * basis.gainM3s.reduce((sum, gain) => sum + gain, 0));
    const nominal = basis.rKPerW + (basis.kFlow === 0 ? 0 : basis.kFlow * halfM3s ** -FLOW_EXPONENT);
    this.#heatCapacityJPerK = basis.timeConstantS / Math.max(nominal, 1e-6);
    const { temperatureK, missedK, r, k, openness, heatCapacity, share } = START_SIGMA;
    this.#state = new Float64Array(DELTA + this.#movers.length);
    this.#covariance = diagonalOf([
      temperatureK,
      missedK,
      r,
      k,
      openness,
      heatCapacity,
      ...this.#movers.map(() => share),
    ]);
    this.#state[T] = NaN;
  }

  /** Null before the first reading, and after the sled was away. */
  get temperatureC(): number | null {
    return Number.isNaN(this.#state[T]) ? null : this.#state[T]!;
  }

  get missedK(): number {
    return this.#state[D]!;
  }

  get heatCapacityJPerK(): number {
    return this.#heatCapacityJPerK * Math.exp(this.#state[LAMBDA]!);
  }

  factors(): SlotFactors {
    const share = this.#basis.gainM3s.map(() => 1);
    this.#movers.forEach((m, i) => (share[m] = Math.exp(this.#state[DELTA + i]!)));
    return {
      r: Math.exp(this.#state[ALPHA]!),
      k: Math.exp(this.#state[KAPPA]!),
      openness: Math.exp(this.#state[OMEGA]!),
      heatCapacity: Math.exp(this.#state[LAMBDA]!),
      share,
    };
  }

  /** Flow for these ratios, m³/s. */
  flowM3s(ratios: readonly number[]): number {
    let flow = 0;
    this.#movers.forEach((m, i) => (flow += this.#basis.gainM3s[m]! * Math.exp(this.#state[DELTA + i]!) * ratios[m]!));
    return Math.max(LEAST_FLOW_M3S, flow * Math.exp(this.#state[OMEGA]!));
  }

  /** K/W between this slot's temperature and its inlet. */
  resistanceKPerW(ratios: readonly number[]): number {
    return this.#conductive() + this.#convective(this.flowM3s(ratios));
  }

  /** What is known of the temperature is of long ago: starts from the next reading. */
  lose(): void {
    this.#state[T] = NaN;
    this.#strangeS = 0;
  }

  /** Something happened to the air path: its openness is unknown. What was learned otherwise stays. */
  openPath(): void {
    open(this.#covariance, this.#state.length, OMEGA, JUMP_SIGMA);
    this.#strangeS = 0;
  }

  /** Takes a second or so in: what went in during `dtS`, and the temperature at its end. */
  step(input: SlotInput, temperatureC: number, dtS: number): void {
    if (this.temperatureC === null) {
      this.#start(temperatureC);
      return;
    }
    this.#predict(input, dtS);
    this.#observe(temperatureC, dtS);
  }

  /** Variance of the temperature `aheadS` from now if this input holds, K². */
  forecastVariance(input: SlotInput, aheadS: number): number {
    const slope = this.#slopes(input);
    const tauS = this.#timeConstantS(input.ratios);
    const left = Math.exp(-aheadS / tauS);
    const row = slope.map((value) => value * (1 - left));
    const kept = Math.exp(-aheadS / MISSED_MEMORY_S);
    row[T] = left;
    row[D] = (1 - left) * kept;
    return varianceOf(this.#covariance, row) + (1 - left) ** 2 * START_SIGMA.missedK ** 2 * (1 - kept * kept);
  }

  /** Variance of the steady-state temperature that is due to what is not known of mover m's share, K². */
  shareVariance(input: SlotInput, m: number): number {
    const i = this.#movers.indexOf(m);
    if (i < 0) return 0;
    const size = this.#state.length;
    return this.#slopes(input)[DELTA + i]! ** 2 * this.#covariance[(DELTA + i) * size + DELTA + i]!;
  }

  /** One standard deviation of ln of each factor, in the order r, k, openness, heat capacity. */
  sigmas(): readonly number[] {
    const size = this.#state.length;
    return [ALPHA, KAPPA, OMEGA, LAMBDA].map((i) => Math.sqrt(this.#covariance[i * size + i]!));
  }

  #start(temperatureC: number): void {
    this.#state[T] = temperatureC;
    open(this.#covariance, this.#state.length, T, START_SIGMA.temperatureK);
  }

  #conductive(): number {
    return this.#basis.rKPerW * Math.exp(this.#state[ALPHA]!);
  }

  #convective(flowM3s: number): number {
    return this.#basis.kFlow === 0 ? 0 : this.#basis.kFlow * Math.exp(this.#state[KAPPA]!) * flowM3s ** -FLOW_EXPONENT;
  }

  #timeConstantS(ratios: readonly number[]): number {
    return Math.max(1, this.heatCapacityJPerK * this.resistanceKPerW(ratios));
  }

  /** Of the steady-state temperature with each of the state; of T itself 0. */
  #slopes({ powerW, ratios }: SlotInput): Float64Array {
    const flow = this.flowM3s(ratios);
    const convectiveK = powerW * this.#convective(flow);
    const slopes = new Float64Array(this.#state.length);
    slopes[D] = 1;
    slopes[ALPHA] = powerW * this.#conductive();
    slopes[KAPPA] = convectiveK;
    slopes[OMEGA] = -FLOW_EXPONENT * convectiveK;
    const path = Math.exp(this.#state[OMEGA]!);
    this.#movers.forEach((m, i) => {
      const part = (path * this.#basis.gainM3s[m]! * Math.exp(this.#state[DELTA + i]!) * ratios[m]!) / flow;
      slopes[DELTA + i] = -FLOW_EXPONENT * convectiveK * part;
    });
    return slopes;
  }

  #predict(input: SlotInput, dtS: number): void {
    const state = this.#state;
    const size = state.length;
    const riseK = input.powerW * this.resistanceKPerW(input.ratios);
    const awayK = state[T]! - (input.inletC + riseK + state[D]!);
    const tauS = this.#timeConstantS(input.ratios);
    const left = Math.exp(-dtS / tauS);
    const later = (awayK * left * dtS) / tauS; // of T, with ln τ
    const row = this.#slopes(input);
    for (let i = ALPHA; i < size; i++) row[i] = row[i]! * (1 - left + (riseK > 0.1 ? later / riseK : 0));
    row[T] = left;
    row[D] = 1 - left;
    row[LAMBDA] = later;
    state[T] = state[T]! - awayK * (1 - left);
    this.#spread(row);
    const kept = Math.exp(-dtS / MISSED_MEMORY_S);
    fade(state, this.#covariance, D, kept);
    this.#addVariance(D, START_SIGMA.missedK ** 2 * (1 - kept * kept));
    const hours = dtS / 3600;
    const { temperatureK, r, k, openness, heatCapacity, share } = WANDER_PER_HOUR;
    [T, ALPHA, KAPPA, OMEGA, LAMBDA].forEach((i, at) =>
      this.#addVariance(i, [temperatureK, r, k, openness, heatCapacity][at]! ** 2 * hours),
    );
    this.#movers.forEach((_, i) => this.#addVariance(DELTA + i, share ** 2 * hours));
  }

  /** The covariance after T has become row · state. */
  #spread(row: Float64Array): void {
    const size = row.length;
    const covariance = this.#covariance;
    const along = new Float64Array(size);
    let variance = 0;
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += row[i]! * covariance[i * size + j]!;
      along[j] = sum;
    }
    for (let j = 0; j < size; j++) variance += along[j]! * row[j]!;
    for (let j = 0; j < size; j++) {
      covariance[j] = along[j]!;
      covariance[j * size] = along[j]!;
    }
    covariance[0] = variance;
  }

  #observe(temperatureC: number, dtS: number): void {
    const state = this.#state;
    const size = state.length;
    const innovationK = temperatureC - state[T]!;
    const sigmaK = Math.sqrt(this.#covariance[0]! + this.#noiseVariance);
    if (Math.abs(innovationK) > GATE_SIGMAS * sigmaK) {
      // the parameters did not do that
      this.#strangeS += dtS;
      if (this.#strangeS < JUMP_AFTER_S) return;
      this.openPath();
      this.#start(temperatureC);
      return;
    }
    if (this.#strangeS > 0) this.#strangeS = Math.max(0, this.#strangeS - dtS / 2);
    const row = new Float64Array(size);
    row[T] = 1;
    takeIn(state, this.#covariance, row, innovationK, this.#noiseVariance);
    this.#keepInBounds();
  }

  #keepInBounds(): void {
    const state = this.#state;
    const within = (i: number, [low, high]: readonly [number, number]) =>
      (state[i] = clamp(state[i]!, Math.log(low), Math.log(high)));
    within(ALPHA, BOUNDS.r);
    within(KAPPA, BOUNDS.k);
    within(OMEGA, BOUNDS.openness);
    within(LAMBDA, BOUNDS.heatCapacity);
    this.#movers.forEach((_, i) => within(DELTA + i, BOUNDS.share));
  }

  #addVariance(i: number, variance: number): void {
    const at = i * this.#state.length + i;
    this.#covariance[at] = this.#covariance[at]! + variance;
  }
}
