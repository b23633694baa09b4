// Which cause explains the residuals best: every hypothesis (a cause with a magnitude) adds up how badly its pattern fits
// what is seen, step by step; the one that fits best in the end is named, with its probability against the others.
import { type DriftCause, causeKey } from './drift-cause.ts';
import { patternInto, type ResidualView } from './drift-patterns.ts';

export interface Candidate {
  readonly cause: DriftCause;
  readonly magnitudes: readonly number[];
  /** −ln of how likely it is from the start, for all and for single magnitudes. */
  readonly cost: (magnitude: number) => number;
}

export interface Verdict {
  readonly cause: DriftCause;
  readonly magnitude: number;
  readonly confidence: number;
  /** How much better it fits than nothing at all, as a logarithm of odds. */
  readonly gain: number;
}

/** Residuals stay alike for about so long, s: steps within it are no independent evidence. */
const CORRELATED_S = 20;
const MEMORY_S = 600;
/** A single channel counts no more than this many sigmas. */
const MOST_SIGMAS = 6;

export const REMAINING_AIR = [0.05, 0.1, 0.15, 0.2, 0.26, 0.32, 0.38, 0.44, 0.5, 0.56, 0.62, 0.67, 0.72, 0.76, 0.8, 0.84, 0.88, 0.91, 0.94, 0.97, 1.04, 1.08, 1.14, 1.2, 1.3, 1.45];
export const OFFSETS_K = [0.5, 0.75, 1, 1.25, 1.5, 1.8, 2.1, 2.5, 3, 3.5, 4, 4.6, 5.3, 6, 7, 8, 9.5, 11, 13, 15].flatMap((k) => [-k, k]);
export const POWER_FACTORS = [0.4, 0.5, 0.6, 0.7, 0.78, 0.85, 0.9, 0.94, 1.06, 1.12, 1.2, 1.3, 1.5, 1.8];

export class Attribution {
  readonly #candidates: readonly Candidate[];
  readonly #misfit: readonly Float64Array[];
  readonly #temperatureK: Float64Array;
  readonly #inletK: Float64Array;
  #nothing = 0;

  constructor(candidates: readonly Candidate[], slots: number) {
    this.#candidates = candidates;
    this.#misfit = candidates.map(({ magnitudes }) => new Float64Array(magnitudes.length));
    this.#temperatureK = new Float64Array(slots);
    this.#inletK = new Float64Array(slots);
  }

  restart(): void {
    this.#nothing = 0;
    for (const misfit of this.#misfit) misfit.fill(0);
  }

  add(view: ResidualView, seconds: number): void {
    const keep = Math.exp(-seconds / MEMORY_S);
    const weight = seconds / CORRELATED_S;
    this.#temperatureK.fill(0);
    this.#inletK.fill(0);
    this.#nothing = keep * this.#nothing + weight * misfitOf(view, this.#temperatureK, this.#inletK, 0);
    this.#candidates.forEach(({ cause, magnitudes }, c) => {
      const misfit = this.#misfit[c]!;
      for (let g = 0; g < magnitudes.length; g++) {
        const doubt = patternInto(view, cause, magnitudes[g]!, this.#temperatureK, this.#inletK);
        misfit[g] = keep * misfit[g]! + weight * misfitOf(view, this.#temperatureK, this.#inletK, doubt);
      }
    });
  }

  /** @param extraCost what is known besides the residuals, −ln; @returns the best, null when nothing is better than no cause */
  verdict(extraCost: (cause: DriftCause, magnitude: number) => number): Verdict | null {
    const bests = this.#candidates.map((candidate, c) => this.#bestOf(candidate, this.#misfit[c]!, extraCost));
    const best = bests.reduce((a, b) => (b.cost < a.cost ? b : a));
    if (best.cost >= this.#nothing) return null;
    const whole = bests.reduce((sum, { cost }) => sum + Math.exp(best.cost - cost), Math.exp(best.cost - this.#nothing));
    return { cause: best.cause, magnitude: best.magnitude, confidence: 1 / whole, gain: this.#nothing - best.cost };
  }

  #bestOf({ cause, magnitudes, cost }: Candidate, misfit: Float64Array, extraCost: (cause: DriftCause, magnitude: number) => number) {
    let best = { cause, magnitude: magnitudes[0]!, cost: Infinity };
    magnitudes.forEach((magnitude, g) => {
      const total = misfit[g]! + cost(magnitude) + extraCost(cause, magnitude);
      if (total < best.cost) best = { cause, magnitude, cost: total };
    });
    return best;
  }
}

/** Half the sum of squares, in sigmas, that the pattern leaves; with the price of its own doubt. */
export function misfitOf(view: ResidualView, temperatureK: Float64Array, inletK: Float64Array, doubt: number): number {
  let sum = 0;
  for (let s = 0; s < temperatureK.length; s++) {
    sum += channel(view.temperatureK[s]!, view.temperatureSigmaK[s]!, temperatureK[s]!, doubt);
    if (view.hasInlet[s]) sum += channel(view.inletK[s]!, view.inletSigmaK[s]!, inletK[s]!, 1.5 * doubt);
  }
  return sum;
}

function channel(seenK: number, sigmaK: number, patternK: number, doubt: number): number {
  if (Number.isNaN(seenK)) return 0;
  const wide = Math.hypot(sigmaK, doubt * patternK);
  const off = Math.min(MOST_SIGMAS, Math.abs(seenK - patternK) / wide);
  return 0.5 * off * off + Math.log(wide / sigmaK);
}

/** All causes that a chassis with so many slots and movers may have. */
export function candidatesFor(slots: readonly { readonly hasInlet: boolean }[], movers: number): Candidate[] {
  // air that is more than it was is no fault; it only keeps a low reading from being called one too soon
  const air = (usual: number) => (magnitude: number) => usual + (magnitude > 1 ? 2 : 0);
  const flat = (usual: number) => () => usual;
  const each = slots.flatMap(({ hasInlet }, slot): Candidate[] => [
    { cause: { kind: 'slot-blocked', slot }, magnitudes: REMAINING_AIR, cost: air(0) },
    { cause: offset({ of: 'temperature', slot }), magnitudes: OFFSETS_K, cost: flat(1.5) },
    { cause: offset({ of: 'power', slot }), magnitudes: POWER_FACTORS, cost: flat(3) },
    ...(hasInlet ? [{ cause: offset({ of: 'inlet', slot }), magnitudes: OFFSETS_K, cost: flat(1.5) }] : []),
  ]);
  const fans = Array.from({ length: movers }, (_, mover): Candidate => ({ cause: { kind: 'fan-weak', mover }, magnitudes: [...REMAINING_AIR, 0], cost: air(1) }));
  return [...each, ...fans, { cause: { kind: 'filter' }, magnitudes: REMAINING_AIR, cost: air(0.5) }, { cause: offset({ of: 'ambient' }), magnitudes: OFFSETS_K, cost: flat(1.5) }];
}

function offset(sensor: Extract<DriftCause, { kind: 'sensor' }>['sensor']): DriftCause {
  return { kind: 'sensor', sensor, fault: 'offset' };
}

export { causeKey };
