// The planner in a closed loop: a simulated day of each plant under coldslot, under every peer's rule and under one who
// knows everything. The same plants, work, noise and cooling loop for all; only who moves work differs.
import { writeFileSync } from 'node:fs';
import { seededRandom } from '../../src/core/random.ts';
import { allPeers } from '../../test/placement/peers/all-peers.ts';
import { ClairvoyantMind } from '../../test/simulation/day/clairvoyant-mind.ts';
import { ColdslotMind } from '../../test/simulation/day/coldslot-mind.ts';
import { dayCourse } from '../../test/simulation/day/course.ts';
import { PeerMind } from '../../test/simulation/day/peer-mind.ts';
import { dayPlants, type DayPlant } from '../../test/simulation/day/plants.ts';
import { runDay, type DayOptions, type DayRun } from '../../test/simulation/day/run.ts';
import { dayPlot } from './day-plot.ts';
import { figure, type Figure } from './figure.ts';

const SEED = 1;
/** Wanted: fan energy of the best peer that keeps the limits; moves of a workload in an hour. */
const WANTED_ENERGY = 0.6;
const WANTED_MOVES = 1;
/** The plant that is drawn. */
const DRAWN = 'standard';

export interface DayFiguresOptions {
  /** Of the project. */
  readonly root: string;
  readonly hours: number;
  /** Where the picture goes, or null. */
  readonly plot: string | null;
  readonly onRun: (text: string) => void;
}

export async function dayFigures({ root, hours, plot, onRun }: DayFiguresOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const plant of dayPlants(root)) {
    const runs: DayRun[] = [];
    for (const mind of minds(plant)) {
      const run = await runDay({ ...day(plant, hours), mind });
      onRun(sentence(run));
      runs.push(run);
    }
    figures.push(...figuresOf(plant, runs));
    if (plot !== null && plant.name === DRAWN) draw(plot, plant, runs);
  }
  return figures;
}

function day(plant: DayPlant, hours: number): Omit<DayOptions, 'mind'> {
  const lengthS = Math.round(hours * 3600);
  const course = dayCourse({ seed: SEED, slots: plant.board.slots.length, lengthS });
  return { plant, course, lengthS, seed: SEED };
}

function minds(plant: DayPlant): DayOptions['mind'][] {
  return [
    ...allPeers(seededRandom(SEED)).map(
      (peer): DayOptions['mind'] =>
        (board, work, body) =>
          new PeerMind(peer, board, work, body),
    ),
    (_board, work, body) => new ClairvoyantMind(plant, work, body),
    (board, work) => new ColdslotMind(board, work),
  ];
}

function figuresOf({ name }: DayPlant, runs: readonly DayRun[]): Figure[] {
  const of = (mind: string) => runs.find((run) => run.mind === mind)!;
  const [coldslot, clairvoyant] = [of('coldslot'), of('clairvoyant')];
  const peers = runs.filter((run) => run !== coldslot && run !== clairvoyant);
  const best = bestPeer(peers);
  const kJ = (run: DayRun) => run.fanEnergyJ / 1000;
  return [
    figure(`day-${name}-fan-energy`, kJ(coldslot), 'kJ', best === null ? null : WANTED_ENERGY * kJ(best)),
    figure(`day-${name}-fan-energy-to-best-peer`, kJ(coldslot), 'kJ', best === null ? null : kJ(best)),
    figure(`day-${name}-clairvoyant-to-best-peer`, kJ(clairvoyant), 'kJ', best === null ? null : kJ(best)),
    figure(`day-${name}-over-limit`, coldslot.overLimitS, 's', clairvoyant.overLimitS),
    figure(`day-${name}-peak`, coldslot.peakC, '°C'),
    figure(`day-${name}-moves`, coldslot.movesPerWorkloadHour, 'per workload and hour', WANTED_MOVES),
    figure(`day-${name}-returns`, coldslot.returns, 'moves'),
    figure(`day-${name}-returns-within-the-hour`, coldslot.quickReturns, 'moves'),
    ...peers.flatMap((run) => [
      figure(`day-${name}-${slug(run.mind)}-fan-energy`, kJ(run), 'kJ'),
      figure(`day-${name}-${slug(run.mind)}-over-limit`, run.overLimitS, 's'),
      figure(`day-${name}-${slug(run.mind)}-moves`, run.movesPerWorkloadHour, 'per workload and hour'),
    ]),
  ];
}

/** The one with the least fan energy of those that keep the limits; null when none does. */
function bestPeer(peers: readonly DayRun[]): DayRun | null {
  const keeping = peers.filter((run) => run.overLimitS === 0);
  return keeping.toSorted((a, b) => a.fanEnergyJ - b.fanEnergyJ)[0] ?? null;
}

function draw(file: string, plant: DayPlant, runs: readonly DayRun[]): void {
  const without = runs.find((run) => run.mind === 'fans only');
  const withColdslot = runs.find((run) => run.mind === 'coldslot');
  const limitC = Math.min(...plant.board.slots.map((slot) => slot.limitC));
  if (without === undefined || withColdslot === undefined) return;
  writeFileSync(file, dayPlot({ title: plant.text, limitC, without, withColdslot }));
}

function slug(name: string): string {
  return name.replaceAll(/[^a-z0-9]+/gi, '-');
}

function sentence(run: DayRun): string {
  const { plant, mind, fanEnergyJ, peakC, overLimitS, moves, movesPerWorkloadHour, returns } = run;
  return [
    `${plant.padEnd(9)} ${mind.padEnd(24)} ${(fanEnergyJ / 1000).toFixed(0).padStart(6)} kJ`,
    `peak ${peakC.toFixed(1)} °C`,
    `${overLimitS.toFixed(0)} s over`,
    `${moves} moves, ${movesPerWorkloadHour.toFixed(2)} per workload and hour, ${returns} returns`,
  ].join(', ');
}
