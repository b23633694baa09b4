// The best air-mover speeds for a fixed assignment. More air cools every slot, so the least worst overshoot is that of
// full speed; below it, the least mover power with every slot under its ceiling is a convex problem in the ratios
// (T_s is a sum of negative powers of flows, flows are linear). Slots that no air reaches are left out of the ceilings.
import { clamp } from '../core/units.ts';
import { FLOW_EXPONENT, flowsInto, moverPowerW, temperaturesInto, UNBOUNDED_C } from '../thermal/chassis-model.ts';
import type { ChassisModel } from '../thermal/chassis-model.ts';
import { InteriorPoint } from './interior-point.ts';

/** Kept between a slot and its ceiling, so that rounding never reads as overshoot, K. */
const CLEARANCE_K = 1e-6;
/** Up to this many slots all ceilings are in the problem at once; beyond, those that turn out to matter. */
const ALL_AT_ONCE = 24;

export interface LeastOvershoot {
  /** Worst overshoot of the slots that can be cooled, at full speed; ≥ 0, K. */
  overshootK: number;
  /** Sled power of the slots that no air reaches, W, and 1 for each; the less of it the better. 0 = there are none. */
  beyondW: number;
}

export interface Speeds {
  readonly ratios: Float64Array;
  readonly flowM3s: Float64Array;
  readonly inletC: Float64Array;
  readonly temperatureC: Float64Array;
  /** Mover power saved per kelvin that the ceiling of a slot is raised, W/K; the gradient for screening moves. */
  readonly priceWPerK: Float64Array;
  moverPowerW: number;
}

/** Speeds that the solver's next answer leaves as they are. */
export function copyOf(speeds: Speeds): Speeds {
  const { ratios, flowM3s, inletC, temperatureC, priceWPerK, moverPowerW: watts } = speeds;
  return {
    ratios: ratios.slice(),
    flowM3s: flowM3s.slice(),
    inletC: inletC.slice(),
    temperatureC: temperatureC.slice(),
    priceWPerK: priceWPerK.slice(),
    moverPowerW: watts,
  };
}

/** Solves again and again for one chassis; the arrays of its answers are reused by the next call. */
export class SpeedSolver {
  readonly #model: ChassisModel;
  readonly #targetC: Float64Array;
  readonly #full: Float64Array;
  readonly #low: Float64Array;
  readonly #fullFlow: Float64Array;
  readonly #scratch: Float64Array;
  readonly #ceilingC: Float64Array;
  readonly #speeds: Speeds;
  readonly #least: LeastOvershoot = { overshootK: 0, beyondW: 0 };
  readonly #interior: InteriorPoint;
  #working: number[] = [];

