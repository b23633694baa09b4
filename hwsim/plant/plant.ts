// The simulated chassis: sleds that heat air, fans that move it. Deterministic: the same calls give the same course.
import { ColdslotError } from '../../src/core/errors.ts';
import { clamp } from '../../src/core/units.ts';
import type { FanTruth, PlantControls, PlantMetrics, PlantTruth, SlotTruth } from '../contract.ts';
import { airflow, type Airflow } from './airflow.ts';
import { Fan } from './fan.ts';
import { LiquidLoop } from './liquid-loop.ts';
import type { PlantParameters } from './parameters.ts';
import { breathe, streamsOf, type Breathing, type Stream } from './recirculation.ts';
import { relax } from './relax.ts';
import { RunMeter } from './run-meter.ts';
import { restingSled, stepSled, type SledState } from './sled.ts';

const SUBSTEP_S = 0.25;
/** How fast a pulled sled cools on the bench. */
const BENCH_TIME_S = 90;

export interface PlantOptions {
  readonly parameters: PlantParameters;
  /** Limit of each slot's CPU temperature, °C, for the metrics; from the board. */
  readonly limits: ReadonlyMap<number, number>;
  /** Full speed of each fan's rotors where the board says it; the plant file's otherwise. */
  readonly fullRpm?: ReadonlyMap<string, readonly number[]>;
  /** Slots with a sled at the start; all when left out. */
  readonly present?: ReadonlySet<number>;
}

interface Place {
  readonly slot: number;
  readonly idlePowerW: number;
  readonly coolingFactor: number;
  state: SledState;
  loadPowerW: number;
  present: boolean;
  powered: boolean;
  openness: number;
}

/** What the air does; for tests and tools, no sensor sees it. */
export interface PlantAir {
  readonly slotM3s: ReadonlyMap<number, number>;
  readonly bypassM3s: number;
  readonly intakeC: number;
  readonly exhaustC: number;
  readonly exhaustHeatW: number;
}

export class Plant implements PlantControls {
  readonly #parameters: PlantParameters;
  readonly #places: readonly Place[];
  readonly #fans: ReadonlyMap<string, Fan>;
  readonly #streams: readonly Stream[];
  readonly #loop: LiquidLoop | null;
  readonly #limitC: ReadonlyMap<number, number>;
  #meter: RunMeter;
  #timeS = 0;
  #baseC: number;
  #air: Airflow;
  #breathing: Breathing;

