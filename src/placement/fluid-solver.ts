// The fluid problem's solver: a primal-dual interior-point method over the free variables x (speeds, or the overshoot),
// the shares y that leave and the watts R that arrive; powers are P = P0 − Σ p·y + R. Shares and arrivals are eliminated
// slot by slot, which leaves a system in x and P, sparse where heat and air stay near.
import { Barrier } from './barrier.ts';
import type { Fluid } from './fluid.ts';
import { SCALE_K, type FluidGoal, type FluidModel } from './fluid-model.ts';
import { leavingCostJ } from './placement.ts';
import type { Problem } from './problem.ts';

const MAX_ITERATIONS = 80;
const MU_START = 0.01;
const MU_END = 1e-7;
/** From here on the prices are of some use, when there is no time for better ones. */
const ROUGH_END = 1e-3;
const INFEASIBLE_END = 1e-6;
/** Overshoot may be anything up to this, in units of SCALE_K. */
const MOST_OVERSHOOT = 1e4;
/** What moves weigh beside the overshoot. */
const MOVES_BESIDE_OVERSHOOT = 1e-4;

export class FluidSolver {
  readonly #problem: Problem;
  readonly #goal: FluidGoal;
  readonly #model: FluidModel;
  readonly #scaleJ: number;
  /** Weight of x³, or of x where the goal is the overshoot. */
  readonly #weight: Float64Array;
  readonly #movable: readonly number[];
  readonly #home: Int32Array;
  readonly #unitPower: Float64Array;
  readonly #unitCost: Float64Array;
  readonly #perPower: Float64Array;
  readonly #idle: Float64Array;
  readonly #power: Float64Array;
  readonly #capPower: Float64Array;
  readonly #x: Float64Array;
  readonly #low: Barrier;
  readonly #high: Barrier;
  readonly #leave: Barrier;
  readonly #stay: Barrier;
  readonly #arrive: Barrier;
  readonly #ceiling: Barrier;
  readonly #cap: Barrier;
  readonly #step: Float64Array;
  readonly #ones: Float64Array;
  /** How much a slot's power yields to a price, and its power step at price 0. */
  readonly #yield: Float64Array;
  readonly #drift: Float64Array;

