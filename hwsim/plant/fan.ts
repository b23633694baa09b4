// One fan: rotors that follow their command with inertia, what they deliver together, what they draw.
// Speeds are relative: 1 = full speed.
import { clamp } from '../../src/core/units.ts';
import type { FanParameters } from './parameters.ts';
import { relax } from './relax.ts';

export class Fan {
  readonly parameters: FanParameters;
  readonly #fullRpm: readonly number[];
  readonly #health: number[];
  readonly #speeds: number[];
  #ratio = 1;

  /** `fullRpm`: per rotor, where the board knows better than the plant file. Starts at full speed. */
  constructor(parameters: FanParameters, fullRpm: readonly number[] = []) {
    this.parameters = parameters;
    this.#fullRpm = parameters.rotors.map((rotor, i) => fullRpm[i] ?? rotor.fullRpm);
    this.#health = parameters.rotors.map(() => 1);
    this.#speeds = parameters.rotors.map((rotor) => rotor.speedFactor);
  }

  get rotorCount(): number {
    return this.#speeds.length;
  }

  setRatio(ratio: number): void {
    this.#ratio = clamp(ratio, 0, 1);
  }

  /** `rotor` null = all; 0 = stalled, 1 = as new. */
  setHealth(rotor: number | null, factor: number): void {
    this.#health.forEach((_, i) => {
      if (rotor === null || rotor === i) this.#health[i] = clamp(factor, 0, 1);
    });
  }

  step(dtS: number): void {
    this.#speeds.forEach((speed, i) => {
      const target = this.#target(i);
      const timeS = target > speed ? this.parameters.riseTimeS : this.parameters.fallTimeS;
      this.#speeds[i] = relax(speed, target, timeS, dtS);
    });
  }

  /** All rotors at once at the speed they were told. */
  settle(): void {
    this.#speeds.forEach((_, i) => (this.#speeds[i] = this.#target(i)));
  }

  /**
   * Speed of one ideal fan that delivers the same: rotors in series add their pressures (each ∝ speed²), and a slow
   * rotor stands in the way of a fast one (up to 20 %).
   */
  effectiveSpeed(): number {
    const fastest = Math.max(...this.#speeds);
    if (fastest <= 0) return 0;
    const meanSquare = this.#mean((speed) => speed * speed);
    return Math.sqrt(meanSquare) * (1 - 0.2 * (1 - Math.min(...this.#speeds) / fastest));
  }

  rpm(): number[] {
    return this.#speeds.map((speed, i) => speed * (this.#fullRpm[i] ?? 0));
  }

  powerW(): number {
    return this.parameters.idlePowerW + this.parameters.maxPowerW * this.#mean((speed) => speed ** 3);
  }

  #target(rotor: number): number {
    const { stopBelowRatio, speedExponent, rotors } = this.parameters;
    if (this.#ratio < stopBelowRatio) return 0;
    return this.#ratio ** speedExponent * (this.#health[rotor] ?? 1) * (rotors[rotor]?.speedFactor ?? 1);
  }

  #mean(of: (speed: number) => number): number {
    return this.#speeds.reduce((sum, speed) => sum + of(speed), 0) / this.#speeds.length;
  }
}
