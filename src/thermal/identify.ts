// On-line identification of the chassis model: how open each slot's air path is and how its resistance differs from what
// the board says, from temperatures, powers and speeds as they come. Slow and exact on means of 30 s; a CUSUM on a
// short window notices a blocked slot within seconds and opens the filter for it. Steady states are taken from moving
// temperatures as T + τ · dT/dt. Pure: step(state, frame) → state.
import { FLOW_EXPONENT, flowsInto, temperaturesInto } from './chassis-model.ts';
import type { ChassisModel } from './chassis-model.ts';
import { fitLine } from './predict.ts';
import { expectedRise, observe, openForJump, opennessOf, riseVariance, startFilter } from './slot-filter.ts';
import type { SlotFilter } from './slot-filter.ts';

/** One control tick as seen; null where there is no reading. Slots in the order of the model, ratios of its movers. */
export interface ThermalFrame {
  readonly atS: number;
  readonly ambientC: number | null;
  readonly ratios: readonly number[];
  readonly slots: readonly {
    readonly temperatureC: number | null;
    readonly inletC: number | null;
    readonly powerW: number | null;
  }[];
}

/** `slot-blocked`: one slot's air path has narrowed. `flow-low`: most slots', so the filter or the air movers. */
export type Drift = 'none' | 'slot-blocked' | 'flow-low';

export interface SlotEstimate {
  /** Multiplies the board's openness: 1 = as expected, 0.5 = half the flow. */
  readonly opennessFactor: number;
  /** Multiplies the board's rKPerW. */
  readonly rFactor: number;
  /** Measured inlet minus the model's, K. */
  readonly inletOffsetK: number;
  /** One standard deviation of the steady-state temperature predicted at the present power, K. */
  readonly uncertaintyK: number;
  readonly drift: Drift;
  /** 30 s means seen; an estimate on none is the board's word. */
  readonly means: number;
}

export interface IdentifyOptions {
  /** Time constant of every slot, s. */
  readonly timeConstantS: readonly number[];
  readonly meanS?: number;
  /** Window that jumps are looked for in, s. */
  readonly windowS?: number;
  /** Noise of one temperature reading, quantisation included, K. */
  readonly noiseK?: number;
}

/** A gap in the frames longer than this starts the windows anew, s. */
const GAP_S = 5;
/** After a jump, seconds in which every short window counts as an observation. */
const CATCH_UP_S = 90;
/** Rises smaller than this say nothing about resistance, K. */
const SILENT_K = 3;
/** CUSUM: what is let pass and what raises the alarm, in standard deviations and standard deviation · s. */
const ALLOWED_SIGMAS = 2.4;
const ALARM_SIGMA_S = 25;
/** Of the distance to the steady state, how much the lag correction may be wrong by: one time constant is a simplification. */
const LAG_ERROR = 0.3;
const BLOCKED_BELOW = 0.75;
const FREE_ABOVE = 0.85;
const INLET_MEMORY_S = 300;
/** Means over which the ordinary openness is remembered: about an hour. */
const ORDINARY_MEANS = 120;

interface Sample {
  readonly atS: number;
  readonly temperatureC: number;
  readonly inletC: number;
  readonly conductiveK: number;
  readonly convectiveK: number;
}

interface SlotState {
  readonly filter: SlotFilter;
  readonly samples: readonly Sample[];
  readonly meanFromS: number;
  readonly rose: number;
  readonly fell: number;
  readonly catchUpUntilS: number;
  readonly lastWindowS: number;
  readonly isBlocked: boolean;
  /** Openness in ordinary times, which a blockage is judged against. */
  readonly ordinaryOpenness: number;
  readonly inletOffsetK: number;
  readonly means: number;
}

export interface IdentifyState {
  readonly atS: number | null;
  readonly slots: readonly SlotState[];
}

type Settings = Required<Omit<IdentifyOptions, 'timeConstantS'>>;

export class Identifier {
  readonly #model: ChassisModel;
  readonly #timeConstantS: readonly number[];
  readonly #settings: Settings;

  constructor(model: ChassisModel, options: IdentifyOptions) {
    this.#model = model;
    this.#timeConstantS = options.timeConstantS;
    this.#settings = { meanS: options.meanS ?? 30, windowS: options.windowS ?? 12, noiseK: options.noiseK ?? 0.25 };
  }

