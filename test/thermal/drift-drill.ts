// A chassis to be drilled: the closed rig of a plant with workloads that move from slot to slot, faults that come and go,
// and drift detectors that look on. Virtual time only; the same seed gives the same course.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PlantParameters } from '../../hwsim/plant/parameters.ts';
import { parseBoard } from '../../src/board/parse.ts';
import type { Board } from '../../src/board/schema.ts';
import { detectorFor, DriftFrames } from '../../src/controller/drift-frames.ts';
import { seededRandom, type Random } from '../../src/core/random.ts';
import { valueOrNull } from '../../src/core/reading.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import type { CusumLimits } from '../../src/thermal/cusum.ts';
import { DRIFT_LIMITS, type DriftDetector } from '../../src/thermal/drift.ts';
import type { DriftChange } from '../../src/thermal/drift-cause.ts';
import { otherPlant, plantFile, Rig } from './rig.ts';

/** Five that differ: as built, tight, clogged, another specimen, and one of twelve fans that has other sleds. */
export const DRILL_PLANTS = ['standard', 'dense', 'dusty', 'other', 'yosemite-v4'] as const;
export type DrillPlant = (typeof DRILL_PLANTS)[number] | 'bletchley';

export interface DrillOptions {
  readonly seed: number;
  readonly meanLoadW?: number;
  readonly stepK?: number;
  readonly adviceSpread?: number;
  /** Daily course of the room, K each way. */
  readonly swingK?: number;
  readonly hasMoves?: boolean;
  readonly limits?: CusumLimits;
}

/** Between two moves of work, s. */
const MOVE_EVERY_S = [1200, 4800] as const;
const MOST_LOAD_W = 260;

export class Drill {
  readonly rig: Rig;
  readonly board: Board;
  readonly detector: DriftDetector;
  /** What the detector said, with the second of the rig. */
  readonly log: { readonly atS: number; readonly change: DriftChange }[] = [];
  /** Changes frames on their way, as a sled that is pulled does. */
  alter: (frame: Frame) => Frame = (frame) => frame;
  readonly #plant: PlantParameters;
  readonly #frames: DriftFrames;
  readonly #random: Random;
  readonly #hasMoves: boolean;
  #nextMoveS: number;
  #highest = 0;

