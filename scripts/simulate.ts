// Runs of the whole system on virtual time, on every core; see scripts/simulator/run.ts for what a run is.
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { assertNever, describeError, exitCodeOf } from '../src/core/errors.ts';
import { mutants } from './simulator/mutants/mutants.ts';
import { help, readOptions, type SimulateOptions } from './simulator/options.ts';
import { simulate } from './simulator/run.ts';
import { emptyTally, runSeeds, sum, type Tally } from './simulator/tally.ts';

/** What a thread is given: every `stride`-th seed from `first` to below `end`. */
interface Share {
  readonly first: number;
  readonly end: number;
  readonly stride: number;
  readonly mutant: string | null;
}

type Run = Extract<SimulateOptions, { kind: 'run' }>;

function mutantOf(name: string | null) {
  return name === null ? null : (mutants.get(name)?.mutate ?? null);
}

function runShare(share: Share): Tally {
  return runSeeds(share.first, share.end, share.stride, mutantOf(share.mutant));
}

function inThread(share: Share): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function runAll({ seeds, from, mutant, jobs }: Run): Promise<Tally> {
  const shares = Array.from({ length: jobs }, (_, n) => ({
    first: from + n,
    end: from + seeds,
    stride: jobs,
    mutant,
  }));
  const tallies = jobs === 1 ? shares.map(runShare) : await Promise.all(shares.map(inThread));
  return tallies.reduce(sum, emptyTally);
}

function report({ simulatedMs, ...tally }: Tally, seconds: number, json: boolean): void {
  const simulatedHours = Math.round(simulatedMs / 36_000) / 100;
  const figures = { ...tally, simulatedHours, seconds: Math.round(seconds * 1000) / 1000 };
  const { seeds, moves, faults, violations, firstBadSeed } = figures;
  const bad = violations === 0 ? 'no violation' : `${violations} with a violation, the first is seed ${firstBadSeed}`;
  const text = `${seeds} runs, ${moves} Moves, ${faults} faults in ${simulatedHours} simulated hours and ${figures.seconds} s: ${bad}`;
  process.stdout.write(`${json ? JSON.stringify(figures) : text}\n`);
}

function tell(seed: number, mutant: string | null, to: NodeJS.WritableStream): Tally {
  const { history, violation, moves, faults, simulatedMs } = simulate(seed, { mutate: mutantOf(mutant), told: true });
  to.write(`${history.join('\n')}\n`);
  const violations = violation === null ? 0 : 1;
  return { seeds: 1, moves, faults, violations, firstBadSeed: violation === null ? null : seed, simulatedMs };
}

function listMutants(): void {
  for (const name of mutants.keys()) process.stdout.write(`${name}\n`);
}

async function run(options: Exclude<SimulateOptions, { kind: 'help' | 'list-mutants' }>): Promise<void> {
  const beganMs = performance.now();
  const tally = options.kind === 'tell' ? tell(options.seed, options.mutant, process.stdout) : await runAll(options);
  const seconds = (performance.now() - beganMs) / 1000;
  if (options.kind === 'run' && tally.firstBadSeed !== null) tell(tally.firstBadSeed, options.mutant, process.stderr);
  report(tally, seconds, options.json);
  if (tally.violations > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  switch (options.kind) {
    case 'help':
      return void process.stdout.write(help());
    case 'list-mutants':
      return listMutants();
    case 'tell':
    case 'run':
      return run(options);
    default:
      return assertNever(options, 'options');
  }
}

if (isMainThread) {
  main().catch((error: unknown) => {
    process.stderr.write(`coldslot: ${describeError(error)}\n`);
    process.exitCode = exitCodeOf(error);
  });
} else {
  parentPort?.postMessage(runShare(workerData as Share));
}
