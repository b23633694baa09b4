// scripts/start: the simulated chassis with everything that belongs to it, until it has settled or is ended.
import { rmSync, writeFileSync } from 'node:fs';
import { loadScenario } from '../hwsim/scenario.ts';
import { chipCatalogue } from '../src/board/chip-catalogue.ts';
import { loadBoard } from '../src/board/load.ts';
import { knownChips } from '../src/chips/registry.ts';
import { describeError, exitCodeOf } from '../src/core/errors.ts';
import { isOpenMove, type ChassisView } from '../src/core/view.ts';
import { watchController } from '../src/surfaces/console/control-client.ts';
import { makeDisplay } from './launch/display.ts';
import { HELP, parseOptions, type StartOptions } from './launch/options.ts';
import { comparison, isSettled, summaryOf, verdictLines, type MoveCounts, type SimReport } from './launch/report.ts';
import { runPlace } from './launch/run-place.ts';
import { startSystem } from './launch/system.ts';

const EXIT_TIMEOUT = 3;
const LOOK_MS = 100;
/** A run that looks settled is looked at for so long: what was decided last shows in the next view. */
const STILL_SETTLED_MS = 600;
const VIEW_HZ = 4;

/** Resolves with the exit status. */
async function start(options: StartOptions): Promise<number> {
  const board = loadBoard(options.board, chipCatalogue(knownChips()));
  const place = await runPlace(options.run);
  const display = makeDisplay(options.headless);
  const state = { report: null as SimReport | null, view: null as ChassisView | null, ended: null as number | null };
  const moves = new Map<string, string>();
  const gapsMs = new Map<string, number>();
  const onSignal = () => void (state.ended ??= 0);
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);

  display.say(`starting ${board.name}`);
  const modbusBuses = board.buses.filter((bus) => bus.kind.startsWith('modbus-')).map((bus) => bus.id);
  const system = await startSystem(options, modbusBuses, place.directory, {
    onReport: (report) => {
      state.report = report;
      display.onReport(report);
    },
    onSay: (text) => display.say(text),
    onLog: (name, line) => display.log(name, line),
    onDeath: (name, how) => display.say(`${name} ended (${how}); it is started again`),
  });
  const watch = followController(system.control, (view) => {
    state.view = view;
    for (const move of view.moves) {
      if (moves.get(move.id) !== move.state) system.noteMove(recordOf(move));
      moves.set(move.id, move.state);
      if (move.downtimeMs !== null) gapsMs.set(move.id, move.downtimeMs);
    }
    display.onView(view);
  });
  try {
    const agents = loadScenario(options.scenario).sleds.filter((sled) => sled.agent).length;
    await until(
      () => state.ended !== null || (state.view !== null && everyoneIsThere(state.view, board.slots.length, agents)),
      60_000,
    );
    const [modbus] = system.modbus.values();
    const endpoints = { mqtt: system.mqtt, ...(modbus === undefined ? {} : { modbus }) };
    if (options.endpoints !== null) writeFileSync(options.endpoints, `${JSON.stringify(endpoints)}\n`);
    const socketHint = place.isDefault ? '' : ` --socket ${system.control}`;
    display.say(`MQTT at ${system.mqtt}; ask it with: scripts/coldslot${socketHint} status`);
    for (const [bus, address] of system.modbus) display.say(`Modbus bus ${bus} at ${address}`);
    system.startCourse();
    const settled = await runCourse(options, state, moves);
    const verdict = await system.judge();
    const summary = summaryOf(settled, state.report, countMoves(moves));
    display.end();
    for (const line of verdictLines(verdict)) console.log(line);
    console.log(comparison(state.report, system.twin.report(), [...gapsMs.values()]));
    return finish(options, state.ended !== null, summary);
  } finally {
    watch.stop();
    display.end();
    await system.end();
    if (!place.isDefault && options.run === null) rmSync(place.directory, { recursive: true, force: true });
    if (options.endpoints !== null) rmSync(options.endpoints, { force: true });
  }
}

function recordOf(move: ChassisView['moves'][number]) {
  const { id, workload, from, to } = move;
  const ended = move.state === 'done' ? ('done' as const) : ('undone' as const);
  return { id, workload, from, to, outcome: isOpenMove(move) ? ('open' as const) : ended };
}

type CourseState = { readonly report: SimReport | null; readonly ended: number | null };

/** Until it is ended, or with --until: settled, or out of time. */
async function runCourse(
  options: StartOptions,
  state: CourseState,
  moves: ReadonlyMap<string, string>,
): Promise<boolean> {
  let settledSinceMs: number | null = null;
  const isOver = () => {
    settledSinceMs = isSettled(state.report, countMoves(moves)) ? (settledSinceMs ?? performance.now()) : null;
    const isStill = settledSinceMs !== null && performance.now() - settledSinceMs >= STILL_SETTLED_MS;
    return state.ended !== null || (options.untilSettled && isStill);
  };
  await until(isOver, options.untilSettled ? options.timeoutS * 1000 : Infinity);
  return isSettled(state.report, countMoves(moves));
}

function finish(options: StartOptions, wasEnded: boolean, summary: ReturnType<typeof summaryOf>): number {
  console.log(JSON.stringify(summary));
  return options.untilSettled && !summary.settled && !wasEnded ? EXIT_TIMEOUT : 0;
}

/** Follows the controller's view, also after it was started again. */
function followController(socket: string, onView: (view: ChassisView) => void): { stop: () => void } {
  let stopped = false;
  let stop = () => {};
  const connect = () => {
    if (stopped) return;
    watchController(socket, VIEW_HZ, onView, () => void setTimeout(connect, LOOK_MS)).then(
      (stopWatching) => {
        stop = stopWatching;
      },
      () => void setTimeout(connect, LOOK_MS),
    );
  };
  connect();
  return {
    stop: () => {
      stopped = true;
      stop();
    },
  };
}

/** The guardian sends frames, and every agent of the scenario is online in a slot. */
function everyoneIsThere(view: ChassisView, slots: number, agents: number): boolean {
  const sleds = view.slots.filter((slot) => slot.sled !== null).length;
  const online = view.agents.filter((agent) => agent.state === 'online' && agent.slot !== null).length;
  return view.guardian === 'connected' && view.slots.length === slots && sleds > 0 && online >= agents;
}

function countMoves(moves: ReadonlyMap<string, string>): MoveCounts {
  const states = [...moves.values()];
  const done = states.filter((state) => state === 'done').length;
  const undone = states.filter((state) => state === 'undone').length;
  return { done, undone, open: states.length - done - undone };
}

function until(condition: () => boolean, limitMs: number): Promise<void> {
  const beginMs = performance.now();
  return new Promise((resolve) => {
    const look = () => {
      if (condition() || performance.now() - beginMs > limitMs) resolve();
      else setTimeout(look, LOOK_MS);
    };
    look();
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else process.exitCode = await start(options);
} catch (error) {
  process.stderr.write(`coldslot: ${describeError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
