// The command line of scripts/start.
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ColdslotError } from '../../src/core/errors.ts';

export interface StartOptions {
  readonly root: string;
  readonly dist: string;
  readonly board: string;
  readonly plant: string | null;
  readonly scenario: string;
  readonly untilSettled: boolean;
  readonly timeoutS: number;
  readonly headless: boolean;
  readonly moves: boolean;
  readonly broker: string | null;
  readonly speed: number;
  readonly endpoints: string | null;
  readonly run: string | null;
  readonly seed: number;
}

export const HELP = `scripts/start: a simulated chassis with guardian, controller, agents and broker; Ctrl-C ends it

  --board F            board file (default boards/sim-8.json)
  --plant F            physics of the simulated chassis (default: the plant that fits the board)
  --scenario F         course of events (default hwsim/scenarios/hot-slot.json)
  --until settled      end with 0 when every step has happened, no Move is open and all slots are
                       within limits for 20 s of plant time; with 3 when --timeout comes first
  --timeout S          seconds of wall time for --until (default 900)
  --headless           no live view; log lines as JSON on standard error
  --no-moves           plan but never move
  --broker URL         use that MQTT broker instead of the embedded one
  --speed K            plant time runs K times wall time, 0.1 to 50 (default 1)
  --endpoints F        write the addresses (MQTT, Modbus) to F when ready
  --run DIR            directory for sockets and state (default: where scripts/coldslot looks)
  --seed N             seed of the simulated sensors' noise (default 1)
`;

const argumentTypes = {
  dist: { type: 'string' },
  board: { type: 'string' },
  plant: { type: 'string' },
  scenario: { type: 'string' },
  until: { type: 'string' },
  timeout: { type: 'string' },
  headless: { type: 'boolean' },
  'no-moves': { type: 'boolean' },
  broker: { type: 'string' },
  speed: { type: 'string' },
  endpoints: { type: 'string' },
  run: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Null when help was asked for. @throws ColdslotError `usage` */
export function parseOptions(argv: readonly string[]): StartOptions | null {
  const values = parse(argv);
  if (values.help === true) return null;
  if (values.dist === undefined) throw usage('--dist', 'is missing; start it with scripts/start');
  if (values.until !== undefined && values.until !== 'settled')
    throw usage('--until', `knows only 'settled', not '${values.until}'`);
  const root = resolve(values.dist, '../..');
  return {
    root,
    dist: resolve(values.dist),
    board: resolve(values.board ?? `${root}/boards/sim-8.json`),
    plant: values.plant === undefined ? defaultPlant(root, values.board) : resolve(values.plant),
    scenario: resolve(values.scenario ?? defaultScenario(root, values.board)),
    untilSettled: values.until === 'settled',
    timeoutS: numberOption('--timeout', values.timeout, 900, 1, 86_400),
    headless: values.headless ?? false,
    moves: !(values['no-moves'] ?? false),
    broker: values.broker ?? null,
    speed: numberOption('--speed', values.speed, 1, 0.1, 50),
    endpoints: values.endpoints === undefined ? null : resolve(values.endpoints),
    run: values.run === undefined ? null : resolve(values.run),
    seed: numberOption('--seed', values.seed, 1, 0, 2 ** 32 - 1),
  };
}

/** A board's own hot-slot course where there is one. */
function defaultScenario(root: string, board: string | undefined): string {
  const own = board === undefined ? null : `${root}/hwsim/scenarios/${basename(board, '.json')}-hot-slot.json`;
  return own !== null && existsSync(own) ? own : `${root}/hwsim/scenarios/hot-slot.json`;
}

/** The plant made for a board where there is one; the simulator makes one up otherwise. */
function defaultPlant(root: string, board: string | undefined): string | null {
  if (board === undefined) return `${root}/hwsim/plants/standard.json`;
  const own = `${root}/hwsim/plants/${basename(board, '.json')}.json`;
  if (existsSync(own)) return own;
  return basename(board) === 'sim-8.json' ? `${root}/hwsim/plants/standard.json` : null;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: argumentTypes, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw usage('scripts/start', (error as Error).message.split('.')[0] ?? 'wrong arguments');
  }
}

function numberOption(name: string, text: string | undefined, otherwise: number, low: number, high: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < low || value > high) {
    throw usage(name, `expected a number from ${low} to ${high}, not '${text}'`);
  }
  return value;
}

function usage(subject: string, message: string): ColdslotError {
  return new ColdslotError('usage', subject, message, 'see scripts/start --help');
}