  start(): IdentifyState {
    const slot: SlotState = {
      filter: startFilter(),
      samples: [],
      meanFromS: 0,
      rose: 0,
      fell: 0,
      catchUpUntilS: -Infinity,
      lastWindowS: -Infinity,
      isBlocked: false,
      ordinaryOpenness: 1,
      inletOffsetK: 0,
      means: 0,
    };
    return { atS: null, slots: this.#model.slotIds.map(() => slot) };
  }

  /** Takes one frame in. Frames may be missing or late; time must not go backwards (such a frame is left out). */
  step(state: IdentifyState, frame: ThermalFrame): IdentifyState {
    if (state.atS !== null && frame.atS <= state.atS) return state;
    const elapsedS = state.atS === null ? 0 : frame.atS - state.atS;
    const samples = this.#samples(state, frame);
    const slots = state.slots.map((slot, s) => {
      const sample = samples[s] ?? null;
      const isBroken = elapsedS > GAP_S || sample === null;
      const before = isBroken ? { ...slot, samples: [], rose: 0, fell: 0, meanFromS: frame.atS } : slot;
      if (sample === null) return before;
      return this.#stepSlot(before, sample, elapsedS, this.#timeConstantS[s]!, frame.slots[s]!.inletC !== null);
    });
    return { atS: frame.atS, slots };
  }

  estimates(state: IdentifyState): SlotEstimate[] {
    const blocked = state.slots.filter((slot) => slot.isBlocked).length;
    const isColumn = blocked >= 3 && blocked > state.slots.length / 2;
    return state.slots.map((slot) => {
      const last = slot.samples.at(-1);
      const variance = last === undefined ? 0 : riseVariance(slot.filter, last.conductiveK, last.convectiveK);
      return {
        opennessFactor: opennessOf(slot.filter),
        rFactor: slot.filter.rFactor,
        inletOffsetK: slot.inletOffsetK,
        uncertaintyK: Math.sqrt(Math.max(0, variance) + this.#settings.noiseK ** 2),
        drift: !slot.isBlocked ? 'none' : isColumn ? 'flow-low' : 'slot-blocked',
        means: slot.means,
      };
    });
  }

  /** What the board's model says about the frame; null for slots without temperature or power. */
  #samples(state: IdentifyState, frame: ThermalFrame): (Sample | null)[] {
    const model = this.#model;
    const count = model.slotIds.length;
    const flows = new Float64Array(count);
    flowsInto(model, Float64Array.from(frame.ratios), flows);
    const powers = Float64Array.from(frame.slots, (slot) => slot.powerW ?? 0);
    const inlets = new Float64Array(count);
    temperaturesInto(model, powers, flows, inlets, new Float64Array(count));
    const warmer = frame.ambientC === null ? 0 : frame.ambientC - model.ambientC;
    return frame.slots.map((slot, s) => {
      if (slot.temperatureC === null || slot.powerW === null || flows[s]! <= 0) return null;
      const modelInletC = inlets[s]! + warmer;
      return {
        atS: frame.atS,
        temperatureC: slot.temperatureC,
        inletC: slot.inletC ?? modelInletC + state.slots[s]!.inletOffsetK,
        conductiveK: slot.powerW * model.rKPerW[s]!,
        convectiveK: slot.powerW * model.kFlow[s]! * flows[s]! ** -FLOW_EXPONENT,
        ...(slot.inletC === null ? {} : { offsetK: slot.inletC - modelInletC }),
      };
    });
  }

  #stepSlot(
    before: SlotState,
    sample: Sample & { offsetK?: number },
    elapsedS: number,
    tauS: number,
    hasInlet: boolean,
  ) {
    const { meanS, windowS } = this.#settings;
    const keepFromS = sample.atS - Math.max(meanS, windowS) - 1e-6;
    const samples = [...before.samples.filter((old) => old.atS > keepFromS), sample];
    const inletShare = hasInlet ? 1 - Math.exp(-elapsedS / INLET_MEMORY_S) : 0;
    const inletOffsetK = before.inletOffsetK + inletShare * ((sample.offsetK ?? 0) - before.inletOffsetK);
    let slot: SlotState = { ...before, samples, inletOffsetK };
    slot = this.#watch(slot, sample.atS, elapsedS, tauS);
    if (sample.atS - slot.meanFromS >= meanS) {
      const mean = this.#settle(slot, sample.atS - meanS, tauS);
      if (mean !== null) slot = learnOrdinary({ ...slot, filter: observe(slot.filter, mean), means: slot.means + 1 });
      slot = { ...slot, meanFromS: sample.atS };
    }
    const share = opennessOf(slot.filter) / slot.ordinaryOpenness;
    const isBlocked = slot.isBlocked ? share < FREE_ABOVE : share < BLOCKED_BELOW && isSure(slot.filter);
    return { ...slot, isBlocked };
  }

