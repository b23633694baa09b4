// A closed rig in virtual time: the simulated plant, the guardian's own cooling loop, a day's work on the sleds, sensors
// with bias, noise and steps, and fan speeds advised now and then as a planner would. One call is one second of the plant.
import { fileURLToPath } from 'node:url';
import { Plant } from '../../hwsim/plant/plant.ts';
import { loadPlant, type PlantParameters } from '../../hwsim/plant/parameters.ts';
import { SensorNoise, type SensorKind } from '../../hwsim/plant/sensor-noise.ts';
import type { Board } from '../../src/board/schema.ts';
import type { CoolingConfig } from '../../src/cooling/config.ts';
import { initialCooling, stepCooling, type CoolingState, type CoolingStep } from '../../src/cooling/step.ts';
import { seededRandom, type Random } from '../../src/core/random.ts';
import { good, type Reading } from '../../src/core/reading.ts';
import { clamp } from '../../src/core/units.ts';
import { coolingConfigOf } from '../../src/guardian/cooling-config.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { RigLoad } from './rig-load.ts';

export interface RigOptions {
  readonly plant: PlantParameters;
  readonly board: Board;
  readonly seed: number;
  /** Load of a slot above idle, on average, W; 105 where left out. */
  readonly meanLoadW?: number;
  /** Jobs that come and go beside the day's slow course; true where left out. */
  readonly hasJobs?: boolean;
  /** Steps of the temperature sensors, K. */
  readonly stepK?: number;
  /** How much the advised fan speeds differ, one standard deviation; 0 = no advice. */
  readonly adviceSpread?: number;
}

/** Advice: every so many seconds, towards this temperature of the hottest slot, by this much of itself per K. */
const ADVICE_S = 10;
const ADVICE_C = 75;
const ADVICE_GAIN_PER_K = 0.004;
/** Least and most seconds until the fans are mixed otherwise. */
const MIX_S = [400, 1600] as const;
const POWER_STEP_W = 0.25;
const MEMORY_STEP_K = 0.5;
const WARM_UP_RATIO = 0.35;

export class Rig {
  readonly plant: Plant;
  readonly board: Board;
  readonly load: RigLoad;
  /** Fan speeds that the guardian is advised of; `advise` replaces them. */
  advised: Readonly<Record<string, number>> = {};
  /** What a controller wants beside the advice, by fan: the higher of both counts. */
  wanted: Readonly<Record<string, number>> = {};
  readonly #config: CoolingConfig;
  readonly #noise: SensorNoise;
  readonly #random: Random;
  readonly #stepK: number;
  readonly #spread: number;
  #cooling: CoolingState;
  #seconds = 0;
  #mixDueS = 0;
  #mix: readonly number[] = [];
  #level = WARM_UP_RATIO;

  constructor(options: RigOptions) {
    const { plant, board, seed } = options;
    const random = seededRandom(seed);
    this.board = board;
    this.plant = new Plant({
      parameters: plant,
      limits: new Map(board.slots.map((slot) => [slot.number, slot.limitC])),
    });
    this.load = new RigLoad(
      board.slots.map((slot) => slot.number),
      random.fork('load'),
      options.meanLoadW ?? 105,
      options.hasJobs,
    );
    this.#config = coolingConfigOf(board);
    this.#cooling = initialCooling(this.#config, 0);
    this.#noise = new SensorNoise(random.fork('noise'));
    this.#random = random.fork('advice');
    this.#stepK = options.stepK ?? 0.0625;
    this.#spread = options.adviceSpread ?? 0.06;
    this.load.step(0, 0);
    for (const [slot, powerW] of this.load.powerW()) this.plant.setSlotLoadPower(slot, powerW);
    this.plant.warmUp(WARM_UP_RATIO);
  }

  get atS(): number {
    return this.#seconds;
  }