  /** `perWatt`: what a watt in a slot costs besides, in the unit of the goal. */
  constructor(problem: Problem, model: FluidModel, perWatt: Float64Array = new Float64Array(problem.slotCount)) {
    const { model: chassis, slotCount, units } = problem;
    const { goal, watt } = model;
    const homeW = homePowers(problem);
    const horizonS = problem.instance.horizonS;
    const costs = units.map((unit) => leavingCostJ(problem, unit));
    const movesJ = costs.reduce((a, b) => a + b, 0);
    const moversJ = model.movers.reduce((sum, m) => sum + chassis.maxPowerW[m]! * horizonS, 0);
    this.#problem = problem;
    this.#goal = goal;
    this.#model = model;
    this.#scaleJ = goal === 'cost' ? Math.max(1, moversJ, 1e-3 * movesJ) : Math.max(1, movesJ / MOVES_BESIDE_OVERSHOOT);
    const scaleJ = this.#scaleJ;
    this.#perPower = perWatt.map((cost) => (cost * watt) / (goal === 'cost' ? scaleJ : SCALE_K));
    this.#weight =
      goal === 'cost'
        ? Float64Array.from(model.movers, (m) => Math.max((chassis.maxPowerW[m]! * horizonS) / scaleJ, 1e-7))
        : Float64Array.of(1);
    this.#movable = units.flatMap((unit, u) => (unit.allowed.length > 1 && unit.powerW > 0 ? [u] : []));
    this.#home = Int32Array.from(this.#movable, (u) => units[u]!.home);
    this.#unitPower = Float64Array.from(this.#movable, (u) => units[u]!.powerW / watt);
    this.#unitCost = Float64Array.from(this.#movable, (u) => costs[u]! / scaleJ);
    this.#idle = homeW.map((power) => power / watt);
    this.#power = new Float64Array(slotCount);
    // a slot without a cap cannot get more than there is; a barrier needs a finite distance
    const mostW = 1.1 * homeW.reduce((a, b) => a + b, 0);
    this.#capPower = problem.powerCapW.map((cap, s) => Math.max(Math.min(cap, mostW), homeW[s]! * 1.001 + 1) / watt);

    const low = goal === 'cost' ? Float64Array.from(model.movers, (m) => chassis.minRatio[m]!) : Float64Array.of(0);
    const high = goal === 'cost' ? low.map(() => 1) : Float64Array.of(MOST_OVERSHOOT);
    this.#x = low.map((value, f) => value + 0.7 * Math.max(high[f]! - value, 1e-6));
    if (goal === 'overshoot') this.#x[0] = 1;
    this.#low = new Barrier(
      this.#x.map((value, f) => value - low[f]! + 1e-9),
      MU_START,
    );
    this.#high = new Barrier(
      this.#x.map((value, f) => Math.max(high[f]! - value, 1e-9)),
      MU_START,
    );
    const share = this.#unitPower.map(() => 0.3);
    this.#leave = new Barrier(share, MU_START);
    this.#stay = new Barrier(
      share.map((y) => 1 - y),
      MU_START,
    );
    const movedPower = this.#unitPower.reduce((sum, p) => sum + 0.3 * p, 0);
    this.#arrive = new Barrier(new Float64Array(slotCount).fill(movedPower / slotCount + 1e-3), MU_START);
    this.#setPowers();
    model.evaluate(this.#x, this.#power);
    this.#ceiling = new Barrier(
      model.slack.map((slack) => Math.max(slack, 0.1)),
      MU_START,
    );
    this.#cap = new Barrier(
      this.#capPower.map((cap, s) => Math.max(cap - this.#power[s]!, 0.1)),
      MU_START,
    );
    this.#step = new Float64Array(model.size);
    this.#ones = new Float64Array(model.size);
    this.#yield = new Float64Array(slotCount);
    this.#drift = new Float64Array(slotCount);
  }

  solve(isOver: () => boolean): Fluid | null {
    const barriers = [this.#low, this.#high, this.#leave, this.#stay, this.#arrive, this.#ceiling, this.#cap];
    const count = barriers.reduce((sum, barrier) => sum + barrier.distance.length, 0);
    let length = 0;
    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      const average = barriers.reduce((sum, barrier) => sum + barrier.gap, 0) / count;
      if (!(average < Infinity)) return null;
      if (isOver()) return average < ROUGH_END ? this.#answer() : null;
      if (average < MU_END && this.#infeasibility() < INFEASIBLE_END) return this.#answer();
      const mu = average * (length > 0.9 ? 0.1 : length > 0.5 ? 0.3 : 0.7);
      this.#eliminate(mu);
      if (!this.#assemble(mu, true) && !this.#assemble(mu, false)) return null;
      this.#solveStep();
      this.#spread(mu);
      for (const barrier of barriers) barrier.aim(mu);
      const primal = barriers.reduce((least, barrier) => Math.min(least, barrier.primalStep()), 1);
      const dual = barriers.reduce((least, barrier) => Math.min(least, barrier.dualStep()), 1);
      for (let f = 0; f < this.#x.length; f++) this.#x[f]! += primal * this.#step[f]!;
      for (const barrier of barriers) barrier.advance(primal, dual);
      length = Math.min(primal, dual);
      this.#setPowers();
      this.#model.evaluate(this.#x, this.#power);
    }
    return null;
  }

  #setPowers(): void {
    for (let s = 0; s < this.#power.length; s++) this.#power[s] = this.#idle[s]! + this.#arrive.distance[s]!;
    for (let k = 0; k < this.#home.length; k++) {
      this.#power[this.#home[k]!]! -= this.#unitPower[k]! * this.#leave.distance[k]!;
    }
  }

  #infeasibility(): number {
    let worst = 0;
    this.#model.slack.forEach((slack, i) => (worst = Math.max(worst, Math.abs(slack - this.#ceiling.distance[i]!))));
    this.#power.forEach((power, s) => {
      worst = Math.max(worst, Math.abs(this.#capPower[s]! - power - this.#cap.distance[s]!));
    });
    return worst;
  }

  /** A slot's power as a function of its price: dP = drift − yield · price. */
  #eliminate(mu: number): void {
    const { distance } = this.#arrive;
    for (let s = 0; s < this.#yield.length; s++) {
      this.#yield[s] = 1 / this.#arrive.stiffness(s);
      this.#drift[s] = mu / distance[s]! / this.#arrive.stiffness(s);
    }
    for (let k = 0; k < this.#home.length; k++) {
      const s = this.#home[k]!;
      const perPower = this.#unitPower[k]! / (this.#leave.stiffness(k) + this.#stay.stiffness(k));
      this.#yield[s]! += this.#unitPower[k]! * perPower;
      this.#drift[s]! += perPower * this.#leavingForce(k, mu);
    }
  }

  #leavingForce(k: number, mu: number): number {
    return this.#unitCost[k]! - mu / this.#leave.distance[k]! + mu / this.#stay.distance[k]!;
  }

  /** False when the matrix is not positive definite. */
  #assemble(mu: number, withMixed: boolean): boolean {
    const { freeCount, slack, jacobian, place, rows, matrix } = this.#model;
    matrix.clear();
    const right = this.#step;
    for (let f = 0; f < freeCount; f++) {
      const x = this.#x[f]!;
      const [slope, bend] =
        this.#goal === 'cost' ? [3 * this.#weight[f]! * x * x, 6 * this.#weight[f]! * x] : [this.#weight[f]!, 0];
      right[f] = -slope + mu / this.#low.distance[f]! - mu / this.#high.distance[f]!;
      matrix.add(f, f, bend + this.#low.stiffness(f) + this.#high.stiffness(f) + 1e-12);
    }
    for (let s = 0; s < this.#power.length; s++) {
      const stiffness = this.#cap.stiffness(s);
      const off = this.#capPower[s]! - this.#power[s]! - this.#cap.distance[s]!;
      const at = freeCount + s;
      right[at] =
        this.#drift[s]! / this.#yield[s]! - this.#perPower[s]! - mu / this.#cap.distance[s]! + stiffness * off;
      matrix.add(at, at, 1 / this.#yield[s]! + stiffness);
    }
    for (let i = 0; i < rows.length; i++) {
      const stiffness = this.#ceiling.stiffness(i);
      const distance = this.#ceiling.distance[i]!;
      const pull = mu / distance - stiffness * (slack[i]! - distance);
      const from = jacobian.start[i]!;
      const to = jacobian.start[i + 1]!;
      for (let e = from; e < to; e++) right[jacobian.column[e]!]! += jacobian.value[e]! * pull;
      matrix.addOuter(place, jacobian.value, from, to, stiffness);
    }
    this.#model.addCurvature(this.#ceiling.multiplier, withMixed);
    return matrix.factor('stop');
  }

  /** The step in x and P, with the price at which as much arrives as leaves. */
  #solveStep(): void {
    const { size, freeCount } = this.#model;
    let missing = 0;
    for (let s = 0; s < this.#power.length; s++) missing -= this.#arrive.distance[s]!;
    for (let k = 0; k < this.#home.length; k++) missing += this.#unitPower[k]! * this.#leave.distance[k]!;
    this.#ones.fill(0, 0, freeCount).fill(1, freeCount);
    this.#model.matrix.solve(this.#step);
    this.#model.matrix.solve(this.#ones);
    let arriving = 0;
    let perPrice = 0;
    for (let f = freeCount; f < size; f++) {
      arriving += this.#step[f]!;
      perPrice += this.#ones[f]!;
    }
    const price = (missing - arriving) / perPrice;
    for (let f = 0; f < size; f++) this.#step[f]! += price * this.#ones[f]!;
  }

  /** The changes of all distances that go with the step. */
  #spread(mu: number): void {
    const { freeCount, slack, jacobian, rows } = this.#model;
    const step = this.#step;
    for (let f = 0; f < freeCount; f++) {
      this.#low.change[f] = step[f]!;
      this.#high.change[f] = -step[f]!;
    }
    for (let i = 0; i < rows.length; i++) {
      let along = slack[i]! - this.#ceiling.distance[i]!;
      for (let e = jacobian.start[i]!; e < jacobian.start[i + 1]!; e++) {
        along += jacobian.value[e]! * step[jacobian.column[e]!]!;
      }
      this.#ceiling.change[i] = along;
    }
    for (let s = 0; s < this.#power.length; s++) {
      const powerStep = step[freeCount + s]!;
      const price = (this.#drift[s]! - powerStep) / this.#yield[s]!;
      this.#cap.change[s] = this.#capPower[s]! - this.#power[s]! - this.#cap.distance[s]! - powerStep;
      this.#arrive.change[s] = (mu / this.#arrive.distance[s]! - price) / this.#arrive.stiffness(s);
    }
    for (let k = 0; k < this.#home.length; k++) {
      const s = this.#home[k]!;
      const price = (this.#drift[s]! - step[freeCount + s]!) / this.#yield[s]!;
      const force = this.#unitPower[k]! * price - this.#leavingForce(k, mu);
      this.#leave.change[k] = force / (this.#leave.stiffness(k) + this.#stay.stiffness(k));
      this.#stay.change[k] = -this.#leave.change[k]!;
    }
  }

  #answer(): Fluid {
    const { model: chassis, slotCount, units } = this.#problem;
    const ratios = chassis.fixedRatio.map((fixed) => (Number.isNaN(fixed) ? 1 : fixed));
    this.#model.movers.forEach((m, f) => (ratios[m] = Math.min(1, Math.max(chassis.minRatio[m]!, this.#x[f]!))));
    const pricePerK = new Float64Array(slotCount);
    const scale = this.#goal === 'cost' ? this.#scaleJ / SCALE_K : 1;
    this.#model.rows.forEach((s, i) => (pricePerK[s] = this.#ceiling.multiplier[i]! * scale));
    const leaving = new Float64Array(units.length);
    this.#movable.forEach((u, k) => (leaving[u] = this.#leave.distance[k]!));
    return {
      ratios,
      flowM3s: this.#model.flowM3s.slice(),
      powerW: this.#model.powerW.slice(),
      pricePerK,
      leaving,
      overshootK: this.#goal === 'overshoot' ? this.#x[0]! * SCALE_K : 0,
    };
  }
}

/** Sled powers with everything at home, W. */
export function homePowers(problem: Problem): Float64Array {
  const homeW = problem.idlePowerW.slice();
  for (const unit of problem.units) homeW[unit.home]! += unit.powerW;
  return homeW;
}
