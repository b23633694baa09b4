// The planner where chassis are big: 1,000 slots with 10,000 workloads against its own long run, matrices of 200 slots
// with one workload a slot, and what memory a plan of 48 slots with 480 workloads takes.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { ColdslotError } from '../../../src/core/errors.ts';
import type { Plan, PlanInstance } from '../../../src/core/plan.ts';
import { generateInstance } from '../../../test/placement/generate.ts';
import { generateRoom } from '../../../test/placement/matrices.ts';
import { figure } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { SAME_K } from './duel.ts';
import type { PlannerMemory } from './planner-memory.ts';
import { timedPlan } from './timed-plan.ts';

const HUGE = { slots: 1000, workloads: 10_000, airMovers: 64 };
const HUGE_S = 2;
const MATRIX_SLOTS = 200;
const MATRIX_S = 1;
const MOST_MEMORY_MIB = 60;
const MEMORY_TIMEOUT_MS = 60_000;

/** `longS`: CPU time of the run it is compared with. */
export function hugeFigures(longS: number, seed = 1): readonly Figure[] {
  const instance = generateInstance({ seed, ...HUGE });
  timedPlan(generateInstance({ seed, slots: 100, workloads: 1000 }), 1, seed); // the code is warm from here on
  const short = timedPlan(instance, HUGE_S, seed);
  const long = timedPlan(instance, longS, seed);
  const furtherK = short.plan.predicted.worstOvershootK - long.plan.predicted.worstOvershootK;
  const isAlike = Math.abs(furtherK) <= SAME_K;
  const ratio = short.plan.cost.totalJ / long.plan.cost.totalJ;
  return [
    ...(isAlike ? [figure(`planner-1000x10000-${HUGE_S}s-to-long`, ratio, 'of its own in the long run', 1.03)] : []),
    figure('planner-1000x10000-further-over', isAlike ? 0 : furtherK, 'K'),
    figure('planner-1000x10000-long-run', longS, 's'),
    figure('planner-1000x10000-elapsed', short.elapsedS, 's', HUGE_S),
    figure('planner-1000x10000-to-bound', long.plan.cost.totalJ / long.plan.bound.totalJ, 'of the bound', 1),
  ];
}

export function matrixFigures(chassis: number, seed = 1): readonly Figure[] {
  timedPlan(room(seed, 50), MATRIX_S, seed); // the code is warm from here on
  const made = Array.from({ length: chassis }, (_, n) => timedPlan(room(seed + n, MATRIX_SLOTS), MATRIX_S, seed + n));
  const overBoundK = (plan: Plan) => plan.predicted.worstOvershootK - plan.bound.worstOvershootK;
  const overBound = ({ plan }: { readonly plan: Plan }) =>
    plan.predicted.worstOvershootK === 0 ? 0 : overBoundK(plan) / plan.predicted.worstOvershootK;
  // costs are bounded at the least overshoot; while that is not known to be reached, the bound of the overshoot counts
  const gaps = made.flatMap(({ plan }) => (overBoundK(plan) <= SAME_K ? [plan.cost.totalJ / plan.bound.totalJ] : []));
  const isClose = (one: (typeof made)[number]) =>
    one.plan.status === 'optimal' ||
    (overBoundK(one.plan) > SAME_K
      ? overBound(one) <= 0.01
      : one.plan.predicted.worstOvershootK > 0 || one.plan.cost.totalJ <= 1.01 * one.plan.bound.totalJ);
  const close = made.filter(isClose);
  return [
    figure('planner-matrix-200-within-1-percent', close.length, 'chassis', made.length),
    figure('planner-matrix-200-overshoot-gap-max', Math.max(...made.map(overBound)), 'of the overshoot', 0.01),
    figure('planner-matrix-200-to-bound-max', Math.max(...gaps), 'of the bound', 1.01),
    figure('planner-matrix-200-over-bound-max', Math.max(...made.map(({ plan }) => overBoundK(plan))), 'K', 0),
    figure('planner-matrix-200-elapsed-max', Math.max(...made.map(({ elapsedS }) => elapsedS)), 's', MATRIX_S),
  ];
}

/** Rooms that some placements keep within their limits: how many plans are within 1 % of the least that moves can cost. */
export function roomsWithinFigures(seed = 1): readonly Figure[] {
  return [50, 100, MATRIX_SLOTS].map((slots) => {
    const rooms = (['inlets', 'sleds', 'alike-sleds'] as const).flatMap((limited) =>
      (['aisles', 'dense'] as const).map((matrix) =>
        generateRoom({ seed, slots, workloads: Math.round(0.9 * slots), matrix, limited, limits: 'within' }),
      ),
    );
    const close = rooms.filter((instance) => {
      const { plan } = timedPlan(instance, MATRIX_S, seed);
      return plan.predicted.worstOvershootK === 0 && plan.cost.totalJ <= 1.01 * plan.bound.totalJ;
    });
    return figure(`planner-rooms-${slots}-within-1-percent`, close.length, 'rooms within limits', rooms.length);
  });
}

/** A recirculation matrix and one workload a slot, a tenth of them free: with none free no move is possible live. */
function room(seed: number, slots: number): PlanInstance {
  const matrix = seed % 2 === 0 ? 'dense' : 'aisles';
  return generateRoom({ seed, slots, workloads: Math.round(0.9 * slots), matrix });
}

/** In a process of its own, with the planner's thread as the controller runs it. */
export async function memoryFigures(dist: string): Promise<readonly Figure[]> {
  const child = fork(join(dist, 'planner-memory.mjs'), [join(dist, 'planner-worker.mjs')], { execArgv: [] });
  try {
    const { idleMiB, peakMiB } = await new Promise<PlannerMemory>((resolve, reject) => {
      const fail = (why: string) => reject(new ColdslotError('failed', 'planner-memory', why));
      const timer = setTimeout(() => fail(`no answer in ${MEMORY_TIMEOUT_MS / 1000} s`), MEMORY_TIMEOUT_MS);
      child.once('message', (found: PlannerMemory) => {
        clearTimeout(timer);
        resolve(found);
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        fail(`its process ended (${code})`);
      });
    });
    return [figure('planner-48x480-memory', peakMiB - idleMiB, 'MiB beyond idle', MOST_MEMORY_MIB)];
  } finally {
    child.kill('SIGKILL');
  }
}
