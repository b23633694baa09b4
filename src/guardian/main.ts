// The guardian as a program: socket, hardware, fans to full speed, {"ready":true} on standard output, then the ticks.
// Log lines go to standard error. It ends with the fans at full speed and every watchdog armed.
// oxlint-disable-next-line import/no-unassigned-import -- before any schema is made
import './zod-settings.ts';
import { realpathSync, rmSync } from 'node:fs';
import { startupSnapshot } from 'node:v8';
import { chipCatalogue } from '../board/chip-catalogue.ts';
import { loadBoard } from '../board/load.ts';
import { mapFolders, mapsOf } from '../board/modbus/map-folder.ts';
import type { Board } from '../board/schema.ts';
import { openBuses } from '../buses/open.ts';
import { knownChips } from '../chips/registry.ts';
import { realClock } from '../core/clock.ts';
import { describeError, exitCodeOf } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import type { Severity } from '../core/view.ts';
import { readArguments } from './arguments.ts';
import { recoveries, withMuxChecks } from './bus-care.ts';
import { Guardian, type GuardianParts } from './guardian.ts';
import { Hardware } from './hardware.ts';
import { LinkServer } from './link-server.ts';
import { openLinuxWatchdog, type Feeder } from './linux-watchdog.ts';
import { jsonLog, type Log, type LogLevel } from './log.ts';
import { requestRealtime } from './realtime.ts';
import { admitGroup } from './socket-group.ts';

/** A tick waits for buses no longer than half its interval; on a clock that runs fast, not less than this of real time. */
const LEAST_DEADLINE_MS = 250;
/** How long the first fan command may take before the guardian goes on without its answer. */
const FIRST_COMMAND_MS = 500;

const LEVELS: Readonly<Record<Severity, LogLevel>> = { info: 'info', warning: 'warn', critical: 'error' };

async function main(log: Log): Promise<void> {
  const words = process.argv.slice(2);
  if (words[0] === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  const options = readArguments(words);
  const board = boardFrom(options.board);
  const clock = realClock(options.speed);
  let guardian: Guardian | null = null;
  const link = new LinkServer(clock, {
    hello: () => ({ type: 'hello', version: VERSION, board: board.id, intervalMs: board.intervalMs }),
    intent: (client, intent) => guardian?.intent(client, intent) ?? 'refused',
    slotCommand: (command) => guardian?.slotCommand(command) ?? Promise.resolve('the guardian is still starting'),
    gone: (client) => guardian?.clientGone(client),
    dropped: (client, why) => guardian?.clientDropped(client, why),
  });
  await link.listen(options.socket); // first of all: it proves that no other guardian drives these fans
  try {
    if (options.socketGroup !== null) admitGroup(options.socket, options.socketGroup);
    const nowMs = () => clock.nowMs();
    const buses = await openBuses(board, {
      simSocket: options.simBus ?? undefined,
      modbus: options.modbus,
      nowMs,
      importModule: importBesideProgram,
    });
    const maps = mapsOf(options.board, board, mapFolders(options.board));
    const hardware = new Hardware(board, withMuxChecks(board, buses), { modbus: { maps, nowMs } });
    const feeders = options.simBus === null ? openFeeders(board, log) : []; // the machine's watchdog is no simulated one
    const recover = recoveries(board, buses);
    guardian = makeGuardian({ board, hardware, clock, recover, feeders }, options.speed, link, log);
    endOnSignals(guardian, link, log);
    const accepted = await guardian.fullSpeed(FIRST_COMMAND_MS * options.speed);
    const fans = board.airMovers.length;
    if (accepted === fans) log('info', 'fans to full speed', { fans });
    else
      log('error', `only ${accepted} of ${fans} fans took the first command, full speed; it is sent again`, { fans });
    process.stdout.write('{"ready":true}\n');
    guardian.start();
  } catch (error) {
    await link.close();
    throw error;
  }
  if (options.realtime) await requestRealtime(log);
}

function makeGuardian(
  parts: Pick<GuardianParts, 'board' | 'hardware' | 'clock' | 'recover' | 'feeders'>,
  speed: number,
  link: LinkServer,
  log: Log,
): Guardian {
  const { board } = parts;
  return new Guardian({
    ...parts,
    deadlineMs: Math.max(board.intervalMs / 2, LEAST_DEADLINE_MS * speed),
    onFrame: (frame) => link.frame(frame),
    onEvent: (record) => {
      const { severity, source, code, text, data } = record;
      log(LEVELS[severity], text, { source, code, data });
      link.event(record);
    },
  });
}

/** A watchdog that cannot be opened is said and done without: cooling goes on. */
function openFeeders(board: Board, log: Log): Feeder[] {
  return board.watchdogs.flatMap((watchdog) => {
    if (watchdog.kind !== 'linux') return [];
    try {
      return [openLinuxWatchdog(watchdog.path)];
    } catch (error) {
      log('error', `no watchdog at ${watchdog.path}: ${describeError(error)}`);
      return [];
    }
  });
}

/** On a signal, or when something failed that nobody handled: fans to full speed, socket removed, gone. */
function endOnSignals(guardian: Guardian, link: LinkServer, log: Log): void {
  let ending = false;
  const end = (status: number) => {
    if (ending) return;
    ending = true;
    void guardian
      .stop()
      .then(() => link.close())
      .finally(() => process.exit(status));
  };
  const fail = (error: unknown) => {
    log('error', `ends on an unhandled error: ${error instanceof Error ? error.stack : String(error)}`);
    end(1);
  };
  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.stdout.on('error', () => undefined); // whoever waited for "ready" is gone: cooling goes on
}

/** The mark of guardian.sh: while it is there, the snapshot has never come up. */
function removeStartMark(file: string | undefined): void {
  try {
    if (file !== undefined) rmSync(file, { force: true });
  } catch {
    // the next start does without the snapshot
  }
}

/**
 * The native packages, from beside the program that was started. In a start-up snapshot `import()` is not there, and what
 * `require` is there knows only Node's own modules.
 */
async function importBesideProgram(name: string): Promise<unknown> {
  const { createRequire } = await import('node:module');
  const load: (name: string) => unknown = createRequire(realpathSync(process.argv[1] ?? '.'));
  return load(name);
}

/** All that belongs to this process and this machine is looked at from here on, so a start-up snapshot has none of it. */
function run(): void {
  process.stderr.on('error', () => undefined); // nobody reads the log any more: cooling goes on
  const log = jsonLog(
    (line) => void process.stderr.write(line),
    () => new Date(),
  );
  main(log).catch((error: unknown) => {
    log('error', describeError(error));
    process.exitCode = exitCodeOf(error);
  });
}

function boardFrom(file: string): Board {
  return loadBoard(file, chipCatalogue(knownChips()));
}

// node --build-snapshot guardian.cjs [BOARD…] makes a snapshot; see guardian.sh, which starts the guardian from it.
if (startupSnapshot.isBuildingSnapshot()) {
  for (const file of process.argv.slice(2)) boardFrom(file); // what has run once is in the snapshot compiled
  startupSnapshot.setDeserializeMainFunction(() => {
    removeStartMark(process.env['COLDSLOT_SNAPSHOT_MARK']);
    run();
  });
} else run();
