// Better prices for a relaxation: steps along its gradients, as long as the bound is short of the limit that would settle
// the part (Polyak's steps with a target, which comes nearer where it is out of reach; directions keep some of the last).
import type { Relaxation } from './relaxation.ts';

/** How much of the last direction is kept. */
const MEMORY = 0.6;
/** Evaluations in a row that brought nothing before the steps become shorter. */
const STALE_MAX = 5;
const LEAST_SHARE = 0.1;
/** How far the tangents' place follows the speeds at which the bound is least. */
const FOLLOW = 0.2;

/** Prices, the place of the tangents, and how long the steps may be: a part passes them on to its parts. */
export interface Prices {
  readonly price: Float64Array;
  readonly at: Float64Array;
  share: number;
}

export class Ascent {
  readonly #relaxation: Relaxation;
  /** Prices of ceilings, of which there are so many, add up to 1; 0 when they are free. */
  readonly #normalised: number;
  readonly #direction: Float64Array;
  evaluations = 0;

  constructor(relaxation: Relaxation, normalised: number) {
    this.#relaxation = relaxation;
    this.#normalised = normalised;
    this.#direction = new Float64Array(relaxation.price.length);
  }

  /** The best bound in so many steps; `prices` become those that gave it. The part must have been set. */
  climb(prices: Prices, limit: number, steps: number): number {
    const relaxation = this.#relaxation;
    const { price, gradient, at } = relaxation;
    const direction = this.#direction.fill(0);
    copy(prices.price, price);
    let best = -Infinity;
    let stale = 0;
    for (let step = 0; step < steps; step++) {
      const value = this.value();
      if (value > best) {
        best = value;
        stale = 0;
        copy(price, prices.price);
        copy(at, prices.at);
        if (value >= limit) break;
      } else if (++stale >= STALE_MAX) {
        prices.share = Math.max(LEAST_SHARE, prices.share / 2);
        stale = 0;
        copy(prices.price, price);
        copy(prices.at, at);
        direction.fill(0);
        this.value();
      }
      relaxation.setGradient();
      if (this.#normalised > 0) for (let s = 0; s < this.#normalised; s++) gradient[s]! -= value;
      let square = 0;
      for (let i = 0; i < direction.length; i++) {
        direction[i] = gradient[i]! + MEMORY * direction[i]!;
        if (price[i]! > 0 || direction[i]! > 0) square += direction[i]! * direction[i]!;
      }
      if (square === 0) break;
      this.#move((prices.share * (limit + 5e-4 * Math.abs(limit) - value)) / square);
    }
    return best;
  }

  /** The bound at the relaxation's prices. */
  value(): number {
    this.evaluations++;
    return this.#relaxation.evaluate();
  }

  #move(length: number): void {
    const { price, at, lowest } = this.#relaxation;
    for (let i = 0; i < price.length; i++) price[i] = Math.max(0, price[i]! + length * this.#direction[i]!);
    this.#normalise();
    for (let f = 0; f < at.length; f++) at[f]! += FOLLOW * (lowest[f]! - at[f]!);
  }

  #normalise(): void {
    if (this.#normalised === 0) return;
    const { price } = this.#relaxation;
    let sum = 0;
    for (let s = 0; s < this.#normalised; s++) sum += price[s]!;
    for (let i = 0; i < price.length; i++) price[i] = sum > 0 ? price[i]! / sum : 1 / this.#normalised;
  }
}

function copy(from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!;
}
