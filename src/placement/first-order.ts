// What moves of work do to first order: the air-mover speeds stay, so temperatures are linear in the sleds' powers, and
// prices turn kelvins into air-mover power. A move costs a few additions, however big the chassis.
import type { Situation } from './explain.ts';
import type { Problem } from './problem.ts';
import { sensitivityAt, type Sensitivity } from './sensitivity.ts';

export class FirstOrder {
  readonly #sensitivity: Sensitivity;
  readonly #priceWPerK: Float64Array;
  readonly #temperatureC: Float64Array;
  #moverPowerW: number;

  /** `flowM3s`: at the situation's speeds. */
  constructor(problem: Problem, situation: Situation, flowM3s: Float64Array) {
    this.#sensitivity = sensitivityAt(problem, flowM3s);
    this.#priceWPerK = situation.priceWPerK;
    this.#temperatureC = situation.temperatureC.slice();
    this.#moverPowerW = situation.moverPowerW;
  }

  /** What the move does to the slot it leaves, K cooler, and to the air movers, W less. */
  move(powerW: number, from: number, to: number): { readonly gainK: number; readonly gainW: number } {
    const beforeC = this.#temperatureC[from]!;
    const beforeW = this.#moverPowerW;
    this.#add(from, -powerW);
    this.#add(to, powerW);
    return { gainK: beforeC - this.#temperatureC[from]!, gainW: beforeW - this.#moverPowerW };
  }

  #add(slot: number, powerW: number): void {
    const { start, row, kPerW } = this.#sensitivity;
    for (let i = start[slot]!; i < start[slot + 1]!; i++) {
      const changeK = kPerW[i]! * powerW;
      this.#temperatureC[row[i]!]! += changeK;
      this.#moverPowerW += this.#priceWPerK[row[i]!]! * changeK;
    }
  }
}
