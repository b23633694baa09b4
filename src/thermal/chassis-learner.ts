// Learns the chassis model from frames: each slot's resistance, heat capacity, openness and shares of the air movers
// (slot-learner.ts), and whose heat its inlet takes in (inlet-learner.ts).
import { AIR_J_PER_M3K } from '../core/units.ts';
import type { ChassisModel } from './chassis-model.ts';
import type { ThermalFrame } from './identify.ts';
import { InletLearner } from './inlet-learner.ts';
import { risesOf, type LearnedModel, type LearnedSlot, type ThermalInputs } from './learned-model.ts';
import { SlotLearner, type SlotFactors, type SlotInput } from './slot-learner.ts';

export interface LearnOptions {
  /** Of each slot, s. */
  readonly timeConstantS: readonly number[];
  /** Noise of one temperature reading a second, K. */
  readonly noiseK?: number;
}

/** Figures of one slot beside those of its model. */
export interface SlotKnowledge {
  readonly factors: SlotFactors;
  /** One standard deviation of the temperature in ten minutes if nothing changes, K. */
  readonly sigmaK: number;
  /** One standard deviation of ln of r, k, openness and heat capacity. */
  readonly factorSigmas: readonly number[];
  /** How much warmer all exhaust is than what comes in, K. */
  readonly returnK: number;
  /** Variance of its steady temperature that is due to the share of each mover, K². */
  readonly shareVariancesK2: readonly number[];
}

/** A longer gap between frames: what the temperature was before says nothing, s. */
const GAP_S = 10;
/** Noise of a reading each second, with how long it lasts: as the mean of some ten seconds of 0.3 K. */
const NOISE_K = 1;
/** Coupling that a board knows nothing of: share of heat, and K/W. */
const UNKNOWN_PREHEAT = { airflow: 0.02, linear: 0.0005 } as const;
export const AHEAD_S = 600;

export class ChassisLearner {
  readonly #slots: readonly SlotLearner[];
  readonly #inlets: readonly InletLearner[];
  readonly #coupling: LearnedModel['coupling'];
  readonly #basis: ChassisModel;
  #atS: number | null = null;
  /** Inlet of each slot, measured or by the model. */
  #inletsC: readonly (number | null)[];
  #inputs: ThermalInputs | null = null;
  #rises: { readonly risesK: readonly number[]; readonly returnK: number } | null = null;
  #seconds: number[];

  constructor(basis: ChassisModel, options: LearnOptions) {
    const noiseK = options.noiseK ?? NOISE_K;
    const movers = basis.moverIds.length;
    this.#basis = basis;
    this.#coupling = basis.coupling.kind;
    this.#slots = basis.slotIds.map(
      (_, s) =>
        new SlotLearner(
          {
            rKPerW: basis.rKPerW[s]!,
            kFlow: basis.kFlow[s]!,
            timeConstantS: options.timeConstantS[s]!,
            gainM3s: [...basis.gainM3s.subarray(s * movers, (s + 1) * movers)],
          },
          noiseK,
        ),
    );
    const least = UNKNOWN_PREHEAT[this.#coupling];
    this.#inlets = basis.slotIds.map((_, s) => new InletLearner(s, preheatOf(basis, s), least, noiseK));
    this.#inletsC = basis.slotIds.map(() => null);
    this.#seconds = basis.slotIds.map(() => 0);
  }

