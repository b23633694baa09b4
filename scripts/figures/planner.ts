// The planner beside others: published rules and HiGHS on generated chassis, its proofs, its size. A part is a row below.
import { ColdslotError } from '../../src/core/errors.ts';
import { figure, type BenchOptions, type BenchPlace, type Figure, type Measurement } from './figure.ts';
import { dayFigures } from './planner-day.ts';
import { againstHighs } from './planner/against-highs.ts';
import { againstPeers } from './planner/against-peers.ts';
import { provenFigures } from './planner/proven.ts';
import { hugeFigures, matrixFigures, memoryFigures, roomsWithinFigures } from './planner/scale.ts';

/** Chassis for the peers, and for proofs, against those of each size for HiGHS: they take no minute each. */
const PEER_FACTOR = 30;
const PROVEN_FACTOR = 3;
const MATRICES = 4;
/** The least long run that 2 s are compared with. */
const LEAST_LONG_S = 6;

type Part = (place: BenchPlace) => readonly Figure[] | Promise<readonly Figure[]>;

const PARTS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['proven', ({ options }) => provenFigures(PROVEN_FACTOR * options.chassis)],
  ['peers', ({ options }) => againstPeers(PEER_FACTOR * options.chassis)],
  ['highs', highs],
  ['matrix', () => [...matrixFigures(MATRICES), ...roomsWithinFigures()]],
  ['huge', ({ options }) => hugeFigures(Math.max(options.highsS, LEAST_LONG_S))],
  ['memory', ({ dist }) => memoryFigures(dist)],
  ['day', days],
]);

/** Those of minutes, not of a quarter of an hour. */
export const QUICK_PARTS: readonly string[] = [...PARTS.keys()].filter((name) => name !== 'day');

export const planner: Measurement = {
  text:
    'against published rules and HiGHS on generated chassis, proofs, size, memory; in CPU time. About 3 minutes, and a quarter of an hour for its days; ' +
    'with --highs-seconds 60 --chassis 11 an hour',
  run: async (place) => {
    const figures: Figure[] = [];
    for (const part of chosenParts(place.options)) figures.push(...(await part(place)));
    return figures.filter(({ value }) => Number.isFinite(value)); // nothing to compare, no figure
  },
};

async function highs({ options: { highsS, chassis } }: BenchPlace): Promise<readonly Figure[]> {
  const onDuel = (text: string) => process.stderr.write(`  ${text}\n`);
  return [figure('planner-highs-time', highsS, 's'), ...(await againstHighs({ highsS, chassis, onDuel }))];
}

/** In a closed loop beside the published rules. */
function days({ root, options: { dayHours, plot } }: BenchPlace): Promise<readonly Figure[]> {
  const onRun = (text: string) => process.stderr.write(`  ${text}\n`);
  return dayFigures({ root, hours: dayHours, plot, onRun });
}

/** Who wants a picture need not wait for all the rest. @throws ColdslotError `usage` naming what there is */
function chosenParts({ parts, plot }: BenchOptions): readonly Part[] {
  const names = parts ?? (plot === null ? [...PARTS.keys()] : ['day']);
  return names.map((name) => {
    const part = PARTS.get(name);
    if (part !== undefined) return part;
    throw new ColdslotError('usage', name, 'is no part of planner', `there are: ${[...PARTS.keys()].join(', ')}`);
  });
}
