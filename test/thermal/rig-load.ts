// The work on a rig's sleds over a day: each workload has its W per core, a daily course, a slow wander and jobs that
// come and go. Seeded: the same seed gives the same day.
import type { Random } from '../../src/core/random.ts';
import { clamp } from '../../src/core/units.ts';

export interface RigWorkload {
  readonly id: string;
  readonly slot: number;
  /** What nobody is told: W per core in use. */
  readonly wattsPerCore: number;
  cores: number;
}

interface Course {
  readonly workload: RigWorkload;
  readonly random: Random;
  readonly meanCores: number;
  readonly swing: number;
  readonly phaseS: number;
  wander: number;
  jobCores: number;
  jobUntilS: number;
}

const DAY_S = 86_400;
/** How long the slow wander remembers, s, and its standard deviation as a share of the mean. */
const WANDER_S = 1500;
const WANDER_SHARE = 0.12;
/** Jobs: mean time between them and their length, s. */
const BETWEEN_JOBS_S = 5400;
const LEAST_JOB_S = 300;
const MOST_JOB_S = 2400;

export class RigLoad {
  readonly #courses: readonly Course[];
  readonly #hasJobs: boolean;

  /** @param meanW Load of a slot above idle over a day, on average. @param hasJobs Else only the slow part of the day. */
  constructor(slots: readonly number[], random: Random, meanW: number, hasJobs = true) {
    this.#hasJobs = hasJobs;
    this.#courses = slots.flatMap((slot) => {
      const own = random.fork(`slot ${slot}`);
      const count = 2 + own.int(2);
      return Array.from({ length: count }, (_, index): Course => {
        const wattsPerCore = 6 + 12 * own.next();
        const meanCores = ((0.6 + 0.8 * own.next()) * meanW) / count / wattsPerCore;
        return {
          workload: { id: `s${slot}-w${index}`, slot, wattsPerCore, cores: meanCores },
          random: own.fork(`workload ${index}`),
          meanCores,
          swing: 0.2 + 0.4 * own.next(),
          phaseS: DAY_S * own.next(),
          wander: 0,
          jobCores: 0,
          jobUntilS: 0,
        };
      });
    });
  }

  get workloads(): readonly RigWorkload[] {
    return this.#courses.map(({ workload }) => workload);
  }

  /** Where the day is at `atS`; `dtS` since the call before. */
  step(atS: number, dtS: number): void {
    for (const course of this.#courses) {
      const { random, meanCores, workload } = course;
      const keep = Math.exp(-dtS / WANDER_S);
      course.wander = keep * course.wander + Math.sqrt(1 - keep * keep) * WANDER_SHARE * random.gaussian();
      if (atS >= course.jobUntilS) course.jobCores = 0;
      if (this.#hasJobs && course.jobCores === 0 && random.next() < dtS / BETWEEN_JOBS_S) {
        course.jobCores = meanCores * (0.5 + random.next());
        course.jobUntilS = atS + LEAST_JOB_S + (MOST_JOB_S - LEAST_JOB_S) * random.next();
      }
      const daily = course.swing * Math.sin((2 * Math.PI * (atS + course.phaseS)) / DAY_S);
      workload.cores = clamp(meanCores * (1 + daily + course.wander) + course.jobCores, 0, 4 * meanCores);
    }
  }

  /** W above idle, by slot. */
  powerW(): ReadonlyMap<number, number> {
    const powers = new Map<number, number>();
    for (const { workload } of this.#courses) {
      powers.set(workload.slot, (powers.get(workload.slot) ?? 0) + workload.cores * workload.wattsPerCore);
    }
    return powers;
  }
}