  /** One second on; the frame as the guardian would send it. */
  second(): Frame {
    this.#seconds += 1;
    this.load.step(this.#seconds, 1);
    for (const [slot, powerW] of this.load.powerW()) this.plant.setSlotLoadPower(slot, powerW);
    this.plant.step(1);
    const readings = this.#readings();
    this.#advise();
    return this.#frame(readings, this.#cool(readings));
  }

  /** What a sensor shows of the plant now. */
  #readings(): Map<string, Reading> {
    const truth = this.plant.truth();
    const atMs = this.#seconds * 1000;
    const readings = new Map<string, Reading>();
    const show = (sensor: string | undefined, kind: SensorKind, value: number, step: number) => {
      if (sensor === undefined) return;
      readings.set(sensor, good(Math.round(this.#noise.read(sensor, kind, value) / step) * step, atMs));
    };
    show(this.board.ambientSensor, 'temperature', truth.ambientC, this.#stepK);
    for (const { number, sensors } of this.board.slots) {
      const slot = truth.slots.get(number);
      if (slot === undefined) continue;
      show(sensors.temperature, 'temperature', slot.cpuC, this.#stepK);
      show(sensors.inlet, 'temperature', slot.inletC, this.#stepK);
      show(sensors.memory, 'temperature', slot.memoryC, MEMORY_STEP_K);
      show(sensors.power, 'power', slot.powerW, POWER_STEP_W);
    }
    return readings;
  }

  /** As a planner would: a level that keeps the hottest slot under the loop's own target, a little different from fan to fan. */
  #advise(): void {
    if (this.#spread === 0) return;
    if (this.#seconds >= this.#mixDueS) {
      this.#mixDueS = this.#seconds + MIX_S[0] + (MIX_S[1] - MIX_S[0]) * this.#random.next();
      this.#mix = this.board.airMovers.map(() => Math.exp(this.#spread * this.#random.gaussian()));
    }
    if (this.#seconds % ADVICE_S !== 0) return;
    const worstC = Math.max(...[...this.plant.truth().slots.values()].map((slot) => slot.cpuC));
    this.#level = clamp(this.#level * (1 + ADVICE_GAIN_PER_K * (worstC - ADVICE_C)), 0.2, 1);
    this.advised = Object.fromEntries(
      this.board.airMovers.map(({ id }, m) => [id, clamp(this.#level * this.#mix[m]!, 0.2, 1)]),
    );
  }

  #cool(readings: ReadonlyMap<string, Reading>): CoolingStep {
    const truth = this.plant.truth();
    const nowMs = this.#seconds * 1000;
    const planned = new Map(Object.entries(this.advised));
    for (const [fan, ratio] of Object.entries(this.wanted)) planned.set(fan, Math.max(ratio, planned.get(fan) ?? 0));
    const step = stepCooling(this.#config, this.#cooling, {
      nowMs,
      readings,
      tachometers: new Map([...truth.fans].map(([id, fan]) => [id, fan.rpm.map((rpm) => good(rpm, nowMs))])),
      absentFans: new Set(),
      deafFans: new Set(),
      alertedSlots: new Set(),
      plannedRatios: Object.fromEntries(planned),
      manualRatios: {},
    });
    this.#cooling = step.state;
    for (const [fan, ratio] of step.ratios) this.plant.setFanRatio(fan, ratio);
    return step;
  }

  #frame(readings: ReadonlyMap<string, Reading>, { ratios, zones }: CoolingStep): Frame {
    const truth = this.plant.truth();
    const atMs = this.#seconds * 1000;
    return {
      type: 'frame',
      seq: this.#seconds,
      atMs,
      lateMs: 0,
      sweepMs: 0,
      sensors: Object.fromEntries([...readings].map(([name, reading]) => [name, { reading, state: 'ok' }])),
      fans: this.board.airMovers.map(({ id }) => ({
        id,
        ratio: ratios.get(id) ?? 1,
        rpm: (truth.fans.get(id)?.rpm ?? []).map((rpm) => good(Math.round(rpm), atMs)),
        state: this.#cooling.fans[id]?.tachometer.health ?? 'ok',
      })),
      zones: [...zones],
      slots: this.board.slots.map((slot) => ({ slot: slot.number, presence: 'present', power: 'on', fru: null })),
      intentHeld: true,
    };
  }
}

/** A plant of the project's files. */
export function plantFile(name: string): PlantParameters {
  return loadPlant(fileURLToPath(new URL(`../../hwsim/plants/${name}.json`, import.meta.url)));
}

/** Another specimen of a plant: every figure that a builder could get otherwise is otherwise. */
export function otherPlant(name: string, seed: number): PlantParameters {
  const plant = plantFile(name);
  const random = seededRandom(seed);
  const within = (value: number, share: number) => value * (1 + share * (2 * random.next() - 1));
  const { sled } = plant;
  return {
    ...plant,
    name: `${name}-${seed}`,
    ambient: { ...plant.ambient, baseC: plant.ambient.baseC + 4 * random.next() - 2, swingK: 3 * random.next() },
    exhaustRecirculation: within(plant.exhaustRecirculation, 0.6),
    impedance: {
      laminar: within(plant.impedance.laminar, 0.5),
      turbulent: within(plant.impedance.turbulent, 0.4),
    },
    bypass: within(plant.bypass, 0.5),
    backflow: within(plant.backflow, 0.4),
    sled: {
      ...sled,
      cpuPowerShare: within(sled.cpuPowerShare, 0.08),
      leakage: { ...sled.leakage, share: within(sled.leakage.share, 0.5) },
      cpu: {
        ...sled.cpu,
        heatCapacityJPerK: within(sled.cpu.heatCapacityJPerK, 0.3),
        exponent: 0.52 + 0.28 * random.next(),
      },
      memoryInWake: within(sled.memoryInWake, 0.3),
    },
    fans: plant.fans.map((fan) => ({ ...fan, speedExponent: 0.9 + 0.2 * random.next() })),
    slots: plant.slots.map((slot) => ({
      ...slot,
      coolingFactor: within(slot.coolingFactor, 0.1),
      share: Object.fromEntries(Object.entries(slot.share).map(([fan, share]) => [fan, within(share, 0.25)])),
    })),
    mixing: plant.mixing.map((mix) => ({ ...mix, fraction: within(mix.fraction, 0.35) })),
  };
}
