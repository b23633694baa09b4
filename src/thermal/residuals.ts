// All slots' residuals at one step: open loop for the temperatures, regression for the inlets; as hypotheses about what is
// wrong look at them (drift-patterns.ts). Learns what is normal only where it is told that nothing is wrong.
import { AIR_J_PER_M3K } from '../core/units.ts';
import type { ChassisModel } from './chassis-model.ts';
import type { DriftStep } from './drift-frame.ts';
import type { ResidualView } from './drift-patterns.ts';
import { InletReference } from './inlet-reference.ts';
import { OpenLoopSlot, type Residual } from './open-loop.ts';
import { fitLine } from './predict.ts';

/** Steps that a slope of the residual is taken over. */
const SLOPE_STEPS = 6;
/** Of the lag correction, how much it may be wrong by. */
const SLOPE_DOUBT = 0.3;
/** Doubt of an inlet that is computed, K. */
const COMPUTED_INLET_K = 0.4;
/** With a fan that is not well the air takes ways that nobody has modelled: this part of the flow for each whole fan. */
const UNWELL_PART = 0.35;
/** Fans that run at unlike speeds let air back through the slow ones: this much of the flow for a whole difference. */
const UNLIKE_PART = 0.35;
/** After a sled came or went the others get other air, until that has been learned, s. */
const UPHEAVAL_PART = 0.08;
const UPHEAVAL_S = 3600;
const HALF_RATIO = 0.5;

export interface Residuals extends ResidualView {
  readonly hasInlet: boolean[];
  /** Dynamic residual of the temperature and one standard deviation, K; NaN where nothing is known. */
  readonly errorK: Float64Array;
  readonly sigmaK: Float64Array;
  readonly timeConstantS: Float64Array;
}

export class ResidualTracker {
  readonly #model: ChassisModel;
  readonly #slots: readonly OpenLoopSlot[];
  readonly #inlets: readonly InletReference[];
  readonly #history: { atS: number; errorK: number }[][];
  readonly #upheavalS: Float64Array;
  #atS = 0;

