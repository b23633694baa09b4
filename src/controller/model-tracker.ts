// The chassis model as identified so far: board parameters, corrected by what the frames show, with how far the result
// may be off. The learned model is what plans and predictions are made with; drift is judged against the board's.
import type { Board, BoardSlot } from '../board/schema.ts';
import type { Recirculation } from '../core/plan.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import { Backtest } from '../thermal/backtest.ts';
import { buildChassisModel } from '../thermal/chassis-model.ts';
import { AHEAD_S, ChassisLearner, type SlotKnowledge } from '../thermal/chassis-learner.ts';
import { INLET_MEMORY_S, MISSED_MEMORY_S, type LearnedModel } from '../thermal/learned-model.ts';
import { reachedRatios } from './reached-ratios.ts';
import {
  Identifier,
  type Drift,
  type IdentifyState,
  type SlotEstimate,
  type ThermalFrame,
} from '../thermal/identify.ts';

/** Any: the learner takes the measured ambient of each frame. */
const NOMINAL_AMBIENT_C = 25;

/** A slot whose power fell by more than this share of its running mean is not judged until the mean has followed. */
const FALL_SHARE = 0.15;
const POWER_MEAN_S = 60;
/** Slots that the board calls uncoupled are coupled only when the estimate is so many standard deviations over 0. */
const SURE_SIGMAS = 2;

/** What a plan is made with for one slot. */
export interface IdentifiedSlot {
  readonly openness: number;
  readonly share: Readonly<Record<string, number>>;
  readonly rKPerW: number;
  readonly kFlow: number;
  /** What the slot is warmer at present than the formulas say, of that what is still there in ten minutes, K. */
  readonly correctionK: number;
  /** One standard deviation of the temperature in ten minutes for known powers and speeds, K. */
  readonly uncertaintyK: number;
}

export class ModelTracker {
  readonly #board: Board;
  readonly #identifier: Identifier;
  readonly #learner: ChassisLearner;
  readonly #backtest: Backtest;
  readonly #indexOf: ReadonlyMap<number, number>;
  #state: IdentifyState;
  #estimates: readonly SlotEstimate[];
  #learned: LearnedModel | null = null;
  readonly #meanPowerW = new Map<number, { meanW: number; atS: number }>();

  constructor(board: Board) {
    this.#board = board;
    const model = buildChassisModel({
      ambientC: NOMINAL_AMBIENT_C,
      airMovers: board.airMovers.map((mover) => ({ ...mover, fixedRatio: null })),
      slots: board.slots.map((slot) => ({ id: String(slot.number), ...slot.model })),
      recirculation: board.recirculation,
    });
    const timeConstantS = board.slots.map((slot) => slot.model.timeConstantS);
    this.#identifier = new Identifier(model, { timeConstantS });
    this.#learner = new ChassisLearner(model, { timeConstantS });
    this.#backtest = new Backtest(board.slots.length, AHEAD_S);
    this.#indexOf = new Map(board.slots.map((slot, index) => [slot.number, index]));
    this.#state = this.#identifier.start();
    this.#estimates = this.#identifier.estimates(this.#state);
  }