  constructor(name: DrillPlant, options: DrillOptions) {
    const { plant, board } = chassisOf(name);
    const { seed, swingK, hasMoves, limits, ...rest } = options;
    this.#plant = structuredClone(plant);
    if (swingK !== undefined) this.#plant.ambient.swingK = swingK;
    this.board = board;
    this.rig = new Rig({ plant: this.#plant, board, seed, ...rest });
    this.detector = detectorFor(board, limits ?? DRIFT_LIMITS);
    this.#frames = new DriftFrames(board);
    this.#random = seededRandom(seed).fork('moves');
    this.#hasMoves = hasMoves ?? true;
    this.#nextMoveS = MOVE_EVERY_S[0];
  }

  /** The highest level of the CUSUM since the last call. */
  takeHighest(): number {
    const highest = this.#highest;
    this.#highest = 0;
    return highest;
  }

  /** Runs on for so long; further detectors may look on. @returns what was said meanwhile, with seconds from now */
  run(seconds: number, isOver: (change: DriftChange) => boolean = () => false, others: readonly DriftDetector[] = []) {
    const fromS = this.rig.atS;
    const from = this.log.length;
    const said = () => this.log.slice(from).map(({ atS, change }) => ({ afterS: atS - fromS, change }));
    for (let second = 0; second < seconds; second++) {
      this.#move();
      const frame = this.alter(this.rig.second());
      const seen = this.#frames.take(frame, this.#ambientC(frame));
      for (const other of others) other.take(seen);
      const changes = this.detector.take(seen);
      this.#highest = Math.max(this.#highest, this.detector.level);
      for (const change of changes) this.log.push({ atS: this.rig.atS, change });
      if (changes.some(isOver)) break;
    }
    return said();
  }

  /** What the controller would take for the air that comes in. */
  #ambientC(frame: Frame): number | null {
    const { ambientSensor } = this.board;
    return ambientSensor === undefined ? null : valueOrNull(frame.sensors[ambientSensor]?.reading);
  }

  #move(): void {
    if (!this.#hasMoves || this.rig.atS < this.#nextMoveS) return;
    this.#nextMoveS = this.rig.atS + MOVE_EVERY_S[0] + (MOVE_EVERY_S[1] - MOVE_EVERY_S[0]) * this.#random.next();
    const workload = this.#random.pick(this.rig.load.workloads);
    const to = this.#random.pick(this.board.slots).number;
    const there = this.rig.load.powerW().get(to) ?? 0;
    if (there + workload.cores * workload.wattsPerCore < MOST_LOAD_W) workload.slot = to;
  }

  block(slot: number, openness: number): void {
    this.rig.plant.setOpenness(slot, openness);
  }

  /** The fan turns at a part of its speed, and its tachometers show it. */
  slowFan(fan: string, part: number): void {
    this.rig.plant.setFanHealth(fan, null, part);
  }

  /** The fan brings a part of its air, and its tachometers show the right speed: as with a torn belt or broken blades. */
  weakFan(fan: string, part: number): void {
    this.rig.plant.setFanHealth(fan, null, part);
    this.rig.disturb = (sensor, shown) => (part < 1 && sensor.startsWith(`${fan}.`) ? shown / part : shown);
  }

  /** Dirt in the filter, relative to the fans' pressure; 0 = as built. */
  foul(more: number): void {
    this.#plant.impedance.laminar = this.#clean.laminar + 0.3 * more;
    this.#plant.impedance.turbulent = this.#clean.turbulent + more;
  }

  get #clean(): PlantParameters['impedance'] {
    return (this.#built ??= { ...this.#plant.impedance });
  }
  #built: PlantParameters['impedance'] | null = null;

  /** A sensor shows something else from now on; null = well again. */
  disturb(sensor: string | undefined, how: ((shown: number) => number) | null): void {
    this.rig.disturb = (name, shown) => (how !== null && name === sensor ? how(shown) : shown);
  }

  jitter(sensor: string, sigma: number): void {
    this.disturb(sensor, (shown) => shown + sigma * this.#random.gaussian());
  }

  stick(sensor: string): void {
    let last: number | null = null;
    this.disturb(sensor, (shown) => (last ??= shown));
  }
}

function boardFile(name: string): Board {
  const file = fileURLToPath(new URL(`../../boards/${name}.json`, import.meta.url));
  return parseBoard(file, readFileSync(file, 'utf8'));
}

function chassisOf(name: DrillPlant): { plant: PlantParameters; board: Board } {
  if (name === 'bletchley') return { plant: plantFile(name), board: boardFile(name) };
  if (name === 'yosemite-v4') return { plant: plantFile(name), board: withSledSensors(boardFile(name)) };
  return { plant: name === 'other' ? otherPlant('standard', 11) : plantFile(name), board: boardFile('sim-8') };
}

/** The board file knows the sleds' network cards only: here each sled tells its temperature, inlet and power, too. */
function withSledSensors(board: Board): Board {
  const sensors = (slot: number) => ({ temperature: `s${slot}_cpu`, inlet: `s${slot}_inlet`, power: `s${slot}_power` });
  const [first, ...rest] = board.devices;
  const channels = board.slots.map(({ number }) => ({
    channel: `temp${number}`,
    sensor: sensors(number).temperature,
    limits: { criticalHigh: 95 },
    hysteresis: 2,
    mustHave: true,
    maxRisePerS: 1,
    timeoutS: 10,
  }));
  return {
    ...board,
    devices: [{ ...first!, channels: [...first!.channels, ...channels] }, ...rest],
    zones: board.zones.map((zone) => ({ ...zone, sensors: channels.map(({ sensor }) => sensor), tables: [] })),
    slots: board.slots.map((slot) => ({ ...slot, sensors: sensors(slot.number) })),
  };
}
