// One run: all of a world's time from one seed, to its end or to the first invariant that does not hold.
import { soundMachines, type Mutate } from './machines.ts';
import { settingsOf } from './patience.ts';
import { Disasters } from './disasters.ts';
import { People } from './people.ts';
import { Violation } from './violation.ts';
import { RECOVERY_MS, forecast, type Burst } from './weather.ts';
import { World } from './world.ts';

export interface RunOptions {
  /** Breaks the system on purpose; null = the sound one. */
  readonly mutate?: Mutate | null;
  readonly told?: boolean;
  readonly strict?: boolean;
}

export interface Outcome {
  readonly seed: number;
  /** What did not hold; null when all did. */
  readonly violation: string | null;
  readonly moves: number;
  readonly faults: number;
  readonly simulatedMs: number;
  readonly happenings: number;
  /** How many Moves took each edge. */
  readonly edges: ReadonlyMap<string, number>;
  readonly history: readonly string[];
}

/** Moves in calm time, before each burst. */
const CALM_MOVES = 2;
/** Between the end of a burst and the time from which the recovery counts, for what starts by itself. */
const STARTING_MS = 3_000;

export function simulate(seed: number, options: RunOptions = {}): Outcome {
  const { mutate = null, told = false, strict = false } = options;
  const sound = soundMachines(settingsOf(seed));
  const world = new World({ seed, machines: mutate === null ? sound : mutate(sound), told, strict });
  const violation = live(world);
  if (violation !== null) world.history.note('watch', `VIOLATION: ${violation}`);
  return {
    seed,
    violation,
    moves: world.watch.moves(),
    faults: world.weather.faults,
    simulatedMs: world.queue.nowMs,
    happenings: world.queue.count,
    edges: world.watch.edges(),
    history: world.history.lines,
  };
}

/** What did not hold; null when all did. */
function live(world: World): string | null {
  try {
    const { bursts, endMs } = forecast(world.random.fork('forecast'));
    const people = new People(world);
    const disasters = new Disasters(world, people);
    world.sent = (sled, verb) => disasters.sent(sled, verb);
    world.start();
    bursts.forEach((burst, n) => liveThrough(world, burst, people, disasters, bursts[n + 1]?.fromMs ?? endMs));
    return null;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    return `the machine threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function liveThrough(world: World, burst: Burst, people: People, disasters: Disasters, nextMs: number): void {
  const { queue } = world;
  for (let n = 0; n < CALM_MOVES; n++)
    queue.at(burst.fromMs - 1_000 - world.random.next() * 14_000, () => people.wantMove());
  until(world, burst.fromMs);
  disasters.begin(burst);
  until(world, burst.toMs);
  world.restlessUntilMs = Number.POSITIVE_INFINITY;
  disasters.end();
  const lastMs = Math.max(queue.nowMs + STARTING_MS, world.network.lastArrivalMs, world.guardian.lastArrivalMs);
  until(world, lastMs + RECOVERY_MS);
  checkRest(world);
  world.restlessUntilMs = queue.nowMs;
  until(world, Math.max(queue.nowMs, nextMs - 30_000));
  checkRest(world);
}

function until(world: World, atMs: number): void {
  while (world.queue.step(atMs));
}

/** Everything is as it should be: each workload runs once, nobody holds anything that is not needed. */
function checkRest(world: World): void {
  const { controller, watch, sleds, workloads, spoilt } = world;
  if (controller.refuses !== null) return; // a damaged journal: no Moves until a person has looked after it
  controller.checkRest(spoilt);
  for (const { id } of workloads) {
    if (spoilt.has(id)) continue;
    const running = watch.running(id);
    if (running.length === 0) throw new Violation(`${id} runs nowhere: ${whereabouts(world, id)}`);
    for (const sled of sleds) {
      const role = sled.disk.records.get(id)?.role;
      if (role === undefined || role.kind === 'absent' || role.kind === 'running') continue;
      throw new Violation(`${id} is left ${role.kind} on ${sled.name}`);
    }
  }
  for (const sled of sleds) if (!sled.powered) throw new Violation(`${sled.name} was left without power`);
}

function whereabouts(world: World, workload: string): string {
  const parts = world.sleds.map((sled) => {
    const record = sled.disk.records.get(workload);
    const copies = sled.copiesOf(workload).map((copy) => `, ${copy.mode} at epoch ${copy.epoch}`);
    const how = sled.up ? (world.agent(sled.name) === null ? ' (no agent)' : '') : ' (down)';
    return `${sled.name}${how} ${record?.role.kind ?? 'has no record'} floor ${record?.floor ?? 0}${copies.join('')}`;
  });
  return parts.join('; ');
}
