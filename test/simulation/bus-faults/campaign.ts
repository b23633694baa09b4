// One run of the campaign: a board's guardian on the bus code of real hardware over the simulated chassis, in virtual
// time, with faults from a seed; and what was wrong with it.
import { readFileSync } from 'node:fs';
import { chipCatalogue } from '../../../src/board/chip-catalogue.ts';
import { boardOf } from "../../../src/board/load.ts";
import type { Board } from '../../../src/board/schema.ts';
import { knownChips, openChip } from '../../../src/chips/registry.ts';
import { openCheckedChip } from '../../../src/chips/identity.ts';
import { every } from '../../../src/core/clock.ts';
import { seededRandom } from '../../../src/core/random.ts';
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
import { Episodes } from './episodes.ts';
import type { Mutant } from './mutants.ts';
import { opener } from './mutants.ts';
import { Oracle } from './oracle.ts';
import { simulatedAdapters } from './simulated-adapters.ts';

const PLANT_STEP_MS = 100;
/** Tachometers count from the first look after the fans on, which follows the first tick. */
const FIRST_TICKS = 3;
const WARM_S = 40;
/** The longest pause before a dead bus or device is tried again, the recovery of a zone, and some. */
const SETTLE_S = 60;
const DEADLINE_MS = 500;

export interface Place {
  readonly board: string;
  readonly plant: string;
  readonly scenario: string;
}

export const PLACES: readonly Place[] = [
  { board: 'sim-8', plant: 'standard', scenario: 'quiet' },
  { board: 'bletchley', plant: 'bletchley', scenario: 'bletchley-hot-slot' },
  { board: 'yosemite-v4', plant: 'yosemite-v4', scenario: 'yosemite-v4-hot-slot' },
];

export interface CampaignResult {
  /** Disturbed transfers and begun faults, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly values: number;
  readonly ticks: number;
  readonly longestTickMs: number;
  /** Each one sentence; empty when all was well. */
  readonly violations: readonly string[];
  readonly history: readonly string[];
}

export async function campaign(
  place: Place,
  seed: number,
  seconds: number,
  mutant: Mutant = 'none',
): Promise<CampaignResult> {
  const random = seededRandom(seed).fork(place.board);
  const text = withRecoveryLines(readFileSync(`boards/${place.board}.json`, 'utf8'));
  const board = boardOf(place.board, text, chipCatalogue(knownChips()));
  const boardFile = parseBoardFile(text, place.board);
  const scenario = loadScenario(`hwsim/scenarios/${place.scenario}.json`);
  const plant = makePlant(boardFile, loadPlant(`hwsim/plants/${place.plant}.json`), scenario);
  const chassis = new Chassis({ board: boardFile, plant, random });
  const clock = new BlockingClock();
  const oracle = new Oracle(board);
  const episodes = new Episodes(board, new FaultDesk(chassis, () => undefined), oracle, random.fork('episodes'));
  const violations: string[] = [];
  let last: Frame | null = null;
  let ticks = 0;
  let longestTickMs = 0;
  const nowS = () => Math.round(clock.nowMs() / 1000);
  const onFrame = (frame: Frame) => {
    last = frame;
    ticks++;
    const tickMs = frame.lateMs + frame.sweepMs;
    longestTickMs = Math.max(longestTickMs, tickMs);
    if (tickMs > DEADLINE_MS) violations.push(`${nowS()} s: the tick ended ${tickMs.toFixed(0)} ms after it was due`);
    if (ticks <= FIRST_TICKS) return;
    for (const wrong of oracle.wrongs(frame)) violations.push(`${nowS()} s: ${wrong}`);
  };
  const source = simulatedAdapters(board, chassis, clock);
  const checked = mutant === 'no mux check' ? source : withMuxChecks(board, source);
  const guardian = new Guardian({
    board,
    hardware: new Hardware(board, checked, opener(mutant, mutant === 'no identity' ? openChip : openCheckedChip)),
    clock,
    deadlineMs: DEADLINE_MS - 50, // the last transfer may begin just before it
    feeders: [],
    recover: recoveries(board, source),
    onFrame,
    onEvent: ({ code, text: what }) => void episodes.history.push(`${nowS()} s:   ${code}: ${what}`),
  });
  let plantMs = clock.nowMs();
  every(clock, 'plant', PLANT_STEP_MS, () => {
    chassis.advance((clock.nowMs() - plantMs) / 1000);
    plantMs = clock.nowMs();
    oracle.note(plantMs, chassis.truth());
  });
  oracle.note(clock.nowMs(), chassis.truth());
  const first = guardian.fullSpeed(DEADLINE_MS);
  await clock.advance(DEADLINE_MS);
  await first;
  guardian.start();
  await clock.advance(WARM_S * 1000);
  for (let second = 0; second < seconds; second++) {
    episodes.second(nowS());
    await clock.advance(1000);
  }
  episodes.healAll(nowS());
  await clock.advance(SETTLE_S * 1000);
  violations.push(...wrongEnd(board, last, new Set()).map((what) => `healed: ${what}`));
  const must = random.pick(mustHaveDevices(board));
  episodes.breakForGood(random.pick([{ kind: 'device-nack', device: must.id }, { kind: 'bus-hung', bus: must.bus }]), nowS());
  await clock.advance(SETTLE_S * 1000);
  violations.push(...wrongEnd(board, last, new Set([must.id])).map((what) => `${must.id} broken: ${what}`));
  await guardian.stop();
  const faults = new Map<string, number>([...chassis.faults.noise.counts(), ...episodes.begun]);
  return { faults, values: oracle.checked, ticks, longestTickMs, violations, history: episodes.history };
}

