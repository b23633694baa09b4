// Where each slot's temperature will be in ten minutes with the work it has now: powers as they are, the air movers where
// plan and cooling loop take them; the band is what such predictions were off by here.
import type { Board } from '../board/schema.ts';
import type { SlotPrediction } from '../core/view.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import { AHEAD_S } from '../thermal/chassis-learner.ts';
import { ErrorBand } from '../thermal/error-band.ts';
import type { LearnedModel } from '../thermal/learned-model.ts';
import { reactFor, settledRatios, type ReactingZone } from '../thermal/loop-reaction.ts';
import { reachedRatios } from './reached-ratios.ts';
import { loopAimC } from './slot-aim.ts';

/** A prediction is good for so long, s. */
const EVERY_S = 10;
/** Power is taken as its mean over so long, s. */
const POWER_MEAN_S = 30;
/** Half a band before there is any experience, K. */
const START_BAND_K = 5;
/** With frames so far apart, the mean power starts anew, s. */
const GAP_S = 30;

/** What the controller knows beside the frame. */
export interface ForecastInput {
  readonly ambientC: number | null;
  /** W, by slot number. */
  readonly powersW: ReadonlyMap<number, number>;
  /** What the plan advises, and what an operator has fixed, by air mover. */
  readonly plannedRatios: Readonly<Record<string, number>>;
  readonly manualRatios: ReadonlyMap<string, number>;
}

export class SlotForecast {
  readonly #board: Board;
  readonly #bands: readonly ErrorBand[];
  readonly #zones: readonly { readonly id: string; readonly reacting: ReactingZone }[];
  readonly #meansW = new Map<number, number>();
  #powerAtS = -Infinity;
  #madeS = -Infinity;
  #made: ReadonlyMap<number, SlotPrediction> = new Map();

  constructor(board: Board) {
    this.#board = board;
    this.#bands = board.slots.map(() => new ErrorBand(AHEAD_S, START_BAND_K));
    this.#zones = board.zones.map((zone) => ({
      id: zone.id,
      reacting: {
        movers: zone.airMovers.map((id) => board.airMovers.findIndex((mover) => mover.id === id)),
        leastRatio: zone.minRatio,
        slots: board.slots.flatMap((slot, index) => {
          const aimC = loopAimC(board, zone, slot);
          return aimC === null ? [] : [{ slot: index, aimC }];
        }),
      },
    }));
  }

  /** Predictions by slot number; slots of which too little is known are left out. */
  take(frame: Frame, model: LearnedModel, input: ForecastInput): ReadonlyMap<number, SlotPrediction> {
    const atS = frame.atMs / 1000;
    this.#averagePowers(atS, input.powersW);
    if (atS - this.#madeS < EVERY_S || input.ambientC === null) return this.#made;
    this.#madeS = atS;
    const temperatures = this.#temperatures(frame, model, input, input.ambientC);
    this.#made = new Map(
      this.#board.slots.flatMap(({ number, sensors }, index): [number, SlotPrediction][] => {
        const predictedC = temperatures[index] ?? null;
        const band = this.#bands[index]!;
        band.take(atS, predictedC, valueOrNull(frame.sensors[sensors.temperature]?.reading));
        if (predictedC === null) return [];
        const { lowK, highK } = band.band();
        const [temperatureC, lowC, highC] = [predictedC, predictedC + lowK, predictedC + highK].map(tenths);
        return [[number, { inS: AHEAD_S, temperatureC: temperatureC!, lowC: lowC!, highC: highC! }]];
      }),
    );
    return this.#made;
  }

  /** °C, by position; null for slots that the model does not follow. */
  #temperatures(frame: Frame, model: LearnedModel, input: ForecastInput, ambientC: number): readonly (number | null)[] {
    const reached = reachedRatios(this.#board, frame);
    const inputs = {
      ambientC,
      ratios: this.#board.airMovers.map(({ id }) => reached.get(id) ?? 0),
      powersW: this.#board.slots.map(({ number }) => this.#meansW.get(number) ?? 0),
    };
    const zones = this.#zones.filter(({ id }) => frame.zones.find((zone) => zone.id === id)?.mode !== 'failsafe');
    const rules = {
      zones: zones.map(({ reacting }) => reacting),
      plannedRatios: this.#board.airMovers.map(({ id }) => input.plannedRatios[id] ?? 0),
      fixedRatios: this.#board.airMovers.map(({ id }, m) => {
        const isWell = frame.fans.find((fan) => fan.id === id)?.state === 'ok';
        return isWell ? (input.manualRatios.get(id) ?? null) : inputs.ratios[m]!;
      }),
    };
    const loop = reactFor(model, inputs, settledRatios(model, inputs, rules, AHEAD_S), AHEAD_S);
    return model.slots.map(({ temperatureC }, s) => (temperatureC === null ? null : loop.temperaturesC[s]!));
  }

  #averagePowers(atS: number, powersW: ReadonlyMap<number, number>): void {
    const elapsedS = atS - this.#powerAtS;
    this.#powerAtS = atS;
    const share = elapsedS > GAP_S ? 1 : 1 - Math.exp(-Math.max(0, elapsedS) / POWER_MEAN_S);
    for (const slot of this.#meansW.keys()) if (!powersW.has(slot)) this.#meansW.delete(slot);
    for (const [slot, powerW] of powersW) {
      const meanW = this.#meansW.get(slot) ?? powerW;
      this.#meansW.set(slot, meanW + share * (powerW - meanW));
    }
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
