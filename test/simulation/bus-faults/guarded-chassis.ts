// A board's guardian on the bus code of real hardware over the simulated chassis, in virtual time; every frame is
// compared with the truth, every tick with its deadline.
import { readFileSync } from 'node:fs';
import { chipCatalogue } from '../../../src/board/chip-catalogue.ts';
import { boardOf } from '../../../src/board/load.ts';
import type { Board } from '../../../src/board/schema.ts';
import { openCheckedChip } from '../../../src/chips/identity.ts';
import { knownChips, openChip } from '../../../src/chips/registry.ts';
import { every } from '../../../src/core/clock.ts';
import type { Random } from '../../../src/core/random.ts';
import { recoveries, withMuxChecks } from '../../../src/guardian/bus-care.ts';
import { Guardian } from '../../../src/guardian/guardian.ts';
import { Hardware } from '../../../src/guardian/hardware.ts';
import type { Frame } from '../../../src/protocols/guardian-link.ts';
import { parseBoardFile } from '../../../hwsim/board-file.ts';
import { Chassis } from '../../../hwsim/chassis.ts';
import { FaultDesk } from '../../../hwsim/faults/fault-desk.ts';
import { loadPlant } from '../../../hwsim/plant/parameters.ts';
import { makePlant } from '../../../hwsim/plant-for-board.ts';
import { loadScenario } from '../../../hwsim/scenario.ts';
import { BlockingClock } from './blocking-clock.ts';
import { opener, type Mutant } from './mutants.ts';
import { Oracle } from './oracle.ts';
import { simulatedAdapters } from './simulated-adapters.ts';

const PLANT_STEP_MS = 100;
export const DEADLINE_MS = 500;
/** Tachometers count from the first look after the fans on, which follows the first tick. */
const FIRST_TICKS = 3;

export interface Place {
  readonly board: string;
  readonly plant: string;
  readonly scenario: string;
}

export interface GuardedChassisOptions {
  readonly place: Place;
  readonly random: Random;
  /** What a transfer takes that times out. */
  readonly adapterTimeoutMs: number;
  readonly mutant: Mutant;
}

export class GuardedChassis {
  readonly board: Board;
  readonly chassis: Chassis;
  readonly clock = new BlockingClock();
  readonly oracle: Oracle;
  readonly desk: FaultDesk;
  readonly violations: string[] = [];
  readonly events: { readonly atS: number; readonly code: string; readonly text: string }[] = [];
  frame: Frame | null = null;
  ticks = 0;
  longestTickMs = 0;
  readonly #guardian: Guardian;

  constructor({ place, random, adapterTimeoutMs, mutant }: GuardedChassisOptions) {
    const text = withRecoveryLines(i2cPart(readFileSync(`boards/${place.board}.json`, 'utf8')));
    this.board = boardOf(place.board, text, chipCatalogue(knownChips()));
    const boardFile = parseBoardFile(text, place.board);
    const scenario = loadScenario(`hwsim/scenarios/${place.scenario}.json`);
    const plant = makePlant(boardFile, loadPlant(`hwsim/plants/${place.plant}.json`), scenario);
    this.chassis = new Chassis({ board: boardFile, plant, random });
    this.desk = new FaultDesk(this.chassis, () => undefined);
    this.oracle = new Oracle(this.board);
    const source = simulatedAdapters(this.board, this.chassis, this.clock, adapterTimeoutMs);
    const checked = mutant === 'no mux check' ? source : withMuxChecks(this.board, source);
    const open = opener(mutant, mutant === 'no identity' ? openChip : openCheckedChip);
    this.#guardian = new Guardian({
      board: this.board,
      hardware: new Hardware(this.board, checked, { open }),
      clock: this.clock,
      deadlineMs: DEADLINE_MS - 50, // the last transfer may begin just before it
      feeders: [],
      recover: recoveries(this.board, source),
      onFrame: (frame) => this.#take(frame),
      onEvent: ({ code, text: what }) => void this.events.push({ atS: this.nowS, code, text: what }),
    });
  }

  get nowS(): number {
    return Math.round(this.clock.nowMs() / 1000);
  }

  async start(): Promise<void> {
    const { clock, chassis, oracle } = this;
    let plantMs = clock.nowMs();
    oracle.note(plantMs, chassis.truth());
    every(clock, 'plant', PLANT_STEP_MS, () => {
      chassis.advance((clock.nowMs() - plantMs) / 1000);
      plantMs = clock.nowMs();
      oracle.note(plantMs, chassis.truth());
    });
    const first = this.#guardian.fullSpeed(DEADLINE_MS);
    await clock.advance(DEADLINE_MS);
    await first;
    this.#guardian.start();
  }

  seconds(count: number): Promise<void> {
    return this.clock.advance(count * 1000);
  }

  async stop(): Promise<void> {
    const stopped = this.#guardian.stop();
    await this.seconds(1);
    await stopped;
  }

  mode(zone: string): string | undefined {
    return this.frame?.zones.find(({ id }) => id === zone)?.mode;
  }

  #take(frame: Frame): void {
    const sinceMs = this.frame === null ? 0 : frame.atMs - this.frame.atMs;
    const tickMs = frame.lateMs + frame.sweepMs;
    const say = (what: string) => void this.violations.push(`${this.nowS} s: ${what}`);
    this.frame = frame;
    this.ticks++;
    this.longestTickMs = Math.max(this.longestTickMs, tickMs);
    if (tickMs > DEADLINE_MS) say(`the tick ended ${tickMs.toFixed(0)} ms after it was due`);
    if (sinceMs > this.board.intervalMs + DEADLINE_MS) say(`${sinceMs.toFixed(0)} ms without a tick`);
    if (this.ticks > FIRST_TICKS) for (const wrong of this.oracle.wrongs(frame)) say(wrong);
  }
}

/** Every other I2C bus gets lines to free it. */
function withRecoveryLines(text: string): string {
  const board = JSON.parse(text) as { buses: { id: string; kind: string; recovery?: unknown }[] };
  const buses = board.buses.filter(({ kind }) => kind === 'i2c');
  buses.forEach((bus, index) => {
    if (index % 2 === 1) return;
    bus.recovery = { scl: { bus: 'wires', line: 2 * index }, sda: { bus: 'wires', line: 2 * index + 1 } };
  });
  const wires = { id: 'wires', kind: 'gpio', chip: 'linux' };
  return JSON.stringify({ ...board, buses: [...board.buses, wires] });
}

/** The board without its Modbus devices: this is about the other buses. */
function i2cPart(text: string): string {
  const board = JSON.parse(text) as { buses: { id: string; kind: string }[]; devices: { bus: string }[] };
  const left = board.buses.filter(({ kind }) => !kind.startsWith('modbus'));
  const names = new Set(board.buses.filter((bus) => !left.includes(bus)).map(({ id }) => id));
  return JSON.stringify({ ...board, buses: left, devices: board.devices.filter(({ bus }) => !names.has(bus)) });
}