/** Zones with a broken must-have sensor are in their failsafe, the others control; what is not broken is read. */
function wrongEnd(board: Board, frame: Frame | null, broken: ReadonlySet<string>): string[] {
  if (frame === null) return ['there was no frame'];
  const lost = new Set(
    board.devices.flatMap(({ id, channels }) => (broken.has(id) ? channels.map(({ sensor }) => sensor) : [])),
  );
  const wrong: string[] = [];
  for (const { id, sensors } of board.zones) {
    const expected = sensors.some((sensor) => lost.has(sensor) && isMustHave(board, sensor)) ? 'failsafe' : 'control';
    const mode = frame.zones.find((zone) => zone.id === id)?.mode;
    if (mode !== expected) wrong.push(`zone ${id} is in ${mode}, not in ${expected}`);
  }
  if (broken.size > 0) return wrong;
  for (const [name, { reading }] of Object.entries(frame.sensors)) {
    if (reading.kind === 'value') continue;
    wrong.push(`${name} has no value: ${reading.reason} ${reading.detail}`);
  }
  return wrong;
}

function isMustHave(board: Board, sensor: string): boolean {
  return board.devices.some(({ channels }) => channels.some((channel) => channel.sensor === sensor && channel.mustHave));
}

function mustHaveDevices(board: Board) {
  const inZones = new Set(board.zones.flatMap(({ sensors }) => sensors));
  return board.devices.filter(({ via, channels }) =>
    via === 'i2c' && channels.some(({ sensor, mustHave }) => mustHave && inZones.has(sensor)),
  );
}

/** Every other I2C bus gets lines to free it. */
function withRecoveryLines(text: string): string {
  const board = JSON.parse(text) as { buses: { id: string; kind: string; recovery?: unknown }[] };
  const buses = board.buses.filter(({ kind }) => kind === 'i2c');
  buses.forEach((bus, index) => {
    if (index % 2 === 0) {
      bus.recovery = { scl: { bus: 'wires', line: 2 * index }, sda: { bus: 'wires', line: 2 * index + 1 } };
    }
  });
  const wires = { id: 'wires', kind: 'gpio', chip: 'linux' };
  return JSON.stringify({ ...board, buses: [...board.buses, wires] });
}
