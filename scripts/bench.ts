// scripts/bench: measures speed and size on this machine, each figure beside its target or a baseline of the same run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ColdslotError, describeError, exitCodeOf } from '../src/core/errors.ts';
import { bmcSweep } from './figures/bmc-sweep.ts';
import { decode } from './figures/decode.ts';
import { figureTable, type BenchOptions, type Figure, type Measurement } from './figures/figure.ts';
import { footprint } from './figures/footprint.ts';
import { journal } from './figures/journal.ts';
import { move } from './figures/move.ts';
import { runMqttLoad } from './figures/mqtt-load.ts';
import { plan } from './figures/plan.ts';
import { predict } from './figures/predict.ts';
import { planner, QUICK_PARTS } from './figures/planner.ts';
import { sweep } from './figures/sweep.ts';
import { tickLateness } from './figures/tick-lateness.ts';

const measurements: ReadonlyMap<string, Measurement> = new Map([
  ['sweep', sweep],
  ['tick-lateness', tickLateness],
  ['footprint', footprint],
  ['plan', plan],
  ['predict', predict],
  ['planner', planner],
  ['move', move],
  ['journal', journal],
  ['decode', decode],
  ['bmc-sweep', bmcSweep],
]);

/** Enough to see the planner beside others in a run of everything. */
const HIGHS_SECONDS = 6;
const CHASSIS = 3;
const DAY_HOURS = 24;

function help(): string {
  const names = [...measurements].map(([name, { text }]) => `  ${name.padEnd(15)}${text}`);
  return [
    'scripts/bench [NAME…] [--json]: measures speed and size on this machine; all of it when nothing is named',
    '',
    ...names,
    '',
    '--json prints one line for each figure: {"name","value","unit","reference","ratio"}; the reference is the target,',
    'or a baseline that was measured in the same run, and ratio = value / reference.',
    `--highs-seconds N: CPU time of HiGHS on each program of planner (${HIGHS_SECONDS}); coldslot gets a third of it at most`,
    `--chassis N: chassis of each size in planner for HiGHS (${CHASSIS}); thirty times as many for the published rules`,
    '--parts P,…: of planner only these: proven, peers, highs, matrix, huge, memory, day (all but day when nothing is named)',
    `--day-hours N: length of planner’s simulated days (${DAY_HOURS})`,
    '--plot F: planner writes a day with and without coldslot to F, an SVG; with no --parts it does only its days',
    '',
  ].join('\n');
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        dist: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        'mqtt-load': { type: 'string' },
        rate: { type: 'string', default: '2000' },
        'highs-seconds': { type: 'string', default: String(HIGHS_SECONDS) },
        chassis: { type: 'string', default: String(CHASSIS) },
        parts: { type: 'string' },
        'day-hours': { type: 'string', default: String(DAY_HOURS) },
        plot: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new ColdslotError('usage', 'scripts/bench', (error as Error).message, 'see scripts/bench --help');
  }
}

/** @throws ColdslotError `usage` naming what there is */
function chosen(names: readonly string[]): readonly (readonly [string, Measurement])[] {
  const known = [...measurements.keys()].join(', ');
  for (const name of names) {
    if (!measurements.has(name)) throw new ColdslotError('usage', name, 'is no figure', `there are: ${known}`);
  }
  // planner runs its days itself
  return [...measurements].filter(([name]) => names.length === 0 || names.includes(name));
}

/** @throws ColdslotError `usage` */
function amount(option: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new ColdslotError('usage', option, `is ${text}`, `give a number above 0, at most ${most}`);
}

async function measure(dist: string, names: readonly string[], asJson: boolean, options: BenchOptions): Promise<void> {
  const figures: Figure[] = [];
  for (const [name, measurement] of chosen(names)) {
    process.stderr.write(`measuring ${name}: ${measurement.text}\n`);
    const directory = mkdtempSync(join(tmpdir(), 'coldslot-bench-'));
    try {
      const found = await measurement.run({ root: resolve(dist, '../..'), dist: resolve(dist), directory, options });
      if (asJson) for (const one of found) process.stdout.write(`${JSON.stringify(one)}\n`);
      figures.push(...found);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  if (!asJson) process.stdout.write(`${figureTable(figures)}\n`);
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help) process.stdout.write(help());
  else if (values['mqtt-load'] !== undefined) await runMqttLoad(values['mqtt-load'], Number(values.rate));
  else if (values.dist === undefined) throw new ColdslotError('usage', '--dist', 'is missing', 'use scripts/bench');
  else {
    await measure(values.dist, positionals, values.json, {
      highsS: amount('--highs-seconds', values['highs-seconds'], 3600),
      chassis: Math.ceil(amount('--chassis', values.chassis, 1000)),
      parts: values.parts?.split(',') ?? (positionals.length === 0 ? QUICK_PARTS : null),
      dayHours: amount('--day-hours', values['day-hours'], 24),
      plot: values.plot ?? null,
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`coldslot: ${describeError(error)}\n`);
  process.exitCode = exitCodeOf(error);
});
