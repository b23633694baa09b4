// One who knows everything: the plant as it is and what each workload draws in the minutes to come, and who may put work
// anywhere at once at no cost. Not a peer: nobody can do that. It shows what is left to gain, and whether any assignment
// keeps the limits.
import type { Intent } from '../../../src/protocols/guardian-link.ts';
import type { PlanInstance } from '../../../src/core/plan.ts';
import { makePlan } from '../../../src/placement/plan.ts';
import { stayingPut } from '../../../src/placement/staying.ts';
import { COURSE_STEP_S } from './course.ts';
import type { Body } from './body.ts';
import type { Mind } from './mind.ts';
import type { DayPlant } from './plants.ts';
import { trueInstance } from './truth.ts';
import type { Running, Work } from './work.ts';

/** Everything is put anew so often; in between the speeds follow. */
const EVERY_S = 120;
/** What is coming until a minute after the next time counts. */
const AHEAD_S = 180;
const SPEEDS_S = 10;
const MAX_STEPS = 150;

export class ClairvoyantMind implements Mind {
  readonly name = 'clairvoyant';
  readonly #truth: PlanInstance;
  readonly #work: Work;
  readonly #body: Body;
  #intent: Intent | null = null;

  constructor(plant: DayPlant, work: Work, body: Body) {
    this.#truth = trueInstance(plant);
    this.#work = work;
    this.#body = body;
  }

  take(): Promise<Intent | null> {
    const { nowS } = this.#work;
    if (nowS % EVERY_S === 1) {
      const plan = makePlan(this.#instance(AHEAD_S), { seconds: 1, seed: 1, now: () => 0, maxSteps: MAX_STEPS });
      for (const [workload, slot] of Object.entries(plan.assignment)) this.#work.put(workload, Number(slot));
    }
    if (nowS % SPEEDS_S === 1) {
      const { ratios } = stayingPut(this.#instance(SPEEDS_S));
      this.#intent = { type: 'intent', leaseMs: 15_000, airMoverRatios: ratios, manualRatios: {}, readings: {} };
    }
    return Promise.resolve(this.#intent);
  }

  #instance(forS: number): PlanInstance {
    const workloads = [...this.#work.running.values()].map((entry) => ({
      id: entry.workload.id,
      slot: String(entry.slot),
      powerW: this.#mostW(entry, forS),
      demand: entry.workload.demand,
      moveCostJ: 1,
      pinned: false,
      allowedSlots: null,
    }));
    return { ...this.#truth, ambientC: this.#body.truth().ambientC, workloads };
  }

  /** The most that a workload will draw in the seconds to come. */
  #mostW({ workload }: Running, forS: number): number {
    const from = Math.floor(this.#work.nowS / COURSE_STEP_S);
    const cores = workload.cores.subarray(from, from + Math.max(1, forS / COURSE_STEP_S));
    return Math.max(0, ...cores) * workload.wattsPerCore;
  }
}
