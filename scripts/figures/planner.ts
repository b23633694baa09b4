// The planner beside others: published rules and HiGHS on generated chassis (static), its proofs and its size. Parts:
// planner/against-peers.ts, against-highs.ts, proven.ts, scale.ts.
import { figure, type BenchOptions, type Figure, type Measurement } from './figure.ts';
import { dayFigures } from './planner-day.ts';
import { againstHighs } from './planner/against-highs.ts';
import { againstPeers } from './planner/against-peers.ts';
import { provenFigures } from './planner/proven.ts';
import { hugeFigures, matrixFigures, memoryFigures } from './planner/scale.ts';

/** Chassis for the peers, per chassis of each size for HiGHS: a peer takes no minute on each. */
const PEER_CHASSIS_FACTOR = 30;
const PROVEN_FACTOR = 3;
const MATRICES = 4;
/** The long run that 2 s are compared with. */
const LEAST_LONG_S = 6;

export const planner: Measurement = {
  text:
    'against published rules and HiGHS on generated chassis, proofs, size, memory; CPU times. About 3 minutes, and a quarter of an hour for its simulated days (--day-hours); ' +
    'with --highs-seconds 60 --chassis 11 an hour',
  run: async ({ root, dist, options }) => {
    const { highsS, chassis } = options;
    const onDuel = (text: string) => process.stderr.write(`  ${text}\n`);
    const parts: (() => readonly Figure[] | Promise<readonly Figure[]>)[] = [
      () => provenFigures(PROVEN_FACTOR * chassis),
      () => againstPeers(PEER_CHASSIS_FACTOR * chassis),
      () => againstHighs({ highsS, chassis, onDuel }),
      () => matrixFigures(MATRICES),
      () => hugeFigures(Math.max(highsS, LEAST_LONG_S)),
      () => memoryFigures(dist),
      () => daysOf(root, options),
    ];
    const figures: Figure[] = [figure('planner-highs-time', highsS, 's of CPU')];
    for (const part of parts) figures.push(...(await part()));
    return figures.filter(({ value }) => Number.isFinite(value)); // nothing to compare, no figure
  },
};

/** Its days alone. */
export const plannerDay: Measurement = {
  text: 'simulated days in a closed loop beside published rules: a quarter of an hour; --day-hours N for shorter ones',
  run: ({ root, options }) => daysOf(root, options),
};

function daysOf(root: string, { dayHours, plot }: BenchOptions): Promise<Figure[]> {
  const onRun = (text: string) => process.stderr.write(`  ${text}\n`);
  return dayFigures({ root, hours: dayHours, plot, onRun });
}