  /** The short window: adds to the CUSUMs, and after an alarm lets the filter follow at once. */
  #watch(slot: SlotState, atS: number, elapsedS: number, tauS: number): SlotState {
    const { windowS } = this.#settings;
    const first = slot.samples[0];
    if (first === undefined || atS - first.atS < windowS / 2) return slot;
    const seen = this.#settle(slot, atS - windowS, tauS);
    if (seen === null) return { ...slot, rose: 0, fell: 0 };
    if (atS < slot.catchUpUntilS) {
      if (atS - slot.lastWindowS < windowS / 2) return slot;
      // while the window still reaches back before the jump, what it says must not be held fast
      const isMixed = atS < slot.catchUpUntilS - CATCH_UP_S + 1.5 * windowS;
      const filter = observe(isMixed ? openForJump(slot.filter) : slot.filter, seen);
      return { ...slot, filter, lastWindowS: atS };
    }
    const expectedK = expectedRise(slot.filter, seen.conductiveK, seen.convectiveK);
    const differenceK = seen.riseK - expectedK;
    const knownK = Math.sqrt(Math.max(0, riseVariance(slot.filter, seen.conductiveK, seen.convectiveK)));
    const allowedK = ALLOWED_SIGMAS * seen.sigmaK + knownK;
    const rose = Math.max(0, slot.rose + (differenceK - allowedK) * elapsedS);
    const fell = Math.max(0, slot.fell + (-differenceK - allowedK) * elapsedS);
    if (Math.max(rose, fell) < ALARM_SIGMA_S * this.#sigmaK(windowS, slot, tauS)) return { ...slot, rose, fell };
    const filter = observe(openForJump(slot.filter), seen);
    return { ...slot, filter, rose: 0, fell: 0, catchUpUntilS: atS + CATCH_UP_S, lastWindowS: atS, meanFromS: atS };
  }

  /** The steady-state rise that the samples from `fromS` on point to; null where they say too little. */
  #settle(slot: SlotState, fromS: number, tauS: number) {
    const window = slot.samples.filter((sample) => sample.atS > fromS - 1e-6);
    const times = window.map((sample) => sample.atS);
    const line = fitLine(
      times,
      window.map((sample) => sample.temperatureC),
    );
    if (line === null) return null;
    const mean = (of: (sample: Sample) => number) =>
      window.reduce((sum, sample) => sum + of(sample), 0) / window.length;
    const conductiveK = mean((sample) => sample.conductiveK);
    const convectiveK = mean((sample) => sample.convectiveK);
    if (conductiveK + convectiveK < SILENT_K) return null;
    const inletC = mean((sample) => sample.inletC);
    const riseK = line.mean + tauS * line.slopePerS - inletC;
    const awayK = inletC + expectedRise(slot.filter, conductiveK, convectiveK) - line.mean;
    const spanS = times.at(-1)! - times[0]!;
    const sigmaK = Math.hypot(this.#sigmaK(spanS, slot, tauS), LAG_ERROR * awayK, 0.3);
    return { riseK, conductiveK, convectiveK, sigmaK };
  }

  /** Noise of a lag-corrected temperature over a window: τ times that of a fitted slope. */
  #sigmaK(spanS: number, slot: SlotState, tauS: number): number {
    const { samples } = slot;
    const whole = samples.at(-1)!.atS - samples[0]!.atS;
    const count = Math.max(3, 1 + (samples.length - 1) * (whole > 0 ? Math.min(1, spanS / whole) : 1));
    return (this.#settings.noiseK * tauS * Math.sqrt(12 / count)) / Math.max(spanS, 1);
  }
}

/** The first means say what is ordinary here; later it follows slowly, and not at all while something is wrong. */
function learnOrdinary(slot: SlotState): SlotState {
  if (slot.isBlocked || slot.samples.at(-1)!.atS < slot.catchUpUntilS) return slot;
  const memory = Math.min(slot.means, ORDINARY_MEANS);
  const ordinary = slot.ordinaryOpenness + (opennessOf(slot.filter) - slot.ordinaryOpenness) / memory;
  return { ...slot, ordinaryOpenness: ordinary };
}

/** The flow factor is known well enough to call a slot blocked. */
function isSure(filter: SlotFilter): boolean {
  return Math.sqrt(Math.max(0, filter.covariance[2])) < 0.35 * filter.flowFactor;
}
