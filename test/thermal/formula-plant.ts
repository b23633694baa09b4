// A chassis that follows the formulas exactly, with figures of its own: what is learned can be compared with them.
import type { Random } from '../../src/core/random.ts';
import { buildChassisModel, type ModelInput } from '../../src/thermal/chassis-model.ts';
import type { ThermalFrame } from '../../src/thermal/identify.ts';
import { OpenLoop, type LearnedModel } from '../../src/thermal/learned-model.ts';

const mover = { minRatio: 0.2, maxFlowM3s: 0.05, idlePowerW: 1, maxPowerW: 20, fixedRatio: null };
const slot = { openness: 1, rKPerW: 0.05, kFlow: 0.003 };

const WORD_PREHEAT = [
  [0, 0, 0, 0],
  [0, 0, 0, 0],
  [0.5, 0, 0, 0],
  [0, 0.5, 0, 0],
];

/** The board's word: two slots in front, two behind them, two fans. */
export const BOARD_WORD: ModelInput = {
  ambientC: 25,
  airMovers: [
    { ...mover, id: 'fan0' },
    { ...mover, id: 'fan1' },
  ],
  slots: [
    { ...slot, id: '1', share: { fan0: 0.3, fan1: 0.1 } },
    { ...slot, id: '2', share: { fan0: 0.1, fan1: 0.3 } },
    { ...slot, id: '3', share: { fan0: 0.3, fan1: 0.1 } },
    { ...slot, id: '4', share: { fan0: 0.1, fan1: 0.3 } },
  ],
  recirculation: { kind: 'airflow', preheat: WORD_PREHEAT },
};

export const WORD_MODEL = buildChassisModel(BOARD_WORD);
export const WORD_TIME_S = 70;

export interface Truth {
  readonly r?: number;
  readonly k?: number;
  readonly heatCapacity?: number;
  /** Factors on the shares of fan0 and fan1, the same for all slots. */
  readonly share?: readonly [number, number];
  readonly preheat?: readonly (readonly number[])[];
  readonly offsetK?: number;
  readonly return?: number;
}

/** What the board's figures times these factors make; heat capacity as the board's time constant at half speed. */
export function truthOf(truth: Truth): LearnedModel {
  const halfM3s = 0.5 * 0.4 * 0.05;
  const capacity = WORD_TIME_S / (0.05 + 0.003 * halfM3s ** -0.8);
  const share = truth.share ?? [1, 1];
  const preheat = truth.preheat ?? WORD_PREHEAT;
  return {
    coupling: 'airflow',
    slots: BOARD_WORD.slots.map((entry, s) => ({
      gainM3s: [(entry.share['fan0'] ?? 0) * 0.05 * share[0], (entry.share['fan1'] ?? 0) * 0.05 * share[1]],
      rKPerW: 0.05 * (truth.r ?? 1),
      kFlow: 0.003 * (truth.k ?? 1),
      heatCapacityJPerK: capacity * (truth.heatCapacity ?? 1),
      missedK: 0,
      temperatureC: 60,
      inletC: 27,
      inlet: { offsetK: truth.offsetK ?? 0, comesK: 0, return: truth.return ?? 0, preheat: preheat[s]! },
    })),
  };
}

export class FormulaPlant {
  ratios: number[] = [0.5, 0.5];
  powersW: number[] = [200, 200, 200, 200];
  ambientC = 25;
  #loop: OpenLoop;
  readonly #random: Random;
  readonly #noiseK: number;
  #atS = 0;

  constructor(truth: LearnedModel, random: Random, noiseK = 0.15) {
    this.#loop = new OpenLoop(truth, this.ambientC);
    this.#random = random;
    this.#noiseK = noiseK;
  }

  /** It is otherwise from now on; temperatures stay. */
  become(truth: LearnedModel): void {
    const slots = truth.slots.map((entry, s) => ({
      ...entry,
      temperatureC: this.#loop.temperaturesC[s]!,
      inletC: this.#loop.inletsC[s]!,
    }));
    this.#loop = new OpenLoop({ ...truth, slots }, this.ambientC);
  }

  get temperaturesC(): readonly number[] {
    return [...this.#loop.temperaturesC];
  }

  second(): ThermalFrame {
    this.#atS += 1;
    this.#loop.step({ ambientC: this.ambientC, ratios: this.ratios, powersW: this.powersW }, 1);
    const seen = (value: number) => Math.round((value + this.#noiseK * this.#random.gaussian()) / 0.0625) * 0.0625;
    return {
      atS: this.#atS,
      ambientC: seen(this.ambientC),
      ratios: [...this.ratios],
      slots: this.powersW.map((powerW, s) => ({
        temperatureC: seen(this.#loop.temperaturesC[s]!),
        inletC: seen(this.#loop.inletsC[s]!),
        powerW: powerW * (1 + 0.003 * this.#random.gaussian()),
      })),
    };
  }
}
