// Which cause explains the residuals best: every hypothesis (a cause with a magnitude) adds up how badly its pattern fits
// what is seen, step by step; the one that fits best in the end is named, with its probability against the others.
import type { DriftCause } from './drift-cause.ts';
import { emptyPattern, patternInto, type Pattern, type ResidualView } from './drift-patterns.ts';

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

export const REMAINING_AIR = [
  0.05, 0.1, 0.15, 0.2, 0.26, 0.32, 0.38, 0.44, 0.5, 0.56, 0.62, 0.67, 0.72, 0.76, 0.8, 0.84, 0.88, 0.91, 0.94, 0.97,
  1.04, 1.08, 1.14, 1.2, 1.3, 1.45,
];
export const OFFSETS_K = [
  0.5, 0.75, 1, 1.25, 1.5, 1.8, 2.1, 2.5, 3, 3.5, 4, 4.6, 5.3, 6, 7, 8, 9.5, 11, 13, 15,
].flatMap((k) => [-k, k]);
export const POWER_FACTORS = [0.4, 0.5, 0.6, 0.7, 0.78, 0.85, 0.9, 0.94, 1.06, 1.12, 1.2, 1.3, 1.5, 1.8];

export class Attribution {
  readonly #candidates: readonly Candidate[];
  readonly #misfit: readonly Float64Array[];
  /** What the present doubt of each pattern costs: the doubt is the same all the time, so it is paid once. */
  readonly #width: readonly Float64Array[];
  readonly #pattern: Pattern;
  #nothing = 0;

  constructor(candidates: readonly Candidate[], slots: number) {
    this.#candidates = candidates;
    this.#misfit = candidates.map(({ magnitudes }) => new Float64Array(magnitudes.length));
    this.#width = candidates.map(({ magnitudes }) => new Float64Array(magnitudes.length));
    this.#pattern = emptyPattern(slots);
  }

  add(view: ResidualView, seconds: number): void {
    const keep = Math.exp(-seconds / MEMORY_S);
    const weight = seconds / CORRELATED_S;
    this.#nothing = keep * this.#nothing + weight * misfitOf(view, emptyPattern(view.flowM3s.length)).squares;
    this.#candidates.forEach(({ cause, magnitudes }, c) => {
      const misfit = this.#misfit[c]!;
      for (let g = 0; g < magnitudes.length; g++) {
        patternInto(view, cause, magnitudes[g]!, this.#pattern);
        const { squares, width } = misfitOf(view, this.#pattern);
        misfit[g] = keep * misfit[g]! + weight * squares;
        this.#width[c]![g] = width;
      }
    });
  }

  /** @param extraCost what is known besides the residuals, −ln; @returns the best, null when nothing is better than no cause */
  verdict(extraCost: (cause: DriftCause, magnitude: number) => number): Verdict | null {
    const bests = this.#candidates.map((_, c) => this.#bestOf(c, extraCost));
    const best = bests.reduce((a, b) => (b.cost < a.cost ? b : a));
    if (best.cost >= this.#nothing) return null;
    const nothing = Math.exp(best.cost - this.#nothing);
    const whole = bests.reduce((sum, { cost }) => sum + Math.exp(best.cost - cost), nothing);
    return { cause: best.cause, magnitude: best.magnitude, confidence: 1 / whole, gain: this.#nothing - best.cost };
  }

  #bestOf(c: number, extraCost: (cause: DriftCause, magnitude: number) => number) {
    const { cause, magnitudes, cost } = this.#candidates[c]!;
    let best = { cause, magnitude: magnitudes[0]!, cost: Infinity };
    magnitudes.forEach((magnitude, g) => {
      const total = this.#misfit[c]![g]! + this.#width[c]![g]! + cost(magnitude) + extraCost(cause, magnitude);
      if (total < best.cost) best = { cause, magnitude, cost: total };
    });
    return best;
  }
}

export interface Misfit {
  /** Half the sum of squares, in sigmas, that the pattern leaves. */
  readonly squares: number;
  /** ln of how much wider its own doubt makes it. */
  readonly width: number;
}

export function misfitOf(view: ResidualView, pattern: Pattern): Misfit {
  let squares = 0;
  let width = 0;
  const channel = (seenK: number, sigmaK: number, patternK: number, doubtK: number) => {
    if (Number.isNaN(seenK)) return;
    const wide = Math.hypot(sigmaK, doubtK);
    const off = Math.min(MOST_SIGMAS, Math.abs(seenK - patternK) / wide);
    squares += 0.5 * off * off;
    width += Math.log(wide / sigmaK);
  };
  const { temperatureK, temperatureDoubtK, inletK, inletDoubtK } = pattern;
  for (let s = 0; s < temperatureK.length; s++) {
    channel(view.temperatureK[s]!, view.temperatureSigmaK[s]!, temperatureK[s]!, temperatureDoubtK[s]!);
    if (view.hasInlet[s]) channel(view.inletK[s]!, view.inletSigmaK[s]!, inletK[s]!, inletDoubtK[s]!);
  }
  return { squares, width };
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
  const fans = Array.from({ length: movers }, (_, mover): Candidate => ({
    cause: { kind: 'fan-weak', mover },
    magnitudes: [...REMAINING_AIR, 0],
    cost: air(1.5),
  }));
  return [
    ...each,
    ...fans,
    { cause: { kind: 'filter' }, magnitudes: REMAINING_AIR, cost: air(0) },
    { cause: offset({ of: 'ambient' }), magnitudes: OFFSETS_K, cost: flat(1.5) },
  ];
}

function offset(sensor: Extract<DriftCause, { kind: 'sensor' }>['sensor']): DriftCause {
  return { kind: 'sensor', sensor, fault: 'offset' };
}
