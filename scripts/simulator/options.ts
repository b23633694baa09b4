// The command line of scripts/simulate.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ColdslotError } from '../../src/core/errors.ts';
import { mutants } from './mutants/mutants.ts';

export type SimulateOptions =
  | { readonly kind: 'help' }
  | { readonly kind: 'list-mutants' }
  /** One seed, told in full. */
  | { readonly kind: 'tell'; readonly seed: number; readonly mutant: string | null; readonly json: boolean }
  | {
      readonly kind: 'run';
      readonly seeds: number;
      readonly from: number;
      readonly mutant: string | null;
      readonly jobs: number;
      readonly json: boolean;
    };

const HELP = `scripts/simulate: Moves under every fault, the whole system on virtual time, one run for each seed

  --seeds N        how many runs (default 100)
  --from S         seed of the first; the others follow it (default 1)
  --seed S         one run only, and its history
  --mutant NAME    break the system on purpose: the runs should find it
  --list-mutants   their names, one on each line
  --jobs N         threads (default: one for each core)
  --json           the last line as JSON: {"seeds","moves","faults","violations","firstBadSeed","simulatedHours","seconds"}

Ends with 1 when an invariant did not hold in some run; the history of the first such run is on standard error.
`;

export function help(): string {
  const lines = [...mutants].map(([name, { text }]) => `  ${name.padEnd(30)}${text}`);
  return `${HELP}\nMutants:\n${lines.join('\n')}\n`;
}

const MOST_SEED = 2 ** 32 - 1;

const argumentTypes = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  seed: { type: 'string' },
  mutant: { type: 'string' },
  'list-mutants': { type: 'boolean', default: false },
  jobs: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @throws ColdslotError `usage` */
export function readOptions(argv: readonly string[]): SimulateOptions {
  const values = parse(argv);
  if (values.help) return { kind: 'help' };
  if (values['list-mutants']) return { kind: 'list-mutants' };
  const { json } = values;
  const mutant = values.mutant ?? null;
  if (mutant !== null && !mutants.has(mutant))
    throw usage('--mutant', `there is no ${mutant}; see scripts/simulate --list-mutants`);
  const jobs = whole('--jobs', values.jobs, availableParallelism(), 1, 256);
  if (values.seed !== undefined) {
    if (values.seeds !== undefined || values.from !== undefined)
      throw usage('--seed', 'is one run; it does not go together with --seeds and --from');
    return { kind: 'tell', seed: whole('--seed', values.seed, 1, 0, MOST_SEED), mutant, json };
  }
  const seeds = whole('--seeds', values.seeds, 100, 1, 100_000_000);
  const from = whole('--from', values.from, 1, 0, MOST_SEED);
  if (from + seeds - 1 > MOST_SEED) throw usage('--seeds', `the last seed would be beyond ${MOST_SEED}`);
  return { kind: 'run', seeds, from, mutant, jobs: Math.min(jobs, seeds), json };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: argumentTypes }).values;
  } catch (error) {
    throw usage('scripts/simulate', (error as Error).message.split(/\.?\n|\. /)[0] ?? 'cannot be read');
  }
}

function usage(subject: string, message: string): ColdslotError {
  return new ColdslotError('usage', subject, message, 'see scripts/simulate --help');
}

function whole(option: string, text: string | undefined, usual: number, least: number, most: number): number {
  if (text === undefined) return usual;
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value;
  throw usage(option, `is ${text}; give a whole number from ${least} to ${most}`);
}
