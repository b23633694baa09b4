// The planner on 8 slots with 48 workloads: how long it takes, and how good the plans are: beside the lower bound, and
// beside the best of all plans that could be made in 5 s.
import { performance } from 'node:perf_hooks';
import type { Plan, PlanInstance } from '../../src/core/plan.ts';
import { makePlan } from '../../src/placement/plan.ts';
import { generateInstance } from '../../test/placement/generate.ts';
import { figure, type Measurement } from './figure.ts';
import { median } from './statistics.ts';

const MOST_MS = 200;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const LONG_S = 5;
/** Overshoots closer than this are the same (FORMATS). */
const SAME_K = 0.001;

export const plan: Measurement = {
  text: `8 slots × 48 workloads, ${SEEDS.length} instances; wanted: at most ${MOST_MS} ms`,
  run: () => {
    const now = () => performance.now();
    const elapsedMs: number[] = [];
    const toBound: number[] = [];
    const toLong: number[] = [];
    const furtherK: number[] = [];
    for (const seed of SEEDS) {
      const instance = generateInstance({ seed, slots: 8, workloads: 48 });
      const beganMs = now();
      const short = makePlan(instance, { seconds: MOST_MS / 1000, seed, now });
      elapsedMs.push(now() - beganMs);
      const long = bestWithin(instance, LONG_S, now);
      toBound.push(short.cost.totalJ / short.bound.totalJ);
      furtherK.push(short.predicted.worstOvershootK - long.predicted.worstOvershootK);
      if (Math.abs(furtherK.at(-1) ?? 0) <= SAME_K) toLong.push(short.cost.totalJ / long.cost.totalJ);
    }
    return Promise.resolve([
      figure('plan', median(elapsedMs), 'ms', MOST_MS),
      figure('plan-max', Math.max(...elapsedMs), 'ms', MOST_MS),
      figure('plan-cost-to-bound', median(toBound), 'of the bound', 1),
      figure('plan-cost-to-5s', median(toLong), 'of the best in 5 s', 1),
      figure('plan-cost-to-5s-max', Math.max(...toLong), 'of the best in 5 s', 1),
      figure('plan-overshoot-to-5s-max', Math.max(...furtherK), 'K'),
    ]);
  },
};

/** A search ends by itself when nothing better comes: others with other seeds follow until the time is up. */
function bestWithin(instance: PlanInstance, seconds: number, now: () => number): Plan {
  const endMs = now() + seconds * 1000;
  let best = makePlan(instance, { seconds, seed: 0, now });
  for (let seed = 1; now() < endMs; seed++) {
    const other = makePlan(instance, { seconds: (endMs - now()) / 1000, seed, now });
    const coolerK = best.predicted.worstOvershootK - other.predicted.worstOvershootK;
    if (coolerK > SAME_K || (coolerK > -SAME_K && other.cost.totalJ < best.cost.totalJ)) best = other;
  }
  return best;
}
