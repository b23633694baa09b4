// The chassis model as identified: the formulas of chassis-model.ts with the figures of this chassis, what it knows of
// the present, and from it the course of temperatures for given powers and speeds. °C, K, W, m³/s, J/K, s.
import { AIR_J_PER_M3K } from '../core/units.ts';
import { FLOW_EXPONENT } from './chassis-model.ts';

export interface LearnedInlet {
  /** Inlet less ambient that stays, whatever the powers. */
  readonly offsetK: number;
  /** The same, as it is at present and passes. */
  readonly comesK: number;
  /** Share of the mean rise of all exhaust that comes round to here. */
  readonly return: number;
  /** Share of each slot's heat, or K/W; by slot. */
  readonly preheat: readonly number[];
}

export interface LearnedSlot {
  /** Flow per unit ratio of each mover, openness included, m³/s. */
  readonly gainM3s: readonly number[];
  readonly rKPerW: number;
  readonly kFlow: number;
  readonly heatCapacityJPerK: number;
  /** What the formula misses at present, K. */
  readonly missedK: number;
  /** Null while nothing is read of the slot. */
  readonly temperatureC: number | null;
  /** Measured, or as the model has it; null while nothing is known. */
  readonly inletC: number | null;
  readonly inlet: LearnedInlet;
}

export interface LearnedModel {
  readonly coupling: 'airflow' | 'linear';
  readonly slots: readonly LearnedSlot[];
}

/** What acts on a chassis, in the order of the model's slots and movers. */
export interface ThermalInputs {
  readonly ambientC: number;
  readonly ratios: readonly number[];
  readonly powersW: readonly number[];
}

/** How fast the inlet's own disturbance and the slot's are forgotten, s. */
export const INLET_MEMORY_S = 1200;
export const MISSED_MEMORY_S = 1800;
/** Air and sheet metal in front of a slot, s. */
export const INLET_TIME_S = 7;
export const LEAST_FLOW_M3S = 1e-6;

/** Flow of a slot, m³/s. */
export function flowOf(slot: Pick<LearnedSlot, 'gainM3s'>, ratios: readonly number[]): number {
  let flow = 0;
  for (let m = 0; m < ratios.length; m++) flow += slot.gainM3s[m]! * ratios[m]!;
  return Math.max(LEAST_FLOW_M3S, flow);
}

/** K/W between a slot's temperature and its inlet. */
export function resistanceOf(slot: Pick<LearnedSlot, 'rKPerW' | 'kFlow'>, flowM3s: number): number {
  return slot.rKPerW + (slot.kFlow === 0 ? 0 : slot.kFlow * flowM3s ** -FLOW_EXPONENT);
}

/** How warm the air of each slot gets for the heat in it (`airflow`), or the heat itself (`linear`); and of all together. */
export function risesOf(
  coupling: LearnedModel['coupling'],
  heatsW: readonly number[],
  flowsM3s: readonly number[],
): { readonly risesK: readonly number[]; readonly returnK: number } {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    risesK: coupling === 'linear' ? heatsW : heatsW.map((heat, s) => heat / (AIR_J_PER_M3K * flowsM3s[s]!)),
    returnK: sum(heatsW) / (AIR_J_PER_M3K * sum(flowsM3s)),
  };
}

/** A course of the model from where it is, by given inputs, without looking at the chassis again. */
export class OpenLoop {
  readonly #model: LearnedModel;
  readonly #temperatures: Float64Array;
  readonly #inlets: Float64Array;
  #passedS = 0;

  constructor(model: LearnedModel, ambientC: number) {
    this.#model = model;
    this.#inlets = Float64Array.from(model.slots, ({ inletC }) => inletC ?? ambientC);
    this.#temperatures = Float64Array.from(model.slots, ({ temperatureC }, s) => temperatureC ?? this.#inlets[s]!);
  }

  get passedS(): number {
    return this.#passedS;
  }

  /** °C, by slot. */
  get temperaturesC(): Readonly<Float64Array> {
    return this.#temperatures;
  }

  get inletsC(): Readonly<Float64Array> {
    return this.#inlets;
  }

  step({ ambientC, ratios, powersW }: ThermalInputs, dtS: number): void {
    const { slots, coupling } = this.#model;
    const temperatures = this.#temperatures;
    const inlets = this.#inlets;
    this.#passedS += dtS;
    const missedShare = Math.exp(-this.#passedS / MISSED_MEMORY_S);
    const comesShare = Math.exp(-this.#passedS / INLET_MEMORY_S);
    const flows = slots.map((slot) => flowOf(slot, ratios));
    const resistances = slots.map((slot, s) => resistanceOf(slot, flows[s]!));
    // what a slot stores does not warm the air
    const heats = slots.map((slot, s) =>
      slot.temperatureC === null
        ? powersW[s]!
        : Math.max(0, (temperatures[s]! - inlets[s]! - slot.missedK * missedShare) / resistances[s]!),
    );
    const { risesK, returnK } = risesOf(coupling, heats, flows);
    const inletShare = 1 - Math.exp(-dtS / INLET_TIME_S);
    slots.forEach((slot, s) => {
      const inletC = ambientC + overAmbientK(slot.inlet, risesK, returnK, comesShare);
      inlets[s] = inlets[s]! + inletShare * (inletC - inlets[s]!);
      const steadyC = inlets[s] + powersW[s]! * resistances[s]! + slot.missedK * missedShare;
      const tauS = Math.max(1, slot.heatCapacityJPerK * resistances[s]!);
      temperatures[s] = steadyC + (temperatures[s]! - steadyC) * Math.exp(-dtS / tauS);
    });
  }
}

function overAmbientK(inlet: LearnedInlet, risesK: readonly number[], returnK: number, comesShare: number): number {
  let sum = inlet.offsetK + comesShare * inlet.comesK + inlet.return * returnK;
  for (let j = 0; j < risesK.length; j++) sum += inlet.preheat[j]! * risesK[j]!;
  return sum;
}
