// One run of the campaign: faults from a seed, then a chassis that is well, then one thing broken for good; and what was
// wrong with it.
import type { Board } from '../../../src/board/schema.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { Frame } from '../../../src/protocols/guardian-link.ts';
import { Episodes } from './episodes.ts';
import { GuardedChassis, type Place } from './guarded-chassis.ts';
import type { Mutant } from './mutants.ts';

const WARM_S = 40;
/** The longest pause before a dead bus or device is tried again, the recovery of a zone, and some. */
const SETTLE_S = 60;
/** SMBus' own limit. What Linux' default of a second does: see the test of a bus that hangs. */
const ADAPTER_TIMEOUT_MS = 35;

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
  const run = new GuardedChassis({ place, random, adapterTimeoutMs: ADAPTER_TIMEOUT_MS, mutant });
  const episodes = new Episodes(run.board, run.desk, run.oracle, random.fork('episodes'));
  await run.start();
  await run.seconds(WARM_S);
  for (let second = 0; second < seconds; second++) {
    episodes.second(run.nowS);
    await run.seconds(1);
  }
  episodes.healAll(run.nowS);
  await run.seconds(SETTLE_S);
  run.violations.push(...wrongEnd(run.board, run.frame, null).map((what) => `healed: ${what}`));
  const must = random.pick(mustHaveDevices(run.board));
  const breakages = [{ kind: 'device-nack', device: must.id } as const, { kind: 'bus-hung', bus: must.bus } as const];
  episodes.breakForGood(random.pick(breakages), run.nowS);
  await run.seconds(SETTLE_S);
  run.violations.push(...wrongEnd(run.board, run.frame, must.id).map((what) => `${must.id} broken: ${what}`));
  await run.stop();
  const { chassis, oracle, ticks, longestTickMs, violations, events } = run;
  const faults = new Map<string, number>([...chassis.faults.noise.counts(), ...episodes.begun]);
  const said = events.map(({ atS, code, text }) => ({ atS, text: `  ${code}: ${text}` }));
  const history = [...episodes.history, ...said]
    .toSorted((a, b) => a.atS - b.atS)
    .map(({ atS, text }) => `${atS} s: ${text}`);
  return { faults, values: oracle.checked, ticks, longestTickMs, violations, history };
}

/** Zones with a broken must-have sensor are in their failsafe, the others control; when nothing is broken all is read. */
function wrongEnd(board: Board, frame: Frame | null, broken: string | null): string[] {
  if (frame === null) return ['there was no frame'];
  const lost = mustHaves(board, broken);
  const wrong: string[] = [];
  for (const { id, sensors } of board.zones) {
    const expected = sensors.some((sensor) => lost.has(sensor)) ? 'failsafe' : 'control';
    const mode = frame.zones.find((zone) => zone.id === id)?.mode;
    if (mode !== expected) wrong.push(`zone ${id} is in ${mode}, not in ${expected}`);
  }
  if (broken !== null) return wrong;
  for (const [name, { reading }] of Object.entries(frame.sensors)) {
    if (reading.kind === 'none') wrong.push(`${name} has no value: ${reading.reason} ${reading.detail}`);
  }
  return wrong;
}

function mustHaves(board: Board, device: string | null): ReadonlySet<string> {
  const channels = board.devices.find(({ id }) => id === device)?.channels ?? [];
  return new Set(channels.flatMap(({ sensor, mustHave }) => (mustHave ? [sensor] : [])));
}

function mustHaveDevices(board: Board) {
  const inZones = new Set(board.zones.flatMap(({ sensors }) => sensors));
  return board.devices.filter(
    ({ chip, channels }) =>
      chip !== 'hwmon-fan' && channels.some(({ sensor, mustHave }) => mustHave && inZones.has(sensor)),
  );
}