  constructor(model: ChassisModel, timeConstantS: readonly number[]) {
    this.#model = model;
    const movers = model.moverIds.length;
    this.#slots = model.slotIds.map((_, s) => {
      const gains = model.gainM3s.subarray(s * movers, (s + 1) * movers);
      const flowM3s = Math.max(1e-4, HALF_RATIO * gains.reduce((sum, gain) => sum + gain, 0));
      return new OpenLoopSlot({
        rKPerW: model.rKPerW[s]!,
        kFlow: model.kFlow[s]!,
        timeConstantS: timeConstantS[s]!,
        flowM3s,
      });
    });
    this.#inlets = model.slotIds.map(() => new InletReference());
    this.#history = model.slotIds.map(() => []);
    this.#upheavalS = new Float64Array(model.slotIds.length);
  }

  slot(s: number): OpenLoopSlot {
    return this.#slots[s]!;
  }

  /** Another sled, or none: this slot starts anew and the others' air is in doubt. */
  sledChanged(slot: number): void {
    this.#slots[slot]!.restart();
    this.#inlets[slot]!.restart();
    this.#history[slot] = [];
    this.#upheavalS.fill(UPHEAVAL_S);
  }

  /** There is more air than there was: flows and inlets are open again. */
  reopen(): void {
    for (const slot of this.#slots) slot.reopen();
    for (const inlet of this.#inlets) inlet.restart();
  }

  /** Frames were missing. */
  interrupt(): void {
    for (const slot of this.#slots) slot.interrupt();
    for (const history of this.#history) history.length = 0;
  }

  /** @param unwell part of its speed that each mover lacks */
  step(seen: DriftStep, unwell: readonly number[]): Residuals {
    const count = this.#slots.length;
    this.#atS += seen.seconds;
    const view = emptyView(count, seen.ratios.length);
    this.#flows(seen, view);
    const heat = this.#preheat(seen, view);
    const lacking = unwell.reduce((sum, part) => sum + part, 0);
    for (let s = 0; s < count; s++) {
      this.#upheavalS[s] = Math.max(0, this.#upheavalS[s]! - seen.seconds);
      const doubt = this.#flowDoubt(seen, view, s, UNWELL_PART * lacking);
      const computedC = this.#inletOf(seen, view, s, heat, doubt);
      const inletC = seen.inletC[s] ?? computedC;
      this.#predict(seen, view, s, inletC, doubt);
    }
    return view;
  }

  learn(slot: number, seconds: number): void {
    this.#slots[slot]!.learn(seconds);
    this.#inlets[slot]!.learn(seconds);
  }

  #flows(seen: DriftStep, view: Residuals): void {
    const movers = seen.ratios.length;
    for (let s = 0; s < this.#slots.length; s++) {
      let flow = 0;
      for (let m = 0; m < movers; m++) {
        const part = this.#model.gainM3s[s * movers + m]! * (seen.turning[m] ?? seen.ratios[m]!);
        view.partM3s[s * movers + m] = part;
        flow += part;
      }
      view.flowM3s[s] = flow;
    }
  }

  /** Heat that the sleds give to the air, as rises of the inlets; and the rise of all exhaust. */
  #preheat(seen: DriftStep, view: Residuals): number {
    const { kind, rowStart, column, weight } = this.#model.coupling;
    const count = this.#slots.length;
    let heatW = 0;
    let flowM3s = 0;
    for (let s = 0; s < count; s++) {
      // what a sled stores does not warm the air: its temperature tells better than its power
      const heatOf = (j: number) => this.#slots[j]!.heatW ?? seen.powerW[j] ?? 0;
      heatW += heatOf(s);
      flowM3s += view.flowM3s[s]!;
      for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
        const j = column[i]!;
        const rise = weight[i]! * heatOf(j);
        view.preheatK[s * count + j] = kind === 'linear' ? rise : view.flowM3s[j]! > 0 ? rise / view.flowM3s[j]! : 0;
      }
    }
    return flowM3s > 0 ? heatW / (AIR_J_PER_M3K * flowM3s) : 0;
  }

  /** What the inlet should show; its residual goes into the view where it is measured. */
  #inletOf(seen: DriftStep, view: Residuals, s: number, exhaustK: number, doubt: number): number | null {
    if (seen.ambientC === null) return null;
    const count = this.#slots.length;
    let preheatK = 0;
    for (let j = 0; j < count; j++) preheatK += view.preheatK[s * count + j]!;
    const inletC = seen.inletC[s] ?? null;
    const reference = this.#inlets[s]!;
    const expected = reference.predict(
      { ambientC: seen.ambientC, inletC: inletC ?? NaN, exhaustK, preheatK },
      seen.seconds,
    );
    const scale = reference.preheatScale;
    for (let j = 0; j < count; j++) view.preheatK[s * count + j]! *= scale;
    if (inletC !== null) {
      view.inletK[s] = expected.errorK;
      view.inletSigmaK[s] = Math.hypot(expected.sigmaK, doubt * scale * preheatK);
      view.hasInlet[s] = true;
    }
    return seen.ambientC + expected.expectedK;
  }

  #predict(seen: DriftStep, view: Residuals, s: number, inletC: number | null, doubt: number): void {
    const temperatureC = seen.temperatureC[s] ?? null;
    const powerW = seen.powerW[s] ?? null;
    const flowM3s = view.flowM3s[s]!;
    const slot = this.#slots[s]!;
    const history = this.#history[s]!;
    if (temperatureC === null || powerW === null || inletC === null || flowM3s <= 0) {
      slot.interrupt();
      history.length = 0;
      return;
    }
    const flowDoubtK = doubt * slot.convectiveK;
    const inputSigmaK = Math.hypot(seen.inletC[s] === null ? COMPUTED_INLET_K : 0, flowDoubtK);
    const residual = slot.predict({ powerW, flowM3s, inletC, temperatureC, inputSigmaK }, seen.seconds);
    history.push({ atS: this.#atS, errorK: residual.errorK });
    if (history.length > SLOPE_STEPS) history.shift();
    this.#show(view, s, residual);
  }

  /** How much of the air of a slot is in doubt, as a part of it. */
  #flowDoubt(seen: DriftStep, view: Residuals, s: number, lacking: number): number {
    return lacking + (UPHEAVAL_PART * this.#upheavalS[s]!) / UPHEAVAL_S + UNLIKE_PART * unlikeness(seen, view, s);
  }

  #show(view: Residuals, s: number, residual: Residual): void {
    const history = this.#history[s]!;
    const line = fitLine(
      history.map(({ atS }) => atS),
      history.map(({ errorK }) => errorK),
    );
    const slope = line === null || history.length < SLOPE_STEPS ? 0 : line.slopePerS;
    const leadK = slope * residual.timeConstantS;
    view.errorK[s] = residual.errorK;
    view.sigmaK[s] = residual.sigmaK;
    view.temperatureK[s] = (line?.mean ?? residual.errorK) + leadK;
    view.temperatureSigmaK[s] = Math.hypot(residual.sigmaK, SLOPE_DOUBT * leadK);
    view.convectiveK[s] = residual.convectiveK;
    view.riseK[s] = residual.riseK;
    view.timeConstantS[s] = residual.timeConstantS;
  }
}

/** How much the speeds of a slot's movers differ from their mean, as a part of it, by what each brings. */
function unlikeness(seen: DriftStep, view: Residuals, s: number): number {
  const { movers, flowM3s, partM3s } = view;
  const speed = (m: number) => seen.turning[m] ?? seen.ratios[m]!;
  let mean = 0;
  for (let m = 0; m < movers; m++) mean += speed(m) / movers;
  if (mean <= 0) return 0;
  let sum = 0;
  for (let m = 0; m < movers; m++) sum += (Math.abs(speed(m) / mean - 1) * partM3s[s * movers + m]!) / flowM3s[s]!;
  return sum;
}

function emptyView(slots: number, movers: number): Residuals {
  const unknown = () => new Float64Array(slots).fill(NaN);
  return {
    movers,
    temperatureK: unknown(),
    temperatureSigmaK: unknown(),
    inletK: unknown(),
    inletSigmaK: unknown(),
    hasInlet: Array.from({ length: slots }, () => false),
    flowM3s: new Float64Array(slots),
    partM3s: new Float64Array(slots * movers),
    convectiveK: new Float64Array(slots),
    riseK: new Float64Array(slots),
    preheatK: new Float64Array(slots * slots),
    errorK: unknown(),
    sigmaK: unknown(),
    timeConstantS: new Float64Array(slots).fill(80),
  };
}