  /** `targetC`: limit minus margin of every slot. */
  constructor(model: ChassisModel, targetC: Float64Array) {
    const slots = model.slotIds.length;
    this.#model = model;
    this.#targetC = targetC;
    this.#full = model.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed));
    this.#low = model.fixedRatio.map((fixed, m) => (Number.isNaN(fixed) ? model.minRatio[m]! : fixed));
    this.#fullFlow = new Float64Array(slots);
    flowsInto(model, this.#full, this.#fullFlow);
    this.#scratch = new Float64Array(slots);
    this.#ceilingC = new Float64Array(slots);
    this.#speeds = {
      ratios: new Float64Array(this.#full.length),
      flowM3s: new Float64Array(slots),
      inletC: new Float64Array(slots),
      temperatureC: new Float64Array(slots),
      priceWPerK: new Float64Array(slots),
      moverPowerW: 0,
    };
    this.#interior = new InteriorPoint(model, this.#low, this.#full);
  }

  /** What full speed leaves over; the least of any speeds. */
  leastOvershoot(powers: Float64Array): LeastOvershoot {
    const temperatures = this.temperaturesAtFull(powers);
    let worst = 0;
    let beyondW = 0;
    for (let s = 0; s < temperatures.length; s++) {
      if (temperatures[s]! >= UNBOUNDED_C) beyondW += 1 + powers[s]!;
      else worst = Math.max(worst, temperatures[s]! - this.#targetC[s]!);
    }
    this.#least.overshootK = worst;
    this.#least.beyondW = beyondW;
    return this.#least;
  }

  /** Rise of a slot over its inlet per watt at full speed, K/W; Infinity where no air reaches it. */
  resistanceAtFull(slot: number): number {
    const k = this.#model.kFlow[slot]!;
    return this.#model.rKPerW[slot]! + (k === 0 ? 0 : k * this.#fullFlow[slot]! ** -FLOW_EXPONENT);
  }

  /** Temperatures at full speed, °C; the array is reused. */
  temperaturesAtFull(powers: Float64Array): Float64Array {
    temperaturesInto(this.#model, powers, this.#fullFlow, this.#scratch, this.#speeds.temperatureC);
    return this.#speeds.temperatureC;
  }

  /** Least mover power with no slot more than `levelK` over its target. `levelK` must not be under leastOvershoot. */
  solve(powers: Float64Array, levelK: number): Speeds {
    const speeds = this.#speeds;
    const ceilings = this.#ceilingC;
    const hottest = this.temperaturesAtFull(powers);
    for (let s = 0; s < ceilings.length; s++) {
      // a slot beyond cooling has no ceiling; one that full speed just meets keeps it without the clearance
      const ceiling = this.#targetC[s]! + levelK;
      ceilings[s] =
        hottest[s]! >= UNBOUNDED_C ? Infinity : Math.max(ceiling - CLEARANCE_K, Math.min(ceiling, hottest[s]!));
    }
    speeds.priceWPerK.fill(0);
    speeds.ratios.set(this.#low);
    this.#evaluate(powers);
    if (!this.#isOver(0)) return speeds;
    this.#solveOver(powers);
    if (speeds.ratios.some((ratio) => Number.isNaN(ratio))) this.#goFull(powers);
    this.#makeFeasible(powers);
    return speeds;
  }

  /** Where figures are so far apart that the solver loses them: full speed is enough, if not the least. */
  #goFull(powers: Float64Array): void {
    this.#speeds.ratios.set(this.#full);
    this.#speeds.priceWPerK.fill(0);
    this.#evaluate(powers);
  }

  #solveOver(powers: Float64Array): void {
    const slots = powers.length;
    const { ratios, temperatureC, priceWPerK } = this.#speeds;
    if (slots <= ALL_AT_ONCE) {
      this.#interior.solve(
        powers,
        this.#ceilingC,
        Array.from({ length: slots }, (_, s) => s),
        ratios,
        priceWPerK,
      );
      this.#evaluate(powers);
      return;
    }
    this.#working = this.#working.filter((s) => temperatureC[s]! > this.#ceilingC[s]! - 20);
    for (let round = 0; round < 60; round++) {
      const added = this.#mostOver(Math.max(8, Math.ceil(slots / 4)));
      if (added.length === 0 && round > 0) break; // the slots of the last call are not solved for these powers yet
      this.#working.push(...added);
      this.#interior.solve(powers, this.#ceilingC, this.#working, ratios, priceWPerK);
      this.#evaluate(powers);
    }
  }

  /** Slots over their ceiling that are not in the working set yet, worst first. */
  #mostOver(count: number): number[] {
    const { temperatureC } = this.#speeds;
    const inside = new Set(this.#working);
    const over: number[] = [];
    for (let s = 0; s < temperatureC.length; s++) {
      if (temperatureC[s]! > this.#ceilingC[s]! + CLEARANCE_K / 2 && !inside.has(s)) over.push(s);
    }
    const excess = (s: number) => temperatureC[s]! - this.#ceilingC[s]!;
    return over.toSorted((a, b) => excess(b) - excess(a)).slice(0, count);
  }

  /** Goes as little as needed towards full speed when rounding or a thin interior left a slot over its ceiling. */
  #makeFeasible(powers: Float64Array): void {
    if (!this.#isOver(CLEARANCE_K / 2)) return;
    const { ratios } = this.#speeds;
    const from = ratios.slice();
    let low = 0;
    let high = 1;
    for (let step = 0; step < 45; step++) {
      const t = step === 0 ? 1e-6 : (low + high) / 2;
      ratios.forEach((_, m) => (ratios[m] = from[m]! + t * (this.#full[m]! - from[m]!)));
      this.#evaluate(powers);
      if (this.#isOver(CLEARANCE_K / 2)) low = t;
      else high = t;
      if (high - low < 1e-9) break;
    }
    ratios.forEach((_, m) => (ratios[m] = clamp(from[m]! + high * (this.#full[m]! - from[m]!), 0, 1)));
    this.#evaluate(powers);
  }

  #evaluate(powers: Float64Array): void {
    const { ratios, flowM3s, inletC, temperatureC } = this.#speeds;
    flowsInto(this.#model, ratios, flowM3s);
    temperaturesInto(this.#model, powers, flowM3s, inletC, temperatureC);
    this.#speeds.moverPowerW = moverPowerW(this.#model, ratios);
  }

  #isOver(toleranceK: number): boolean {
    const { temperatureC } = this.#speeds;
    for (let s = 0; s < temperatureC.length; s++) {
      if (temperatureC[s]! > this.#ceilingC[s]! + toleranceK) return true;
    }
    return false;
  }
}