  /** Takes one frame in. Frames may be missing or late; one that is not later than the one before is left out. */
  take(frame: ThermalFrame): void {
    const elapsedS = this.#atS === null ? 0 : frame.atS - this.#atS;
    if (this.#atS !== null && elapsedS <= 0) return;
    this.#atS = frame.atS;
    const ambientC = frame.ambientC ?? this.#inputs?.ambientC ?? this.#basis.ambientC;
    const powersW = frame.slots.map((slot) => slot.powerW ?? 0);
    this.#inputs = { ambientC, ratios: frame.ratios, powersW };
    if (elapsedS > GAP_S) for (const slot of this.#slots) slot.lose();
    const modelled = this.#modelInlets(ambientC);
    this.#inletsC = frame.slots.map((slot, s) => slot.inletC ?? modelled[s]!);
    frame.slots.forEach(({ temperatureC, powerW }, s) => {
      const learner = this.#slots[s]!;
      if (temperatureC === null || powerW === null) {
        learner.lose();
        return;
      }
      learner.step({ powerW, inletC: this.#inletsC[s]!, ratios: frame.ratios }, temperatureC, elapsedS);
      this.#seconds[s] = this.#seconds[s]! + Math.min(elapsedS, GAP_S);
    });
    this.#rises = this.#risesNow();
    if (frame.ambientC === null || elapsedS > GAP_S || elapsedS === 0) return;
    const { risesK, returnK } = this.#rises;
    frame.slots.forEach(({ inletC }, s) => {
      if (inletC !== null) this.#inlets[s]!.step(risesK, returnK, inletC - ambientC, elapsedS);
    });
  }

  /** The model as it stands; it does not change later. */
  model(): LearnedModel {
    const movers = this.#basis.moverIds.length;
    const slots = this.#slots.map((learner, s): LearnedSlot => {
      const { r, k, openness, share } = learner.factors();
      return {
        gainM3s: share.map((factor, m) => openness * factor * this.#basis.gainM3s[s * movers + m]!),
        rKPerW: this.#basis.rKPerW[s]! * r,
        kFlow: this.#basis.kFlow[s]! * k,
        heatCapacityJPerK: learner.heatCapacityJPerK,
        missedK: learner.missedK,
        temperatureC: learner.temperatureC,
        inletC: this.#inletsC[s]!,
        inlet: this.#inlets[s]!.learned(this.#slots.length),
      };
    });
    return { coupling: this.#coupling, slots };
  }

  /** What acts on the chassis now; null before the first frame. */
  inputs(): ThermalInputs | null {
    return this.#inputs;
  }

  knowledge(s: number): SlotKnowledge {
    const learner = this.#slots[s]!;
    const input = this.#slotInput(s);
    const rises = this.#rises;
    const inletK2 = rises === null ? 0 : this.#inlets[s]!.variance(rises.risesK, rises.returnK, AHEAD_S);
    return {
      factors: learner.factors(),
      sigmaK: Math.sqrt(learner.forecastVariance(input, AHEAD_S) + inletK2),
      factorSigmas: learner.sigmas(),
      returnK: rises?.returnK ?? 0,
      shareVariancesK2: this.#basis.moverIds.map((_, m) => learner.shareVariance(input, m)),
    };
  }

  /** Standard deviation of what slot s gets of the heat of each other; 0 where nothing is looked for. */
  preheatSigmas(s: number): readonly number[] {
    return this.#inlets[s]!.preheatSigmas(this.#slots.length);
  }

  /** Seconds of readings that slot s was learned from. */
  learnedS(s: number): number {
    return this.#seconds[s]!;
  }

  /** The air path of slot s is no longer what it was. */
  openPath(s: number): void {
    this.#slots[s]!.openPath();
  }

  #slotInput(s: number): SlotInput {
    const inputs = this.#inputs;
    return {
      powerW: inputs?.powersW[s] ?? 0,
      inletC: this.#inletsC[s] ?? this.#basis.ambientC,
      ratios: inputs?.ratios ?? this.#basis.moverIds.map(() => 0.5),
    };
  }

  #risesNow() {
    const ratios = this.#inputs!.ratios;
    const flows = this.#slots.map((slot) => slot.flowM3s(ratios));
    const heats = this.#slots.map((slot, s) => {
      if (slot.temperatureC === null) return this.#inputs!.powersW[s]!;
      return Math.max(0, (slot.temperatureC - this.#inletsC[s]! - slot.missedK) / slot.resistanceKPerW(ratios));
    });
    return risesOf(this.#coupling, heats, flows);
  }

  #modelInlets(ambientC: number): readonly number[] {
    const rises = this.#rises;
    return this.#inlets.map((inlet) => {
      if (rises === null) return ambientC;
      const { offsetK, comesK, return: back, preheat } = inlet.learned(this.#slots.length);
      const heated = preheat.reduce((sum, share, j) => sum + share * rises.risesK[j]!, 0);
      return ambientC + offsetK + comesK + back * rises.returnK + heated;
    });
  }
}

/** The board's figures of who warms slot s, by slot; empty where it knows of no coupling. */
function preheatOf({ coupling, slotIds }: ChassisModel, s: number): readonly number[] {
  if (coupling.column.length === 0) return [];
  const preheat = slotIds.map(() => 0);
  const scale = coupling.kind === 'airflow' ? AIR_J_PER_M3K : 1;
  for (let i = coupling.rowStart[s]!; i < coupling.rowStart[s + 1]!; i++)
    preheat[coupling.column[i]!] = coupling.weight[i]! * scale;
  return preheat;
}