  constructor(options: PlantOptions) {
    const { parameters } = options;
    this.#parameters = parameters;
    this.#streams = streamsOf(parameters);
    this.#limitC = options.limits;
    this.#meter = new RunMeter(options.limits);
    this.#baseC = parameters.ambient.baseC;
    const movers = [...parameters.fans, ...(parameters.liquid?.pumps ?? [])];
    this.#fans = new Map(movers.map((mover) => [mover.id, new Fan(mover, options.fullRpm?.get(mover.id))]));
    this.#loop = parameters.liquid === undefined ? null : new LiquidLoop(parameters.liquid, this.#baseC);
    this.#places = parameters.slots.map((slot) => ({
      slot: slot.slot,
      idlePowerW: slot.idlePowerW,
      coolingFactor: slot.coolingFactor,
      state: restingSled(this.#baseC),
      loadPowerW: 0,
      present: options.present?.has(slot.slot) ?? true,
      powered: true,
      openness: 1,
    }));
    this.#air = this.#flows();
    this.#breathing = this.#breathe(this.#baseC);
  }

  /** Lets plant time pass, in substeps of at most 0.25 s. */
  step(dtS: number): void {
    if (!Number.isFinite(dtS) || dtS < 0) throw refused('step', `expected a length of time, got ${dtS} s`);
    const count = Math.ceil(dtS / SUBSTEP_S - 1e-9);
    for (let i = 0; i < count; i++) {
      this.#timeS += dtS / count;
      this.#substep(dtS / count);
      this.#meter.observe(this.#places, this.#moversW(), dtS / count);
    }
  }

  /**
   * As if the chassis had run like this for `forS` already; neither time nor metrics count it. `fanRatio` holds
   * meanwhile; the fans keep that speed until they are told another.
   */
  warmUp(fanRatio: number, forS = 1200): void {
    for (const fan of this.#fans.values()) {
      fan.setRatio(fanRatio);
      fan.settle();
    }
    for (let passedS = 0; passedS < forS; passedS += SUBSTEP_S) this.#substep(SUBSTEP_S);
  }

  /** Metrics count from here on. */
  restartMeter(): void {
    this.#meter = new RunMeter(this.#limitC);
  }

  truth(): PlantTruth {
    return {
      timeS: this.#timeS,
      ambientC: this.#ambientC(),
      slots: new Map(this.#places.map((place) => [place.slot, this.#slotTruth(place)])),
      fans: new Map(
        [...this.#fans].map(([id, fan]): [string, FanTruth] => [id, { id, rpm: fan.rpm(), powerW: fan.powerW() }]),
      ),
      ...(this.#loop === null ? {} : { liquid: this.#loop.truth() }),
    };
  }

  metrics(): PlantMetrics {
    return this.#meter.metrics();
  }

  air(): PlantAir {
    const { intakeC, exhaustC, exhaustHeatW } = this.#breathing;
    const slotM3s = new Map(this.#places.map((place, s) => [place.slot, this.#air.slotM3s[s] ?? 0]));
    return { slotM3s, bypassM3s: this.#air.bypassM3s, intakeC, exhaustC, exhaustHeatW };
  }

  setFanRatio(fan: string, ratio: number): void {
    this.#fan(fan).setRatio(finite(ratio, `ratio of ${fan}`));
  }

  setFanHealth(fan: string, rotor: number | null, factor: number): void {
    const found = this.#fan(fan);
    if (rotor !== null && (rotor < 0 || rotor >= found.rotorCount)) {
      throw refused(fan, `there is no rotor ${rotor}; it has ${found.rotorCount}, counted from 0`);
    }
    found.setHealth(rotor, finite(factor, `health of ${fan}`));
  }

  setSlotLoadPower(slot: number, powerW: number): void {
    this.#place(slot).loadPowerW = Math.max(0, finite(powerW, `load power of slot ${slot}`));
  }

  setPresent(slot: number, present: boolean): void {
    this.#place(slot).present = present;
  }

  setPowered(slot: number, powered: boolean): void {
    this.#place(slot).powered = powered;
  }

  setOpenness(slot: number, openness: number): void {
    this.#place(slot).openness = clamp(finite(openness, `openness of slot ${slot}`), 0, 1);
  }

  setAmbient(ambientC: number): void {
    this.#baseC = finite(ambientC, 'ambient temperature');
  }

  #substep(dtS: number): void {
    for (const fan of this.#fans.values()) fan.step(dtS);
    this.#air = this.#flows();
    this.#breathing = this.#breathe(this.#breathing.exhaustC);
    this.#places.forEach((place, s) => {
      place.state = place.present ? this.#heat(place, s, dtS) : this.#emptySlot(place, s, dtS);
    });
    const coolantHeatW = this.#places.reduce((sum, place) => sum + place.state.coolantHeatW, 0);
    this.#loop?.step(this.#speeds(this.#parameters.liquid?.pumps ?? []), coolantHeatW, this.#ambientC(), dtS);
  }

  #heat(place: Place, index: number, dtS: number): SledState {
    const inputs = {
      basePowerW: place.powered ? place.idlePowerW + place.loadPowerW : 0,
      flowM3s: this.#air.slotM3s[index] ?? 0,
      inletTargetC: this.#breathing.inletC[index] ?? this.#baseC,
      inletTimeS: this.#parameters.inletTimeS,
      coolingFactor: place.coolingFactor,
      coolant: this.#loop?.stream(place.slot) ?? null,
    };
    return stepSled(this.#parameters.sled, place.state, inputs, dtS);
  }

  /** The air passes unheated; the pulled sled cools beside the chassis. */
  #emptySlot(place: Place, index: number, dtS: number): SledState {
    const { state } = place;
    const target = this.#breathing.inletC[index] ?? this.#baseC;
    const inletC = relax(state.inletC, target, this.#parameters.inletTimeS, dtS);
    const bench = (from: number) => relax(from, this.#ambientC(), BENCH_TIME_S, dtS);
    const heat = { powerW: 0, airHeatW: 0, coolantHeatW: 0 };
    return { inletC, cpuC: bench(state.cpuC), memoryC: bench(state.memoryC), outletC: inletC, ...heat };
  }

  #flows(): Airflow {
    const { sled } = this.#parameters;
    const speeds = this.#speeds(this.#parameters.fans);
    const openness = this.#places.map((place) => place.openness * (place.present ? 1 : sled.emptyOpenness));
    return airflow(this.#parameters, speeds, openness);
  }

  #speeds(movers: readonly { readonly id: string }[]): number[] {
    return movers.map(({ id }) => this.#fan(id).effectiveSpeed());
  }

  #breathe(exhaustBeforeC: number): Breathing {
    const outlets = this.#places.map((place) => place.state.outletC);
    const { exhaustRecirculation } = this.#parameters;
    return breathe(this.#streams, exhaustRecirculation, this.#air, outlets, this.#ambientC(), exhaustBeforeC);
  }

  #moversW(): number {
    let powerW = 0;
    for (const mover of this.#fans.values()) powerW += mover.powerW();
    return powerW;
  }

  #ambientC(): number {
    const { swingK, periodS } = this.#parameters.ambient;
    return this.#baseC + swingK * Math.sin((2 * Math.PI * this.#timeS) / periodS);
  }

  #slotTruth(place: Place): SlotTruth {
    const { volts, ohms } = this.#parameters.supply;
    const { inletC, cpuC, memoryC, outletC, powerW } = place.state;
    const powered = place.present && place.powered;
    const supplyV = powered ? volts - (ohms * powerW) / volts : 0;
    return { slot: place.slot, present: place.present, powered, inletC, cpuC, memoryC, outletC, powerW, supplyV };
  }

  #place(slot: number): Place {
    const found = this.#places.find((place) => place.slot === slot);
    if (found !== undefined) return found;
    const known = this.#places.map((place) => place.slot).join(', ');
    throw new ColdslotError('not-found', `slot ${slot}`, 'the plant has no such slot', `it has slots ${known}`);
  }

  #fan(id: string): Fan {
    const found = this.#fans.get(id);
    if (found !== undefined) return found;
    const known = [...this.#fans.keys()].join(', ');
    throw new ColdslotError('not-found', `fan ${id}`, 'the plant has no such fan', `it has ${known}`);
  }
}

function finite(value: number, what: string): number {
  if (Number.isFinite(value)) return value;
  throw refused(what, `expected a number, got ${value}`);
}

function refused(subject: string, message: string): ColdslotError {
  return new ColdslotError('refused', `plant: ${subject}`, message);
}
