// A plan that Ctrl-C cuts short: the first one asks for the best plan found so far, the second one ends the command.
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Plan, PlanInstance } from '../core/plan.ts';
import { makePlan } from '../placement/plan.ts';

export interface PlanLimits {
  readonly seconds: number;
  readonly seed: number;
}

export interface PlanTask extends PlanLimits {
  readonly instance: PlanInstance;
  /** One Int32, not 0 once the best so far is wanted. */
  readonly stop: SharedArrayBuffer;
}

/** As the shell has it for a command that a signal ended: 128 and the number of SIGINT. */
const INTERRUPTED_STATUS = 130;

/** Beside the bundled command line; from its sources there is none. */
const THREAD = new URL('./plan-worker.mjs', import.meta.url);

/** @param read The instance; interrupted while it is read, the plan ends as it begins. */
export async function planInterruptibly(read: () => PlanInstance, limits: PlanLimits): Promise<Plan> {
  // without a thread nothing would notice an interruption: it ends the command, as it is
  if (!existsSync(THREAD)) return makePlan(read(), { ...limits, now: () => performance.now() });
  const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const startMs = performance.now();
  const interrupt = () => {
    if (Atomics.exchange(new Int32Array(stop), 0, 1) !== 0) process.exit(INTERRUPTED_STATUS);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    process.stderr.write(
      `coldslot: stopped after ${seconds} s; the best plan found so far follows (interrupt again to end without it)\n`,
    );
  };
  process.on('SIGINT', interrupt);
  try {
    return await planned({ ...limits, instance: read(), stop });
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function planned(task: PlanTask): Promise<Plan> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(THREAD, { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that plans ended without a plan')));
  });
}
