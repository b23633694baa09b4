// coldslot against HiGHS on the linearised problem, at the three sizes where neither proves much: families in turn, the
// seed counted up. Ratios are coldslot's cost over HiGHS', so less than 1 is better than HiGHS.
import { FAMILY_NAMES, familyInstance } from '../../../test/placement/families.ts';
import type { Size } from '../../../test/placement/families.ts';
import { figure } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { median } from '../statistics.ts';
import { duel, SAME_K } from './duel.ts';
import type { Answer, ColdslotAnswer, Duel } from './duel.ts';
import { Highs } from './highs.ts';
import { timedPlan } from './timed-plan.ts';

interface Contest {
  readonly size: Size;
  /** Budget as seconds, and the cost beside HiGHS' that is wanted then; `third`: a third of HiGHS' time,
   *  in the figures' names `long`. */
  readonly budgets: readonly { readonly seconds: number | 'third'; readonly wanted: number }[];
}

const CONTESTS: readonly Contest[] = [
  { size: { slots: 16, workloads: 96 }, budgets: [{ seconds: 0.1, wanted: 1.01 }] },
  {
    size: { slots: 24, workloads: 240 },
    budgets: [
      { seconds: 1, wanted: 1.015 },
      { seconds: 'third', wanted: 1 },
    ],
  },
  {
    size: { slots: 48, workloads: 480 },
    budgets: [
      { seconds: 1, wanted: 1.015 },
      { seconds: 'third', wanted: 1 },
    ],
  },
];

export interface AgainstHighsOptions {
  /** CPU time of HiGHS on each program. */
  readonly highsS: number;
  /** Chassis of each size. */
  readonly chassis: number;
  /** Of the first chassis; 1 by default. */
  readonly seed?: number;
  /** Slots of the sizes wanted; all by default. */
  readonly slots?: readonly number[];
  /** Told of each chassis as it is done. */
  readonly onDuel?: (text: string) => void;
}

export async function againstHighs(options: AgainstHighsOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const highs = new Highs();
  try {
    timedPlan(familyInstance('rows', { slots: 8, workloads: 48 }, 1), 0.5, 1); // the code is warm from here on
    const wanted = CONTESTS.filter(({ size }) => options.slots?.includes(size.slots) ?? true);
    for (const contest of wanted) figures.push(...(await contestFigures(contest, highs, options)));
  } finally {
    await highs.end();
  }
  return figures;
}

async function contestFigures(contest: Contest, highs: Highs, options: AgainstHighsOptions): Promise<Figure[]> {
  const { size, budgets } = contest;
  const budgetsS = budgets.map(({ seconds }) => (seconds === 'third' ? options.highsS / 3 : seconds));
  const duels: Duel[] = [];
  for (let n = 0; n < options.chassis; n++) {
    const seed = (options.seed ?? 1) + n;
    const family = FAMILY_NAMES[(seed - 1) % FAMILY_NAMES.length]!;
    const one = await duel(familyInstance(family, size, seed), highs, { highsS: options.highsS, budgetsS, seed });
    options.onDuel?.(`${family} ${size.slots} × ${size.workloads}, seed ${seed}: ${describe(one)}`);
    duels.push(one);
  }
  const name = `planner-${size.slots}x${size.workloads}`;
  return [
    ...budgets.flatMap(({ seconds, wanted }, b) =>
      budgetFigures(`${name}-${seconds === 'third' ? 'long' : `${seconds}s`}`, duels, b, wanted),
    ),
    ...highsFigures(name, duels),
  ];
}

function budgetFigures(name: string, duels: readonly Duel[], b: number, wanted: number): Figure[] {
  const pairs = duels.map(({ highs, coldslot, highsBoundW }) => ({ highs, coldslot: coldslot[b]!, highsBoundW }));
  const ratios = pairs.flatMap(({ highs, coldslot }) => ratioOf(coldslot, highs, 'linearW'));
  const exact = pairs.flatMap(({ highs, coldslot }) => ratioOf(coldslot, highs, 'exactW'));
  const toBound = pairs.flatMap(({ coldslot, highsBoundW }) =>
    coldslot.linearW < Infinity && highsBoundW > 0 ? [coldslot.linearW / highsBoundW] : [],
  );
  const isHotter = (coldslot: ColdslotAnswer, highs: Answer | null) =>
    highs !== null && coldslot.overshootK > highs.overshootK + SAME_K;
  return [
    figure(`${name}-to-highs`, median(ratios), "of HiGHS' cost", wanted),
    figure(`${name}-to-highs-max`, Math.max(...ratios), "of HiGHS' cost", wanted),
    figure(`${name}-to-highs-exact`, median(exact), "of HiGHS' cost", wanted),
    figure(`${name}-to-highs-bound`, median(toBound), "of HiGHS' best bound", 1),
    figure(`${name}-worse`, ratios.filter((ratio) => ratio > wanted).length, `of ${ratios.length} chassis`),
    figure(`${name}-hotter`, pairs.filter(({ coldslot, highs }) => isHotter(coldslot, highs)).length, 'chassis'),
    figure(`${name}-elapsed-max`, Math.max(...pairs.map(({ coldslot }) => coldslot.elapsedS)), 's'),
  ];
}

function highsFigures(name: string, duels: readonly Duel[]): Figure[] {
  const gaps = duels.flatMap(({ highs, highsBoundW }) => (highs === null ? [] : [highs.linearW / highsBoundW]));
  return [
    figure(`${name}-highs-to-its-bound`, median(gaps), "of HiGHS' best bound", 1),
    figure(`${name}-highs-best-bound`, median(duels.map(({ highsBoundW }) => highsBoundW)), 'W'),
    figure(`${name}-highs-without-answer`, duels.filter(({ highs }) => highs === null).length, 'chassis'),
    figure(`${name}-highs-memory`, Math.max(...duels.map(({ highsMiB }) => highsMiB)), 'MiB'),
  ];
}

/** None where one of them is hotter, or has no value: then costs say nothing. */
function ratioOf(coldslot: ColdslotAnswer, highs: Answer | null, key: 'linearW' | 'exactW'): number[] {
  if (highs === null || Math.abs(coldslot.overshootK - highs.overshootK) > SAME_K) return [];
  const ratio = coldslot[key] / highs[key];
  return Number.isFinite(ratio) ? [ratio] : [];
}

function describe({ highs, highsBoundW, coldslot }: Duel): string {
  const words = ({ overshootK, linearW, exactW, isShort }: Answer) =>
    `${linearW.toFixed(3)} W (exactly ${exactW.toFixed(3)} W, ${overshootK.toFixed(3)} K over${isShort ? ', short' : ''})`;
  const ours = coldslot.map((one) => `coldslot in ${one.elapsedS.toFixed(2)} s ${words(one)}`);
  return `HiGHS ${highs === null ? 'nothing' : words(highs)}, at best ${highsBoundW.toFixed(3)} W; ${ours.join('; ')}`;
}
