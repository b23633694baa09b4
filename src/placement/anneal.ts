// Simulated annealing led by the fluid problem. At the fluid's speeds temperatures are linear in the sleds' powers, so a
// proposal costs a few additions to judge. What a kelvin is worth comes from the fluid's prices, as in an augmented
// Lagrangian: the price at the ceiling, more above it, fading to nothing some kelvins below.
import type { Random } from '../core/random.ts';
import { temperaturesInto } from '../thermal/chassis-model.ts';
import type { Fluid } from './fluid.ts';
import { moveCostTo, NOWHERE, type Placement } from './placement.ts';
import { isAllowed, type Problem } from './problem.ts';
import { Residents } from './residents.ts';
import { sensitivityAt, type Sensitivity } from './sensitivity.ts';

/** One round. Heat, and what moves weigh, are in the unit of the fluid's goal: J, or K of overshoot. */
export interface Round {
  readonly proposals: number;
  readonly hot: number;
  readonly cold: number;
  readonly perMoveJ: number;
}

/** How far below its ceiling a slot is still worth cooling, at the beginning and at the end of a round. */
const WIDE_K = 4;
const NARROW_K = 0.2;
/** Shares of the proposals, added up; what is left are swaps of any two. */
const HOMEWARD = 0.1;
const AWAY = 0.35;
const INSTEAD = 0.6;
const BOTH_AWAY = 0.75;
/** Proposals between two looks at the clock. */
const STRIDE = 4096;

export class Annealer {
  readonly #problem: Problem;
  readonly #random: Random;
  #flowM3s: Float64Array;
  readonly #ceilingC: Float64Array;
  readonly #mayCome: (u: number, slot: number) => boolean;
  #sensitivity: Sensitivity;
  readonly #movable: Int32Array;
  readonly #isFree: boolean;
  readonly #excessK: Float64Array;
  /** Slope of what an excess costs, per kelvin of band, and where it begins, in bands below the ceiling. */
  readonly #steepness: Float64Array;
  readonly #reach: Float64Array;
  readonly #touched: Int32Array;
  readonly #deltaK: Float64Array;
  readonly #isTouched: Uint8Array;
  /** By unit: power, home, and what it costs anywhere else, J; NaN where that depends on the slot. */
  readonly #powerW: Float64Array;
  readonly #home: Int32Array;
  readonly #awayJ: Float64Array;
  #residents: Residents;
  #touchedCount = 0;

  /** `mayCome` forbids what the placement's own rules do not. */
  constructor(
    problem: Problem,
    fluid: Fluid,
    ceilingC: Float64Array,
    random: Random,
    mayCome: (u: number, slot: number) => boolean,
  ) {
    const slots = problem.slotCount;
    this.#problem = problem;
    this.#random = random;
    this.#flowM3s = fluid.flowM3s;
    this.#ceilingC = ceilingC;
    this.#mayCome = mayCome;
    this.#sensitivity = sensitivityAt(problem, fluid.flowM3s);
    this.#movable = Int32Array.from(problem.units.flatMap((unit, u) => (unit.allowed.length > 1 ? [u] : [])));
    this.#isFree = problem.units.every((unit) => unit.allowed.length === slots || unit.allowed.length < 2);
    this.#excessK = new Float64Array(slots);
    this.#touched = new Int32Array(slots);
    this.#deltaK = new Float64Array(slots);
    this.#isTouched = new Uint8Array(slots);
    this.#powerW = Float64Array.from(problem.units, (unit) => unit.powerW);
    this.#home = Int32Array.from(problem.units, (unit) => unit.home);
    this.#awayJ = Float64Array.from(problem.units, (unit) => unit.awayJ);
    this.#residents = new Residents(problem, this.#movable, this.#home);
    // a slot without a price must not get over its ceiling either: it would soon have one
    const usual = usualPrice(fluid.pricePerK, problem.model.minRatio.length);
    this.#steepness = fluid.pricePerK.map((price) => Math.max(price, usual));
    this.#reach = fluid.pricePerK.map((price) => price / Math.max(price, usual));
  }

  /** From now on temperatures are those at these flows. */
  follow(flowM3s: Float64Array): void {
    this.#flowM3s = flowM3s;
    this.#sensitivity = sensitivityAt(this.#problem, flowM3s);
  }

