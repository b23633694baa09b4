// One day of one chassis under one mind, second by second, and the figures of it.
import { seededRandom } from '../../../src/core/random.ts';
import type { Intent } from '../../../src/protocols/guardian-link.ts';
import type { Board } from '../../../src/board/schema.ts';
import { Body } from './body.ts';
import type { DayWorkload } from './course.ts';
import type { Mind } from './mind.ts';
import type { DayPlant } from './plants.ts';
import { Work, type MoveMark } from './work.ts';

/** One in so many seconds is kept for a picture. */
const SAMPLE_S = 60;

export interface DayRun {
  readonly plant: string;
  readonly mind: string;
  readonly lengthS: number;
  readonly fanEnergyJ: number;
  readonly peakC: number;
  readonly overLimitS: number;
  readonly moves: number;
  readonly movesPerWorkloadHour: number;
  /** Moves back to a slot that the workload had left drawing about as much. */
  readonly returns: number;
  /** Of these, within an hour. */
  readonly quickReturns: number;
  readonly marks: readonly MoveMark[];
  readonly samples: readonly DaySample[];
}

/** The hottest slot and the fans over one minute. */
export interface DaySample {
  readonly atS: number;
  readonly hottestC: number;
  readonly fanPowerW: number;
  readonly ambientC: number;
}

export interface DayOptions {
  readonly plant: DayPlant;
  readonly course: readonly DayWorkload[];
  readonly lengthS: number;
  /** Of the sensors' noise. */
  readonly seed: number;
  readonly mind: (board: Board, work: Work, body: Body) => Mind;
}

export async function runDay({ plant, course, lengthS, seed, mind: makeMind }: DayOptions): Promise<DayRun> {
  const { board } = plant;
  const work = new Work({ course, slots: board.slots });
  const body = new Body(plant, seededRandom(seed), work.slotPowerW());
  const mind = makeMind(board, work, body);
  const samples: DaySample[] = [];
  let intent: Intent | null = null;
  let minute = { hottestC: -Infinity, energyJ: 0 };
  for (let second = 1; second <= lengthS; second++) {
    work.second();
    const frame = body.second(work.slotPowerW(), intent);
    intent = await mind.take(frame);
    const truth = body.truth();
    for (const slot of truth.slots.values()) minute.hottestC = Math.max(minute.hottestC, slot.cpuC);
    if (second % SAMPLE_S !== 0) continue;
    const { fanEnergyJ } = body.plant.metrics();
    const fanPowerW = (fanEnergyJ - minute.energyJ) / SAMPLE_S;
    samples.push({ atS: second, hottestC: minute.hottestC, fanPowerW, ambientC: truth.ambientC });
    minute = { hottestC: -Infinity, energyJ: fanEnergyJ };
  }
  const { fanEnergyJ, peakC, overLimitS } = body.plant.metrics();
  return {
    plant: plant.name,
    mind: mind.name,
    lengthS,
    ...{ fanEnergyJ, peakC, overLimitS },
    moves: work.marks.length,
    movesPerWorkloadHour: work.marks.length / (work.workloadSeconds / 3600),
    returns: work.returns,
    quickReturns: work.quickReturns,
    marks: work.marks,
    samples,
  };
}
