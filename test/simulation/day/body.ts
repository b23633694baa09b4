// The part of a chassis that does not decide where work runs: the simulated plant, its sensors with bias, noise and steps,
// and the guardian's own cooling loop. One call is one second; the answer is the frame that the guardian would send.
import type { PlantTruth } from '../../../hwsim/contract.ts';
import { Plant } from '../../../hwsim/plant/plant.ts';
import { SensorNoise, type SensorKind } from '../../../hwsim/plant/sensor-noise.ts';
import type { Board } from '../../../src/board/schema.ts';
import type { CoolingConfig } from '../../../src/cooling/config.ts';
import { initialCooling, stepCooling, type CoolingState, type CoolingStep } from '../../../src/cooling/step.ts';
import type { Random } from '../../../src/core/random.ts';
import { good, type Reading } from '../../../src/core/reading.ts';
import { coolingConfigOf } from '../../../src/guardian/cooling-config.ts';
import type { Frame, Intent } from '../../../src/protocols/guardian-link.ts';
import type { DayPlant } from './plants.ts';

/** Steps of the converters on the board: TMP421, LM75 and INA219. */
const TEMPERATURE_STEP_K = 0.0625;
const MEMORY_STEP_K = 0.5;
const POWER_STEP_W = 0.5;
const SPEED_STEP_RPM = 1;
/** What the fans have run at before the day begins: nobody cooled yet, so at full speed. */
const WARM_UP_RATIO = 1;

export class Body {
  readonly board: Board;
  readonly plant: Plant;
  readonly #config: CoolingConfig;
  readonly #noise: SensorNoise;
  #cooling: CoolingState;
  #truth: PlantTruth;
  #seconds = 0;

  constructor({ board, parameters, openness }: DayPlant, random: Random, loadW: ReadonlyMap<number, number>) {
    this.board = board;
    this.plant = new Plant({
      parameters,
      limits: new Map(board.slots.map((slot) => [slot.number, slot.limitC])),
    });
    for (const [slot, share] of openness) this.plant.setOpenness(slot, share);
    this.#config = coolingConfigOf(board);
    this.#cooling = initialCooling(this.#config, 0);
    this.#noise = new SensorNoise(random.fork('noise'));
    this.#load(loadW);
    this.plant.warmUp(WARM_UP_RATIO);
    this.#truth = this.plant.truth();
  }

  /** The next second with this load, W above idle by slot, and this intent of a controller. */
  second(loadW: ReadonlyMap<number, number>, intent: Intent | null): Frame {
    this.#seconds += 1;
    this.#load(loadW);
    this.plant.step(1);
    this.#truth = this.plant.truth();
    const readings = this.#readings();
    const tachometers = new Map(this.board.airMovers.map(({ id }) => [id, this.#tachometers(id)]));
    return this.#frame(readings, tachometers, this.#cool(readings, tachometers, intent));
  }

  /** As of the last second. */
  truth(): PlantTruth {
    return this.#truth;
  }

  #load(loadW: ReadonlyMap<number, number>): void {
    for (const [slot, powerW] of loadW) this.plant.setSlotLoadPower(slot, powerW);
  }

  #readings(): Map<string, Reading> {
    const truth = this.#truth;
    const atMs = this.#seconds * 1000;
    const readings = new Map<string, Reading>();
    const show = (sensor: string | undefined, kind: SensorKind, value: number, step: number) => {
      if (sensor === undefined) return;
      readings.set(sensor, good(Math.round(this.#noise.read(sensor, kind, value) / step) * step, atMs));
    };
    show(this.board.ambientSensor, 'temperature', truth.ambientC, TEMPERATURE_STEP_K);
    for (const { number, sensors } of this.board.slots) {
      const slot = truth.slots.get(number);
      if (slot === undefined) continue;
      show(sensors.temperature, 'temperature', slot.cpuC, TEMPERATURE_STEP_K);
      show(sensors.inlet, 'temperature', slot.inletC, TEMPERATURE_STEP_K);
      show(sensors.memory, 'temperature', slot.memoryC, MEMORY_STEP_K);
      show(sensors.power, 'power', slot.powerW, POWER_STEP_W);
    }
    return readings;
  }

  #cool(
    readings: ReadonlyMap<string, Reading>,
    tachometers: ReadonlyMap<string, readonly Reading[]>,
    intent: Intent | null,
  ): CoolingStep {
    const nowMs = this.#seconds * 1000;
    const step = stepCooling(this.#config, this.#cooling, {
      nowMs,
      readings,
      tachometers,
      absentFans: new Set(),
      deafFans: new Set(),
      alertedSlots: new Set(),
      plannedRatios: intent?.airMoverRatios ?? {},
      manualRatios: intent?.manualRatios ?? {},
    });
    this.#cooling = step.state;
    for (const [fan, ratio] of step.ratios) this.plant.setFanRatio(fan, ratio);
    return step;
  }

  #tachometers(fan: string): Reading[] {
    const rpm = this.#truth.fans.get(fan)?.rpm ?? [];
    return rpm.map((value, rotor) => {
      const shown = this.#noise.read(`${fan}.${rotor}`, 'speed', value);
      return good(Math.round(shown / SPEED_STEP_RPM) * SPEED_STEP_RPM, this.#seconds * 1000);
    });
  }

  #frame(
    readings: ReadonlyMap<string, Reading>,
    tachometers: ReadonlyMap<string, readonly Reading[]>,
    cooling: CoolingStep,
  ): Frame {
    return {
      type: 'frame',
      seq: this.#seconds,
      atMs: this.#seconds * 1000,
      lateMs: 0,
      sweepMs: 0,
      sensors: Object.fromEntries([...readings].map(([name, reading]) => [name, { reading, state: 'ok' }])),
      fans: this.board.airMovers.map(({ id }) => ({
        id,
        ratio: cooling.ratios.get(id) ?? 1,
        rpm: [...(tachometers.get(id) ?? [])],
        state: cooling.health.get(id) ?? 'ok',
      })),
      zones: [...cooling.zones],
      slots: this.board.slots.map((slot) => ({ slot: slot.number, presence: 'present', power: 'on', fru: null })),
      intentHeld: true,
    };
  }
}
