// Distances that must stay positive and their multipliers, for primal-dual interior-point methods (Nocedal & Wright,
// Numerical Optimization, 19.2): d · m = µ is aimed at, with µ falling to zero.

/** How much of the way to zero a step may take. */
const TO_BOUNDARY = 0.99;

export class Barrier {
  readonly distance: Float64Array;
  readonly multiplier: Float64Array;
  /** Of the distances, in the step that is being made. */
  readonly change: Float64Array;
  readonly #multiplierChange: Float64Array;

  constructor(distance: Float64Array, mu: number) {
    this.distance = distance;
    this.multiplier = distance.map((d) => mu / d);
    this.change = new Float64Array(distance.length);
    this.#multiplierChange = new Float64Array(distance.length);
  }

  get gap(): number {
    let sum = 0;
    for (let i = 0; i < this.distance.length; i++) sum += this.distance[i]! * this.multiplier[i]!;
    return sum;
  }

  /** m / d: the stiffness the barrier adds. */
  stiffness(i: number): number {
    return this.multiplier[i]! / this.distance[i]!;
  }

  /** The multipliers' step that goes with the distances'. */
  aim(mu: number): void {
    for (let i = 0; i < this.distance.length; i++) {
      const d = this.distance[i]!;
      this.#multiplierChange[i] = (mu - this.multiplier[i]! * this.change[i]!) / d - this.multiplier[i]!;
    }
  }

  primalStep(): number {
    return longest(this.distance, this.change);
  }

  dualStep(): number {
    return longest(this.multiplier, this.#multiplierChange);
  }

  advance(primal: number, dual: number): void {
    for (let i = 0; i < this.distance.length; i++) {
      this.distance[i]! += primal * this.change[i]!;
      this.multiplier[i]! += dual * this.#multiplierChange[i]!;
    }
  }
}

function longest(values: Float64Array, changes: Float64Array): number {
  let step = 1;
  for (let i = 0; i < values.length; i++) {
    if (changes[i]! < 0) step = Math.min(step, (-TO_BOUNDARY * values[i]!) / changes[i]!);
  }
  return step;
}
