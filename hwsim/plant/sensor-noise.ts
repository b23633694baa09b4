// What a sensor makes of the truth before its converter quantises it: a bias that stays, and noise at every reading.
// Every sensor has its own stream of random numbers, so reading one more often does not change what others show.
import type { Random } from '../../src/core/random.ts';

export type SensorKind = 'temperature' | 'voltage' | 'current' | 'power' | 'speed';

/** Standard deviations in the sensor's unit; `relative` ones as a part of the value. */
export interface NoiseLevel {
  readonly sigma: number;
  readonly relativeSigma: number;
  readonly biasSigma: number;
  readonly relativeBiasSigma: number;
}

export type NoiseLevels = Readonly<Record<SensorKind, NoiseLevel>>;

/** About what data sheets promise: temperature ±1 K (3σ of bias), INA2xx 0.3 % gain, tachometers a few rpm. */
export const TYPICAL_NOISE: NoiseLevels = {
  temperature: { sigma: 0.12, relativeSigma: 0, biasSigma: 0.3, relativeBiasSigma: 0 },
  voltage: { sigma: 0.004, relativeSigma: 0, biasSigma: 0, relativeBiasSigma: 0.001 },
  current: { sigma: 0.01, relativeSigma: 0.002, biasSigma: 0, relativeBiasSigma: 0.003 },
  power: { sigma: 0.15, relativeSigma: 0.002, biasSigma: 0, relativeBiasSigma: 0.003 },
  speed: { sigma: 4, relativeSigma: 0.002, biasSigma: 0, relativeBiasSigma: 0 },
};

interface Sensor {
  readonly random: Random;
  readonly bias: number;
  readonly relativeBias: number;
}

export class SensorNoise {
  readonly #random: Random;
  readonly #levels: NoiseLevels;
  readonly #sensors = new Map<string, Sensor>();
  readonly #givenBias = new Map<string, number>();

  constructor(random: Random, levels: NoiseLevels = TYPICAL_NOISE) {
    this.#random = random;
    this.#levels = levels;
  }

  /** What the sensor's analogue side shows now, in the unit of `truth`. */
  read(sensor: string, kind: SensorKind, truth: number): number {
    const level = this.#levels[kind];
    const { random, bias, relativeBias } = this.#sensor(sensor, level);
    const noise = random.gaussian() * (level.sigma + level.relativeSigma * Math.abs(truth));
    return truth * (1 + relativeBias) + (this.#givenBias.get(sensor) ?? bias) + noise;
  }

  /** Fixes a sensor's offset instead of the one drawn for it. */
  setBias(sensor: string, bias: number): void {
    this.#givenBias.set(sensor, bias);
  }

  #sensor(name: string, level: NoiseLevel): Sensor {
    const known = this.#sensors.get(name);
    if (known !== undefined) return known;
    const random = this.#random.fork(name);
    const sensor = {
      random,
      bias: random.gaussian() * level.biasSigma,
      relativeBias: random.gaussian() * level.relativeBiasSigma,
    };
    this.#sensors.set(name, sensor);
    return sensor;
  }
}