  /** Takes a frame in; returns the slots whose drift is not what it was. */
  take(frame: Frame, ambientC: number | null): { readonly slot: number; readonly drift: Drift }[] {
    const seen = this.#seen(frame, ambientC);
    this.#learn(seen);
    const slots = seen.slots.map((slot, index) => ({
      ...slot,
      powerW: this.#steadyPower(this.#board.slots[index]!.number, slot.powerW, seen.atS),
    }));
    this.#state = this.#identifier.step(this.#state, { ...seen, slots });
    const before = this.#estimates;
    this.#estimates = this.#identifier.estimates(this.#state);
    return this.#board.slots.flatMap((slot, index) => {
      const drift = this.#estimates[index]?.drift ?? 'none';
      if (drift === before[index]?.drift) return [];
      this.#learner.openPath(index);
      return [{ slot: slot.number, drift }];
    });
  }

  /** Against what the board says: for drift. */
  estimate(slot: BoardSlot): SlotEstimate {
    return this.#estimates[this.#index(slot)]!;
  }

  /** The model as it stands. */
  learned(): LearnedModel {
    return (this.#learned ??= this.#learner.model());
  }

  /** What is known of a slot, in the terms of the learner. */
  knowledge(slot: BoardSlot): SlotKnowledge {
    return this.#learner.knowledge(this.#index(slot));
  }

  identified(slot: BoardSlot): IdentifiedSlot {
    const index = this.#index(slot);
    const { factors, sigmaK, returnK } = this.#learner.knowledge(index);
    const { inlet, missedK } = this.learned().slots[index]!;
    const share = Object.fromEntries(
      this.#board.airMovers.flatMap(({ id }, m) => {
        const part = slot.model.share[id];
        return part === undefined ? [] : [[id, part * factors.share[m]!]];
      }),
    );
    return {
      openness: slot.model.openness * factors.openness,
      share,
      rKPerW: slot.model.rKPerW * factors.r,
      kFlow: slot.model.kFlow * factors.k,
      correctionK:
        inlet.offsetK +
        inlet.return * returnK +
        inlet.comesK * Math.exp(-AHEAD_S / INLET_MEMORY_S) +
        missedK * Math.exp(-AHEAD_S / MISSED_MEMORY_S),
      uncertaintyK: sigmaK * this.#backtest.scale(index),
    };
  }

  /** Who warms whom, as the board says it and as far as the frames tell. */
  recirculation(): Recirculation {
    const { recirculation } = this.#board;
    if (recirculation.kind === 'none') return recirculation;
    const slots = this.#board.slots.length;
    const word = recirculation.kind === 'airflow' ? recirculation.preheat : recirculation.kPerW;
    const matrix = this.learned().slots.map(({ inlet }, s) => {
      const sigmas = this.#learner.preheatSigmas(s);
      return Array.from({ length: slots }, (_, j) => {
        const value = inlet.preheat[j]!;
        return (word[s]?.[j] ?? 0) > 0 || value > SURE_SIGMAS * sigmas[j]! ? value : 0;
      });
    });
    return recirculation.kind === 'airflow' ? { kind: 'airflow', preheat: matrix } : { kind: 'linear', kPerW: matrix };
  }

  #learn(seen: ThermalFrame): void {
    this.#learner.take(seen);
    this.#learned = null;
    const inputs = this.#learner.inputs();
    if (inputs === null) return;
    const temperatures = seen.slots.map(({ temperatureC, powerW }) => (powerW === null ? null : temperatureC));
    this.#backtest.take(seen.atS, inputs, temperatures, () => ({
      model: this.learned(),
      sigmasK: this.#board.slots.map((slot) => this.knowledge(slot).sigmaK),
    }));
  }

  #seen(frame: Frame, ambientC: number | null): ThermalFrame {
    const read = (sensor: string | undefined) =>
      sensor === undefined ? null : valueOrNull(frame.sensors[sensor]?.reading);
    const ratios = reachedRatios(this.#board, frame);
    return {
      atS: frame.atMs / 1000,
      ambientC,
      ratios: this.#board.airMovers.map((mover) => ratios.get(mover.id) ?? 0),
      slots: this.#board.slots.map(({ sensors }) => ({
        temperatureC: read(sensors.temperature),
        inletC: read(sensors.inlet),
        powerW: read(sensors.power),
      })),
    };
  }

  #index(slot: BoardSlot): number {
    const index = this.#indexOf.get(slot.number);
    if (index === undefined) throw new Error(`slot ${slot.number} is not on the board`);
    return index;
  }

  /**
   * Null while work has just left: the slot is still as warm as its old power made it, and one time constant does not
   * describe how it cools, so the air path would look blocked.
   */
  #steadyPower(slot: number, powerW: number | null, atS: number): number | null {
    if (powerW === null) return null;
    const track = this.#meanPowerW.get(slot) ?? { meanW: powerW, atS };
    track.meanW += (powerW - track.meanW) * (1 - Math.exp(-Math.max(0, atS - track.atS) / POWER_MEAN_S));
    track.atS = atS;
    this.#meanPowerW.set(slot, track);
    return powerW < track.meanW * (1 - FALL_SHARE) ? null : powerW;
  }
}
