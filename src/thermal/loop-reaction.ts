// Where the cooling loop takes the air movers if powers stay what they are: each zone runs at the least ratio at which
// its slots keep their aims, not under what it is told to run at least, and each mover not under what the plan gives it.
import { clamp } from '../core/units.ts';
import { OpenLoop, type LearnedModel, type ThermalInputs } from './learned-model.ts';

/** A cooling zone by positions: its movers, and the slots whose temperatures it keeps. */
export interface ReactingZone {
  readonly movers: readonly number[];
  readonly leastRatio: number;
  /** `aimC`: what the loop steers for. */
  readonly slots: readonly { readonly slot: number; readonly aimC: number }[];
}

export interface SpeedRules {
  readonly zones: readonly ReactingZone[];
  /** What the plan wants each mover to run at least; 0 without one. */
  readonly plannedRatios: readonly number[];
  /** Speeds that are given: held by an operator, or failed; null = on the loop. */
  readonly fixedRatios: readonly (number | null)[];
}

/** The loop's way to where it settles, s. */
const REACTION_S = 60;
/** Halvings when a zone's ratio is looked for: 1/256 of the speed. */
const HALVINGS = 8;
/** Coarse steps are enough to see where a course ends, s. */
const COARSE_S = 100;
const FINE_S = 15;

/** Ratios that the loops settle at within `aheadS`, by mover. */
export function settledRatios(
  model: LearnedModel,
  inputs: ThermalInputs,
  rules: SpeedRules,
  aheadS: number,
): readonly number[] {
  let ratios = inputs.ratios.map((ratio, m) => rules.fixedRatios[m] ?? ratio);
  for (const zone of rules.zones) {
    const planned = zone.movers.map((m) => rules.plannedRatios[m]!);
    let low = Math.max(zone.leastRatio, Math.min(1, ...planned)); // the loop never goes under the whole plan
    let high = 1;
    const at = (demand: number) => withDemand(ratios, zone, rules, demand);
    if (keepsAims(model, { ...inputs, ratios: at(low) }, zone, aheadS)) high = low;
    for (let i = 0; i < HALVINGS && high > low; i++) {
      const middle = (low + high) / 2;
      if (keepsAims(model, { ...inputs, ratios: at(middle) }, zone, aheadS)) high = middle;
      else low = middle;
    }
    ratios = at(high);
  }
  return ratios;
}

/** Temperatures `aheadS` from now with powers and ambient held, while the loops go where they settle. */
export function reactFor(
  model: LearnedModel,
  inputs: ThermalInputs,
  settled: readonly number[],
  aheadS: number,
): OpenLoop {
  const loop = new OpenLoop(model, inputs.ambientC);
  const steps = Math.ceil(aheadS / FINE_S);
  for (let i = 1; i <= steps; i++) {
    const left = Math.exp(-(i * aheadS) / steps / REACTION_S);
    const ratios = settled.map((to, m) => to + (inputs.ratios[m]! - to) * left);
    loop.step({ ...inputs, ratios }, aheadS / steps);
  }
  return loop;
}

function withDemand(ratios: readonly number[], zone: ReactingZone, rules: SpeedRules, demand: number): number[] {
  return ratios.map((ratio, m) =>
    zone.movers.includes(m) ? (rules.fixedRatios[m] ?? clamp(Math.max(demand, rules.plannedRatios[m]!), 0, 1)) : ratio,
  );
}

function keepsAims(model: LearnedModel, inputs: ThermalInputs, zone: ReactingZone, aheadS: number): boolean {
  const loop = new OpenLoop(model, inputs.ambientC);
  const steps = Math.ceil(aheadS / COARSE_S);
  for (let i = 0; i < steps; i++) loop.step(inputs, aheadS / steps);
  return zone.slots.every(
    ({ slot, aimC }) => model.slots[slot]!.temperatureC === null || loop.temperaturesC[slot]! <= aimC,
  );
}
