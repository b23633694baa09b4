// The demo workload, a real process: burns a set share of a core and counts in its state directory. Started by a sled's
// agent with STATE_DIRECTORY, COLDSLOT_EPOCH and COLDSLOT_LOAD_FILE (cores as text, read again twice a second).
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { clamp } from '../../src/core/units.ts';
import { ColdslotError, describeError, exitCodeOf } from '../../src/core/errors.ts';
import { CounterStore, counterFault } from './counter-store.ts';
import { Duty } from './duty.ts';

const PERIOD_MS = 100;
const PERIODS_PER_COUNT = 5;
const HEALTHY_AGE_MS = 2000;

/** Burns what is owed since the last time. */
function burn(duty: Duty, cores: number): void {
  const untilMs = performance.now() + duty.burstMs(cores);
  while (performance.now() < untilMs); // the point of it
}

function usedUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function stateDirectory(): string {
  const directory = process.env['STATE_DIRECTORY'];
  if (directory !== undefined && directory !== '') return directory;
  throw new ColdslotError('usage', 'STATE_DIRECTORY', 'is not set', 'run it under an agent, or name a directory');
}

/** The file's figure, or what it was before when the file is not there or says nothing sensible. */
function readCores(file: string | undefined, before: number): number {
  if (file === undefined) return before;
  try {
    const cores = Number.parseFloat(readFileSync(file, 'utf8'));
    return Number.isFinite(cores) ? clamp(cores, 0, 1) : before;
  } catch {
    return before;
  }
}

function run(startCores: number, memoryMib: number): void {
  const held = Buffer.alloc(memoryMib * 1024 * 1024, 1); // written to, so that it is really there
  const store = new CounterStore(stateDirectory(), Number(process.env['COLDSLOT_EPOCH'] ?? 0) || 0, Date.now);
  const loadFile = process.env['COLDSLOT_LOAD_FILE'];
  const duty = new Duty(PERIOD_MS, { nowMs: () => performance.now(), usedUs });
  let cores = readCores(loadFile, startCores);
  let periods = 0;
  const timer = setInterval(() => {
    burn(duty, cores);
    if (++periods % PERIODS_PER_COUNT !== 0) return;
    store.step();
    cores = readCores(loadFile, cores);
  }, PERIOD_MS);
  const end = () => {
    clearInterval(timer);
    store.step();
    store.close();
    process.exit(held.length >= 0 ? 0 : 1);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  store.step();
}

function main(): void {
  const { values } = parseArgs({
    options: {
      cores: { type: 'string', default: '0.01' },
      'memory-mib': { type: 'string', default: '0' },
      health: { type: 'boolean', default: false },
    },
  });
  if (values.health) {
    const fault = counterFault(stateDirectory(), Date.now(), HEALTHY_AGE_MS);
    if (fault !== null) throw new ColdslotError('failed', 'health', fault);
    return;
  }
  const cores = Number(values.cores);
  const memoryMib = Number(values['memory-mib']);
  if (!(cores >= 0 && cores <= 1)) throw new ColdslotError('usage', '--cores', 'expected a number from 0 to 1');
  if (!(memoryMib >= 0 && memoryMib <= 1024)) throw new ColdslotError('usage', '--memory-mib', 'expected 0 to 1024');
  run(cores, memoryMib);
}

try {
  main();
} catch (error) {
  console.error(`burner: ${describeError(error)}`);
  process.exitCode = exitCodeOf(error);
}