  /** Changes the placement as long as it is not over. */
  run(placement: Placement, round: Round, isOver: () => boolean): void {
    if (this.#movable.length === 0) return;
    this.#lookAt(placement);
    this.#residents = new Residents(this.#problem, this.#movable, placement.at);
    const cooling = (round.cold / round.hot) ** (1 / round.proposals);
    const narrowing = (NARROW_K / WIDE_K) ** (1 / round.proposals);
    let heat = round.hot;
    let bandK = WIDE_K;
    for (let i = 0; i < round.proposals; i++) {
      if (i % STRIDE === STRIDE - 1 && isOver()) return;
      heat *= cooling;
      bandK *= narrowing;
      this.#propose(placement, round.perMoveJ, heat, bandK);
    }
  }

  #lookAt(placement: Placement): void {
    const { model, slotCount } = this.#problem;
    const inlets = new Float64Array(slotCount);
    temperaturesInto(model, placement.powerW, this.#flowM3s, inlets, this.#excessK);
    for (let s = 0; s < slotCount; s++) this.#excessK[s]! -= this.#ceilingC[s]!;
  }

  #propose(placement: Placement, perMoveJ: number, heat: number, bandK: number): void {
    const random = this.#random;
    const kind = random.next();
    let u = this.#movable[random.int(this.#movable.length)]!;
    let v = NOWHERE;
    if (kind < HOMEWARD || (kind >= AWAY && kind < BOTH_AWAY)) {
      u = this.#residents.anyAway(random);
      if (u === NOWHERE) return;
    }
    const from = placement.at[u]!;
    let to = this.#home[u]!;
    if (kind >= AWAY) {
      // another one of its home in its stead, another one that is away, or any
      if (kind < INSTEAD) v = this.#residents.anyIn(to, random);
      else if (kind < BOTH_AWAY) v = this.#residents.anyAway(random);
      else v = this.#movable[random.int(this.#movable.length)]!;
      if (v === NOWHERE) return;
      to = placement.at[v]!;
    } else if (kind >= HOMEWARD) {
      to = this.#isFree ? random.int(this.#problem.slotCount) : random.pick(this.#problem.units[u]!.allowed);
    }
    if (to === from) return;
    if (!this.#isFree && !(this.#allows(u, to) && (v === NOWHERE || this.#allows(v, from)))) return;
    let movesJ = this.#moveJ(u, to) - this.#moveJ(u, from);
    if (v !== NOWHERE) movesJ += this.#moveJ(v, from) - this.#moveJ(v, to);
    this.#shift(from, to, this.#powerW[u]! - (v === NOWHERE ? 0 : this.#powerW[v]!));
    const worse = movesJ * perMoveJ + this.#worth(bandK);
    const isTaken = worse <= 0 || random.next() < Math.exp(-worse / heat);
    if (isTaken && this.#apply(placement, u, v, from, to)) this.#keep();
    for (let t = 0; t < this.#touchedCount; t++) this.#isTouched[this.#touched[t]!] = 0;
    this.#touchedCount = 0;
  }

  #allows(u: number, slot: number): boolean {
    return isAllowed(this.#problem, this.#problem.units[u]!, slot);
  }

  #moveJ(u: number, slot: number): number {
    if (slot === this.#home[u]!) {
      if (!Number.isNaN(this.#awayJ[u]!)) return 0;
    } else if (!Number.isNaN(this.#awayJ[u]!)) return this.#awayJ[u]!;
    return moveCostTo(this.#problem, this.#problem.units[u]!, slot);
  }

  /** The change of what the excesses cost: (steepness / 2 band) · max(0, excess + reach · band)², summed. */
  #worth(bandK: number): number {
    let sum = 0;
    for (let t = 0; t < this.#touchedCount; t++) {
      const s = this.#touched[t]!;
      const before = this.#excessK[s]! + this.#reach[s]! * bandK;
      const after = before + this.#deltaK[s]!;
      sum += this.#steepness[s]! * ((after > 0 ? after * after : 0) - (before > 0 ? before * before : 0));
    }
    return sum / (2 * bandK);
  }

  #shift(from: number, to: number, powerW: number): void {
    const { start, row, kPerW } = this.#sensitivity;
    for (let i = start[from]!; i < start[from + 1]!; i++) this.#add(row[i]!, -powerW * kPerW[i]!);
    for (let i = start[to]!; i < start[to + 1]!; i++) this.#add(row[i]!, powerW * kPerW[i]!);
  }

  #add(slot: number, changeK: number): void {
    if (this.#isTouched[slot] === 1) this.#deltaK[slot]! += changeK;
    else {
      this.#isTouched[slot] = 1;
      this.#touched[this.#touchedCount++] = slot;
      this.#deltaK[slot] = changeK;
    }
  }

  #keep(): void {
    for (let t = 0; t < this.#touchedCount; t++) this.#excessK[this.#touched[t]!]! += this.#deltaK[this.#touched[t]!]!;
  }

  /** False, and nothing has changed, when a hard rule forbids it. */
  #apply(placement: Placement, u: number, v: number, from: number, to: number): boolean {
    if (!this.#mayCome(u, to) || (v !== NOWHERE && !this.#mayCome(v, from))) return false;
    if (v === NOWHERE) {
      if (!placement.fits(u, to)) return false;
      placement.move(u, to);
      this.#residents.move(u, from, to);
      return true;
    }
    placement.remove(u);
    placement.remove(v);
    if (placement.fits(u, to)) {
      placement.place(u, to);
      if (placement.fits(v, from)) {
        placement.place(v, from);
        this.#residents.move(u, from, to);
        this.#residents.move(v, to, from);
        return true;
      }
      placement.remove(u);
    }
    placement.place(u, from);
    placement.place(v, to);
    return false;
  }
}

/** About as many slots bind as there are speeds to choose; so much one of them costs. */
function usualPrice(pricePerK: Float64Array, movers: number): number {
  const sum = pricePerK.reduce((a, b) => a + b, 0);
  return Math.max(1e-9, sum / Math.max(1, Math.min(pricePerK.length, movers)));
}

/** Moves what the fluid says should leave to where it says that watts are missing. */
export function roundFluid(
  problem: Problem,
  placement: Placement,
  fluid: Fluid,
  mayCome: (u: number, slot: number) => boolean,
): void {
  const { units } = problem;
  const leaving = units.flatMap((unit, u) => (fluid.leaving[u]! > 0.5 && placement.at[u] === unit.home ? [u] : []));
  for (const u of leaving.toSorted((a, b) => units[b]!.powerW - units[a]!.powerW)) {
    let chosen = NOWHERE;
    let mostW = 0;
    for (const slot of units[u]!.allowed) {
      const missingW = fluid.powerW[slot]! - placement.powerW[slot]!;
      if (missingW > mostW && slot !== placement.at[u] && mayCome(u, slot) && placement.fits(u, slot)) {
        mostW = missingW;
        chosen = slot;
      }
    }
    if (chosen !== NOWHERE) placement.move(u, chosen);
  }
}
