// How many hours of Moves under faults the simulator gets through in a second of one core.
import { ColdslotError } from '../../src/core/errors.ts';
import { runSeeds } from '../simulator/tally.ts';
import { figure, type Measurement } from './figure.ts';

const SEEDS = 400;
const FIRST_SEED = 5_000_000;
const WARM_UP_SEEDS = 100;
const WANTED_HOURS_PER_S = 100;

export const simulate: Measurement = {
  text: `${SEEDS} runs of Moves under faults on one core; wanted: ${WANTED_HOURS_PER_S} simulated hours a second`,
  run: () => {
    runSeeds(FIRST_SEED - WARM_UP_SEEDS, FIRST_SEED, 1, null);
    const before = process.cpuUsage();
    const { simulatedMs, violations, firstBadSeed } = runSeeds(FIRST_SEED, FIRST_SEED + SEEDS, 1, null);
    const { user, system } = process.cpuUsage(before);
    if (violations > 0) throw new ColdslotError('failed', `seed ${firstBadSeed}`, 'breaks an invariant');
    const hours = simulatedMs / 3_600_000;
    return Promise.resolve([figure('simulate', hours / ((user + system) / 1e6), 'h/s', WANTED_HOURS_PER_S)]);
  },
};
