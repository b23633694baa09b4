// How far a slot's published predictions were off when their time came, and so how far the present one may be: the
// quantiles of the last hours' own errors. What nobody can foresee (work that comes and goes, Moves, an operator) is in
// them, as often as it happens here.

/** A prediction a minute is remembered, and the errors of so many of them. */
const EVERY_S = 60;
const MOST_ERRORS = 360;
/** With fewer, `startK` on either side is mixed in. */
const FEW = 60;
/** Of the errors outside the band, on either side. */
const TAIL = 0.05;

export class ErrorBand {
  readonly #aheadS: number;
  readonly #startK: number;
  #open: { readonly dueS: number; readonly predictedC: number }[] = [];
  #errors: number[] = [];
  #lastS = -Infinity;
  #quantiles: { readonly lowK: number; readonly highK: number };

  /** @param startK Half a band while nothing is known. */
  constructor(aheadS: number, startK: number) {
    this.#aheadS = aheadS;
    this.#startK = startK;
    this.#quantiles = { lowK: -startK, highK: startK };
  }

  /** What is published now, and what is read now; null where there is neither. */
  take(atS: number, predictedC: number | null, temperatureC: number | null): void {
    while (this.#open[0] !== undefined && this.#open[0].dueS <= atS) {
      const { dueS, predictedC: then } = this.#open.shift()!;
      if (temperatureC !== null && atS - dueS < EVERY_S) this.#learn(temperatureC - then);
    }
    if (predictedC === null || atS - this.#lastS < EVERY_S) return;
    this.#lastS = atS;
    this.#open.push({ dueS: atS + this.#aheadS, predictedC });
  }

  /** 90 % of what comes lies between the prediction + lowK and the prediction + highK. */
  band(): { readonly lowK: number; readonly highK: number } {
    return this.#quantiles;
  }

  #learn(errorK: number): void {
    this.#errors.push(errorK);
    if (this.#errors.length > MOST_ERRORS) this.#errors.shift();
    const sorted = this.#errors.toSorted((a, b) => a - b);
    const mirrored = sorted.map((error) => -error).toReversed();
    const overlap = Math.max(1, this.#aheadS / EVERY_S);
    const trust = Math.min(1, sorted.length / FEW);
    const mixed = (own: number, start: number) => trust * own + (1 - trust) * start;
    this.#quantiles = {
      lowK: Math.min(0, mixed(-upper(mirrored, 1 - TAIL, overlap), -this.#startK)),
      highK: Math.max(0, mixed(upper(sorted, 1 - TAIL, overlap), this.#startK)),
    };
  }
}

/**
 * The error that `share` of those to come stay under, by the order statistics: the share · (n + 1)-th of n independent
 * ones. Errors of windows that overlap `overlap` times are as many fewer, hence share · (n + overlap).
 */
function upper(sorted: readonly number[], share: number, overlap: number): number {
  const last = sorted.length - 1;
  const place = Math.min(last, Math.max(0, share * (sorted.length + overlap) - 1));
  const below = Math.floor(place);
  const above = Math.min(last, below + 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
